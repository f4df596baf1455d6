-- Every question that evaluation answers. Row-level security leaves only the caller's organisation.

-- name: journey_funnel
-- How far the referrals received in each month have come by now; the last row, without a month, is all of them.
-- A stage counts every journey that ever reached it. Waits are whole days from the day of receipt, Europe/London,
-- not adjusted for days on which the client could not or did not wish to be seen; n is how many have been waited out.
-- $1 first month (its first day), $2 last month (its first day)
with months as (
    select generate_series($1::date, $2::date, interval '1 month')::date as month
), journeys as (
    select j.*,
        least(j.spoke_at, j.first_session_at) as first_contact_at,
        date_trunc('month', j.received_at at time zone 'Europe/London')::date as month,
        (least(j.spoke_at, j.first_session_at) at time zone 'Europe/London')::date - (j.received_at at time zone 'Europe/London')::date
            as to_contact,
        (j.matched_at at time zone 'Europe/London')::date - (j.received_at at time zone 'Europe/London')::date
            as to_match,
        (j.first_session_at at time zone 'Europe/London')::date - (j.received_at at time zone 'Europe/London')::date
            as to_session
    from journey j
    where j.may_be_used and j.received_at >= $1::date::timestamp at time zone 'Europe/London'
        and j.received_at < ($2::date::timestamp + interval '1 month') at time zone 'Europe/London'
)
select
    m.month,
    count(j.id) as received,
    count(j.accepted_at) as accepted,
    count(j.first_contact_at) as contacted,
    count(j.matched_at) as matched,
    count(j.first_session_at) as first_session,
    count(j.ended_at) as ended,
    count(*) filter (where j.ended_planned) as ended_planned,
    count(j.declined_at) as declined,
    count(j.withdrawn_at) as withdrawn,
    count(*) filter (where j.id is not null and j.accepted_at is null and j.declined_at is null
        and j.withdrawn_at is null) as undecided,
    count(*) filter (where j.returns > 0) as returned,
    coalesce(sum(j.sessions_held), 0)::bigint as sessions_held,
    coalesce(sum(j.sessions_missed_by_client), 0)::bigint as sessions_missed_by_client,
    coalesce(sum(j.sessions_missed_by_service), 0)::bigint as sessions_missed_by_service,
    coalesce(sum(j.sessions_cancelled), 0)::bigint as sessions_cancelled,
    percentile_cont(0.5) within group (order by greatest(0, j.to_contact))
        filter (where j.to_contact is not null) as to_contact_median,
    percentile_cont(0.5) within group (order by greatest(0, j.to_match))
        filter (where j.to_match is not null) as to_match_median,
    percentile_cont(0.5) within group (order by greatest(0, j.to_session))
        filter (where j.to_session is not null) as to_session_median
from months m
left join journeys j using (month)
group by grouping sets ((m.month), ())
order by m.month nulls last;
