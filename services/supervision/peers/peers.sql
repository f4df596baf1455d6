-- What is asked of peers and supervisors. Row-level security leaves only the caller's organisation.

-- name: one_peer
-- One peer as they stand.
-- $1 peer
select p.id, p.sequence, p.state
from peer p
where p.id = $1;

-- name: peers
-- Everybody who has a post, with whom they support and who supervises them.
select p.id, p.sequence, p.state, p.supervisor_id, s.state as supervisor, coalesce(c.clients, 0) as clients,
    coalesce(c.used_hundredths, 0) as used_hundredths
from peer p
left join supervisor s on s.id = p.supervisor_id
left join clients c on c.id = p.id
where p.stage in ('recruited', 'started')
order by p.id;

-- name: funded
-- Whose post is paid for until a day still to come or just past, with whom they support.
-- $1 from this day on
select p.id, p.state, p.funding_ends_on, coalesce(c.clients, 0) as clients
from peer p
left join clients c on c.id = p.id
where p.stage in ('recruited', 'started') and p.funding_ends_on >= $1
order by p.funding_ends_on, p.id;

-- name: supervisors
-- Every supervisor who has peers, or is away.
select s.id, s.sequence, s.state
from supervisor s
order by s.id;

-- name: not_back
-- Lone visits from which somebody is not back in time, and of which nobody on duty was told yet.
select p.id, p.organisation, unnest(p.not_back) as visit_id
from peer p
where p.not_back <> '{}'
order by p.id
limit 100;
