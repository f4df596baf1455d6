"""Sending notices: each at least once, by one instance at a time, and said to be sent only when the post took it.

A claim is a row that one instance holds for some seconds. Whoever dies between sending and saying so leaves a claim
that grows old, and the notice is sent again. A way that is away is said to have failed, so the other way and the next
in line follow at once.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

import asyncpg

from services.supervision.domain.safeguarding.concern_commands import NoteReceipt
from services.supervision.domain.safeguarding.concern_state import Concern
from services.supervision.domain.safeguarding.duty_policy import DutyPolicies
from services.supervision.domain.safeguarding.notices import Wanted, addressee, as_sent, channel_of, wanted
from services.supervision.safeguarding.asking import calendar_of, concern
from services.supervision.safeguarding.looping import Work, looping
from services.supervision.safeguarding.notices.addresses import address
from services.supervision.safeguarding.notices.words import words
from services.supervision.safeguarding.rows import concern_of
from shared.contracts.supervision import OnDuty, OutOfHours
from shared.post.letters import Letter, NotTaken, Refused, Transport
from shared.runtime import log
from shared.runtime.clock import elapsed
from shared.runtime.commands import execute
from shared.runtime.database import queries
from shared.runtime.decisions import Cause
from shared.runtime.engine import Engine
from shared.runtime.steps import step

_log = log.logger(__name__)
_SQL = queries(Path(__file__).parent / "notices.sql")

MOST = 200
SIDE_BY_SIDE = 16
REST = 0.25
CLAIM_SECONDS = 15.0
"""After which a claim is anybody's; longer than the post may take."""
POST_SECONDS = 10.0
"""That whoever carries a notice may take for it."""
ALARMED = "kith_concerns_alarmed", "Concerns that nobody has answered in time: operations see to each at once."
Fate = Literal["taken", "failed", "later"]


def noticing(policies: DutyPolicies, transports: Sequence[Transport]) -> Work:
    """The loop that sends notices by these transports and raises alarms, in every instance."""
    return looping("notices", NoticeSender(policies, transports).turn, REST)


class NoticeSender:
    """One instance's sending, and the alarms that it has logged."""

    def __init__(self, policies: DutyPolicies, transports: Sequence[Transport]) -> None:
        self._policies, self._transports = policies, transports
        self._some = asyncio.Semaphore(SIDE_BY_SIDE)
        self._alarmed: frozenset[tuple[str, str]] = frozenset()

    async def turn(self, engine: Engine) -> int:
        """Sends what is due, and shows what operations are to see to; how many notices were sent, or failed."""
        sent = await self._round(engine)
        await self._alarms(engine)
        return sent

    async def _round(self, engine: Engine) -> int:
        """Sends what is due, side by side, whatever one of them meets; how many notices were sent, or failed."""
        async with engine.database.worker() as connection:
            rows = await connection.fetch(_SQL["to_tell"], MOST)
        done = await asyncio.gather(*(self._concern(engine, row) for row in rows), return_exceptions=True)
        for row, met in zip(rows, done, strict=True):
            if isinstance(met, BaseException):
                _log.error("notices.not_sent", concern=str(row["id"]), error=type(met).__name__)
        return sum(each for each in done if isinstance(each, int))

    async def _alarms(self, engine: Engine) -> None:
        """Shows operations what they are to see to, and logs each once."""
        async with engine.database.worker() as connection:
            rows = await connection.fetch(_SQL["alarms"])
        now = frozenset((str(row["id"]), alarm) for row in rows for alarm in row["alarms"])
        for id, alarm in sorted(now - self._alarmed):
            _log.error("concern.alarm", concern=id, because=alarm.partition("|")[2])
        self._alarmed = now
        engine.metrics.own(*ALARMED).set(len(rows))

    async def _concern(self, engine: Engine, row: asyncpg.Record) -> int:
        state = concern_of(row["state"])
        async with self._some:
            return sum([await self._notice(engine, row["organisation"], state, notice) for notice in wanted(state)])

    async def _notice(self, engine: Engine, organisation: str, state: Concern, notice: Wanted) -> bool:
        """Whether it was sent, or failed, and that was said."""
        async with engine.database.worker() as connection:
            claimed = await connection.fetchval(_SQL["claim"], notice.notice_id, organisation, CLAIM_SECONDS)
        if claimed is None:
            return False
        assert state.concern_id is not None
        concern_id = state.concern_id
        state = await concern(engine, organisation, concern_id)
        if notice not in wanted(state):
            # Another instance sent it, or somebody answered, after the list was read and before it was claimed.
            await self._let_go(engine, notice)
            return False
        policy, now = self._policies.of(organisation), engine.clock.now()
        who = addressee(notice.to, state.setting, await calendar_of(engine, organisation), now, policy)
        fate = await self._posted(engine, organisation, state, notice, who)
        if fate == "later":
            return False
        step("notice.taken")
        now = engine.clock.now()
        said: list[Any] = [as_sent(concern_id, notice, who, now)]
        if fate == "failed":
            said.append(NoteReceipt(concern_id, now, notice.notice_id, arrived=False))
        await execute(engine, Cause(organisation, "clock", uuid4(), None, None, now), said)
        await self._let_go(engine, notice)
        return True

    @staticmethod
    async def _let_go(engine: Engine, notice: Wanted) -> None:
        async with engine.database.worker() as connection:
            await connection.execute(_SQL["let_go"], notice.notice_id)

    async def _posted(
        self, engine: Engine, organisation: str, state: Concern, notice: Wanted, who: OnDuty | OutOfHours
    ) -> Fate:
        """What came of handing it over; that nobody can say counts as taken, and its receipt is waited for."""
        policy, channel = self._policies.of(organisation), channel_of(who, notice.attempt)
        transport = next((each for each in self._transports if channel in each.carries), None)
        to = await address(engine, organisation, who, channel, policy)
        if transport is None or to is None:
            _log.error("notices.no_way", concern=str(state.concern_id), channel=channel, known=to is not None)
            return "failed"
        said = words(state, notice, policy)
        letter = Letter(
            notice.notice_id, channel, to, policy.organisation_name, said.subject, said.body, may_be_stopped=False
        )
        began = elapsed()
        try:
            async with asyncio.timeout(POST_SECONDS), transport.open() as deliver:
                await deliver(letter)
        except NotTaken as error:
            _log.warning("notices.nobody_there", channel=channel, why=str(error))
            return "later" if self._may_wait(state, notice, engine.clock.now()) else "failed"
        except Refused as error:
            _log.warning("notices.refused", notice=str(notice.notice_id), code=str(error))
            return "failed"
        except Exception as error:
            # The words of an error may quote the address.
            _log.warning("notices.unknown", error=type(error).__name__, seconds=round(elapsed() - began, 1))
        return "taken"

    @staticmethod
    def _may_wait(state: Concern, notice: Wanted, now: datetime) -> bool:
        """Whether the last way is tried again: for as long as a receipt would be waited for."""
        assert state.times is not None
        patience = timedelta(seconds=2 * state.times.receipt_seconds)
        return notice.attempt == 1 and now < notice.since + patience
