"""What the room of peers offers over HTTP."""

from collections.abc import Sequence

from services.supervision.domain.peers.policy import Policies
from shared.runtime.http import Route


def peers_routes(policies: Policies) -> Sequence[Route]:
    """Every route about peers, providers and supervisors, under the organisations' policies."""
    return ()
