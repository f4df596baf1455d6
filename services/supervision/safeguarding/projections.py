"""The read models of concerns and duty rotas."""

from collections.abc import Sequence

from services.supervision.safeguarding.rows import ConcernRow, RotaRow, apply_to_concern, apply_to_rota
from shared.runtime.service import Projection
from shared.runtime.tables import table_of

_FOUND_BY = """
create index on {table} (organisation, opened_at) where open;
create index on {table} (to_tell_since) where to_tell > 0;
create index on {table} (id) where alarms <> '{}';
create index on {table} using gin (asked) where asked <> '{}';
create index on {table} using gin (awaiting);
"""

SAFEGUARDING_PROJECTIONS: Sequence[Projection] = (
    Projection(
        table="concern",
        topic="kith.supervision",
        kind="concern",
        row=ConcernRow,
        apply=apply_to_concern,
        ddl=table_of(ConcernRow) + _FOUND_BY,
    ),
    Projection(
        table="rota",
        topic="kith.supervision",
        kind="rota",
        row=RotaRow,
        apply=apply_to_rota,
        ddl=table_of(RotaRow) + "create index on {table} (organisation);",
    ),
)
