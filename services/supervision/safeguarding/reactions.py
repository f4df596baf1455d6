"""What it means for concerns that something was said elsewhere, and on which topics that is."""

from collections.abc import Mapping, Sequence

from shared.runtime.service import Reaction

SAFEGUARDING_HEARS: Sequence[str] = ()
SAFEGUARDING_REACTIONS: Mapping[str, Reaction] = {}
