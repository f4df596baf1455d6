"""Where whoever is told is reached: a person by what the vault keeps, an agreed route by the settings."""

from uuid import uuid4

from services.supervision.domain.safeguarding.duty_policy import DutyPolicy, Reach
from services.supervision.safeguarding.duty import REACH
from shared.contracts.supervision import NoticeChannel, OnDuty, OutOfHours
from shared.runtime import vault
from shared.runtime.decisions import Cause
from shared.runtime.engine import Engine


async def address(
    engine: Engine, organisation: str, who: OnDuty | OutOfHours, channel: NoticeChannel, policy: DutyPolicy
) -> str | None:
    """The number or address; None where nobody gave one. Raises Unavailable."""
    if isinstance(who, OutOfHours):
        return policy.reach.get(who.route, Reach()).by(channel)
    cause = Cause(organisation, "clock", uuid4(), None, None, engine.clock.now())
    try:
        read = await vault.read(engine, cause, organisation, [(who.person_id, REACH)], "send-notice")
    except vault.KeyGone:
        return None
    kept = read.get((who.person_id, REACH))
    return Reach.model_validate_json(kept).by(channel) if kept else None
