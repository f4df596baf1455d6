-- name: gate
-- One process at a time looks who is there and enters, until the transaction ends.
-- $1 what the lock is of
select pg_advisory_xact_lock($1, 0)

-- name: others
-- How many sessions of programs of another shape there are in this database.
-- $1 what the lock is of, $2 this shape
select count(*) from pg_locks
where locktype = 'advisory' and objsubid = 2 and granted and mode = 'ShareLock'
    and database = (select oid from pg_database where datname = current_database())
    and classid::bigint = $1::bigint and objid::bigint <> $2::bigint

-- name: enter
-- From now until this session ends, a program of this shape is here.
-- $1 what the lock is of, $2 this shape
select pg_advisory_lock_shared($1, $2)
