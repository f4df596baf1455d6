-- The few statements of which every change consists, each one round trip.

create function append(
    p_organisation text, p_topic text,
    s_subject text[], s_organisation text[], s_prior bigint[], s_sequence bigint[],
    e_stream integer[], e_sequence bigint[], e_id uuid[], e_type text[], e_actor_role text[],
    e_occurred_at timestamptz[], e_recorded_at timestamptz[], e_correlation_id uuid[], e_causation_id uuid[],
    e_traceparent text[], e_body bytea[],
    d_stream integer[], d_name text[], d_due timestamptz[],
    r_table text[], r_put text[], r_drop text[],
    p_key text default null, p_request_hash bytea default null, p_answer jsonb default null
) returns void language plpgsql as $$
declare
    ids bigint[];
    created boolean[];
begin
    if p_organisation is not null then
        perform set_config('kith.organisation', p_organisation, true);
    end if;
    if p_key is not null then
        insert into idempotency (organisation, key, request_hash, answer)
        values (p_organisation, p_key, p_request_hash, p_answer);
    end if;
    with swept as (
        insert into stream as s (topic, subject, organisation, prior, sequence)
        select p_topic, u.subject, u.organisation, u.prior, u.sequence
        from unnest(s_subject, s_organisation, s_prior, s_sequence) u(subject, organisation, prior, sequence)
        order by u.subject
        on conflict (topic, subject) do update set prior = excluded.prior, sequence = excluded.sequence
            where s.sequence = excluded.prior and s.organisation = excluded.organisation
        returning s.id, s.subject, s.xmax = 0 as created
    )
    select array_agg(w.id order by u.ordinality), array_agg(coalesce(w.created, true) and u.prior > 0 or w.id is null)
    into ids, created
    from unnest(s_subject, s_prior) with ordinality u(subject, prior, ordinality) left join swept w using (subject);
    if true = any (created) then
        -- What is there and cannot be seen stays as it is however often one tries.
        perform 1 from unnest(s_subject, ids) u(subject, id)
        where u.id is null and not exists (select 1 from stream s where s.topic = p_topic and s.subject = u.subject);
        if found then
            raise exception 'a stream belongs to another organisation' using errcode = '42501';
        end if;
        raise exception 'a stream moved since it was read' using errcode = '40001';
    end if;
    with said as (
        insert into journal (stream, sequence, event_id, type, organisation, actor_role, occurred_at, recorded_at,
                             correlation_id, causation_id, traceparent, body)
        select ids[u.stream], u.sequence, u.id, u.type, s_organisation[u.stream], u.actor_role, u.occurred_at,
               u.recorded_at, u.correlation_id, u.causation_id, u.traceparent, u.body
        from unnest(e_stream, e_sequence, e_id, e_type, e_actor_role, e_occurred_at, e_recorded_at, e_correlation_id,
                    e_causation_id, e_traceparent, e_body)
             u(stream, sequence, id, type, actor_role, occurred_at, recorded_at, correlation_id, causation_id,
               traceparent, body)
        returning stream, sequence, organisation, recorded_at
    )
    insert into unsent (stream, sequence, organisation, since)
    select stream, sequence, organisation, recorded_at from said;
    if cardinality(d_stream) > 0 then
        delete from deadline d using unnest(d_stream, d_name) u(stream, name)
        where d.stream = ids[u.stream] and d.name = u.name;
        insert into deadline (stream, name, organisation, due)
        select ids[u.stream], u.name, s_organisation[u.stream], u.due
        from unnest(d_stream, d_name, d_due) u(stream, name, due) where u.due is not null;
    end if;
    perform write_rows(r_table, r_put, r_drop);
end $$;
comment on function append is 'Says events: advances each stream from its expected sequence or raises 40001, then journals, '
    'queues for sending, keeps deadlines and read models, all in one call.';

create function load(p_organisation text, p_topic text, p_subjects text[], p_lock boolean)
returns table (subject text, organisation text, last bigint, sequence bigint, event_id uuid, type text, actor_role text,
               occurred_at timestamptz, recorded_at timestamptz, correlation_id uuid, causation_id uuid,
               traceparent text, body bytea)
