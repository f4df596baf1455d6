-- name: open
-- A position at the beginning for each partition that has none.
insert into position (topic, partition, next_offset) select u.topic, u.partition, 0
from unnest($1::text[], $2::int[]) u(topic, partition) order by 1, 2 on conflict do nothing

-- name: stored
-- Where reading of these partitions goes on, and what was read last.
select p.topic, p.partition, p.next_offset, p.last from position p
join unnest($1::text[], $2::int[]) u(topic, partition) using (topic, partition)

-- name: restart
-- Reading begins again elsewhere, if nobody else has moved it.
update position set next_offset = $4, last = null, moved_at = now() where topic = $1 and partition = $2 and next_offset = $3

-- name: positions
-- Where reading of every partition goes on.
select topic, partition, next_offset from position order by topic, partition
