"""The /ops API of every service: what an operator may look at and, saying why, change."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from aiokafka.errors import KafkaError
from pydantic import AwareDatetime, BaseModel, Field

from shared.runtime import dead_letters, lag, projections, relay, rotation, trace
from shared.runtime.database import SQL, queries
from shared.runtime.engine import Engine
from shared.runtime.health import Health
from shared.runtime.http import Answer, Asked, Call, Reply, Route
from shared.runtime.metrics import CONTENT_TYPE
from shared.runtime.operating import OPERATOR, Why, as_json, change, look, nothing, reply
from shared.runtime.problems import Problem

_SQL = queries(SQL / "ops.sql")
_LARGEST_ID = 18


class ClockSetting(Why):
    """The moment that it is to be."""

    now: AwareDatetime


class Page(BaseModel):
    """Which part of a list."""

    after: int = Field(default=0, ge=0)
    limit: int = Field(default=100, ge=1, le=1000)


class Letters(Page):
    """Which dead letters to list."""

    topic: str | None = None
    code: str | None = None
    fate: Literal["parked", "held"] | None = None


def _row_id(call: Call) -> int:
    given = call.path["row"]
    if not (given.isascii() and given.isdigit() and len(given) <= _LARGEST_ID):
        raise nothing()
    return int(given)


async def _lag(engine: Engine, _call: Call, _params: Any) -> Any:
    try:
        return {"rows": [as_json(row) for row in await lag.lag(engine)]}
    except (KafkaError, TimeoutError) as error:
        raise Problem(503, "kafka-unavailable", "Kafka does not answer just now. Ask again in a moment.") from error


async def _letters(engine: Engine, _call: Call, params: Letters) -> Any:
    rows = await dead_letters.list_parked(
        engine, topic=params.topic, code=params.code, fate=params.fate, after=params.after, limit=params.limit
    )
    return _page(rows, params.limit)


async def _projections(engine: Engine, _call: Call, _params: Any) -> Any:
    return {"rows": await projections.names(engine)}


def _table(engine: Engine, call: Call) -> str:
    table: str = call.path["table"]
    if table not in {projection.table for projection in engine.service.projections}:
        raise nothing()
    return table


async def _verify(engine: Engine, call: Call, _asked: Asked) -> Reply:
    return reply(await projections.verify(engine, _table(engine, call)))


def _page(rows: Sequence[Mapping[str, Any]], limit: int) -> Any:
    return {"rows": rows, "next": rows[-1]["id"] if len(rows) == limit else None}


async def _audited(engine: Engine, _call: Call, params: Page) -> Any:
    async with engine.database.worker() as connection:
        rows = await connection.fetch(_SQL["audited"], params.after, params.limit)
    return _page([dict(row) for row in rows], params.limit)


async def _set_clock(engine: Engine, _call: Call, wish: ClockSetting) -> Any:
    try:
        engine.clock.set(wish.now)
    except PermissionError as error:
        raise Problem(409, "clock-not-controlled", f"{error}.") from None
    engine.due.set()
    return {"now": engine.clock.now()}


async def _vault(engine: Engine, _call: Call, _params: Any) -> Any:
    return None if engine.keyring is None else await rotation.status(engine)


async def _rotate(engine: Engine, _call: Call, _wish: Why) -> Any:
    return None if engine.keyring is None else await rotation.asked_and_done(engine)


def _probes(health: Health) -> Sequence[Route]:
    """What may be asked without a key: nothing of it names anybody."""

    async def live(_engine: Engine, _call: Call, _asked: Asked) -> Reply:
        judged = health.judgement()
        return reply({"live": judged.live, "reasons": [] if judged.live else judged.reasons}, _status(judged.live))

    async def ready(_engine: Engine, _call: Call, _asked: Asked) -> Reply:
        judged = health.judgement()
        said = {"serve": judged.serve, "consume": judged.consume, "reasons": judged.reasons}
        return reply(said, _status(judged.serve))

    async def metrics(engine: Engine, _call: Call, _asked: Asked) -> Reply:
        return Reply(200, engine.metrics.render(), CONTENT_TYPE.encode())

    def probe(path: str, answer: Answer, summary: str) -> Route:
        return Route("GET", path, answer, summary, None)

    return (
        probe("/live", live, "Whether the process is stuck: 503 asks for a restart. Never depends on Kafka."),
        probe("/ready", ready, "Whether requests may be sent: 503 takes it out of the balancer."),
        probe("/metrics", metrics, "Metrics for Prometheus."),
    )


def _status(well: bool) -> int:
    return 200 if well else 503


def routes(health: Health) -> Sequence[Route]:
    """The operator's routes of one process."""

    async def judged(engine: Engine, _call: Call, _params: Any) -> Any:
        return {"service": engine.service.name, "now": engine.clock.now(), **health.judgement().as_json()}

    return (
        *_probes(health),
        look("/ops/health", "The kinds of health, with reasons.", judged),
        look("/ops/lag", "How far behind each partition is heard.", _lag),
        look("/ops/relay", "What is not yet on Kafka.", lambda engine, *_: relay.relay_state(engine)),
        look("/ops/dead-letters", "Records parked or held.", _letters, Letters),
        look(
            "/ops/dead-letters/count",
            "How many records are parked or held, and how many of them are urgent.",
            lambda engine, *_: dead_letters.count(engine),
        ),
        look(
            "/ops/dead-letters/{row}",
            "One of them, with its exact bytes.",
            lambda engine, call, _: dead_letters.show(engine, _row_id(call)),
        ),
        change(
            "/ops/dead-letters/{row}/replay",
            "Hear it again.",
            "dead-letter.replay",
            lambda engine, call, _: dead_letters.replay(engine, _row_id(call)),
        ),
        change(
            "/ops/dead-letters/{row}/discard",
            "Give it up.",
            "dead-letter.discard",
            lambda engine, call, _: dead_letters.discard(engine, _row_id(call)),
        ),
        look("/ops/projections", "The read models.", _projections),
        change(
            "/ops/projections/{table}/rebuild",
            "Fold it anew from the logs.",
            "projection.rebuild",
            lambda engine, call, _: projections.rebuild(engine, _table(engine, call)),
        ),
        Route("POST", "/ops/projections/{table}/verify", _verify, "Prove it equal to the logs.", OPERATOR),
        look(
            "/ops/events/{event_id}",
            "What is known here of one event.",
            lambda engine, call, _: trace.trace(engine, call.path["event_id"]),
        ),
        look(
            "/ops/subjects/{subject_id}",
            "What was said here of the subjects with this id.",
            lambda engine, call, _: trace.said_of(engine, call.path["subject_id"]),
        ),
        look("/ops/vault", "How the keys stand, without any of them.", _vault),
        change("/ops/vault/rotate", "Change the master key.", "vault.rotate", _rotate),
        look("/ops/audit", "What operators changed.", _audited, Page),
        change("/ops/clock", "Set a controlled clock.", "clock.set", _set_clock, ClockSetting),
    )
