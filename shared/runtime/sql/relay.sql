-- name: stand_still
-- How long, in milliseconds, this session may stand still before it is ended.
select set_config('idle_session_timeout', $1, false)

-- name: lead
-- Takes the leader's lock, if it is free.
select pg_try_advisory_lock($1)

-- name: next
-- The next turn of the ring.
select * from next_round($1, $2)

-- name: mark
-- Marks what was sent.
select mark_sent($1, $2, $3, $4)

-- name: age
-- How much is unsent, and how old at that moment of the service's clock are its oldest and the oldest that is not
-- behind one that Kafka refuses; and how many it refuses.
select count(*) as unsent, extract(epoch from $1::timestamptz - min(u.since)) as oldest,
extract(epoch from $1::timestamptz - min(u.since) filter (
    where u.stream not in (select stream from unsent where refused is not null))) as backlog,
(select count(*) from unsent where refused is not null) as refused
from (select stream, since from unsent limit 100000) u

-- name: leader
-- Whether some session holds the leader's lock.
select exists (select 1 from pg_locks where locktype = 'advisory' and objid = $1 and granted
and database = (select oid from pg_database where datname = current_database()))

-- name: refuse
-- Notes under which code Kafka refused this event.
update unsent set refused = $3 where stream = $1 and sequence = $2

-- name: refused
-- The events that Kafka refuses; each stands still, and its stream behind it.
select s.subject, u.sequence, j.event_id, j.type, u.refused as code, u.since
from unsent u join journal j using (stream, sequence) join stream s on s.id = u.stream
where u.refused is not null order by u.since limit 100
