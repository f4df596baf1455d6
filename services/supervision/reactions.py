"""What it means here that something was said elsewhere, subject by subject."""

from collections.abc import Mapping

from services.supervision.domain.peers.policy import Policies
from services.supervision.peers.reactions import PEERS_HEARS, peers_reactions
from services.supervision.safeguarding.reactions import SAFEGUARDING_HEARS, SAFEGUARDING_REACTIONS
from shared.runtime.service import Reaction

HEARS = tuple(dict.fromkeys((*PEERS_HEARS, *SAFEGUARDING_HEARS)))


def reactions(policies: Policies) -> Mapping[str, Reaction]:
    """Every event that moves something here."""
    return {**peers_reactions(policies), **SAFEGUARDING_REACTIONS}
