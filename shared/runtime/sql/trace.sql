-- name: said
-- An event as it was decided here, and where it was sent.
select s.topic, s.subject, j.sequence, j.type, j.organisation, j.actor_role, j.occurred_at, j.recorded_at,
j.correlation_id, j.causation_id, j.traceparent, t.partition, t."offset", t.sent_at
from journal j join stream s on s.id = j.stream
left join sent t on (t.stream, t.sequence) = (j.stream, j.sequence) where j.event_id = $1

-- name: heard
-- An event as it was heard here.
select id, topic, partition, "offset", type, sequence, organisation, fate, code, detail, heard_at
from inbox where event_id = $1 order by id

-- name: led_to
-- What an event led to here.
select j.event_id, s.subject, j.type, j.recorded_at from journal j join stream s on s.id = j.stream
where j.causation_id = $1 order by j.recorded_at, j.sequence limit $2

-- name: said_of
-- What was said here of these subjects.
select j.event_id, s.subject, j.sequence, j.type, j.recorded_at from journal j join stream s on s.id = j.stream
where s.topic = $1 and s.subject = any($2) order by j.recorded_at, s.subject, j.sequence limit $3
