"""Which records of persons an organisation has: whose a referral is, and what was decided about their data."""

from pathlib import Path
from uuid import UUID

from services.referrals.domain.person import Standing
from shared.runtime.database import queries
from shared.runtime.engine import Engine
from shared.runtime.problems import Problem

SQL = queries(Path(__file__).parent / "people.sql")


async def person_of(engine: Engine, organisation: str, referral_id: UUID) -> UUID:
    """Whose the referral is; raises Problem 404 when it is not the organisation's."""
    async with engine.database.read(organisation) as connection:
        person_id = await connection.fetchval(SQL["person_of"], referral_id)
    if person_id is None:
        raise Problem(404, "not-found", "There is no referral with this id.")
    return UUID(str(person_id))


async def has_person(engine: Engine, organisation: str, person_id: UUID) -> bool:
    """Whether the organisation has a record of that person."""
    return bool(await referrals_of(engine, organisation, person_id))


async def referrals_of(engine: Engine, organisation: str, person_id: UUID) -> tuple[UUID, ...]:
    """The person's referrals to the organisation, oldest first."""
    async with engine.database.read(organisation) as connection:
        return tuple(UUID(str(row["id"])) for row in await connection.fetch(SQL["referrals_of"], person_id))


async def standing_of(engine: Engine, organisation: str, person_id: UUID) -> Standing | None:
    """What was decided about a person's data, under which whatever is new of them comes."""
    async with engine.database.read(organisation) as connection:
        decided = await connection.fetchrow(SQL["decided"], person_id)
    if decided is None:
        return None
    return "erasure" if decided["erased_at"] else "restriction" if decided["restricted_at"] else None


def no_person() -> Problem:
    """There is no such person, or they are another organisation's, which is not told apart."""
    return Problem(404, "not-found", "There is no person with this id.")
