-- name: state
-- What waits at that moment of the service's clock: unsent, refused by Kafka, unsent but not behind a refused one, held or parked.
select (select count(*) from (select 1 from unsent limit 100000) u) as unsent,
(select extract(epoch from $1::timestamptz - min(since)) from (select since from unsent limit 100000) u) as oldest,
(select count(*) from unsent where refused is not null) as refused,
(select extract(epoch from $1::timestamptz - min(since)) from (select stream, since from unsent limit 100000) u
where not exists (select from unsent r where r.stream = u.stream and r.refused is not null)) as backlog,
(select jsonb_object_agg(coalesce(type, ''), n) from (select type, count(*) as n from inbox
where fate in ('held', 'parked') group by type) w) as waiting
