"""What decides about concerns and duty rotas, and the loops that run for them in every instance."""

from collections.abc import Sequence

from services.supervision.domain.safeguarding.concern import CONCERN
from services.supervision.domain.safeguarding.duty_policy import DutyPolicies
from services.supervision.domain.safeguarding.rota import ROTA
from services.supervision.safeguarding.gaps import telling_of_gaps
from services.supervision.safeguarding.looping import Work
from services.supervision.safeguarding.notices.sending import noticing
from services.supervision.safeguarding.unheard import minding_the_unheard
from shared.post.letters import Transport
from shared.runtime.service import Aggregate

SAFEGUARDING_AGGREGATES: Sequence[Aggregate] = (CONCERN, ROTA)


def safeguarding_works(policies: DutyPolicies, transports: Sequence[Transport]) -> Sequence[Work]:
    """The loops that send notices and raise alarms, mind what could not be heard, and tell providers of open hours."""
    return (noticing(policies, transports), minding_the_unheard(policies), telling_of_gaps())
