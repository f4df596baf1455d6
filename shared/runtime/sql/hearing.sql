-- name: begin
-- Moves positions and streams, and locks them.
select * from begin_batch($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)

-- name: elsewhere
-- The streams that did not stand where the batch begins; locked already.
select s.id, s.topic, s.subject, s.organisation, s.sequence, s.waiting
from stream s join unnest($1::text[], $2::text[]) u(topic, subject) using (topic, subject)

-- name: end
-- Corrects streams, settles rows that waited, writes read models.
select end_batch($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)

-- name: known
-- The records heard under these ids.
select id, event_id, topic, partition, "offset", key, headers, body from inbox
where topic = any($1) and event_id = any($2)

-- name: waiting
-- What waits behind these streams.
select id, topic, partition, "offset", key, headers, body from inbox
where stream = any($1) and fate in ('held', 'parked') order by stream, sequence, id

-- name: unsettled
-- Which of these rows still wait; locked.
select id from inbox where id = any($1) and fate in ('held', 'parked') order by id for update

-- name: following
-- The first row of a stream that waits for nothing any more.
select i.id, i.topic, i.partition, i."offset", i.key, i.headers, i.body from inbox i
join stream s on s.id = i.stream and s.sequence + 1 = i.sequence
where i.stream = $1 and i.fate in ('held', 'parked') order by i.id limit 1
