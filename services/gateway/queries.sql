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
-- $1 organisation, $2 key, $3 hash of what was sent, $4 when
insert into idempotency (organisation, key, request_hash, answer)
values ($1, $2, $3, jsonb_build_object('at', $4::text))
on conflict do nothing;

-- name: kept
-- What was first sent under a key, and when.
-- $1 organisation, $2 key
select request_hash, answer ->> 'at' as at from idempotency where organisation = $1 and key = $2;

-- name: submitted
-- The record that a submission came as, whichever door it took.
-- $1 submission
select id, topic, partition, "offset", key, headers, body
from inbox
where event_id = $1 and (topic = 'http' or topic like 'kith.intake.%')
order by id
limit 1;

-- name: awaited
-- What is held for another submission that has been placed by now, but for what could not be placed again.
-- $1 submissions to leave out, $2 how many
select h.id, h.organisation
from submission h
join submission a on (a.id, a.organisation) = (h.awaits, h.organisation)
where h.awaits is not null and a.status <> 'held' and h.id <> all ($1::uuid[])
limit $2;
