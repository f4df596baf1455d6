-- What is to be sent, by the loops of all instances.

-- name: to_tell
-- Concerns of which somebody is to be told now and nobody is at it, the longest due first.
-- $1 how many
select id, organisation, state from concern where to_tell > 0 order by to_tell_since, id limit $1;

-- name: claim
-- The notice is this instance's to send, unless another took it a moment ago.
-- $1 notice, $2 organisation, $3 after how many seconds a claim is anybody's
insert into notice_claim as c (notice_id, organisation) values ($1, $2)
on conflict (notice_id) do update set claimed_at = clock_timestamp()
where c.claimed_at < clock_timestamp() - make_interval(secs => $3)
returning notice_id;

-- name: let_go
-- The notice was sent and that is said; or it is to be tried again at once.
delete from notice_claim where notice_id = $1;

-- name: alarms
-- Concerns of which operations are to see to now.
select id, alarms from concern where alarms <> '{}';
