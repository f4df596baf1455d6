-- What the relay asks: the next turn of the ring, and the marking of what was sent.

create function next_round(after bigint, most integer)
returns table (stream bigint, sequence bigint, subject text, organisation text, event_id uuid, type text,
               actor_role text, occurred_at timestamptz, recorded_at timestamptz, correlation_id uuid,
               causation_id uuid, traceparent text, body bytea)
language sql stable as $$
    -- A loose index scan: one probe per stream, whatever stands behind its first event. `distinct on` starves.
    with recursive ring as (
        (select u.stream, u.sequence from unsent u where u.stream > after order by u.stream, u.sequence limit 1)
        union all
        select n.stream, n.sequence
        from ring, lateral (
            select u.stream, u.sequence from unsent u where u.stream > ring.stream order by u.stream, u.sequence limit 1
        ) n
    ), turn as (select * from ring limit most)
    select t.stream, t.sequence, s.subject, j.organisation, j.event_id, j.type, j.actor_role, j.occurred_at,
           j.recorded_at, j.correlation_id, j.causation_id, j.traceparent, j.body
    from turn t join journal j on (j.stream, j.sequence) = (t.stream, t.sequence) join stream s on s.id = t.stream
    order by t.stream
$$;
comment on function next_round is 'The lowest unsent event of each of the next streams after the given one.';

create function mark_sent(m_stream bigint[], m_sequence bigint[], m_partition integer[], m_offset bigint[])
returns void language sql as $$
    with gone as (
        delete from unsent u using unnest(m_stream, m_sequence, m_partition, m_offset) m(stream, sequence, partition, "offset")
        where u.stream = m.stream and u.sequence = m.sequence
        returning m.stream, m.sequence, m.partition, m."offset"
    )
    insert into sent (stream, sequence, partition, "offset") select * from gone on conflict do nothing
$$;
comment on function mark_sent is 'Takes events out of the unsent, and notes where on the topic each stands.';
