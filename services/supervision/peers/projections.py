"""The read models of peers, providers and supervisors."""

from collections.abc import Sequence

from shared.runtime.service import Projection

PEERS_PROJECTIONS: Sequence[Projection] = ()
