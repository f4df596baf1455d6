-- What is to be sent, by the loop of all organisations.

-- name: due
-- Messages whose time has come, the longest due first.
-- $1 now, $2 how many
select m.id, m.organisation, m.person_id, split_part(w, '|', 2)::uuid as message_id
from messaging m, unnest(m.waiting) w
where m.next_at <= $1 and split_part(w, '|', 1)::timestamptz <= $1
order by m.next_at, m.id
limit $2;

-- name: claimed
-- Messages that somebody claimed and of which nothing was said since.
select id, organisation, c::uuid as message_id from messaging, unnest(claimed) c where claimed <> '{}';
