-- name: due
-- What has come due, the longest due first.
select d.id, s.subject, d.name, d.organisation, d.due from deadline d join stream s on s.id = d.stream
where d.due <= $1 order by d.due limit $2

-- name: next
-- When the next deadline passes.
select min(due) from deadline
