-- Every question that the gateway answers. Row-level security leaves only the caller's organisation.

-- name: receipts_by_id
-- The receipts of these submissions, in no order.
-- $1 submissions
select s.id, s.status, s.submitted_type, s.received_at, s.urgent, s.code, s.problem_fields, s.problem_codes,
    s.referral_id, r.code as refusal, b.state, b.since, b.grounds, b.actions, b.signposted_to, b.review_on, b.not_known,
    b.returns, b.feedback
from submission s
left join refusal r on (r.id, r.organisation) = (s.id, s.organisation)
left join lateral what_became(s.id) b on true
where s.id = any ($1);

-- name: receipts
-- The receipts from the oldest on; a page at a time.
-- $1 status or null, $2 after (received_at), $3 after (id), $4 how many
select s.id, s.status, s.submitted_type, s.received_at, s.urgent, s.code, s.problem_fields, s.problem_codes,
    s.referral_id, s.refusal, b.state, b.since, b.grounds, b.actions, b.signposted_to, b.review_on, b.not_known,
    b.returns, b.feedback
from (
    select s.*, r.code as refusal
    from submission s
    left join refusal r on (r.id, r.organisation) = (s.id, s.organisation)
    where ($1::text is null
            or s.status = case $1 when 'refused' then 'received' else $1 end and (r.id is not null) = ($1 = 'refused'))
        and ($2::timestamptz is null or (s.received_at, s.id) > ($2, $3::uuid))
    order by s.received_at, s.id
    limit $4
) s
left join lateral what_became(s.id) b on true
order by s.received_at, s.id;

-- name: keep
-- Remembers what was sent under a key and when, unless something was before: `sent:<Idempotency-Key>` is a sender's,
-- `form:<form>:<id>` is a form's.
-- $1 organisation, $2 key, $3 mark of what was sent, $4 when
insert into idempotency (organisation, key, request_hash, answer)
values ($1, $2, $3, jsonb_build_object('at', $4::text))
on conflict do nothing;

-- name: kept
-- The mark of what was first sent under a key, and when.
-- $1 organisation, $2 key
select request_hash, answer ->> 'at' as at from idempotency where organisation = $1 and key = $2;

-- name: submitted
-- The record that a submission came as, whichever door it took.
-- $1 submission
select i.id, i.topic, i.partition, i."offset", i.key, i.headers, i.body, i.raw_key, k.wrapped, k.master
from inbox i
left join keys.data_key k on k.id = i.raw_key
where i.event_id = $1 and (i.topic = 'http' or i.topic like 'kith.intake.%')
order by i.id
limit 1;

-- name: settled_before
-- Submissions that came before then, of which nothing waits, and which can still be read as they came.
-- $1 before when, $2 how many
select distinct k.about
from keys.data_key k
where k.purpose = 'submission' and k.made_at < $1
    and not exists (select from submission s where s.id = k.about and s.status = 'held')
    and not exists (
        select from inbox i join keys.data_key w on w.id = i.raw_key
        where w.about = k.about and i.fate in ('held', 'parked'))
limit $2;

-- name: awaited
-- What is held for another submission that has been placed by now, but for what could not be placed again.
-- $1 submissions to leave out, $2 how many
select h.id, h.organisation
from submission h
join submission a on (a.id, a.organisation) = (h.awaits, h.organisation)
where h.awaits is not null and a.status <> 'held' and h.id <> all ($1::uuid[])
limit $2;

-- name: of_the_erased
-- Submissions of people who were erased, of which something can still be opened.
-- $1 how many
with theirs as (
    select s.id, e.organisation from erased e join submission s on s.referral_id = any (e.referral_ids)
    union
    select s.id, e.organisation from erased e join submission s on s.awaits = any (e.submission_ids)
    union
    select u.id, e.organisation from erased e, unnest(e.submission_ids) u(id)
    union
    select r.id, r.organisation from refusal r where r.code = 'person-erased'
)
select distinct k.about as id
from theirs t
join keys.data_key k on (k.about, k.purpose) = (t.id, 'submission') and k.organisation in (t.organisation, '')
limit $1;
