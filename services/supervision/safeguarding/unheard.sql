-- What came and could not be heard.

-- name: types
-- Of which types something is parked, or held.
select distinct type from inbox where fate in ('held', 'parked') and type is not null;

-- name: unheard
-- Records of these types that are parked, or held for longer than a gap takes to close, without a concern of their own.
-- $1 types, $2 after how many seconds what is held counts
select c.id, i.organisation, i.type
from inbox i cross join lateral (select md5(i.topic || '/' || i.partition || '/' || i."offset")::uuid as id) c
where i.fate in ('held', 'parked') and i.type = any($1) and i.organisation is not null
    and (i.fate = 'parked' or i.heard_at < clock_timestamp() - make_interval(secs => $2))
    and not exists (select from stream s where s.topic = 'kith.supervision' and s.subject = 'concern/' || c.id)
order by i.id
limit 100;
