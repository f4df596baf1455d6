-- Every question that referrals answers. Row-level security leaves only the caller's organisation.

-- name: one_referral
-- One referral as it stands, its waits coloured as on a day.
-- $1 referral, $2 today
select r.*,
    $2::date - (r.stage_since at time zone 'Europe/London')::date as days_in_stage,
    case when r.first_contact_red_on <= $2 then 'red' when r.first_contact_amber_on <= $2 then 'amber'
        when r.first_contact_red_on is not null then 'green' end as first_contact_colour,
    case when r.match_red_on <= $2 then 'red' when r.match_amber_on <= $2 then 'amber'
        when r.match_red_on is not null then 'green' end as match_colour
from referral r
where r.id = $1;

-- name: timeline
-- All that was ever said of one referral, in order; a page at a time.
-- $1 subject, $2 after this sequence, $3 how many
select j.sequence, j.event_id, j.type, j.occurred_at, j.recorded_at, j.actor_role, j.correlation_id, j.causation_id,
    convert_from(j.body, 'UTF8') as body
from stream s
join journal j on j.stream = s.id
where s.topic = 'kith.referrals' and s.subject = $1 and j.sequence > $2
order by j.sequence
limit $3;

-- name: waiting_list
-- Who waits, longest first: for a decision or a first contact, or on the list for a peer; also who rests meanwhile.
-- $1 today, $2 stage or null for both, $3 colour or null, $4 after (listed_on), $5 after (id), $6 how many
with waits as (
    select r.*, r.stage = 'paused' as paused,
        case when r.stage = 'paused' then r.stage_before_pause else r.stage end as listed_as,
        $1::date - (r.stage_since at time zone 'Europe/London')::date as days_in_stage,
        case when r.stage = 'paused' and r.paused_by_client then null
            when least(r.first_contact_red_on, r.match_red_on) <= $1 then 'red'
            when least(r.first_contact_amber_on, r.match_amber_on) <= $1 then 'amber'
            else 'green' end as colour
    from referral r
    where (r.stage in ('received', 'waiting')
        or r.stage = 'paused' and r.stage_before_pause in ('received', 'waiting'))
        and not 'death' = any(r.life_events)
)
select id, listed_as as stage, paused, paused_at, paused_by_client, paused_until, listed_on, rests, received_at,
    days_in_stage, colour, setting, parent_role, language, interpreter_needed, formats_wanted, first_contact_at,
    last_contact_at, contact_attempts, proposed_peer_id, match_declines, returns, decision_due_on
from waits
where ($2::text is null or listed_as = $2)
    and ($3::text is null or colour = $3)
    and ($4::date is null or (listed_on, id) > ($4::date, $5::uuid))
order by listed_on, id
limit $6;

-- name: waiting_counts
-- How many wait in each stage and colour, and for how many the wait rests at their own wish.
-- $1 today
select case when stage = 'paused' then stage_before_pause else stage end as stage,
    count(*) as total,
    count(*) filter (where least(first_contact_red_on, match_red_on) <= $1::date) as red,
    count(*) filter (where least(first_contact_amber_on, match_amber_on) <= $1::date
        and coalesce(least(first_contact_red_on, match_red_on) > $1::date, true)) as amber,
    count(*) filter (where stage = 'paused' and paused_by_client) as resting
from referral
where (stage in ('received', 'waiting') or stage = 'paused' and stage_before_pause in ('received', 'waiting'))
    and not 'death' = any(life_events)
group by 1
order by 1;

-- name: reviews
-- What a person must look at again and since when, longest ago first; a page at a time.
-- $1 after (day), $2 after (id), $3 how many
with due as (
    select r.id, r.stage, r.peer_id, r.review_due_on, r.reviews_to_hold, min(split_part(review, '/', 2)::date) as since
    from referral r, unnest(r.reviews_to_hold) review
    where cardinality(r.reviews_to_hold) > 0
    group by r.id
)
select * from due
where $1::date is null or (since, id) > ($1::date, $2::uuid)
order by since, id
limit $3;

-- name: tasks
-- What only a person can do and nobody has done, longest open first; a page at a time.
-- $1 after (day), $2 after (task), $3 how many
with written as (
    select r.id as referral_id, r.stage, r.peer_id, string_to_array(task, '|') as parts
    from referral r, unnest(r.tasks) task
), open as (
    select referral_id, stage, peer_id, parts[1]::timestamptz as opened_at,
        (parts[1]::timestamptz at time zone 'Europe/London')::date as since, parts[2] as kind,
        parts[3]::uuid as task_id, nullif(parts[4], '')::date as due_on, parts[5] = 'overdue' as overdue
    from written
)
select * from open
where $1::date is null or (since, task_id) > ($1::date, $2::uuid)
order by since, task_id
limit $3;

-- name: caseload
-- One peer's places.
-- $1 peer
select * from caseload where id = $1;

-- name: organisation_of
-- Whose a referral is, for whoever holds a link to it and says nothing of organisations.
-- $1 subject
select organisation from stream where topic = 'kith.referrals' and subject = $1;
