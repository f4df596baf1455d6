"""Two organisations' concerns in a real supervision service without Kafka: its door, database and post, and a clock."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

import httpx
import orjson

from deploy.embedded import Cluster
from services.supervision.domain.peers.policy import Policies
from services.supervision.domain.safeguarding.duty_policy import DutyPolicies, DutyPolicy, Reach
from services.supervision.safeguarding.notices.sending import noticing
from services.supervision.service import supervision
from shared.contracts.supervision import OutOfHours
from shared.post.letters import Channel, Deliver, Letter, NotTaken, Refused
from shared.runtime.auth import keys_of, mint, write_keys
from shared.runtime.deadlines import keep_deadlines
from shared.runtime.door import door
from shared.runtime.engine import Engine, make_engine
from shared.runtime.health import Health
from shared.runtime.master_keys import make_file
from shared.runtime.migrate import migrate, provision
from shared.runtime.settings import Settings
from tests.rig.alone import start_alone
from tests.rig.stage import Process, until

OURS, THEIRS = "SC012345", "SC054321"
FRIDAY = datetime(2026, 3, 6, 16, 52, tzinfo=UTC)
LEAD, DEPUTY = "01958c10-1d20-7b31-8c42-6f7081920a33", "01958c10-1d20-7b31-8c42-6f7081920a34"
WORDS = "She said Canary would be better off without her."
HOURS = {"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "start": "00:00", "end": "00:00"}
POLICY = DutyPolicy(
    organisation_name="Tidal Peers",
    out_of_hours=OutOfHours(route="board-on-call", channels=("email", "text")),
    reach={"board-on-call": Reach(phone="+441224000000", email="oncall@board.example")},
)
Mood = Literal["takes", "away", "refuses", "says-nothing"]


@dataclass
class Post:
    """Whoever carries messages of some channels; `mood` is how the next one is met."""

    carries: Collection[Channel]
    mood: Mood = "takes"
    taken: list[Letter] = field(default_factory=list)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Deliver]:
        if self.mood == "away":
            raise NotTaken("ConnectionRefusedError")

        async def deliver(letter: Letter) -> None:
            if self.mood == "refuses":
                raise Refused("400")
            self.taken.append(letter)
            if self.mood == "says-nothing":
                raise OSError("gone")

        yield deliver


@dataclass
class Worries:
    """One organisation's way to the service."""

    engine: Engine
    client: httpx.AsyncClient
    keys: dict[str, str]
    organisation: str
    texts: Post
    emails: Post
    folder: Path
    processes: list[Process] = field(default_factory=list)

    @property
    def now(self) -> datetime:
        return self.engine.clock.now()

    def turn(self, **later: float) -> None:
        """So much later."""
        self.engine.clock.set(self.now + timedelta(**later))
        self.engine.due.set()

    async def call(self, method: str, path: str, role: str, status: int, body: Any = None, **headers: str) -> Any:
        answer = await self.client.request(method, path, json=body, headers={"X-API-Key": self.keys[role], **headers})
        assert answer.status_code == status, answer.text
        return answer.json()

    async def get(self, path: str, role: str = "clinician", status: int = 200) -> Any:
        return await self.call("GET", path, role, status)

    async def post(self, path: str, body: Any, role: str = "clinician", status: int = 200, **headers: str) -> Any:
        return await self.call("POST", path, role, status, body, **headers)

    async def raised(self, role: str = "peer", **changes: Any) -> str:
        """The id of a concern, somebody being in danger, unless said otherwise."""
        body = {"about": "adult", "danger_now": "not-sure", "by_role": role, "words": WORDS, "person_id": str(uuid4())}
        said: dict[str, Any] = await self.post("/concerns", body | changes, role, 201)
        return str(said["concern_id"])

    async def tell(self, concern: str, do: str, role: str = "clinician", status: int = 200, **wish: Any) -> Any:
        return await self.post(f"/concerns/{concern}/{do}", {"by_role": role, **wish}, role, status)

    async def rota(self, *, deputy: bool = True) -> None:
        """A lead who is there day and night by text, then by email; and a deputy."""
        shifts = [{"role": "safeguarding-lead", "person_id": LEAD, "channels": ["text", "email"], **HOURS}]
        if deputy:
            shifts.append({"role": "deputy", "person_id": DEPUTY, "channels": ["email", "text"], **HOURS})
        await self.post("/duty/set-duty-rota", {"shifts": shifts, "by_role": "service-lead"}, "service-lead")
        for n, person in enumerate((LEAD, DEPUTY)):
            reach = {"phone": f"+44770090012{n}", "email": f"canary{n}@peers.example"}
            await self.post(f"/duty/people/{person}/keep-reach", reach, "service-lead")

    async def said(self, concern: str, *kinds: str) -> list[dict[str, Any]]:
        """What was said of the concern, of these kinds or of all."""
        query = (
            "select j.type, convert_from(j.body, 'UTF8') as body from journal j join stream s on s.id = j.stream "
            "where s.subject = $1 order by j.sequence"
        )
        async with self.engine.database.owner() as connection:
            rows = await connection.fetch(query, f"concern/{concern}")
        found = [{"kind": row["type"].split(".")[1], **orjson.loads(row["body"])} for row in rows]
        return [each for each in found if not kinds or each["kind"] in kinds]

    async def heard(self, concern: str, kind: str, times: int = 1, within: float = 20) -> list[dict[str, Any]]:
        """What was said of that kind, once it was said so often."""

        async def so() -> Any:
            found = await self.said(concern, kind)
            return found if len(found) >= times else None

        found: list[dict[str, Any]] = await until(so, within, pause=0.05)
        return found

    async def letters(self, number: int, within: float = 20) -> list[Letter]:
        """All that the post took, once it is so many."""

        async def so() -> Any:
            found = [*self.texts.taken, *self.emails.taken]
            return found if len(found) >= number else None

        found: list[Letter] = await until(so, within)
        assert len(found) == number, [(letter.channel, letter.body) for letter in found]
        return found

    async def arrived(self, concern: str, number: int) -> None:
        """The post says of every notice, once there are so many, that it arrived."""
        for notified in await self.heard(concern, "concern-notified", number):
            receipt = {"reference": notified["notice_id"], "status": "delivered"}
            await self.post("/notice-receipts", receipt, "message-carrier")

    @asynccontextmanager
    async def sending(self, instances: int = 1) -> AsyncIterator[None]:
        """The loop that sends notices, in this process."""
        stopping, duty = asyncio.Event(), DutyPolicies(default=POLICY)
        loop = noticing(duty, (self.texts, self.emails))
        loops = [asyncio.ensure_future(loop(self.engine, Health(), stopping)) for _ in range(instances)]
        try:
            yield
        finally:
            stopping.set()
            await asyncio.wait_for(asyncio.gather(*loops), 20)

    async def start(self, halt: str = "") -> Process:
        """The service in a process of its own with nobody at Kafka's address, at the time that it is here."""
        duty = self.folder / "duty.json"
        duty.write_text(DutyPolicies(default=POLICY).model_dump_json())
        more = {
            "KITH_API_KEYS": str(self.engine.settings.api_keys),
            "KITH_DUTY_POLICIES": str(duty),
            "KITH_MESSAGES": f"file:{self.folder / 'letters'}",
        }
        process = await start_alone(self.engine, self.folder, halt=halt, now=self.now, more=more)
        self.processes.append(process)
        return process

    async def close(self) -> None:
        for process in self.processes:
            if process.running:
                await process.kill()


