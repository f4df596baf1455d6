-- name: open
-- A position at the beginning for each partition that has none.
insert into position (topic, partition, next_offset) select u.topic, u.partition, 0
from unnest($1::text[], $2::int[]) u(topic, partition) order by 1, 2 on conflict do nothing

-- name: stored
-- Where reading of these partitions goes on.
select p.topic, p.partition, p.next_offset from position p
join unnest($1::text[], $2::int[]) u(topic, partition) using (topic, partition)

-- name: restart
-- Reading begins again elsewhere, if nobody else has moved it.
update position set next_offset = $4, moved_at = now() where topic = $1 and partition = $2 and next_offset = $3

-- name: same
-- Whether the record just before the position is the one that was heard there. A producer that sends without a key may
-- have sent its copy to another partition; what has no id stands where it was heard.
select exists (select 1 from inbox where topic = $1 and event_id = any($2::uuid[])
and (partition = $3 and "offset" <= $4 or topic like 'kith.intake.%'))
or exists (select 1 from inbox where event_id is null and topic = $1 and partition = $3 and "offset" = $4)
