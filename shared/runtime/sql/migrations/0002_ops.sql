-- What operators changed by hand. Written before the change is made, so nothing is done that is not here.

create table ops_audit (
    id bigint generated always as identity primary key,
    at timestamptz not null,
    who text not null check (who <> ''),
    action text not null,
    target text not null,
    why text not null check (why <> '')
);
comment on table ops_audit is 'Every change an operator asked for: who, when, what, and why. Rows are never changed.';

grant select, insert on ops_audit to {worker};
