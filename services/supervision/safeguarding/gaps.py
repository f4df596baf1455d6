"""While a rota has hours that nobody covers and nobody declared, its provider takes nobody new."""

from pathlib import Path
from uuid import uuid4

from services.supervision.domain.peers.provider import NoteDutyGap, provider_of
from services.supervision.safeguarding.looping import Work, looping
from shared.runtime.commands import execute
from shared.runtime.database import queries
from shared.runtime.decisions import Cause
from shared.runtime.engine import Engine
from shared.runtime.service import Refusal

_SQL = queries(Path(__file__).parent / "gaps.sql")


def telling_of_gaps() -> Work:
    """The loop that tells each provider, in every instance; told twice, it was told once."""
    told: dict[str, bool] = {}

    async def tell(engine: Engine) -> None:
        async with engine.database.worker() as connection:
            rows = await connection.fetch(_SQL["gaps"])
        for row in rows:
            organisation, gap = row["organisation"], row["gap"]
            if told.get(organisation) == gap:
                continue
            now = engine.clock.now()
            note = NoteDutyGap(provider_of(organisation), now, gap)
            try:
                await execute(engine, Cause(organisation, "clock", uuid4(), None, None, now), [note])
            except Refusal:
                # The provider is not registered yet; it is told once it is.
                continue
            told[organisation] = gap

    return looping("duty-gaps", tell)
