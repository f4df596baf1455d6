"""What it means for peers that something was said elsewhere, and on which topics that is."""

from collections.abc import Mapping, Sequence

from services.supervision.domain.peers.policy import Policies
from shared.runtime.service import Reaction

PEERS_HEARS: Sequence[str] = ("kith.referrals",)


def peers_reactions(policies: Policies) -> Mapping[str, Reaction]:
    """Every event that moves something about a peer."""
    return {}
