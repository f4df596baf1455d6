-- name: first_master
-- The master key of the file is the current one, if none is.
-- $1 its id, $2 when
insert into keys.master (kid, current, since) values ($1, true, $2) on conflict do nothing

-- name: current_master
-- The id of the master key under which data keys are wrapped now.
select kid from keys.master where current

-- name: key
-- A data key that is for no person.
-- $1 its id
select id, wrapped, master from keys.data_key where id = $1

-- name: make_key
-- A new data key that is for no person, unless there is one.
-- $1 id, $2 purpose, $3 wrapped, $4 master, $5 when made, $6 when to destroy
insert into keys.data_key (id, about, purpose, organisation, wrapped, master, made_at, destroy_at)
values ($1, $1, $2, '', $3, $4, $5, $6) on conflict do nothing

-- name: transport
-- The private halves of these transport keys.
-- $1 their ids
select id, wrapped, master from keys.data_key where id = any($1) and purpose = 'transport'

-- name: reader
-- The newest transport key of another service, by the read model of its keys.
-- $1 now
select id, public from "{table}" where not retired and ends_at > $1 order by ends_at desc, id limit 1

-- name: erased
-- Whoever was erased.
select about, organisation from keys.erasure

-- name: hold
-- The current master key, which is not dropped until the transaction ends.
select keys.hold(null, '{}')

-- name: seal_by
-- The keys by which submissions are sealed, and whether they are kept: not under a master key that was dropped.
-- $1 ids, $2 submissions, $3 organisations, $4 wrapped, $5 master, $6 when made
with held as (
    select kid from keys.master where kid = $5 for key share
), made as (
    insert into keys.data_key (id, about, purpose, organisation, wrapped, master, made_at)
    select u.id, u.about, 'submission', u.organisation, u.wrapped, h.kid, $6
    from held h, unnest($1::uuid[], $2::uuid[], $3::text[], $4::bytea[]) u(id, about, organisation, wrapped)
)
select exists (select from held)

-- name: forget
-- Destroys the keys of what came as these submissions.
delete from keys.data_key where about = any($1) and purpose = 'submission' returning id

-- name: take
-- The data keys of these persons, held until the transaction ends.
-- $1 organisation or null, $2 persons
select * from keys.take($1, $2)

-- name: carry_out
-- Keeps, finds, forgets and erases.
select keys.carry_out($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24)

-- name: read
-- What is kept of these persons under these names, with the keys.
-- $1 persons, $2 names
select v.person_id, v.name, v.organisation, v.sealed, k.id, k.wrapped, k.master
from unnest($1::uuid[], $2::text[]) u(person_id, name) join vault v using (person_id, name)
left join keys.data_key k on k.id = v.person_id

-- name: read_all
-- What is kept under one name, of these persons or of all, with the keys.
-- $1 name, $2 persons or null
select v.person_id, v.name, v.organisation, v.sealed, k.id, k.wrapped, k.master
from vault v left join keys.data_key k on k.id = v.person_id
where v.name = $1 and ($2::uuid[] is null or v.person_id = any($2))

-- name: note
-- Who reads what of whom, and what for.
-- $1 when, $2 organisation, $3 who, $4 role, $5 purpose, $6 persons, $7 for each its names, comma separated
insert into vault_read (at, organisation, who, role, purpose, person_id, names)
select $1, $2, $3, $4, $5, u.person_id, string_to_array(u.names, ',')
from unnest($6::uuid[], $7::text[]) u(person_id, names)

-- name: find
-- The master keys under which digests are at this moment, and whom these digests lead to.
-- $1 organisation, $2 digests
select array(select kid from keys.master) as kids,
    array(select distinct person_id from keys.found_by where organisation = $1 and digest = any($2) order by person_id)
        as persons

-- name: facts
-- By which digests a person is found.
-- $1 organisation, $2 person
select master, digest from keys.found_by where organisation = $1 and person_id = $2
