-- Every question that referrals answers. Row-level security leaves only the caller's organisation.

-- name: one_referral
-- One referral as it stands, its wait counted to a day.
-- $1 referral, $2 today
select r.*, w.waiting_days, w.days_in_stage, w.first_contact_colour, w.match_colour
from referral r
cross join lateral (
    select
        case when r.stage in ('received', 'waiting') then greatest(0, $2::date - r.listed_on - rested.days) end
            as waiting_days,
        $2::date - (r.stage_since at time zone 'Europe/London')::date as days_in_stage,
        case when r.first_contact_red_on <= $2 then 'red' when r.first_contact_amber_on <= $2 then 'amber'
            when r.first_contact_red_on is not null then 'green' end as first_contact_colour,
        case when r.match_red_on <= $2 then 'red' when r.match_amber_on <= $2 then 'amber'
            when r.match_red_on is not null then 'green' end as match_colour
    from (
        select coalesce(sum(greatest(0,
            least(split_part(rest, '/', 2)::date + 1, $2::date) - greatest(split_part(rest, '/', 1)::date, r.listed_on)
        )), 0)::integer as days
        from unnest(r.rests) rest
    ) rested
) w
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
-- Who waits, longest first: for a decision or a first contact, or on the list for a peer.
-- $1 today, $2 stage or null for both, $3 colour or null, $4 after (listed_on), $5 after (id), $6 how many
with waits as (
    select r.*, greatest(0, $1::date - r.listed_on - coalesce((
            select sum(greatest(0,
                least(split_part(rest, '/', 2)::date + 1, $1::date)
                - greatest(split_part(rest, '/', 1)::date, r.listed_on)))
            from unnest(r.rests) rest), 0))::integer as waiting_days,
        $1::date - (r.stage_since at time zone 'Europe/London')::date as days_in_stage,
        case when least(r.first_contact_red_on, r.match_red_on) <= $1 then 'red'
            when least(r.first_contact_amber_on, r.match_amber_on) <= $1 then 'amber'
            else 'green' end as colour
    from referral r
    where r.stage in ('received', 'waiting') and ($2::text is null or r.stage = $2)
)
select id, stage, listed_on, received_at, waiting_days, days_in_stage, colour, setting, parent_role, language,
    interpreter_needed, formats_wanted, first_contact_at, last_contact_at, contact_attempts, proposed_peer_id,
    match_declines, returns
from waits
where ($3::text is null or colour = $3)
    and ($4::date is null or (listed_on, id) > ($4::date, $5::uuid))
order by listed_on, id
limit $6;

-- name: waiting_counts
-- How many wait in each stage and colour.
-- $1 today
select stage,
    count(*) as total,
    count(*) filter (where least(first_contact_red_on, match_red_on) <= $1::date) as red,
    count(*) filter (where least(first_contact_amber_on, match_amber_on) <= $1::date
        and coalesce(least(first_contact_red_on, match_red_on) > $1::date, true)) as amber
from referral
where stage in ('received', 'waiting')
group by stage
order by stage;

-- name: reviews
-- Whose review, pause, planned ending or contact limit has fallen due, longest ago first.
-- $1 how many
select id, stage, peer_id, review_due_on, reviews_to_hold
from referral
where cardinality(reviews_to_hold) > 0
order by (select min(split_part(review, '/', 2)) from unnest(reviews_to_hold) review), id
limit $1;

-- name: caseload
-- One peer's places.
-- $1 peer
select * from caseload where id = $1;
