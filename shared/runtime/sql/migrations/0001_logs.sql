-- The two logs of a service, the streams that order them, and the state of their travel.
-- {owner} migrates, {worker} runs the loops, {api} answers HTTP calls for one organisation at a time.

create table stream (
    id bigint generated always as identity primary key,
    topic text not null,
    subject text not null,
    organisation text not null,
    prior bigint not null default 0,
    sequence bigint not null default 0 check (sequence >= prior),
    waiting boolean not null default false,
    unique (topic, subject)
) with (fillfactor = 70);
comment on table stream is 'One subject''s events on one topic; its row is the lock that everyone who touches the stream takes.';
comment on column stream.waiting is 'Whether the inbox holds events of this stream that wait for an earlier one.';

create table journal (
    stream bigint not null,
    sequence bigint not null check (sequence > 0),
    event_id uuid not null unique,
    type text not null,
    organisation text not null,
    actor_role text not null,
    occurred_at timestamptz not null,
    recorded_at timestamptz not null,
    correlation_id uuid not null,
    causation_id uuid,
    traceparent text,
    body bytea not null,
    primary key (stream, sequence)
);
create index journal_causation on journal (causation_id) where causation_id is not null;
comment on table journal is 'The events this service decided: event store, audit trail and outbox in one; inserted, never updated.';

create table unsent (
    stream bigint not null,
    sequence bigint not null,
    organisation text not null,
    since timestamptz not null,
    primary key (stream, sequence)
) with (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_cost_delay = 0);
comment on table unsent is 'What of the journal is not yet on Kafka: a set, never a cursor, so that a late commit cannot be passed by.';

create table sent (
    stream bigint not null,
    sequence bigint not null,
    partition integer not null,
    "offset" bigint not null,
    sent_at timestamptz not null default now(),
    primary key (stream, sequence)
);
create index sent_where on sent (partition, "offset");
comment on table sent is 'Where on the own topic each event stands.';

create table inbox (
    id bigint generated always as identity primary key,
    topic text not null,
    partition integer not null,
    "offset" bigint not null,
    event_id uuid,
    stream bigint,
    sequence bigint,
    type text,
    organisation text,
    fate text not null check (fate in ('done', 'refused', 'held', 'parked')),
    code text,
    detail text,
    key bytea,
    headers bytea not null,
    body bytea,
    heard_at timestamptz not null default now()
);
create unique index inbox_event on inbox (topic, event_id) where event_id is not null;
create unique index inbox_sequence on inbox (stream, sequence) where sequence is not null and fate in ('done', 'refused');
create index inbox_waiting on inbox (stream, sequence) where fate in ('held', 'parked');
create index inbox_dead_letters on inbox (id) where fate in ('held', 'parked');
comment on table inbox is 'Every record heard, as it came, written once with its fate.';

create table position (
    topic text not null,
    partition integer not null,
    next_offset bigint not null,
    last bytea,
    moved_at timestamptz not null default now(),
    primary key (topic, partition)
);
comment on column position.last is 'The digest of the record just before: if the log holds another there, it was made anew.';
comment on table position is 'Where reading goes on; moved from its expected value with the batch it follows.';

create table deadline (
    stream bigint not null,
    name text not null,
    organisation text not null,
    due timestamptz not null,
    primary key (stream, name)
);
create index deadline_due on deadline (due);
comment on table deadline is 'What must be thought about and when, as derived from each stream''s state.';

create table idempotency (
    organisation text not null,
    key text not null,
    request_hash bytea not null,
    answer jsonb not null,
    at timestamptz not null default now(),
    primary key (organisation, key)
);
comment on table idempotency is 'The first answer to each Idempotency-Key.';

create schema rebuilding authorization {owner};
comment on schema rebuilding is 'Where a read model is folded anew before it takes the place of the old one.';

-- An unset organisation is null, and null equals nothing: no rows.
create function organisation() returns text
    language sql stable parallel safe
    as $$ select nullif(current_setting('kith.organisation', true), '') $$;

do $$
declare t text;
begin
    foreach t in array array['stream', 'journal', 'unsent', 'deadline', 'idempotency'] loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format('create policy everything on %I to {owner}, {worker} using (true) with check (true)', t);
        execute format('create policy own_organisation on %I to {api} using (organisation = organisation()) '
                       'with check (organisation = organisation())', t);
    end loop;
end $$;

grant usage on schema public to {worker}, {api};
grant select, insert on stream, journal, idempotency to {worker}, {api};
grant update (prior, sequence, waiting) on stream to {worker};
grant update (prior, sequence) on stream to {api};
grant insert on unsent to {api};
grant select, insert, delete on unsent to {worker};
grant select, insert on sent, inbox to {worker};
grant update (event_id, stream, sequence, type, organisation, fate, code, detail) on inbox to {worker};
grant select, insert, update on position to {worker};
grant select, insert, update, delete on deadline to {worker}, {api};
grant delete on idempotency to {worker};
