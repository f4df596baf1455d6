-- name: own
-- The events of own streams, in order.
select s.subject, s.id as stream, s.organisation, j.sequence, j.event_id, j.type, j.actor_role, j.occurred_at,
j.recorded_at, j.correlation_id, j.causation_id, j.traceparent, j.body
from stream s join journal j on j.stream = s.id where s.id = any($1) order by s.id, j.sequence

-- name: heard
-- The events of heard streams that took effect, in order.
select i.stream, i.sequence, i.id, i.topic, i.partition, i."offset", i.key, i.headers, i.body from inbox i
where i.stream = any($1) and i.sequence is not null and i.fate in ('done', 'refused')
and i.code is distinct from 'discarded' order by i.stream, i.sequence

-- name: page
-- The next streams of a kind.
select id, sequence from stream where id > $1 and topic = $2 and subject like $3 and sequence > 0
order by id limit $4

-- name: told
-- The next rows of a read model, and whether a stream tells of each.
select t.id, exists (select 1 from stream s where s.topic = $2 and s.subject = $3::text || '/' || t.id) as told
from (select id from "{table}" where id > $1 order by id limit $4) t order by t.id

-- name: moved
-- The streams that moved since they were folded.
select s.id, s.sequence from stream s left join folded f on f.stream = s.id
where s.topic = $1 and s.subject like $2 and s.sequence > 0 and s.sequence is distinct from f.sequence

-- name: wait_for_ever
-- From now on this session waits for a lock as long as it takes.
set lock_timeout = 0

-- name: alone
-- Waits until nobody else rebuilds this table.
select pg_advisory_lock(hashtext('rebuild'), hashtext($1))

-- name: wait_as_usual
-- From now on this session waits for a lock as long as any.
reset lock_timeout

-- name: alone_no_more
-- Lets others rebuild.
select pg_advisory_unlock_all()
