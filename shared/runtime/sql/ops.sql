-- name: audit
-- Notes who changes what, and why.
insert into ops_audit (at, who, action, target, why) values ($1, $2, $3, $4, $5)

-- name: audited
-- What operators changed.
select id, at, who, action, target, why from ops_audit where id > $1 order by id limit $2
