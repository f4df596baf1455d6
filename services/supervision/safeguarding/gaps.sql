-- Hours that nobody covers.

-- name: gaps
-- Of each rota, whether there are such hours.
select organisation, gap_starts_at is not null as gap from rota order by organisation;
