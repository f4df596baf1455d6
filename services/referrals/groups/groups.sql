-- Groups, and whom they may be offered. Row-level security leaves only the caller's organisation.

-- name: groups
-- Every group, those that go on first.
select * from peer_group order by closed_at nulls first, opened_at, id limit 500;

-- name: one
-- One group as it stands.
-- $1 group
select * from peer_group where id = $1;

-- name: person_of
-- Whose a referral is.
-- $1 referral
select person_id from referral where id = $1;

-- name: suitable
-- Who wishes to meet in a group, has been spoken with, has no seat in it, and may be asked; longest waiting first.
-- $1 group, $2 format, $3 language
select r.id, r.person_id, r.stage, r.listed_on
from referral r
where r.stage in ('waiting', 'supported')
    and 'group' = any(r.formats_wanted)
    and r.first_contact_at is not null
    and r.restricted is null
    and not ('no-in-person' = any(r.contact_limits) and $2 <> 'video')
    and split_part(lower(r.language), '-', 1) = split_part(lower($3), '-', 1)
    and not exists (select from peer_group g where g.id = $1 and r.person_id::text = any(g.persons))
order by r.listed_on, r.id
limit 500;
