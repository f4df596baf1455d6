"""Who may see and say what of a concern, and what must be read before something is decided."""

from collections.abc import Collection
from pathlib import Path
from uuid import UUID

from services.supervision.domain.safeguarding.concern_state import Concern
from services.supervision.domain.safeguarding.duty_calendar import Calendar
from services.supervision.domain.safeguarding.rota import NOBODY
from services.supervision.safeguarding.rows import concern_of, rota_of
from shared.contracts.supervision import rota_id
from shared.contracts.update import Update
from shared.runtime.database import queries
from shared.runtime.engine import Engine
from shared.runtime.http import Call
from shared.runtime.problems import Problem

SQL = queries(Path(__file__).parent / "concerns.sql")

SEEN_BY = {
    "safeguarding": ("clinician", "safeguarding-lead", "charge-nurse"),
    "named-officer": ("named-officer", "deputy-officer"),
    "deputy-officer": ("deputy-officer",),
}
"""Who sees a concern, by whom it is for."""


def audiences_of(roles: Collection[str]) -> list[str]:
    """The concerns that somebody with these roles sees."""
    return [audience for audience, seen_by in SEEN_BY.items() if not {*seen_by}.isdisjoint(roles)]


def refuse_to_speak_as_another(call: Call, by_role: str) -> None:
    """Nobody says anything in a role that their key does not have; raises Problem 403."""
    if by_role not in call.principal.roles:
        raise Problem(
            403, "not-your-role", f"This key has not the role {by_role}. Say it in a role of your own.", field="by_role"
        )


def unknown_concern() -> Problem:
    """There is no such concern, or it is not for whoever asks, which is not told apart."""
    return Problem(404, "not-found", "There is no concern with this id.")


async def concern(engine: Engine, organisation: str, concern_id: UUID) -> Concern:
    """The organisation's concern; raises Problem 404."""
    async with engine.database.read(organisation) as connection:
        row = await connection.fetchrow(SQL["concern"], concern_id)
    if row is None:
        raise unknown_concern()
    return concern_of(row["state"])


async def seen_concern(engine: Engine, call: Call, concern_id: UUID) -> Concern:
    """The concern, if it is for whoever asks; raises Problem 404."""
    found = await concern(engine, call.principal.organisation, concern_id)
    if found.audience not in audiences_of(call.principal.roles):
        raise unknown_concern()
    return found


async def calendar_of(engine: Engine, organisation: str) -> Calendar:
    """Who is on duty when; nobody, where no rota was set."""
    async with engine.database.read(organisation) as connection:
        row = await connection.fetchrow(SQL["rota"], rota_id(organisation))
    return rota_of(row["state"]).calendar if row else NOBODY


def refuse_another_time(wish: Update) -> None:
    """The clocks of a concern run from when it is told, so that nobody can set them; raises Problem 422."""
    if wish.at is not None:
        raise Problem(422, "now-only", "This counts from the moment it is told. Leave out `at`.", field="at")
