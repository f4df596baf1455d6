"""The /ops API: who may, that a change says why and is in the audit before it is made, and what is left alone."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import httpx
import pytest

from shared.runtime import dead_letters, lag, ops, projections, relay, trace
from shared.runtime.auth import keys_of, mint
from shared.runtime.clock import Clock
from shared.runtime.dead_letters import NotFirst, Replayed, Waiting
from shared.runtime.door import door
from shared.runtime.health import Health
from shared.runtime.lag import Lag
from shared.runtime.projections import Rebuilt, Verified
from shared.runtime.relay import RelayState
from tests.unit.runtime.doors import Behind, client, engine_of

OPERATOR, OPERATOR_RECORD = mint("night-desk", "kith", ["operator"])
COORDINATOR, COORDINATOR_RECORD = mint("ayr", "ayrshire", ["coordinator"])
KEYS = keys_of([OPERATOR_RECORD, COORDINATOR_RECORD])
EVENT = UUID("018f0000-0000-7000-8000-000000000001")


@dataclass
class Played:
    """The runtime behind the API: what happened, in order."""

    done: list[Any] = field(default_factory=list)
    health: Health = field(default_factory=Health)

    async def execute(self, _sql: str, at: datetime, who: str, action: str, target: str, why: str) -> None:
        assert at.tzinfo is not None
        self.done.append(("audit", who, action, target, why))

    async def fetch(self, _sql: str, after: int, limit: int) -> list[dict[str, Any]]:
        rows = [{"id": n, "who": "x", "at": datetime(2026, 3, 2, tzinfo=UTC)} for n in range(1, 6)]
        return [row for row in rows if row["id"] > after][:limit]

    @asynccontextmanager
    async def worker(self) -> AsyncIterator["Played"]:
        yield self


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> Played:
    behind = Played()

    def play(module: Any, name: str, answer: Any) -> None:
        async def called(_engine: Any, *args: Any, **kwargs: Any) -> Any:
            behind.done.append((name, *args, *kwargs.values()))
            if isinstance(answer, Exception):
                raise answer
            return answer

        monkeypatch.setattr(module, name, called)

    play(dead_letters, "list_parked", [{"id": 4, "fate": "parked"}, {"id": 9, "fate": "held"}])
    play(dead_letters, "count", Waiting(1001, 1))
    play(dead_letters, "show", {"id": 4, "headers": [["ce_id", None]]})
    play(dead_letters, "replay", Replayed(4, "done", None, 2))
    play(dead_letters, "discard", NotFirst(3))
    play(projections, "names", [{"table": "referral", "rows": 3}])
    play(projections, "rebuild", Rebuilt("referral", 3, 9, 0.1))
    play(projections, "verify", Verified("referral", 3, False, ("7",)))
    play(lag, "lag", [Lag("kith.gateway", 0, 5, 9, 4, 1.5)])
    play(relay, "relay_state", RelayState(True, 3, 0.4, 0.3))
    play(trace, "said_of", {"service": "referrals", "rows": []})
    play(trace, "trace", {"service": "referrals", "journal": {"recorded_at": datetime(2026, 3, 2, tzinfo=UTC)}})
    return behind


def caller(played: Played, key: str | None = OPERATOR, controlled: bool = False) -> httpx.AsyncClient:
    engine = engine_of(Behind())
    engine.database = played
    engine.clock = Clock(controlled)
    engine.due = SimpleNamespace(set=lambda: played.done.append("nudged"))
    engine.service = SimpleNamespace(name="referrals", projections=[SimpleNamespace(table="referral")])
    return client(door(engine, KEYS, ops.routes(played.health)), key)


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        (
            "/ops/lag",
            {"rows": [{"topic": "kith.gateway", "partition": 0, "position": 5, "end": 9, "behind": 4, "seconds": 1.5}]},
        ),
        (
            "/ops/relay",
            {
                "leader": True,
                "unsent": 3,
                "oldest_seconds": 0.4,
                "backlog_seconds": 0.3,
                "refused_count": 0,
                "refused": [],
            },
        ),
        ("/ops/dead-letters", {"rows": [{"id": 4, "fate": "parked"}, {"id": 9, "fate": "held"}], "next": None}),
        ("/ops/dead-letters?limit=2", {"rows": [{"id": 4, "fate": "parked"}, {"id": 9, "fate": "held"}], "next": 9}),
        ("/ops/dead-letters/count", {"all": 1001, "urgent": 1}),
        ("/ops/dead-letters/4", {"id": 4, "headers": [["ce_id", None]]}),
        ("/ops/projections", {"rows": [{"table": "referral", "rows": 3}]}),
        (f"/ops/events/{EVENT}", {"service": "referrals", "journal": {"recorded_at": "2026-03-02T00:00:00+00:00"}}),
        (f"/ops/subjects/{EVENT}", {"service": "referrals", "rows": []}),
        ("/ops/audit?after=3&limit=1", {"rows": [{"id": 4, "who": "x", "at": "2026-03-02T00:00:00+00:00"}], "next": 4}),
    ],
)
async def test_each_question_of_an_operator_is_answered(played: Played, path: str, answer: Any) -> None:
    async with caller(played) as asks:
        got = await asks.get(path)
    assert (got.status_code, got.json()) == (200, answer)


async def test_health_says_why(played: Played) -> None:
    async with caller(played) as asks:
        judged = (await asks.get("/ops/health")).json()
    assert (judged["service"], judged["live"], judged["serve"]) == ("referrals", True, False)
    assert any("PostgreSQL" in reason for reason in judged["reasons"])


async def test_probes_need_no_key_and_fall_apart(played: Played) -> None:
    async with caller(played, None) as asks:
        assert (await asks.get("/live")).status_code == 200
        assert (await asks.get("/ready")).status_code == 503
        played.health.migrated()
        played.health.database(True)
        played.health.consumes()
        ready = await asks.get("/ready")
        assert (ready.status_code, ready.json()["consume"]) == (200, False)
        assert "kith_http_requests_total" in (await asks.get("/metrics")).text


EVERYTHING = [(route.method, route.path) for route in ops.routes(Health()) if route.roles is not None]


@pytest.mark.parametrize(("method", "path"), EVERYTHING)
@pytest.mark.parametrize(("key", "status"), [(None, 401), (COORDINATOR, 403)], ids=["no key", "another role"])
async def test_who_is_no_operator_is_refused_and_changes_nothing(
    played: Played, method: str, path: str, key: str | None, status: int
) -> None:
    where = re.sub(r"\{\w+_id\}", str(EVENT), path).replace("{row}", "4").replace("{table}", "referral")
    async with caller(played, key, controlled=True) as asks:
        answer = await asks.request(method, where, json={"why": "x", "now": "2026-03-02T09:00:00Z"})
    assert answer.status_code == status
    assert played.done == []


CHANGES = [
    ("/ops/dead-letters/4/replay", "dead-letter.replay", "4", ("replay", 4)),
    ("/ops/dead-letters/4/discard", "dead-letter.discard", "4", ("discard", 4)),
    ("/ops/projections/referral/rebuild", "projection.rebuild", "referral", ("rebuild", "referral")),
]


@pytest.mark.parametrize(("path", "action", "target", "done"), CHANGES)
async def test_a_change_is_in_the_audit_before_it_is_made(
    played: Played, path: str, action: str, target: str, done: tuple[Any, ...]
) -> None:
    async with caller(played) as asks:
        await asks.post(path, json={"why": " fixed upstream ", "who": "Ann"})
        await asks.post(path, json={"why": "again"})
    assert played.done == [
        ("audit", "Ann (key: night-desk)", action, target, "fixed upstream"),
        done,
        ("audit", "night-desk", action, target, "again"),
        done,
    ]


@pytest.mark.parametrize(("path", "action", "target", "done"), CHANGES)
@pytest.mark.parametrize("body", [{}, {"why": ""}, {"why": "  "}, {"why": None}, {"why": "x" * 501}, {"why": "a\0"}])
async def test_without_a_reason_nothing_is_changed(
    played: Played, path: str, action: str, target: str, done: Any, body: dict[str, Any]
) -> None:
    async with caller(played) as asks:
        answer = await asks.post(path, json=body)
    assert (answer.status_code, answer.json()["field"]) == (422, "why")
    assert played.done == []


async def test_a_refusal_of_the_runtime_keeps_its_code(played: Played) -> None:
    async with caller(played) as asks:
        answer = await asks.post("/ops/dead-letters/4/discard", json={"why": "x"})
    assert (answer.status_code, answer.json()["code"]) == (409, "not-first")


@pytest.mark.parametrize(
    "path", ["/ops/dead-letters/x", "/ops/dead-letters/-1", f"/ops/dead-letters/{'9' * 19}", "/ops/dead-letters/٤"]
)
async def test_an_id_that_cannot_be_is_not_found(played: Played, path: str) -> None:
    async with caller(played) as asks:
        assert (await asks.get(path)).status_code == 404


async def test_a_table_that_is_not_a_read_model_is_not_found(played: Played) -> None:
    async with caller(played) as asks:
        assert (await asks.post("/ops/projections/journal/rebuild", json={"why": "x"})).status_code == 404
        assert (await asks.post("/ops/projections/journal/verify")).status_code == 404
    assert "rebuild" not in str(played.done[1:])


async def test_the_clock_moves_only_where_it_is_controlled(played: Played) -> None:
    wish = {"why": "demo", "now": "2026-03-02T09:00:00Z"}
    async with caller(played) as asks:
        refused = await asks.post("/ops/clock", json=wish)
    async with caller(played, controlled=True) as asks:
        moved = await asks.post("/ops/clock", json=wish)
        naive = await asks.post("/ops/clock", json={**wish, "now": "2026-03-02T09:00:00"})
    assert (refused.status_code, refused.json()["code"]) == (409, "clock-not-controlled")
    assert moved.json()["now"].startswith("2026-03-02T09:00:0")
    assert "nudged" in played.done
    assert (naive.status_code, naive.json()["field"]) == (422, "now")
