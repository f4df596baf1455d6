-- What is asked of people. Row-level security leaves only the caller's organisation; the worker asks across all.

-- name: referrals_of
-- A person's referrals, oldest first.
-- $1 person
select id, stage, submission_id, received_at, restricted, consents,
    greatest(received_at, last_contact_at, last_session_at, stage_since) as last_contact_at
from referral where person_id = $1 order by received_at, id;

-- name: person_of
-- Whose a referral is.
-- $1 referral
select person_id from referral where id = $1;

-- name: persons_of
-- Whose these referrals are.
-- $1 referrals
select person_id from referral where id = any ($1::uuid[]);

-- name: together
-- The referrals of these persons that share a peer, a proposal or a group now with the other, a person or a peer.
-- $1 persons, $2 for each the other
select r.id, apart.other
from unnest($1::uuid[], $2::uuid[]) as apart (person, other)
join referral r on r.person_id = apart.person
where r.stage in ('waiting', 'supported', 'paused')
    and (apart.other in (r.peer_id, r.proposed_peer_id)
        or exists (select from referral o where o.person_id = apart.other and o.stage in ('waiting', 'supported', 'paused')
                   and (o.peer_id in (r.peer_id, r.proposed_peer_id) or o.proposed_peer_id in (r.peer_id, r.proposed_peer_id)))
        or exists (select from peer_group g where g.closed_at is null and r.id::text = any(g.members)
                   and apart.other::text = any(g.persons || g.facilitators)));

-- name: decided
-- What was decided about a person's data.
-- $1 person
select * from person where id = $1;

-- name: names_kept
-- Under which names something is kept of a person.
-- $1 person
select name from vault where person_id = $1 order by name;

-- name: duplicates
-- Who may be whom, longest ago first; a page at a time.
-- $1 status or null, $2 person or null, $3 after (since), $4 after (referral), $5 how many
with said as (
    select d.id as referral_id, d.person_id, split_part(other, '/', 1)::uuid as other_person_id,
        split_part(other, '/', 2)::uuid as other_referral_id, split_part(other, '/', 3) as status,
        split_part(other, '/', 4)::timestamptz as since, string_to_array(split_part(other, '/', 5), '+') as facts
    from duplicate d, unnest(d.others) other
)
select s.* from said s
where ($1::text is null or s.status = $1)
    and ($2::uuid is null or $2 in (s.person_id, s.other_person_id))
    and ($3::timestamptz is null or (s.since, s.referral_id) > ($3, $4::uuid))
    and not exists (
        select from person p where p.id in (s.person_id, s.other_person_id) and p.erased_at is not null)
order by s.since, s.referral_id, s.other_person_id
limit $5;

-- name: kept_apart
-- Every two that are kept apart.
select p.id, split_part(other, '/', 2)::uuid as other from person p, unnest(p.apart_from) other;

-- name: linked
-- Every two that people have confirmed to be one person.
select d.person_id as id, split_part(other, '/', 1)::uuid as other from duplicate d, unnest(d.others) other
where split_part(other, '/', 3) = 'confirmed';

-- name: to_compare
-- Of whom something was kept that may also be known of another; oldest first.
-- $1 how many
select person_id, organisation, asked from to_compare order by person_id limit $1;

-- name: first_referrals
-- Of each of these persons the first referral, the person who came first before the others.
-- $1 persons
select distinct on (r.person_id) r.person_id, r.id, r.received_at from referral r
where r.person_id = any ($1) order by r.person_id, r.received_at, r.id;

-- name: compared
-- The person was compared, unless something more was kept meanwhile.
-- $1 person, $2 asked
delete from to_compare where person_id = $1 and asked = $2;
