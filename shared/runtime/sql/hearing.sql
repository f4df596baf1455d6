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
-- The records heard under these ids, each on its topic, with the keys of what is sealed.
select i.id, i.event_id, i.topic, i.partition, i."offset", i.key, i.headers, i.body, i.raw_key, k.wrapped, k.master
from inbox i join unnest($1::text[], $2::uuid[]) u(topic, event_id) using (topic, event_id)
left join keys.data_key k on k.id = i.raw_key

-- name: waiting
-- What waits behind these streams, each up to a sequence.
select i.id, i.topic, i.partition, i."offset", i.key, i.headers, i.body
from unnest($1::bigint[], $2::bigint[]) u(stream, last) join inbox i on i.stream = u.stream and i.sequence <= u.last
where i.fate in ('held', 'parked') order by i.stream, i.sequence, i.id

-- name: beyond
-- Behind which of these streams more waits than up to that sequence.
select u.stream from unnest($1::bigint[], $2::bigint[]) u(stream, last)
where exists (select 1 from inbox i where i.stream = u.stream and i.sequence > u.last and i.fate in ('held', 'parked'))

-- name: unsettled
-- Which of these rows still wait, and whether longer than that; locked.
-- $1 rows, $2 how long
select id, heard_at < now() - $2::interval as overdue
from inbox where id = any($1) and fate in ('held', 'parked') order by id for update

-- name: following
-- The first row of a stream that waits for nothing any more.
select i.id, i.topic, i.partition, i."offset", i.key, i.headers, i.body from inbox i
join stream s on s.id = i.stream and s.sequence + 1 = i.sequence
where i.stream = $1 and i.fate in ('held', 'parked') order by i.id limit 1
