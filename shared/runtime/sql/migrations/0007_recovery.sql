-- What a service knows of the database it works in, so that it sees when that was restored or failed over.

create table place (
    one boolean primary key default true check (one),
    identity text not null
);
comment on table place is 'The database in which the journal was last found whole: what `here()` said then.';

create table retold (
    event_id uuid not null,
    subject text not null,
    primary key (event_id, subject)
);
comment on table retold is 'What was heard before the database was restored, with the own subjects of which that said something: what '
    'was said was taken back from the own topic, so when it is heard again nothing is said a second time.';

create function here() returns text language sql stable as $$
    select s.system_identifier || '/' || c.timeline_id || '/' || d.oid
    from pg_control_system() s, pg_control_checkpoint() c, pg_database d where d.datname = current_database()
$$;
comment on function here is 'The database cluster, its timeline and the database: another after a restore or a failover.';

grant select, insert, update on place to {worker};
grant select, insert, delete on retold to {worker};
