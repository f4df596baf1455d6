"""The read models of concerns and duty rotas."""

from collections.abc import Sequence

from shared.runtime.service import Projection

SAFEGUARDING_PROJECTIONS: Sequence[Projection] = ()
