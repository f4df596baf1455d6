"""What it means here that something was said elsewhere, subject by subject."""

from collections.abc import Mapping

from services.supervision.peers.reactions import PEERS_HEARS, PEERS_REACTIONS
from services.supervision.safeguarding.reactions import SAFEGUARDING_HEARS, SAFEGUARDING_REACTIONS
from shared.runtime.service import Reaction

HEARS = tuple(dict.fromkeys((*PEERS_HEARS, *SAFEGUARDING_HEARS)))

REACTIONS: Mapping[str, Reaction] = {**PEERS_REACTIONS, **SAFEGUARDING_REACTIONS}
"""Every event that moves something here."""
