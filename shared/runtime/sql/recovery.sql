-- name: here
-- Which database this is, and in which one the journal was last found whole.
select here() as here, (select identity from place) as known

-- name: whole
-- The journal is whole in this database.
insert into place (identity) values ($1) on conflict (one) do update set identity = excluded.identity

-- name: highest
-- Of each of these partitions the highest offset at which something of the journal is known to stand.
-- $1 partitions
select u.partition, (select max(s."offset") from sent s where s.partition = u.partition) as "offset"
from unnest($1::int[]) u(partition)

-- name: known
-- Which of these events the journal holds.
-- $1 ids
select event_id from journal where event_id = any($1)

-- name: stand
-- These events are on the own topic, at these places.
-- $1 ids, $2 partitions, $3 offsets
select mark_sent(array_agg(j.stream), array_agg(j.sequence), array_agg(u.partition), array_agg(u."offset"))
from unnest($1::uuid[], $2::int[], $3::bigint[]) u(event_id, partition, "offset") join journal j using (event_id)

-- name: retell
-- What these heard events came to is said already.
-- $1 ids, $2 subjects
insert into retold (event_id, subject) select * from unnest($1::uuid[], $2::text[]) on conflict do nothing

-- name: heard_again
-- Whatever was heard again by now need not be known any more.
delete from retold r using inbox i where i.event_id = r.event_id

-- name: retold
-- What is still to be heard again, with the own subjects of which that has said something.
select event_id, subject from retold

-- name: erased_again
-- Nothing is kept of whoever was erased, whatever a backup brought back.
delete from vault v using keys.erasure e where (v.person_id, v.organisation) = (e.about, e.organisation)
