-- name: alone
-- Whether nobody else changes keys until this transaction ends.
select pg_try_advisory_xact_lock($1)

-- name: ask
-- The master key is to be changed.
insert into keys.rotation (asked_at) values ($1)

-- name: asked
-- Whether a change was asked for that has not begun.
select exists (select from keys.rotation where done_at is null and master is null)

-- name: masters
-- The master keys under which something may be wrapped, the current one first.
select kid from keys.master order by current desc, since

-- name: every_kid
-- Every master key that this database has ever known.
select kid from keys.master union select kid from keys.gone

-- name: retire
-- The current master key is no longer the current one.
update keys.master set current = false where current

-- name: begin
-- There is a new current master key, made for whatever was asked by now.
with made as (insert into keys.master (kid, current, since) values ($1, true, $2) returning kid)
update keys.rotation set master = $1 where done_at is null and master is null

-- name: page
-- The next data keys that are wrapped by another master key than that.
-- $1 the current one, $2 after, $3 how many
select id, wrapped, master from keys.data_key where master <> $1 and id > $2 order by id limit $3 for no key update

-- name: rewrap
-- Data keys as they are wrapped now.
-- $1 ids, $2 wrapped, $3 master
update keys.data_key k set wrapped = u.wrapped, master = $3 from unnest($1::uuid[], $2::bytea[]) u(id, wrapped)
where k.id = u.id

-- name: page_of_index
-- The next digests of the blind index that are under another master key than that; a row in other hands comes later.
-- $1 the current one, $2 after, $3 how many
select id, digest, master from keys.found_by where master <> $1 and id > $2 order by id limit $3 for update skip locked

-- name: cover_anew
-- Digests of the blind index as they are covered now.
-- $1 ids, $2 digests, $3 master
update keys.found_by f set digest = u.digest, master = $3 from unnest($1::bigint[], $2::bytea[]) u(id, digest)
where f.id = u.id

-- name: leaving
-- Waits for whoever still wraps by a master key that is no longer the current one.
select kid from keys.master where not current for update

-- name: drop
-- Master keys that nothing is wrapped by any more.
with dropped as (
    delete from keys.master m where not m.current and not exists (select from keys.data_key k where k.master = m.kid)
        and not exists (select from keys.found_by f where f.master = m.kid)
    returning kid
)
insert into keys.gone (kid) select kid from dropped on conflict do nothing

-- name: gone
-- The master keys that are to be out of the file.
select kid from keys.gone

-- name: done
-- Whatever was asked for and begun is done, if one master key is left.
update keys.rotation set done_at = $1 where done_at is null and master is not null
    and (select count(*) from keys.master) = 1

-- name: status
-- How the keys stand.
select (select kid from keys.master where current) as current, (select since from keys.master where current) as since,
    (select count(*) from keys.master where not current) as leaving,
    (select count(*) from keys.data_key k join keys.master m on m.kid = k.master where not m.current)
        + (select count(*) from keys.found_by f join keys.master m on m.kid = f.master where not m.current) as to_wrap,
    (select count(*) from keys.rotation where done_at is null) as asked,
    (select max(done_at) from keys.rotation) as rotated_at,
    (select count(*) from keys.data_key where purpose = 'person') as persons,
    (select count(*) from keys.data_key where purpose = 'submission') as submissions,
    (select count(*) from keys.data_key where purpose = 'transport') as transport_keys,
    (select count(*) from keys.erasure) as erased

-- name: transport_keys
-- This service's own transport keys, the newest first.
select id, wrapped, master, made_at, retired_at, destroy_at from keys.data_key where purpose = 'transport'
order by made_at desc, id

-- name: came_by
-- The transport keys by which something came of whoever was erased are retired, and destroyed before long.
-- $1 now, $2 when to destroy
update keys.data_key k set retired_at = $1, destroy_at = least(k.destroy_at, $2)
where k.purpose = 'transport' and k.retired_at is null and exists (
    select from keys.came c join keys.erasure e on (e.about, e.organisation) = (c.person_id, c.organisation)
    where c.transport = k.id)

-- name: destroy_due
-- Destroys the keys whose time has come.
-- $1 now
delete from keys.data_key where destroy_at <= $1 returning id

-- name: came_no_more
-- Forgets what came by transport keys that are destroyed.
delete from keys.came where transport = any($1)
