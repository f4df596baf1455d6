-- Concerns and rotas, as the routes read them.

-- name: concern
-- One concern as its rules know it.
select state, audience, sequence from concern where id = $1;

-- name: open_concerns
-- Concerns that are open, for these audiences, those that nobody has in hand first, the oldest first.
-- $1 audiences, $2 waits of the last on the page before, $3 when that was opened, $4 its id, $5 how many
select id, state, waits, opened_at from concern
where open and audience = any($1) and ($2::boolean is null or (not waits, opened_at, id) > (not $2, $3, $4::uuid))
order by not waits, opened_at, id
limit $5;

-- name: asked_of
-- Open concerns of other organisations which this one was asked to take on; read in the role of the service itself.
select id, organisation, state from concern where asked @> array[$1::text] and open order by opened_at limit 200;

-- name: awaiting
-- The concern of a notice of which no receipt has come.
select id from concern where awaiting @> array[$1::text];

-- name: rota
-- An organisation's rota as its rules know it.
select state, sequence from rota where id = $1;
