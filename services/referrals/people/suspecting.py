"""Suspecting: whoever is found by a fact that another is found by is compared, and what they share is said."""

import asyncio
from collections.abc import Sequence
from uuid import UUID, uuid5

from services.referrals.domain.duplicates import Suspect, suspicion
from services.referrals.people.records import SQL
from services.referrals.vault_contents import CONTACT, IDENTITY, known_of
from shared.runtime import log, vault
from shared.runtime.clock import pause
from shared.runtime.commands import execute
from shared.runtime.database import TROUBLE, is_transient
from shared.runtime.decisions import Cause
from shared.runtime.engine import Engine
from shared.runtime.health import Health
from shared.runtime.service import Refusal

_log = log.logger(__name__)

MOST = 50
"""Persons compared between two looks at who else there is."""
REST = 1.0
AT_MOST = 200
"""Others with whom one person is compared."""
PURPOSE = "duplicates"
"""What the vault is read for; it is in the audit of each who was compared."""


async def suspect_duplicates(engine: Engine, health: Health, stopping: asyncio.Event) -> None:
    """Compares, within a second or two, whoever has something new known of them, until `stopping`.

    Several instances may do so at once: the later finds it said.
    """
    health.watch("suspecting")
    while not stopping.is_set():
        found = 0
        try:
            async with engine.database.worker() as connection:
                rows = await connection.fetch(SQL["to_compare"], MOST)
            found = len(rows)
            for row in rows:
                await _compare(engine, UUID(str(row["person_id"])), row["organisation"])
                async with engine.database.worker() as connection:
                    await connection.execute(SQL["compared"], row["person_id"], row["asked"])
        except TROUBLE as error:
            if not is_transient(error):
                raise
            _log.warning("suspecting.retry", error=repr(error))
        health.turn("suspecting")
        if found < MOST:
            await pause(REST, stopping)
    health.unwatch("suspecting")


async def _compare(engine: Engine, person_id: UUID, organisation: str) -> None:
    """One whom nobody can be compared with must not keep the others from it."""
    try:
        others = (await vault.alike(engine, organisation, person_id))[:AT_MOST]
        if not others:
            return
        async with engine.database.worker() as connection:
            first = await connection.fetch(SQL["first_referrals"], [person_id, *others])
        came = {UUID(str(row["person_id"])): (row["received_at"], UUID(str(row["id"]))) for row in first}
        cause = Cause(organisation, "service", uuid5(person_id, "duplicates"), None, None, engine.clock.now())
        everybody = [person_id, *others]
        wanted = [(each, name) for each in everybody for name in (IDENTITY, CONTACT)]
        read = await vault.read(engine, cause, organisation, wanted, PURPOSE)
        known = {each: known_of(read.get((each, IDENTITY)), read.get((each, CONTACT))) for each in everybody}
        for other in others:
            if person_id in came and other in came and (facts := suspicion(known[person_id], known[other])):
                # The first referral of whoever came later says it: that never changes, whoever is looked at.
                later, earlier = sorted((person_id, other), key=lambda each: came[each], reverse=True)
                said = Suspect(came[later][1], cause.at, later, earlier, came[earlier][1], facts)
                await _say(engine, cause, [said])
    except Exception as error:
        if is_transient(error):
            raise
        _log.exception("suspecting.failed", person=str(person_id))


async def _say(engine: Engine, cause: Cause, commands: Sequence[Suspect]) -> None:
    try:
        await execute(engine, cause, commands)
    except Refusal as refusal:
        _log.warning("suspecting.refused", code=refusal.code)
