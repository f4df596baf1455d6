"""What decides about concerns and duty rotas, and the loops that run for them in every instance."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from services.supervision.domain.safeguarding.concern import CONCERN
from services.supervision.domain.safeguarding.rota import ROTA
from shared.runtime.service import Aggregate

SAFEGUARDING_AGGREGATES: Sequence[Aggregate] = (CONCERN, ROTA)
SAFEGUARDING_WORKS: Sequence[Callable[[Any, Any, asyncio.Event], Coroutine[Any, Any, None]]] = ()
