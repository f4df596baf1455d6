"""What supervision offers over HTTP, subject by subject."""

from collections.abc import Sequence

from services.supervision.domain.peers.policy import Policies
from services.supervision.peers.routes import peers_routes
from services.supervision.safeguarding.routes import SAFEGUARDING_ROUTES
from shared.runtime.http import Route


def routes(policies: Policies) -> Sequence[Route]:
    """Every route of the service under the organisations' policies."""
    return (*peers_routes(policies), *SAFEGUARDING_ROUTES)
