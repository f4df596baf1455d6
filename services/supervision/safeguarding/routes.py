"""What the room of concerns and duty rotas offers over HTTP."""

from collections.abc import Sequence

from services.supervision.domain.safeguarding.duty_policy import DutyPolicies
from services.supervision.safeguarding.concerns import concerns
from services.supervision.safeguarding.duty import duty
from services.supervision.safeguarding.handovers import handovers
from services.supervision.safeguarding.notices.receipts import RECEIPT_ROUTES
from shared.runtime.http import Route


def safeguarding_routes(policies: DutyPolicies) -> Sequence[Route]:
    """Every route about concerns and duty rotas, under the organisations' policies."""
    return (*concerns(policies), *handovers(policies), *duty(policies), *RECEIPT_ROUTES)
