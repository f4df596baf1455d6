"""The whole house for a test: Kafka, PostgreSQL and every service as a process, with people of several organisations.

Nothing is shared with other tests but the processes: each takes organisations of its own with `house.board()`.
"""

import fcntl
import json
import shutil
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
from aiokafka import AIOKafkaProducer

from shared.cli.key_file import KeyWish
from shared.cli.stack import SERVICES, Stack, stack
from shared.runtime.keyring import Keyring
from shared.runtime.master_keys import MasterKeys
from shared.runtime.raw import opened
from shared.runtime.wire import Record
from tests.rig.stage import until

BOARDS = 160
ROLES = (
    *("coordinator", "service-lead", "clinician", "peer", "evaluator", "information-governance", "sender"),
    *("line-manager", "supervisor", "safeguarding-lead", "named-officer"),
)
MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
INTAKE = "kith.{}.v1"


@dataclass(frozen=True)
class Board:
    """One organisation of a test: its people, its producer, and what they do in the house."""

    house: "House"
    name: str
    producer: str

    @property
    def form(self) -> str:
        """The name of this organisation's public form."""
        return form_of(self.producer)

    async def ask(self, service: str, path: str, role: str = "coordinator", **params: Any) -> Any:
        """The answer to a question; raises when it is not 200."""
        answer = await self.call("GET", service, path, role, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def tell(self, service: str, path: str, body: Mapping[str, Any], role: str = "coordinator") -> Any:
        """The outcome of a wish; raises when it is refused."""
        answer = await self.call("POST", service, path, role, json=body)
        assert answer.is_success, answer.text
        return answer.json()

    async def call(self, method: str, service: str, path: str, role: str, **more: Any) -> httpx.Response:
        """Whatever the service answers to one of this organisation's people."""
        key = self.house.key(f"{role}@{self.name}" if role != "sender" else self.producer)
        headers = {"Authorization": f"Bearer {key}", **more.pop("headers", {})}
        return await self.house.http.request(method, self.house.url(service) + path, headers=headers, **more)

    def event(self, name: str, data: Any, **attributes: str) -> dict[str, Any]:
        """A CloudEvent in the JSON format, as this organisation's producer writes it."""
        written = {
            "specversion": "1.0",
            "id": f"e-{uuid4()}",
            "source": "/forms",
            "type": INTAKE.format(name),
            "time": self.house.now.isoformat(),
        }
        return {**written, **attributes, "data": data}

    async def submit(self, event: Any, **headers: str) -> httpx.Response:
        """Sends one event, or a batch of them, to the gateway over HTTP."""
        media = "application/cloudevents-batch+json" if isinstance(event, list) else "application/cloudevents+json"
        return await self.call(
            "POST",
            "gateway",
            "/events",
            "sender",
            content=json.dumps(event),
            headers={"Content-Type": media, **headers},
        )

    async def produce(self, event: Mapping[str, Any], *, body: bytes | None = None) -> None:
        """Sends one event straight into Kafka, on the producer's intake topic."""
        headers = [(f"ce_{name}", value.encode()) for name, value in event.items() if name != "data"]
        data = json.dumps(event["data"]).encode() if body is None else body
        await self.house.kafka.send_and_wait(f"kith.intake.{self.producer}", data, key=b"any", headers=headers)

    async def receipts(self, **params: Any) -> list[dict[str, Any]]:
        """This organisation's receipts, oldest first."""
        rows: list[dict[str, Any]] = (await self.ask("gateway", "/receipts", "sender", **params))["rows"]
        return rows

    async def seen(self, holds: Callable[[list[dict[str, Any]]], Any]) -> list[dict[str, Any]]:
        """This organisation's receipts, once what is expected of them holds."""

        async def so() -> list[dict[str, Any]] | None:
            found = await self.receipts()
            return found if holds(found) else None

        rows: list[dict[str, Any]] = await until(so)
        return rows

    async def receipt(self, receipt_id: str, holds: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
        """The receipt, once what is expected of it holds."""

        async def seen() -> dict[str, Any] | None:
            found: dict[str, Any] = await self.ask("gateway", f"/receipts/{receipt_id}", "sender")
            return found if holds(found) else None

        found: dict[str, Any] = await until(seen)
        return found


@dataclass
class House:
    """Everything that runs, and the ways into it."""

    stack: Stack
    http: httpx.AsyncClient
    kafka: AIOKafkaProducer
    now: datetime = MONDAY
    _boards: Iterator[Board] = field(default_factory=lambda: iter(()))

    def board(self) -> Board:
        """An organisation that no other test has."""
        board = next(self._boards, None)
        assert board, f"All {BOARDS} organisations are taken: raise BOARDS."
        return board

    def url(self, service: str) -> str:
        return self.stack.run.services[service].url

    def key(self, name: str) -> str:
        return self.stack.run.keys[name].key

    async def turn_to(self, now: datetime) -> None:
        """Makes it that moment for every service; time only ever moves on."""
        operator = {"Authorization": f"Bearer {self.key('operator')}"}
        for service in SERVICES:
            body = {"now": now.isoformat(), "why": "a test"}
            answer = await self.http.post(f"{self.url(service)}/ops/clock", json=body, headers=operator)
            assert answer.is_success, answer.text
        self.now = now

    async def raw(self, where: str, *arguments: Any) -> list[tuple[asyncpg.Record, Record]]:
        """What the gateway's inbox holds, its rows and the records as they came, opened with its keys."""
        rows = await self.sql(
            "gateway",
            "select i.*, k.wrapped, k.master from inbox i left join keys.data_key k on k.id = i.raw_key "
            f"where {where} order by i.id",
            *arguments,
        )
        keyring = Keyring(MasterKeys(self.stack.home / "master-keys" / "gateway.json"))
        return [(row, opened(keyring, row)) for row in rows]

    async def sql(self, service: str, query: str, *arguments: Any) -> list[asyncpg.Record]:
        """Rows of one service's database, past every policy."""
        connection = await asyncpg.connect(self.stack.cluster.postgres.dsn(f"kith_{service}"))
        try:
            return await connection.fetch(query, *arguments)
        finally:
            await connection.close()


def form_of(producer: str) -> str:
    """The name of the public form of that producer's organisation."""
    return f"{producer}-public"


def referral(**changes: Any) -> dict[str, Any]:
    """What a health visitor submits of a client."""
    said = {
        "board_of_treatment": "S08000030",
        "board_of_residence": "S08000030",
        "sender": "SC099999",
        "referrer_role": "health-visitor",
        "client_agreed": True,
        "referral_date": "2026-03-01",
        "parent_role": "birth-parent",
        "setting": "third-sector",
        "formats_wanted": ["phone"],
    }
    return said | changes


def referral_id_of(receipt: Mapping[str, Any]) -> UUID:
    """The referral that a receipt is about."""
    return UUID(receipt["referral_id"])


def emptied(home: Path) -> Path:
    """That folder, or one beside it when another run is in there, with nothing in it from before."""
    for candidate in (home, *(home.with_name(f"{home.name}-{n}") for n in range(2, 9))):
        candidate.mkdir(parents=True, exist_ok=True)
        if any(candidate.iterdir()) and not (candidate / "lock").exists():
            raise RuntimeError(f"{candidate} is not a house of ours; remove it, or set KITH_HOUSE to another folder.")
        with (candidate / "lock").open("a") as lock, suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for each in candidate.iterdir():
                if each.is_dir():
                    shutil.rmtree(each)
                elif each.name != "lock":
                    each.unlink()
            return candidate
    raise RuntimeError(f"Eight runs are in {home} and beside it; end some.")


@asynccontextmanager
async def whole_house(home: Path, settings: Mapping[str, str] | None = None) -> AsyncIterator[House]:
    """Everything is ready on Monday 2 March 2026, nine o'clock, with nothing from before; on leaving, all has ended."""
    environment = {"KITH_CLOCK": "controlled", "KITH_UNKNOWN_BOUND": "2", **(settings or {})}
    names = [(f"SC{90_000 + number:06}", f"forms-{number}") for number in range(BOARDS)]
    keys = [
        KeyWish(f"{role}@{organisation}" if role != "sender" else producer, organisation, (role,))
        for organisation, producer in names
        for role in ROLES
    ] + [KeyWish(form_of(producer), organisation, ("public-form",)) for organisation, producer in names]
    async with (
        stack(emptied(home), keys=keys, environment=environment) as up,
        httpx.AsyncClient(timeout=20, trust_env=False) as http,
    ):
        kafka = AIOKafkaProducer(bootstrap_servers=up.cluster.bootstrap)
        await kafka.start()
        try:
            house = House(up, http, kafka)
            house._boards = iter([Board(house, *name) for name in names])
            await house.turn_to(MONDAY)
            yield house
        finally:
            await kafka.stop()
