"""Supervision, wired: two rooms, peers and safeguarding, in one service with one vault."""

import os
from collections.abc import Mapping
from pathlib import Path

from services.supervision.api import routes
from services.supervision.domain.peers.peer import PEER
from services.supervision.domain.peers.policy import Policies
from services.supervision.domain.peers.provider import PROVIDER
from services.supervision.domain.peers.supervisor import SUPERVISOR
from services.supervision.projections import PROJECTIONS
from services.supervision.reactions import HEARS, reactions
from services.supervision.safeguarding.work import SAFEGUARDING_AGGREGATES, SAFEGUARDING_WORKS
from shared.contracts.registry import published
from shared.runtime.run import run
from shared.runtime.service import Service


def supervision(policies: Policies) -> Service:
    """The service under these policies."""
    return Service(
        name="supervision",
        registry=published(),
        hears=HEARS,
        aggregates=(PEER, PROVIDER, SUPERVISOR, *SAFEGUARDING_AGGREGATES),
        reactions=reactions(policies),
        projections=PROJECTIONS,
        routes=routes(policies),
        works=SAFEGUARDING_WORKS,
        home=Path(__file__).parent,
        vault=True,
    )


def read_policies(environment: Mapping[str, str]) -> Policies:
    """The policies in the JSON file that KITH_PEER_POLICIES names, or the defaults.

    Raises pydantic's ValidationError, naming the setting, when the file says something that is no setting.
    """
    path = environment.get("KITH_PEER_POLICIES")
    return Policies.model_validate_json(Path(path).read_bytes()) if path else Policies()


SERVICE = supervision(read_policies(os.environ))

if __name__ == "__main__":
    run(SERVICE)
