-- What is asked of matches; the caller's organisation alone.

-- name: matching_clients
-- Who waits for a peer and has nobody proposed yet, with whatever a match may look at; or one referral, as it stands.
-- $1 referral, or null for all
select id, person_id, stage, stage_since, reopened_at, restricted, setting, board_of_residence, parent_role, language,
    interpreter_needed, formats_wanted, listed_on, rests, paused_at, paused_by_client, match_amber_days, match_red_days,
    contact_limits, pathway, consents, peers_set_aside, last_peer_id, same_peer_wanted, preferences, peer_id
from referral
where id = $1 or $1::uuid is null and stage = 'waiting' and proposed_match_id is null and restricted is null
order by id;

-- name: matching_peers
-- Every peer who has not left, or one peer, with their places.
-- $1 peer, or null for all
select p.*, coalesce(c.places_hundredths, p.places_hundredths) as places, coalesce(c.used_hundredths, 0) as used,
    (c.last_taken_at at time zone 'Europe/London')::date as last_taken_on
from peer p
left join caseload c on c.id = p.id
where p.id = $1 or $1::uuid is null and p.left_on is null
order by p.id;

-- name: matching_together
-- Who waits or is in support, by person, peer and whether they named a partner.
select id, person_id, peer_id, 'partner' = any(preferences) as has_partner,
    stage = 'waiting' and proposed_match_id is null and restricted is null as on_list
from referral
where stage in ('waiting', 'supported', 'paused');

-- name: providers_not_ready
-- In which settings a provider of the organisation takes nobody new.
select distinct unnest(not_ready) as setting from provider;

-- name: matching_monitor
-- Of those accepted in the last days: how many found a peer, and after how many days in the middle, by what is known.
-- $1 today, $2 how many days back
with accepted as (
    select parent_role, setting, split_part(lower(language), '-', 1) as language, matches, waited_for_match_days
    from referral
    where decided_at is not null and stage <> 'declined'
        and (received_at at time zone 'Europe/London')::date > $1::date - $2::int
)
select by, value, count(*)::int as n, count(*) filter (where matches > 0)::int as matched,
    percentile_cont(0.5) within group (order by waited_for_match_days) as median
from accepted,
    lateral (values ('parent-role', parent_role), ('setting', setting), ('language', language)) as known (by, value)
group by by, value
order by by, value;
