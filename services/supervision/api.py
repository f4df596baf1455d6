"""What supervision offers over HTTP, subject by subject."""

from collections.abc import Sequence

from services.supervision.domain.peers.policy import Policies
from services.supervision.domain.safeguarding.duty_policy import DutyPolicies
from services.supervision.peers.routes import peers_routes
from services.supervision.safeguarding.routes import safeguarding_routes
from shared.runtime.http import Route


def routes(policies: Policies, duty: DutyPolicies) -> Sequence[Route]:
    """Every route of the service under the organisations' policies."""
    return (*peers_routes(policies), *safeguarding_routes(duty))