language plpgsql as $$
#variable_conflict use_column
begin
    if p_organisation is not null then
        perform set_config('kith.organisation', p_organisation, true);
    end if;
    -- Lock, then read in a statement of its own: after the wait only the locked row itself is read again.
    if p_lock then
        perform 1 from stream s where s.topic = p_topic and s.subject = any (p_subjects) order by s.subject for update;
    end if;
    return query
        select s.subject, s.organisation, s.sequence, j.sequence, j.event_id, j.type, j.actor_role, j.occurred_at,
               j.recorded_at, j.correlation_id, j.causation_id, j.traceparent, j.body
        from stream s join journal j on j.stream = s.id and j.sequence <= s.sequence
        where s.topic = p_topic and s.subject = any (p_subjects)
        order by s.subject, j.sequence;
end $$;
comment on function load is 'The events of own streams, in order; locked in one sorted sweep when asked.';

create function begin_batch(
    p_topic text[], p_partition integer[], p_expected bigint[], p_next bigint[], p_last bytea[],
    s_topic text[], s_subject text[], s_organisation text[], s_prior bigint[], s_sequence bigint[]
) returns table (id bigint, topic text, subject text, organisation text, prior bigint, sequence bigint, created boolean)
language plpgsql as $$
#variable_conflict use_column
declare moved integer;
begin
    if cardinality(p_topic) > 0 then
        with locked as (
            select p.topic, p.partition, u.next, u.last
            from position p join unnest(p_topic, p_partition, p_expected, p_next, p_last)
                                 u(topic, partition, expected, next, last)
                 on p.topic = u.topic and p.partition = u.partition and p.next_offset = u.expected
            order by p.topic, p.partition for update of p
        )
        update position p set next_offset = l.next, last = l.last, moved_at = now()
        from locked l where p.topic = l.topic and p.partition = l.partition;
        get diagnostics moved = row_count;
        if moved <> cardinality(p_topic) then
            raise exception 'another reader moved the position' using errcode = 'KP001';
        end if;
    end if;
    -- A row whose condition fails is not returned, but locked all the same.
    return query
        insert into stream as s (topic, subject, organisation, prior, sequence)
        select u.topic, u.subject, u.organisation, u.prior, u.sequence
        from unnest(s_topic, s_subject, s_organisation, s_prior, s_sequence)
             u(topic, subject, organisation, prior, sequence)
        order by u.topic, u.subject
        on conflict (topic, subject) do update set prior = excluded.prior, sequence = excluded.sequence
            where s.sequence = excluded.prior and s.organisation = excluded.organisation and not s.waiting
        returning s.id, s.topic, s.subject, s.organisation, s.prior, s.sequence, s.xmax = 0;
end $$;
comment on function begin_batch is 'Moves the positions from their expected values or raises KP001, then creates, locks and '
    'advances the streams of a batch as if all went well, in one sorted sweep; those that stood elsewhere are not returned.';

create function end_batch(
    a_stream bigint[], a_sequence bigint[], a_waiting boolean[],
    i_id bigint[], i_event_id uuid[], i_stream bigint[], i_sequence bigint[], i_type text[], i_organisation text[],
    i_fate text[], i_code text[], i_detail text[],
    r_table text[], r_put text[], r_drop text[]
) returns void language plpgsql as $$
begin
    if cardinality(a_stream) > 0 then
        update stream s set prior = least(s.prior, u.sequence), sequence = u.sequence, waiting = u.waiting
        from unnest(a_stream, a_sequence, a_waiting) u(stream, sequence, waiting) where s.id = u.stream;
    end if;
    if cardinality(i_id) > 0 then
        update inbox i set event_id = u.event_id, stream = u.stream, sequence = u.sequence, type = u.type,
                           organisation = u.organisation, fate = u.fate, code = u.code, detail = u.detail
        from unnest(i_id, i_event_id, i_stream, i_sequence, i_type, i_organisation, i_fate, i_code, i_detail)
             u(id, event_id, stream, sequence, type, organisation, fate, code, detail)
        where i.id = u.id;
    end if;
    perform write_rows(r_table, r_put, r_drop);
end $$;
comment on function end_batch is 'Corrects the streams that did not go as begun, settles inbox rows that waited, and '
    'writes read models.';
