-- The vault and its keys. A backup of the database leaves the schema `keys` out; keys have their own.

create schema keys authorization {owner};
comment on schema keys is 'What opens the vault, wrapped by master keys that are in no database; in no backup of it.';

create table keys.master (
    kid text primary key,
    current boolean not null,
    since timestamptz not null
);
create unique index on keys.master (current) where current;
comment on table keys.master is 'The master keys under which something is wrapped; the keys themselves are in a file.';

create table keys.gone (
    kid text primary key,
    at timestamptz not null default now()
);
comment on table keys.gone is 'Master keys under which nothing is wrapped any more, to be taken out of the file.';

create table keys.data_key (
    id uuid primary key,
    about uuid not null,
    purpose text not null check (purpose in ('person', 'submission', 'transport', 'index')),
    organisation text not null,
    wrapped bytea not null,
    master text not null references keys.master,
    made_at timestamptz not null,
    retired_at timestamptz,
    destroy_at timestamptz
);
create index on keys.data_key (about);
create index on keys.data_key (master);
create index on keys.data_key (destroy_at) where destroy_at is not null;
create index on keys.data_key (made_at) where purpose = 'submission';
comment on table keys.data_key is 'The keys under which persons, submissions and tokens are sealed; what has lost its row is erased.';

create table keys.came (
    person_id uuid not null,
    transport uuid not null,
    organisation text not null,
    primary key (person_id, transport)
);
comment on table keys.came is 'By which transport keys something came of a person, so that an erasure destroys those as well.';

create table keys.found_by (
    id bigint generated always as identity unique,
    person_id uuid not null,
    name text not null,
    kind text not null,
    digest bytea not null,
    master text not null references keys.master,
    organisation text not null,
    primary key (person_id, name, kind, digest)
);
create index on keys.found_by (digest);
create index on keys.found_by (master);
comment on table keys.found_by is 'The blind index: keyed digests of the facts by which a person is found again, each sealed under a '
    'master key, always to the same bytes.';

create table keys.erasure (
    about uuid not null,
    organisation text not null,
    at timestamptz not null,
    primary key (about, organisation)
);
comment on table keys.erasure is 'Who was erased: nothing is ever kept under this id again.';

create table keys.rotation (
    id bigint generated always as identity primary key,
    asked_at timestamptz not null,
    master text,
    done_at timestamptz
);
create index on keys.rotation (id) where done_at is null;
comment on column keys.rotation.master is 'The master key that was made for it.';
comment on table keys.rotation is 'When the master key was to be changed, by an erasure or by an operator, and when it was.';

create table vault (
    person_id uuid not null,
    name text not null,
    organisation text not null,
    sealed bytea not null,
    kept_at timestamptz not null,
    primary key (person_id, name)
);
create index on vault (organisation, name);
comment on table vault is 'What is known of persons, each content under its person''s key.';

create table vault_read (
    id bigint generated always as identity primary key,
    at timestamptz not null,
    organisation text not null,
    who text not null,
    role text not null,
    purpose text not null check (purpose <> ''),
    person_id uuid,
    names text[] not null
);
create index on vault_read (organisation, person_id, at);
comment on table vault_read is 'Who read what of whom, and what for; written with the reading, never changed.';

alter table inbox add column raw_key uuid;
comment on column inbox.raw_key is 'The key under which key, headers and body are sealed in the body; null where they are not.';

do $$
declare t regclass;
begin
    foreach t in array array['keys.data_key', 'keys.came', 'keys.found_by', 'keys.erasure', 'vault',
                             'vault_read']::regclass[] loop
        execute format('alter table %s enable row level security', t);
        execute format('alter table %s force row level security', t);
        execute format('create policy everything on %s to {owner}, {worker} using (true) with check (true)', t);
        execute format('create policy own_organisation on %s to {api} using (organisation = public.organisation()) '
                       'with check (organisation = public.organisation())', t);
    end loop;
end $$;

grant usage on schema keys to {worker}, {api};
grant select on keys.master to {worker}, {api};
grant insert, delete, update (current) on keys.master to {worker};
grant select, insert on keys.gone to {worker};
grant select, insert, delete on keys.data_key to {worker}, {api};
grant update (wrapped, master, retired_at, destroy_at) on keys.data_key to {worker};
grant insert on keys.came to {api};
grant select, insert, delete on keys.came to {worker};
grant select, insert, delete on keys.found_by to {worker}, {api};
grant update (digest, master) on keys.found_by to {worker};
grant select, insert on keys.erasure to {worker}, {api};
grant insert on keys.rotation to {api};
grant select, insert, update (master, done_at) on keys.rotation to {worker};
grant select, insert, delete, update (sealed, kept_at) on vault to {worker}, {api};
grant select, insert on vault_read to {worker}, {api};

create function keys.hold(p_organisation text, p_persons uuid[]) returns text
    language plpgsql security definer set search_path = '' as $$
declare kid text;
begin
    perform 1 from keys.data_key k where k.id = any (p_persons)
        and (p_organisation is null or k.organisation = p_organisation) order by k.id for key share;
    select m.kid into kid from keys.master m where m.current for key share;
    return kid;
end $$;
comment on function keys.hold is 'Until the transaction ends, the keys of these persons are not destroyed and the current master key is '
    'not dropped; its id. It runs as the owner since locking rows would otherwise need the right to change them.';

