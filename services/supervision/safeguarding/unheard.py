"""What may be about somebody's safety and cannot be heard is a concern itself: a person looks at what it was."""

from pathlib import Path
from uuid import uuid4

from services.supervision.domain.safeguarding.concern_commands import Raise, Sign
from services.supervision.domain.safeguarding.duty_policy import DutyPolicies
from services.supervision.domain.safeguarding.noticing import urgency_of_item
from services.supervision.safeguarding.asking import calendar_of
from services.supervision.safeguarding.looping import Work, looping
from shared.runtime import log
from shared.runtime.commands import execute
from shared.runtime.database import queries
from shared.runtime.decisions import Cause
from shared.runtime.engine import Engine

_log = log.logger(__name__)
_SQL = queries(Path(__file__).parent / "unheard.sql")
HELD_SECONDS = 30.0
"""After which what waits for something before it counts as not heard."""


def minding_the_unheard(policies: DutyPolicies) -> Work:
    """The loop that opens a concern for each urgent record that is parked or held, in every instance."""
    return looping("unheard", lambda engine: raise_unheard(engine, policies))


async def raise_unheard(engine: Engine, policies: DutyPolicies) -> None:
    """Each is one concern, whoever opens it; of whom it is nobody can say yet, so it counts as concerning a life."""
    is_urgent = engine.service.registry.is_urgent
    async with engine.database.worker() as connection:
        types = [row["type"] for row in await connection.fetch(_SQL["types"]) if is_urgent(row["type"])]
        rows = await connection.fetch(_SQL["unheard"], types, HELD_SECONDS) if types else ()
    for row in rows:
        organisation, now = row["organisation"], engine.clock.now()
        policy, calendar = policies.of(organisation), await calendar_of(engine, organisation)
        urgency = urgency_of_item(None, now, None, None, policy)
        sign = Sign(row["id"], "held-measure", "adult", urgency, "sender")
        _log.error("concern.unheard", concern=str(row["id"]), type=row["type"])
        cause = Cause(organisation, "clock", uuid4(), None, None, now)
        await execute(engine, cause, [Raise(row["id"], now, sign, calendar, policy)])