ROLES = (
    "peer",
    "coordinator",
    "clinician",
    "charge-nurse",
    "safeguarding-lead",
    "service-lead",
    "named-officer",
    "deputy-officer",
    "message-carrier",
)


@asynccontextmanager
async def two_worries(ground: Cluster, folder: Path) -> AsyncIterator[tuple[Worries, Worries]]:
    """The service seen by two organisations, on Friday 6 March 2026 at 16:52; its deadlines run, its post does not."""
    service = supervision(Policies(), DutyPolicies(default=POLICY))
    address = ground.postgres
    minted = {(name, role): mint(f"{role}@{name}", name, [role]) for name in (OURS, THEIRS) for role in ROLES}
    records = [record for _, record in minted.values()]
    keys = folder / "keys.json"
    keys.write_bytes(write_keys(records))
    settings = Settings(
        service="supervision",
        database_name=f"supervision_{uuid4().hex[:8]}",
        database_host=address.host,
        database_port=address.port,
        bootstrap="127.0.0.1:1",
        api_keys=keys,
        clock="controlled",
        master_keys=make_file(folder / "master-keys.json"),
    )
    await provision({"dsn": address.dsn()}, settings)
    engine = make_engine(service, settings, {})
    engine.clock.set(FRIDAY)
    await engine.database.open()
    async with engine.database.owner() as connection:
        await migrate(connection, service, settings)
    app = door(engine, keys_of(records), service.routes)
    stopping = asyncio.Event()
    keeping = asyncio.ensure_future(keep_deadlines(engine, Health(), stopping))
    texts, emails = Post(("text",)), Post(("email",))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://supervision") as client:
        ours, theirs = (
            Worries(engine, client, {role: minted[name, role][0] for role in ROLES}, name, texts, emails, folder)
            for name in (OURS, THEIRS)
        )
        yield ours, theirs
        await ours.close()
    stopping.set()
    engine.due.set()
    await asyncio.wait_for(keeping, 20)
    await engine.database.close()
