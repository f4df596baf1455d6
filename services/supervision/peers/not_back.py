"""Who is not back from a lone visit is a concern for a life: whoever is on duty is told as of any other."""

from uuid import UUID, uuid4

from services.supervision.domain.peers.commands import NoteAlarmed
from services.supervision.domain.safeguarding.concern_commands import Raise, Sign
from services.supervision.domain.safeguarding.duty_policy import DutyPolicies
from services.supervision.domain.safeguarding.narrative import secrets_of
from services.supervision.peers.questions import SQL
from services.supervision.safeguarding.asking import calendar_of
from services.supervision.safeguarding.looping import Work, looping
from shared.runtime import log
from shared.runtime.commands import execute
from shared.runtime.decisions import Cause
from shared.runtime.engine import Engine
from shared.runtime.service import Refusal

_log = log.logger(__name__)
REST = 1.0


def minding_visits(policies: DutyPolicies) -> Work:
    """The loop that opens a concern for each peer who is not back, in every instance."""
    return looping("lone-visits", lambda engine: raise_not_back(engine, policies), REST)


async def raise_not_back(engine: Engine, policies: DutyPolicies) -> None:
    """Each visit is one concern, with its id, whichever instance opens it; it is noted of the visit with it."""
    async with engine.database.worker() as connection:
        rows = await connection.fetch(SQL["not_back"])
    for row in rows:
        peer_id, visit_id, organisation, now = row["id"], UUID(row["visit_id"]), row["organisation"], engine.clock.now()
        policy, calendar = policies.of(organisation), await calendar_of(engine, organisation)
        sign = Sign(visit_id, "lone-visit", "adult", "life", "peer")
        words = (
            "Somebody of the team is not back from a lone visit. Where they went, if they said so, and whose visit it "
            f"is: /peers/{peer_id}/lone-visits/{visit_id} in supervision."
        )
        raised = Raise(visit_id, now, sign, calendar, policy, secrets_of(visit_id, sign, words))
        cause = Cause(organisation, "clock", uuid4(), None, None, now)
        try:
            await execute(engine, cause, [NoteAlarmed(peer_id, now, visit_id), raised])
        except Refusal as refusal:
            # They came back in this moment, or another instance has told of it.
            _log.info("lone_visit.not_alarmed", visit=str(visit_id), code=refusal.code)
        else:
            _log.error("lone_visit.alarmed", concern=str(visit_id))
