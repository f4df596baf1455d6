"""The read models of peers, providers and supervisors."""

from collections.abc import Sequence

from services.supervision.peers.rows import (
    ClientsRow,
    PeerRow,
    SupervisorRow,
    apply_to_clients,
    apply_to_peer,
    apply_to_supervisor,
)
from shared.runtime.service import Projection
from shared.runtime.tables import table_of

PEERS_PROJECTIONS: Sequence[Projection] = (
    Projection(
        table="peer",
        topic="kith.supervision",
        kind="peer",
        row=PeerRow,
        apply=apply_to_peer,
        ddl=table_of(PeerRow)
        + "create index on {table} (organisation, stage);"
        + "create index on {table} (organisation, funding_ends_on) where funding_ends_on is not null;"
        + "create index on {table} (id) where not_back <> '{}';",
    ),
    Projection(
        table="supervisor",
        topic="kith.supervision",
        kind="supervisor",
        row=SupervisorRow,
        apply=apply_to_supervisor,
        ddl=table_of(SupervisorRow) + "create index on {table} (organisation);",
    ),
    Projection(
        table="clients",
        topic="kith.referrals",
        kind="caseload",
        row=ClientsRow,
        apply=apply_to_clients,
        ddl=table_of(ClientsRow) + "create index on {table} (organisation);",
    ),
)
