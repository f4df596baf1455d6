"""A door over a few routes, with everything behind it played: for promises of the door itself."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import httpx
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from shared.runtime import http
from shared.runtime.auth import Keys, Principal, keys_of, mint
from shared.runtime.commands import Idempotency, Outcome, Said
from shared.runtime.decisions import Cause
from shared.runtime.door import door
from shared.runtime.metrics import Metrics
from shared.runtime.problems import Problem
from shared.runtime.settings import Settings

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
REFERRAL = UUID("018f0000-0000-7000-8000-000000000001")
URL = f"/referrals/{REFERRAL}/goals"


class Goal(BaseModel):
    model_config = ConfigDict(extra="ignore")

    text: str = Field(min_length=1, max_length=500)
    weight: int = 1
    score: float = 0.0
    agreed_at: AwareDatetime | None = None
    on: datetime | None = None
    tags: list[str] = []
    extra: Any = None


class Filter(BaseModel):
    stage: str | None = None
    limit: int = 10
    text: str | None = None


class Shown(BaseModel):
    id: UUID
    text: str
    sequence: int


class Rows(BaseModel):
    rows: list[str]


@dataclass
class Behind:
    """What stands behind the door: what it was asked, and what it is to answer or raise."""

    raises: BaseException | None = None
    executed: list[tuple[Cause, list[Any], int | None, Idempotency | None]] = field(default_factory=list)
    read: list[str] = field(default_factory=list)

    async def execute(
        self, _engine: Any, cause: Cause, commands: Any, *, if_match: int | None, idempotency: Idempotency | None
    ) -> Outcome:
        if self.raises:
            raise self.raises
        self.executed.append((cause, list(commands), if_match, idempotency))
        return Outcome(f"referral/{REFERRAL}", 7, (Said(REFERRAL, "kith.goal-set.v1", f"referral/{REFERRAL}", 7),))

    @asynccontextmanager
    async def reading(self, organisation: str) -> AsyncIterator[str]:
        self.read.append(organisation)
        if self.raises:
            raise self.raises
        yield "connection"


async def show(_connection: Any, call: http.Call, _params: Any) -> Shown | None:
    return Shown(id=call.path["id"], text="x", sequence=7) if call.path["id"] == REFERRAL else None


async def rows(_connection: Any, _call: http.Call, params: Filter) -> Rows:
    return Rows(rows=[params.stage or "all"])


async def plain(_engine: Any, call: http.Call, asked: http.Asked) -> http.Reply:
    if asked.body == b"refuse":
        raise Problem(429, "too-much", "Later.", headers=((b"retry-after", b"9"),))
    return http.Reply(200, str(call.path["name"]).encode(), b"text/plain")


ROUTES = (
    http.command(
        "POST",
        "/referrals/{id}/goals",
        Goal,
        lambda body, call: [(call.path["id"], body)],
        roles=["coordinator", "peer"],
        summary="Set a goal.",
        status=201,
    ),
    http.query("/referrals/{id}", show, roles=["coordinator"], summary="One referral.", answer=Shown),
    http.query("/referrals/waiting", rows, roles=["coordinator"], summary="Waiting.", params=Filter, answer=Rows),
    http.Route("PUT", "/files/{name}", plain, "Anything.", ["coordinator"], accepts=("text/plain",), limit=50),
)

KEY, RECORD = mint("ayr", "ayrshire", ["coordinator"])
EVALUATOR, EVALUATOR_RECORD = mint("eva", "ayrshire", ["evaluator"])
OLD, OLD_RECORD = mint("old", "ayrshire", ["coordinator"], NOW)
KEYS: Keys = keys_of([RECORD, EVALUATOR_RECORD, OLD_RECORD])
PRINCIPAL = Principal("ayr", "ayrshire", frozenset({"coordinator"}))


def engine_of(behind: Behind) -> Any:
    """What the door asks of an engine, and no more."""
    return SimpleNamespace(
        service=SimpleNamespace(name="referrals"),
        settings=Settings(service="referrals", body_limit=2000),
        database=SimpleNamespace(read=behind.reading),
        clock=SimpleNamespace(now=lambda: NOW),
        metrics=Metrics("referrals", "1.2"),
        new_id=uuid4,
    )


def client(app: Any, key: str | None = KEY) -> httpx.AsyncClient:
    """A caller with that key."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://kith", headers=headers)


def app_over(behind: Behind) -> Any:
    return door(engine_of(behind), KEYS, ROUTES)
