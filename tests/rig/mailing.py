"""A mail server for tests, which can be dead, busy, unwilling, slow or rude; and a service that writes to clients."""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Literal
from uuid import UUID, uuid4

from services.referrals.domain.commands import tell
from services.referrals.domain.policy import Policies
from services.referrals.messages.leading import sending
from shared.contracts import match_updates as m
from shared.contracts import updates as u
from shared.post.letters import Transport
from shared.post.smtp import Smtp
from shared.runtime.commands import execute
from shared.runtime.decisions import Cause
from shared.runtime.health import Health
from tests.rig.alone import start_alone
from tests.rig.desk import Desk
from tests.rig.stage import Process, until

Mood = Literal["takes", "busy", "never", "drops-before", "drops-after", "silent-after"]
EMAIL = "canary.reader@example.org"
PHONE = "+447700900123"


@dataclass
class MailServer:
    """Speaks just enough SMTP; `mood` is how it meets the next message."""

    port: int
    mood: Mood = "takes"
    taken: list[EmailMessage] = field(default_factory=list)
    seen: int = 0
    """How often it was handed a message, whatever became of it."""
    _server: asyncio.Server | None = None

    async def live(self) -> None:
        self._server = await asyncio.start_server(self._speak, "127.0.0.1", self.port, limit=2**20)

    async def die(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    @property
    def ids(self) -> list[str]:
        return [message["Message-ID"] for message in self.taken]

    async def _speak(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def say(line: str) -> None:
            writer.write(f"{line}\r\n".encode())
            await writer.drain()

        try:
            await say("220 sink")
            while line := await reader.readline():
                word = line[:4].upper().decode("ascii", "replace").strip()
                if word == "RCPT" and self.mood in ("busy", "never"):
                    await say("451 later" if self.mood == "busy" else "550 no such person")
                elif word == "DATA":
                    if self.mood == "drops-before":
                        break
                    await say("354 go on")
                    body = (await reader.readuntil(b"\r\n.\r\n"))[:-5]
                    self.seen += 1
                    if self.mood == "silent-after":
                        await asyncio.sleep(60)
                    if self.mood == "drops-after":
                        self.taken.append(message_from_bytes(body, policy=policy.default))  # type: ignore[arg-type]
                        break
                    self.taken.append(message_from_bytes(body, policy=policy.default))  # type: ignore[arg-type]
                    await say("250 taken")
                elif word == "QUIT":
                    await say("221 bye")
                    break
                else:
                    await say("250 fine")
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()


@asynccontextmanager
async def mail_server() -> AsyncIterator[MailServer]:
    """A server that lives, on a port that is its own through death and life."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = MailServer(port)
    await server.live()
    try:
        yield server
    finally:
        await server.die()


@dataclass
class Office:
    """An organisation whose service writes to its clients, in this process or in processes of their own."""

    desk: Desk
    mail: MailServer
    folder: Path
    processes: list[Process] = field(default_factory=list)

    @property
    def told(self) -> str:
        """What KITH_MESSAGES says."""
        return f"smtp://127.0.0.1:{self.mail.port}?from=office@appointments.example&tls=none"

    async def client(self, *, contact: dict[str, Any] | None = None, **changes: Any) -> str:
        """A client in support, with a way to be reached."""
        known = (
            {"emails": [EMAIL], "phones": [PHONE], "safe": {"channels": ["text", "email"]}}
            if contact is None
            else contact
        )
        referral = await self.desk.refer(person={"given": "Canary", "contact": known}, **changes)
        await self._match(UUID(referral))
        points = ["what-a-peer-is-and-is-not", "limits-of-confidentiality", "how-to-change-or-stop"]
        await self.desk.tell(
            referral,
            "explain-role",
            language="en",
            by_role="peer",
            text_version="role-2026-01",
            points=[*points, "whom-to-call-in-a-crisis"],
        )
        return referral

    async def _match(self, referral: UUID) -> None:
        """A peer is found; which one, and why, is not what is looked at here."""
        engine, peer, match = self.desk.engine, uuid4(), uuid4()
        now, policy, by = engine.clock.now(), Policies().default, "coordinator"
        propose = m.ProposeMatch(match_id=match, peer_id=peer, format="phone", by_role=by)
        confirm = m.ConfirmMatch(match_id=match, peer_id=peer, per_4_weeks_hundredths=400, by_role=by)
        cause = Cause("SC012345", by, uuid4(), None, None, now)
        for wish in (u.Accept(by_role=by), propose, confirm):
            await execute(engine, cause, [tell(referral, wish, now, policy, uuid4())])

    async def reminded(self, start: datetime, **more: Any) -> tuple[str, str]:
        """A client who chose to be reminded by email a day before, and their session."""
        referral = await self.client(**more)
        await self.desk.tell(referral, "choose-reminders", channels=["email"])
        return referral, await self.plan(referral, start)

    async def plan(self, referral: str, start: datetime) -> str:
        session = str(uuid4())
        await self.desk.tell(
            referral, "plan-session", session_id=session, planned_start=start.isoformat(), format="phone"
        )
        return session

    def turn_to(self, now: datetime) -> None:
        self.desk.engine.clock.set(now)
        self.desk.engine.due.set()

    async def said(self, referral: str, *kinds: str) -> list[dict[str, Any]]:
        """What was said of the referral, of these kinds."""
        rows = (await self.desk.get(f"/referrals/{referral}/timeline"))["rows"]
        return [row for row in rows if row["type"].split(".")[1] in kinds]

    async def heard(self, referral: str, kind: str, times: int = 1, within: float = 20) -> list[dict[str, Any]]:
        """What was said of that kind, once it was said so often."""

        async def so() -> Any:
            found = await self.said(referral, kind)
            return found if len(found) >= times else None

        found: list[dict[str, Any]] = await until(so, within, pause=0.05)
        assert len(found) == times, found
        return found

    @asynccontextmanager
    async def sending(self, *transports: Transport, instances: int = 1) -> AsyncIterator[None]:
        """The loop that sends, in this process."""
        by: Sequence[Transport] = transports or (
            Smtp("127.0.0.1", self.mail.port, "office@appointments.example", "none", None),
        )
        stopping = asyncio.Event()
        loops = [
            asyncio.ensure_future(sending(Policies(), by)(self.desk.engine, Health(), stopping))
            for _ in range(instances)
        ]
        try:
            yield
        finally:
            stopping.set()
            await asyncio.wait_for(asyncio.gather(*loops), 20)

    async def start(self, halt: str = "") -> Process:
        """The service in a process of its own, at the time that it is here."""
        engine = self.desk.engine
        process = await start_alone(
            engine, self.folder, halt=halt, now=engine.clock.now(), more={"KITH_MESSAGES": self.told}
        )
        self.processes.append(process)
        return process

    async def close(self) -> None:
        for process in self.processes:
            if process.running:
                await process.kill()
