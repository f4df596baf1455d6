-- name: list
-- What is held or parked, in the order it was heard, without the bytes.
select i.id, i.topic, i.partition, i."offset", i.event_id, i.type, s.subject, i.sequence, i.organisation,
       i.fate, i.code, i.detail, i.heard_at
from inbox i left join stream s on s.id = i.stream
where i.fate in ('held', 'parked') and i.id > $1 and ($2::text is null or i.topic = $2)
and ($3::text is null or i.code = $3) and ($4::text is null or i.fate = $4) order by i.id limit $5

-- name: count
-- How much is held or parked, by the type it claims.
select type, count(*) as n from inbox where fate in ('held', 'parked') group by type

-- name: one
-- One inbox row, with its bytes.
select i.id, i.topic, i.partition, i."offset", i.event_id, i.type, s.subject, i.sequence, i.organisation,
       i.fate, i.code, i.detail, i.heard_at, i.key, i.headers, i.body, i.raw_key, k.wrapped, k.master
from inbox i left join stream s on s.id = i.stream left join keys.data_key k on k.id = i.raw_key
where i.id = $1

-- name: fate
-- What became of an inbox row.
select fate, code, detail from inbox where id = $1

-- name: unknown
-- What was parked because its type was not known.
select id, type from inbox where fate = 'parked' and code = 'unknown-type' and type is not null order by id

-- name: stranded
-- What is held although it is next in its sequence; but what speaks of a subject not known yet, only once that is
-- known, or has been waited for long enough. And what belongs to no order and waited for a key to seal by.
-- $1 own topic, $2 how long, $3 how many, $4 whether there is any such key
select i.id, i.topic, i.partition, i."offset", i.key, i.headers, i.body, i.raw_key, k.wrapped, k.master
from inbox i left join stream s on s.id = i.stream left join keys.data_key k on k.id = i.raw_key
where i.fate = 'held' and (i.raw_key is null or k.id is not null)
    and (s.sequence + 1 = i.sequence or i.sequence is null and i.code = 'no-key-yet' and $4)
    and (i.code <> 'not-known-yet' or i.heard_at < now() - $2::interval
        or exists (select from stream own where (own.topic, own.subject, own.organisation) = ($1, i.detail, i.organisation)))
order by i.id limit $3

-- name: lock
-- The stream of an inbox row, locked.
select s.id, s.sequence from stream s join inbox i on i.stream = s.id where i.id = $1 for update of s

-- name: set_aside
-- Sets an inbox row aside for ever; one whose place in the sequence another has taken loses its claim to it.
-- $1 row, $2 whether it keeps its claim
update inbox set fate = 'refused', code = 'discarded',
    stream = case when $2 then stream end, sequence = case when $2 then sequence end
where id = $1 and fate in ('held', 'parked')

-- name: advance
-- Counts an event that was set aside as passed.
update stream set prior = sequence, sequence = sequence + 1 where id = $1
