"""What decides about concerns and duty rotas, and the loops that run for them in every instance."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from services.supervision.domain.safeguarding.concern import CONCERN
from services.supervision.domain.safeguarding.duty_policy import DutyPolicies
from services.supervision.domain.safeguarding.rota import ROTA
from services.supervision.safeguarding.notices.sending import noticing
from services.supervision.safeguarding.unheard import minding_the_unheard
from shared.post.letters import Transport
from shared.runtime.service import Aggregate

SAFEGUARDING_AGGREGATES: Sequence[Aggregate] = (CONCERN, ROTA)
Work = Callable[[Any, Any, asyncio.Event], Coroutine[Any, Any, None]]


def safeguarding_works(policies: DutyPolicies, transports: Sequence[Transport]) -> Sequence[Work]:
    """The loops that send notices and raise alarms, and that mind what could not be heard."""
    return (noticing(policies, transports), minding_the_unheard(policies))