create function keys.take(p_organisation text, p_persons uuid[])
returns table (current text, id uuid, organisation text, wrapped bytea, master text, erased text[])
language plpgsql as $$
#variable_conflict use_column
declare held text;
begin
    if p_organisation is not null then
        perform set_config('kith.organisation', p_organisation, true);
    end if;
    held := keys.hold(p_organisation, p_persons);
    -- A statement of its own, which sees what the locks were waited for.
    return query
        select held, u.id, k.organisation, k.wrapped, k.master,
               array(select e.organisation from keys.erasure e where e.about = u.id)
        from unnest(p_persons) u(id) left join keys.data_key k on k.id = u.id;
end $$;
comment on function keys.take is 'The data keys of these persons, held until the transaction ends, and the current master key''s id.';

create function keys.carry_out(
    p_organisation text, p_at timestamptz, p_master text,
    k_id uuid[], k_organisation text[], k_wrapped bytea[],
    v_person uuid[], v_organisation text[], v_name text[], v_sealed bytea[], v_unless_kept boolean[],
    i_person uuid[], i_organisation text[], i_name text[], i_kind text[], i_digest bytea[],
    c_person uuid[], c_organisation text[], c_transport uuid[],
    f_person uuid[], f_organisation text[], f_name text[],
    e_about uuid[], e_organisation text[]
) returns void language plpgsql as $$
declare
    made integer;
    spared text[];
begin
    if p_organisation is not null then
        perform set_config('kith.organisation', p_organisation, true);
    end if;
    if cardinality(k_id) > 0 then
        insert into keys.data_key (id, about, purpose, organisation, wrapped, master, made_at)
        select u.id, u.id, 'person', u.organisation, u.wrapped, p_master, p_at
        from unnest(k_id, k_organisation, k_wrapped) u(id, organisation, wrapped) order by u.id on conflict do nothing;
        get diagnostics made = row_count;
        if made <> cardinality(k_id) then
            perform 1 from unnest(k_id) u(id) where not exists (select from keys.data_key k where k.id = u.id);
            if found then
                raise exception 'the person belongs to another organisation' using errcode = '42501';
            end if;
            raise exception 'another made the key of this person meanwhile' using errcode = '40001';
        end if;
    end if;
    with lacking as (
        insert into public.vault (person_id, organisation, name, sealed, kept_at)
        select u.person_id, u.organisation, u.name, u.sealed, p_at
        from unnest(v_person, v_organisation, v_name, v_sealed, v_unless_kept)
             u(person_id, organisation, name, sealed, unless_kept)
        where u.unless_kept order by 1, 3 on conflict do nothing
        returning person_id, name
    )
    select coalesce(array_agg(u.person_id || u.name), '{}') into spared
    from unnest(v_person, v_name, v_unless_kept) u(person_id, name, unless_kept) left join lacking l using (person_id, name)
    where u.unless_kept and l.name is null;
    delete from keys.found_by f using (
        select * from unnest(v_person, v_name) u(person_id, name) where u.person_id || u.name <> all (spared)
        union select * from unnest(f_person, f_name)
    ) u(person_id, name) where (f.person_id, f.name) = (u.person_id, u.name);
    delete from public.vault v using unnest(f_person, f_organisation, f_name) u(person_id, organisation, name)
    where (v.person_id, v.organisation, v.name) = (u.person_id, u.organisation, u.name);
    insert into public.vault (person_id, organisation, name, sealed, kept_at)
    select u.person_id, u.organisation, u.name, u.sealed, p_at
    from unnest(v_person, v_organisation, v_name, v_sealed, v_unless_kept)
         u(person_id, organisation, name, sealed, unless_kept)
    where not u.unless_kept order by 1, 3
    on conflict (person_id, name) do update set sealed = excluded.sealed, kept_at = excluded.kept_at;
    insert into keys.found_by (person_id, organisation, name, kind, digest, master)
    select u.*, p_master from unnest(i_person, i_organisation, i_name, i_kind, i_digest) u(person_id, organisation, name)
    where u.person_id || u.name <> all (spared) on conflict do nothing;
    insert into keys.came (person_id, organisation, transport)
    select * from unnest(c_person, c_organisation, c_transport) on conflict do nothing;
    if cardinality(e_about) > 0 then
        insert into keys.erasure (about, organisation, at)
        select u.about, u.organisation, p_at from unnest(e_about, e_organisation) u(about, organisation)
        order by 1 on conflict do nothing;
        -- The key first: whoever keeps something of the person at this moment holds it, and is waited for.
        delete from keys.data_key k using unnest(e_about, e_organisation) u(about, organisation)
        where (k.about, k.organisation) = (u.about, u.organisation) and k.purpose in ('person', 'submission');
        delete from public.vault v using unnest(e_about, e_organisation) u(about, organisation)
        where (v.person_id, v.organisation) = (u.about, u.organisation);
        delete from keys.found_by f using unnest(e_about, e_organisation) u(about, organisation)
        where (f.person_id, f.organisation) = (u.about, u.organisation);
        insert into keys.rotation (asked_at) values (p_at);
    end if;
end $$;
comment on function keys.carry_out is 'All that the vault is asked to do by the commands of one transaction: keep, find, forget, erase. '
    'Raises 40001 when the same key was made meanwhile, 42501 when the person is another organisation''s.';

comment on column idempotency.request_hash is 'A hash of what was asked; in a service with a vault a digest of it under a master key.';
comment on column position.last is 'The digest of the id of the record just before: if the log holds another there, it was made anew.';
-- It was of the whole record, by which a guess of what an outsider said could be confirmed.
update position set last = null;
