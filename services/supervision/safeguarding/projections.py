"""The read models of concerns and duty rotas."""

from collections.abc import Sequence

from services.supervision.safeguarding.rows import ConcernRow, RotaRow, apply_to_concern, apply_to_rota
from shared.runtime.service import Projection

SAFEGUARDING_PROJECTIONS: Sequence[Projection] = (
    Projection(
        table="concern",
        topic="kith.supervision",
        kind="concern",
        row=ConcernRow,
        apply=apply_to_concern,
        ddl="""
create table {table} (
    id uuid primary key,
    organisation text not null,
    sequence bigint not null,
    state text not null,
    open boolean not null,
    waits boolean not null,
    audience text not null,
    opened_at timestamptz,
    alarms text[] not null,
    asked text[] not null,
    to_tell bigint not null,
    to_tell_since timestamptz,
    awaiting text[] not null
);
create index on {table} (organisation, opened_at) where open;
create index on {table} (to_tell_since) where to_tell > 0;
create index on {table} (id) where alarms <> '{}';
create index on {table} using gin (asked) where asked <> '{}';
create index on {table} using gin (awaiting);
""",
    ),
    Projection(
        table="rota",
        topic="kith.supervision",
        kind="rota",
        row=RotaRow,
        apply=apply_to_rota,
        ddl="""
create table {table} (
    id uuid primary key,
    organisation text not null,
    sequence bigint not null,
    state text not null,
    gap_starts_at timestamptz,
    gap_ends_at timestamptz
);
create index on {table} (organisation);
""",
    ),
)
