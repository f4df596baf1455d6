"""Sending: each message is claimed before it is handed over, and never handed over twice.

At most once: the claim is an event of the referral, decided under its lock by the rules that stop messages, and it is
recorded before a word is said to a server. Whoever leads next says of what was claimed and not settled that it is not
known what became of it, and a person finds out. None lost: nothing is claimed before a server is there to take it.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path
from typing import Any, Literal
from uuid import UUID, uuid4

import asyncpg

from services.referrals.domain.messages import ClaimMessage, SettleMessage
from services.referrals.domain.policy import Policies, Policy
from services.referrals.domain.reminders import may_write, wished
from services.referrals.domain.state import Message, Referral
from services.referrals.messages.safe import Way, safe_way
from services.referrals.messages.words import words
from services.referrals.vault_contents import CONTACT
from shared.contracts import values as v
from shared.contracts.people import Contact
from shared.contracts.referrals import MessageClaimed
from shared.post.letters import Deliver, Letter, NotTaken, Refused, Transport
from shared.runtime import journal, log, vault
from shared.runtime.clock import elapsed
from shared.runtime.commands import execute
from shared.runtime.database import TROUBLE, is_transient, queries
from shared.runtime.decisions import Cause
from shared.runtime.engine import Engine
from shared.runtime.steps import step

_log = log.logger(__name__)
_SQL = queries(Path(__file__).parent / "messages.sql")

MOST = 100
REST = 0.5
LONGEST_REST = 30.0


class Sender:
    """One leader's conversations, and for how long a transport that was away is left alone."""

    def __init__(self, engine: Engine, policies: Policies, transports: Sequence[Transport]) -> None:
        self.engine, self._policies, self._transports = engine, policies, transports
        self._away: dict[Transport, tuple[float, float]] = {}

    async def give_up_what_was_left(self) -> None:
        """Says of every claim of an earlier leader that its outcome is unknown."""
        async with self.engine.database.worker() as connection:
            rows = await connection.fetch(_SQL["claimed"])
        for row in rows:
            await self._settle(row, row["message_id"], "unknown")

    async def round(self, turn: Callable[[], None], ended: Callable[[], bool]) -> None:
        """Sends what is due; a transport that is away is asked again later, and nothing of its is claimed."""
        async with self.engine.database.worker() as connection:
            rows = await connection.fetch(_SQL["due"], self.engine.clock.now(), MOST)
        async with AsyncExitStack() as opened:
            conversations: dict[Transport, Deliver] = {}
            for row in rows:
                if ended():
                    return
                await self._one(row, conversations, opened)
                turn()

    async def _one(self, row: asyncpg.Record, conversations: dict[Transport, Deliver], opened: AsyncExitStack) -> None:
        state = await self._state(row)
        message = state.messages.get(row["message_id"])
        if message is None or message.status != "waiting":
            return
        policy = self._policies.of(row["organisation"])
        channels = (message.channel,) if message.channel else wished(state)
        if not channels or all(may_write(state, channel) for channel in channels):
            # The rules say why it is dropped; nobody's contact is read for it.
            await self._claim(row, channels[0] if channels else "text", (), policy)
            return
        found = await self._prepared(row, state, message, channels, policy)
        if isinstance(found, str):
            await self._settle(row, row["message_id"], found)
            return
        letter, way = found
        transport = next((t for t in self._transports if letter.channel in t.carries), None)
        was_open = transport in conversations
        if transport is None or (deliver := await self._open(transport, conversations, opened)) is None:
            return
        if not was_open and await self._prepared(row, state, message, channels, policy) != found:
            # While the conversation was opened the client said that this way is not safe: it is looked at anew.
            return
        if await self._claim(row, way.channel, way.hours, policy):
            outcome = await _delivered(deliver, letter)
            step("message.taken")
            if outcome == "not-taken-yet":
                conversations.pop(transport, None)
            await self._settle(row, row["message_id"], outcome)

    async def _state(self, row: asyncpg.Record) -> Referral:
        subject = f"referral/{row['id']}"
        async with self.engine.database.read(row["organisation"]) as connection:
            streams = await journal.load(connection, self.engine.mind, row["organisation"], [subject])
        state: Referral = streams[subject].state
        return state

    async def _prepared(
        self,
        row: asyncpg.Record,
        state: Referral,
        message: Message,
        channels: Sequence[v.MessageChannel],
        policy: Policy,
    ) -> tuple[Letter, Way] | Literal["erased", "no-contact", "not-safe", "no-words"]:
        """The message as it would go now; read afresh each time, and kept nowhere."""
        person, organisation = row["person_id"], row["organisation"]
        try:
            read = await vault.read(self.engine, self._cause(row), organisation, [(person, CONTACT)], "send-message")
        except vault.KeyGone:
            return "erased"
        if (content := read.get((person, CONTACT))) is None:
            return "no-contact"
        way = safe_way(Contact.model_validate_json(content), channels)
        if isinstance(way, str):
            return way
        said = words(
            message.kind,
            state.pathway,
            state.language,
            _when(message),
            interpreter_needed=state.interpreter_needed,
            office_phone=policy.office_phone,
        )
        if said is None:
            return "no-words"
        return Letter(row["message_id"], way.channel, way.to, policy.sender_name, said.subject, said.body), way

    async def _open(
        self, transport: Transport, conversations: dict[Transport, Deliver], opened: AsyncExitStack
    ) -> Deliver | None:
        if transport not in conversations:
            until, rest = self._away.get(transport, (0.0, REST))
            if elapsed() < until:
                return None
            try:
                conversations[transport] = await opened.enter_async_context(transport.open())
            except NotTaken as error:
                self._away[transport] = (elapsed() + rest, min(2 * rest, LONGEST_REST))
                _log.warning("messages.nobody_there", transport=type(transport).__name__, why=str(error))
                return None
            self._away.pop(transport, None)
        return conversations[transport]

    async def _claim(
        self, row: asyncpg.Record, channel: v.MessageChannel, hours: tuple[Any, ...], policy: Policy
    ) -> bool:
        now = self.engine.clock.now()
        command = ClaimMessage(row["id"], now, row["message_id"], channel, hours, policy)
        outcome = await execute(self.engine, self._cause(row), [command])
        claimed = any(said.type == MessageClaimed.type() for said in outcome.events)
        if claimed:
            step("message.claimed")
        return claimed

    async def _settle(self, row: asyncpg.Record, message_id: UUID, outcome: v.MessageOutcome) -> None:
        """Recorded however long the database is away: who dies before leaves the message unknown."""
        while True:
            command = SettleMessage(row["id"], self.engine.clock.now(), message_id, outcome)
            try:
                await execute(self.engine, self._cause(row), [command])
            except TROUBLE as error:
                if not is_transient(error):
                    raise
                await asyncio.sleep(REST)
            else:
                self.engine.due.set()
                return

    def _cause(self, row: asyncpg.Record) -> Cause:
        return Cause(row["organisation"], "clock", uuid4(), None, None, self.engine.clock.now())


def _when(message: Message) -> datetime:
    """When what it speaks of begins: a reminder is useful until then."""
    return message.useful_until


async def _delivered(deliver: Deliver, letter: Letter) -> v.MessageOutcome:
    """What came of handing it over; an error's words are not logged, for a server may quote the address."""
    try:
        await deliver(letter)
    except NotTaken:
        return "not-taken-yet"
    except Refused as error:
        _log.warning("messages.refused", message=str(letter.id), code=str(error))
        return "refused"
    except Exception as error:
        _log.warning("messages.unknown", message=str(letter.id), error=type(error).__name__)
        return "unknown"
    return "sent"
