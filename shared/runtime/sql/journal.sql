-- name: append
-- Says events.
select append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26)

-- name: load
-- The events of own streams.
select * from load($1, $2, $3, $4)

-- name: answered
-- What was answered to a key, and to which request.
select request_hash, answer from idempotency where key = $1
