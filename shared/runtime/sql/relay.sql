-- name: next
-- The next turn of the ring.
select * from next_round($1, $2)

-- name: mark
-- Marks what was sent.
select mark_sent($1, $2, $3, $4)

-- name: age
-- How much is unsent, and how old its oldest is.
select (select count(*) from (select 1 from unsent limit 100000) u) as unsent,
(select extract(epoch from now() - min(since)) from unsent) as oldest

-- name: leader
-- Whether some session holds the leader's lock.
select exists (select 1 from pg_locks where locktype = 'advisory' and objid = $1 and granted
and database = (select oid from pg_database where datname = current_database()))
