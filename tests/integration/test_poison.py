"""Hostile records between good ones: every good one takes effect, every bad one is kept whole with its fate."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.record.util import calc_crc32c

from deploy.embedded import Cluster
from shared.runtime import breaker, dead_letters
from shared.runtime.dead_letters import Replayed
from shared.runtime.deadlines import keep_deadlines
from shared.runtime.engine import Engine
from shared.runtime.envelope import Envelope
from shared.runtime.health import Health
from shared.runtime.hearing import hear, hear_all
from shared.runtime.projections import verify
from shared.runtime.service import Projection, Reaction, Refusal, Service
from shared.runtime.wire import INTAKE, Record, unpack
from tests.rig.hearer import BROKEN, REFUSED, Echo, react, refused, targets
from tests.rig.language import WORDS, Counted, Words
from tests.rig.records import counted, header, send, with_header, without_header
from tests.rig.stage import ORGANISATION, Stage, make_topics, until
from tests.rig.teller import Remind
from tests.rig.varied import varied, vary

DEEP = b"[" * 100_000


@dataclass(frozen=True, slots=True)
class NotedRow:
    """What the counts of a tally said in words."""

    id: UUID
    organisation: str
    note: str


def note(row: NotedRow | None, event: Envelope) -> NotedRow:
    before = row.note if row else ""
    return NotedRow(UUID(event.subject.partition("/")[2]), event.organisation, before + event.data.note[:100])


NOTED = "create table {table} (id uuid primary key, organisation text not null, note text not null);"


def with_notes(service: Service) -> Service:
    """The hearer, with words in a row."""
    return replace(
        service,
        projections=(*service.projections, Projection("noted", service.hears[0], "tally", NotedRow, note, NOTED)),
    )


@dataclass(frozen=True, slots=True)
class Case:
    """How the second record of a subject is spoilt, and what becomes of it.

    With `stands` it keeps its place in the order, and blocks it; otherwise the genuine second may still come.
    """

    name: str
    spoil: Callable[[Record, Record], Record]
    fate: str
    code: str | None
    stands: bool = True


def body(name: str, raw: bytes | None, code: str | None, fate: str = "parked") -> Case:
    return Case(name, lambda _, good: replace(good, body=raw), fate, code)


def spoilt(name: str, how: Callable[[Record], Record], code: str) -> Case:
    return Case(name, lambda _, good: how(good), "parked", code, stands=False)


def head(name: str, which: str, value: str | bytes | None, code: str, *, stands: bool = False) -> Case:
    return Case(name, lambda _, good: with_header(good, which, value), "parked", code, stands)


def number(name: str, value: int, fate: str, code: str) -> Case:
    return body(name, b'{"number": %d}' % value, code, fate)


REQUIRED = (
    "specversion", "id", "type", "source", "subject", "time", "sequence", "organisation", "recordedtime", "actorrole",
    "correlationid",
)  # fmt: skip

CASES = (
    head("a null header value", "ce_time", None, "header-null"),
    head("a header value that is not UTF-8", "ce_actorrole", b"\xff\xfe\x80", "header-not-text"),
    head("a control character in a header", "ce_actorrole", b"a\x00b", "header-invalid"),
    head("a header of 5,000 characters", "ce_actorrole", b"x" * 5000, "header-invalid"),
    head("a null value under a name with a NUL", "ce_\x00", None, "header-null"),
    head("a header name of 70,000 bytes", "ce_" + "n" * 70_000, None, "header-null"),
    Case("a foreign name of 70,000 bytes", lambda _, good: with_header(good, "n" * 70_000, b"\xff"), "done", None),
    *(
        spoilt(f"no ce_{name}", lambda good, name=name: without_header(good, f"ce_{name}"), "header-missing")
        for name in REQUIRED
    ),
    spoilt("no headers at all", lambda good: replace(good, headers=()), "header-missing"),
    *(
        Case(
            f"a doubled {name}",
            lambda _, good, name=name: replace(good, headers=(*good.headers, (name, dict(good.headers)[name]))),
            "parked",
            "header-doubled",
            False,
        )
        for name in ("ce_id", "ce_subject", "ce_type")
    ),
    head("an id that is none", "ce_id", "7", "header-invalid"),
    head("a subject that is none", "ce_subject", "tally", "header-invalid"),
    head("a time that is none", "ce_time", "yesterday", "header-invalid"),
    head("a time without a zone", "ce_time", "2026-03-01T09:30:00", "header-invalid"),
    *(
        head(f"the sequence {value}", "ce_sequence", value, "header-invalid")
        for value in ("0", "-1", "2.0", " 2", "\u0662", "9" * 30)
    ),
    head("the source of another", "ce_source", "kith.elsewhere", "source-not-owner"),
    spoilt("a key that is not the subject", lambda good: replace(good, key=b"other"), "key-not-subject"),
    spoilt("no key", lambda good: replace(good, key=None), "key-not-subject"),
    body("a tombstone", None, "tombstone"),
    body("an empty body", b"", "body-invalid"),
    body("bad JSON", b'{"number": 1', "body-invalid"),
    body("a body that is not UTF-8", b'{"number": 1, "note": "\xff"}', "body-invalid"),
    body("100,000 brackets", DEEP, "body-invalid"),
    body("100,000 brackets in a field nobody knows", b'{"number": 1, "more": ' + DEEP + b"}", "body-invalid"),
    body("a megabyte of brackets", b"[" * 1_000_000, "body-invalid"),
    body("a lone surrogate", b'{"number": 1, "note": "\\ud800"}', "body-invalid"),
    body("not a number", b'{"number": NaN}', "body-invalid"),
    body("a number of 5,000 digits", b'{"number": ' + b"9" * 5000 + b"}", "body-invalid"),
    body("a word for a number", b'{"number": "many"}', "body-invalid"),
    body("a fraction for a whole number", b'{"number": 1.5}', "body-invalid"),
    body("a list for an object", b"[]", "body-invalid"),
    body("null for an object", b"null", "body-invalid"),
    body("a field missing", b"{}", "body-invalid"),
    body("a megabyte of text", b'{"number": 1, "note": "' + b"x" * 1_000_000 + b'"}', None, "done"),
    body("fields nobody knows", b'{"number": 1, "\\u0000": {"a": [null]}}', None, "done"),
    body("a NUL for the database", b'{"number": 1, "note": "\\u0000"}', "database-refused"),
    number("a number too large for the database", 10**30, "parked", "database-refused"),
    number("a handler with a fault", BROKEN, "parked", "handler-failed"),
    number("a command that a rule refuses", REFUSED, "refused", "unlucky"),
    head("a time past the calendar", "ce_time", "9999-12-31T23:59:59-23:00", "database-refused", stands=True),
    head("an unknown type", "ce_type", "kith.whistled.v1", "unknown-type", stands=True),
    head("an unknown version", "ce_type", "kith.counted.v2", "unknown-type", stands=True),
    head("a type without dots", "ce_type", "counted", "unknown-type", stands=True),
    Case("reply_to names a topic", lambda _, good: with_header(good, "reply_to", "ELSEWHERE"), "done", None),
    Case(
        "the same id with other bytes",
        lambda first, good: with_header(good, "ce_id", header(first, "ce_id")),
        "parked",
        "impostor-id",
        False,
    ),
    spoilt("a sequence heard before", lambda good: with_header(good, "ce_sequence", "1"), "impostor-sequence"),
    head("another organisation's subject", "ce_organisation", "SC099999", "organisation-mismatch"),
    Case("an exact copy of the first", lambda first, _: first, "duplicate", None, False),
)  # fmt: skip


@dataclass(frozen=True)
class Told:
    """What the inbox holds of one case, before and after it was mended."""

    spoilt: Record
    tally: UUID
    row: Mapping[str, Any] | None
    fates_before: list[tuple[int, str, str | None]]
    released: int | None
    fates_after: list[tuple[int, str, str | None]]
    beside: list[int]
    answers: int


@dataclass(frozen=True)
class Run:
    """The whole table, sent and heard once."""

    told: Mapping[str, Told]
    equal: Mapping[str, bool]
    elsewhere: int
    waiting: int


FATES = (
    "select i.sequence, i.fate, i.code from inbox i join stream s on s.id = i.stream "
    "where s.subject = $1 order by i.sequence, i.id"
)


@pytest.fixture(scope="module")
async def run(ground: Cluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Run]:
    """Each case: the first of a subject, the spoilt second, another subject's first, the third, that one's second."""
    async with varied(ground, tmp_path_factory.mktemp("poison"), hearer=with_notes) as rig:
        topic, elsewhere = rig.services["hearer"].hears[0], f"elsewhere{rig.suffix}"
        await make_topics(ground.bootstrap, [elsewhere])
        async with producing(ground) as producer, rig.hearing():
            mine = {case.name: uuid4() for case in CASES}
            others = {case.name: uuid4() for case in CASES}
            genuine = {name: counted(topic, tally, 2) for name, tally in mine.items()}
            batch, places = [], {}
            for case in CASES:
                first = counted(topic, mine[case.name], 1)
                bad = case.spoil(first, genuine[case.name])
                bad = with_header(bad, "reply_to", elsewhere) if "reply_to" in dict(bad.headers) else bad
                places[case.name] = len(batch) + 1
                other = [counted(topic, others[case.name], n) for n in (1, 2)]
                batch += [first, bad, other[0], counted(topic, mine[case.name], 3), other[1]]
            placed = await send(producer, batch)
            await heard_up_to(rig, placed[-1])

            rows, before, released = {}, {}, {}
            for case in CASES:
                where = placed[places[case.name]]
                found = await rig.sql(
                    "hearer", 'select * from inbox where topic = $1 and "offset" = $2', topic, where.offset
                )
                rows[case.name] = found[0] if found else None
                before[case.name] = await fates(rig, mine[case.name])
            engine = await rig.engine("hearer")
            for case in CASES:
                if case.stands and case.fate == "parked":
                    done = await dead_letters.discard(engine, rows[case.name]["id"])
                    released[case.name] = done.released if done else None
            late = await send(producer, [genuine[case.name] for case in CASES if not case.stands])
            await heard_up_to(rig, late[-1])
            told = {
                case.name: Told(
                    placed[places[case.name]],
                    mine[case.name],
                    rows[case.name],
                    before[case.name],
                    released.get(case.name),
                    await fates(rig, mine[case.name]),
                    await sequences(rig, others[case.name]),
                    await answers(rig, mine[case.name]),
                )
                for case in CASES
            }
            verified = {p.table: (await verify(engine, p.table)).equal for p in engine.service.projections}
            waiting = await rig.sql("hearer", "select count(*) from inbox where fate = 'held'")
            yield Run(told, verified, await end_of(ground, elsewhere), waiting[0][0])


def producing(ground: Cluster) -> AIOKafkaProducer:
    return AIOKafkaProducer(bootstrap_servers=ground.bootstrap, acks="all", max_request_size=1_048_588)


async def heard_up_to(rig: Stage, record: Record, within: float = 60) -> None:
    """Waits until the hearer's position is past the record."""

    async def past() -> bool:
        rows = await rig.sql(
            "hearer",
            "select next_offset from position where topic = $1 and partition = $2",
            record.topic,
            record.partition,
        )
        return bool(rows) and rows[0][0] > record.offset

    await until(past, within)


async def fates(rig: Stage, tally: UUID) -> list[tuple[int, str, str | None]]:
    return [tuple(row) for row in await rig.sql("hearer", FATES, f"tally/{tally}")]


async def sequences(rig: Stage, tally: UUID) -> list[int]:
    rows = await rig.sql("hearer", "select sequences from heard where id = $1", tally)
    return list(rows[0][0]) if rows else []


async def answers(rig: Stage, tally: UUID) -> int:
    """How often the hearer answered."""
    rows = await rig.sql("hearer", "select echoes from echo where id = $1", tally)
    return rows[0][0] if rows else 0


async def end_of(ground: Cluster, topic: str) -> int:
    """How many records a topic holds."""
    consumer = AIOKafkaConsumer(bootstrap_servers=ground.bootstrap, enable_auto_commit=False)
    await consumer.start()
    try:
        ends = await consumer.end_offsets([TopicPartition(topic, p) for p in range(3)])
    finally:
        await consumer.stop()
    return sum(ends.values())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_bad_record_has_its_fate_and_its_exact_bytes(case: Case, run: Run) -> None:
    told = run.told[case.name]
    if case.fate == "duplicate":
        assert told.row is None
        return
    assert told.row is not None
    assert (told.row["fate"], told.row["code"]) == (case.fate, case.code)
    assert (told.row["key"], told.row["body"]) == (told.spoilt.key, told.spoilt.body)
    assert unpack(told.row["headers"]) == told.spoilt.headers


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_follows_waits_and_is_taken_in_order_once_mended(case: Case, run: Run) -> None:
    told = run.told[case.name]
    flows = case.stands and case.fate in ("done", "refused")
    second = [(2, case.fate, case.code)] if case.stands else []
    third = (3, "done", None) if flows else (3, "held", "gap")
    assert told.fates_before == [(1, "done", None), *second, third]
    mended = (2, "refused", "discarded") if case.stands and not flows else second[0] if second else (2, "done", None)
    assert told.fates_after == [(1, "done", None), mended, (3, "done", None)]
    assert told.released == (1 if case.stands and not flows else None)
    assert told.answers == 3 - (case.stands and not flows)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_other_subjects_flow_past_it(case: Case, run: Run) -> None:
    assert run.told[case.name].beside == [1, 2]


def test_the_rows_are_what_the_logs_say(run: Run) -> None:
    assert run.equal == {"heard": True, "echo": True, "noted": True}
    assert run.waiting == 0


def test_no_record_makes_the_hearer_write_where_it_says(run: Run) -> None:
    assert run.elsewhere == 0


@pytest.fixture
async def heeding(rig: Stage) -> AsyncIterator[Callable[..., Any]]:
    """Hears records as one batch on the real database, as the consumer would; answers their fates in order."""
    engine = await rig.engine("hearer")
    connection = await engine.database.connect("worker")

    async def connected() -> Any:
        return connection

    async def heed(*records: Record, by: Engine = engine) -> list[tuple[int | None, str, str | None]]:
        placed = [replace(record, offset=n) for n, record in enumerate(records)]
        told = []
        async for _, heard in hear_all(by, connected, placed):
            told += [(v.reading.sequence, v.fate, v.code) for v in heard.verdicts]
        return told

    yield heed
    await connection.close()


async def waiting_ids(rig: Stage, tally: UUID) -> list[int]:
    """The dead letters of a subject, first in order first."""
    rows = await rig.sql(
        "hearer",
        "select i.id from inbox i join stream s on s.id = i.stream where s.subject = $1 "
        "and i.fate in ('held', 'parked') order by i.sequence, i.id",
        f"tally/{tally}",
    )
    return [row[0] for row in rows]


async def test_two_of_one_stream_around_a_poison_in_one_batch(rig: Stage, heeding: Callable[..., Any]) -> None:
    tally, other, topic = uuid4(), uuid4(), rig.services["hearer"].hears[0]
    told = await heeding(
        counted(topic, tally, 1),
        counted(topic, tally, 2, BROKEN),
        counted(topic, other, 1),
        counted(topic, tally, 3),
        counted(topic, tally, 4),
    )
    held = ("held", "gap")
    assert told == [(1, "done", None), (2, "parked", "handler-failed"), (1, "done", None), (3, *held), (4, *held)]
    assert await sequences(rig, tally) == [1]
    assert await answers(rig, tally) == 1, "what the poison would have said must not be said"


async def test_a_gap_heals_when_the_missing_event_comes(rig: Stage, heeding: Callable[..., Any]) -> None:
    tally, topic = uuid4(), rig.services["hearer"].hears[0]
    late = [counted(topic, tally, n) for n in range(1, 7)]
    assert await heeding(late[5], late[2], late[4]) == [(6, "held", "gap"), (3, "held", "gap"), (5, "held", "gap")]
    assert await heeding(late[0]) == [(1, "done", None)]
    assert await heeding(late[1]) == [(2, "done", None), (3, "done", None)]
    assert await heeding(late[3]) == [(n, "done", None) for n in (4, 5, 6)]
    assert await sequences(rig, tally) == [1, 2, 3, 4, 5, 6]
    assert await waiting_ids(rig, tally) == []


async def test_a_gap_heals_within_one_batch_too(rig: Stage, heeding: Callable[..., Any]) -> None:
    """Three partitions of a topic made anew, or a sender that repeats itself, may bring them in any order at once."""
    tally, topic = uuid4(), rig.services["hearer"].hears[0]
    said = [counted(topic, tally, n) for n in range(1, 6)]
    forged = with_header(said[2], "ce_id", str(uuid4()))
    await heeding(said[4], said[2], forged, said[1], said[2], said[0], said[3])
    assert await fates(rig, tally) == [(n, "done", None) for n in range(1, 6)]
    assert await sequences(rig, tally) == [1, 2, 3, 4, 5]
    [row] = await rig.sql("hearer", "select code from inbox where fate <> 'done'")
    assert row["code"] == "impostor-sequence"
    assert not (await rig.sql("hearer", "select waiting from stream where topic = $1", topic))[0][0]


async def test_replay_after_the_fault_is_mended_releases_in_order(rig: Stage, heeding: Callable[..., Any]) -> None:
    tally, topic = uuid4(), rig.services["hearer"].hears[0]
    await heeding(*(counted(topic, tally, n, BROKEN if n == 2 else n) for n in range(1, 6)))
    letter, *_ = await waiting_ids(rig, tally)
    engine = await rig.engine("hearer")
    assert await dead_letters.replay(engine, letter) == Replayed(letter, "parked", "handler-failed", 0, "RuntimeError")
    mended = await vary(rig, "hearer", lambda service: replace(service, reactions={}))
    assert await dead_letters.replay(mended, letter) == Replayed(letter, "done", None, 3)
    for again in (dead_letters.show, dead_letters.replay, dead_letters.discard):
        with pytest.raises(dead_letters.NotADeadLetter):
            await again(mended, letter)
    assert await sequences(rig, tally) == [1, 2, 3, 4, 5]
    assert (await verify(mended, "heard")).equal


async def test_only_the_first_obstacle_may_be_set_aside(rig: Stage, heeding: Callable[..., Any]) -> None:
    tally, topic = uuid4(), rig.services["hearer"].hears[0]
    await heeding(*(counted(topic, tally, n, BROKEN if n in (2, 4) else n) for n in range(1, 6)))
    second, third, *_ = await waiting_ids(rig, tally)
    engine = await rig.engine("hearer")
    with pytest.raises(dead_letters.NotFirst):
        await dead_letters.discard(engine, third)
    assert await dead_letters.discard(engine, second) == Replayed(second, "refused", "discarded", 1)
    assert await fates(rig, tally) == [
        (1, "done", None),
        (2, "refused", "discarded"),
        (3, "done", None),
        (4, "parked", "handler-failed"),
        (5, "held", "gap"),
    ]
    assert await sequences(rig, tally) == [1, 3], "what was set aside is in no row"
    assert (await verify(engine, "heard")).equal


async def test_one_that_arrives_during_a_replay_is_taken_after_it(rig: Stage, heeding: Callable[..., Any]) -> None:
    tally, topic = uuid4(), rig.services["hearer"].hears[0]
    await heeding(*(counted(topic, tally, n, BROKEN if n == 2 else n) for n in (1, 2, 3)))
    mended = await vary(rig, "hearer", lambda service: replace(service, reactions={}))
    letter, _ = await waiting_ids(rig, tally)
    async with locked(rig, tally) as queue:
        replaying = asyncio.ensure_future(dead_letters.replay(mended, letter))
        await queue(1)
        arriving = asyncio.ensure_future(heeding(counted(topic, tally, 4), by=mended))
        await queue(2)
    assert await replaying == Replayed(letter, "done", None, 1)
    assert await arriving == [(4, "done", None)]
    assert await sequences(rig, tally) == [1, 2, 3, 4]


async def test_a_replay_that_comes_after_the_healing_changes_nothing(rig: Stage, heeding: Callable[..., Any]) -> None:
    """The operator saw the letter waiting; the missing event came before the replay took the lock."""
    tally, topic = uuid4(), rig.services["hearer"].hears[0]
    await heeding(counted(topic, tally, 1), counted(topic, tally, 3))
    engine, [letter] = await rig.engine("hearer"), await waiting_ids(rig, tally)
    async with locked(rig, tally) as queue:
        arriving = asyncio.ensure_future(heeding(counted(topic, tally, 2)))
        await queue(1)
        replaying = [asyncio.ensure_future(dead_letters.replay(engine, letter)) for _ in range(2)]
        await queue(3)
    assert await arriving == [(2, "done", None), (3, "done", None)]
    assert [await each for each in replaying] == [Replayed(letter, "done", None, 0)] * 2
    assert await fates(rig, tally) == [(n, "done", None) for n in (1, 2, 3)]
    assert await answers(rig, tally) == 3
    assert (await verify(engine, "heard")).equal


@asynccontextmanager
async def locked(rig: Stage, tally: UUID) -> AsyncIterator[Callable[[int], Awaitable[Any]]]:
    """Holds the lock of a heard stream; the function given waits until so many others wait for it."""
    engine = await rig.engine("hearer")
    async with engine.database.owner() as connection, connection.transaction():
        await connection.execute("select 1 from stream where subject = $1 for update", f"tally/{tally}")

        async def queue(length: int) -> None:
            async def so_many() -> bool:
                waiting = await rig.sql(
                    "hearer",
                    "select count(distinct l.pid) from pg_locks l join pg_stat_activity a using (pid) "
                    "where not l.granted and a.datname = current_database()",
                )
                return waiting[0][0] >= length

            await until(so_many)

        yield queue


async def test_two_replays_of_a_record_without_a_stream_take_it_once(rig: Stage) -> None:
    """Nothing but the letter itself keeps two replays of an outsider's record apart."""
    topic = f"{INTAKE}somebody{rig.suffix}"
    faulty = Reaction(targets=lambda e: ["echo/" + str(SHARED)], react=failing)
    engine = await vary(
        rig,
        "hearer",
        lambda service: replace(service, intake=faulty),
        producers={f"somebody{rig.suffix}": ORGANISATION},
    )
    sent = with_header(replace(counted(topic, uuid4(), 1), topic=topic), "ce_source", "somewhere")
    async with engine.database.worker() as connection:
        await hear(engine, connection, [sent])
    [letter] = await rig.sql("hearer", "select id, fate, code from inbox")
    assert (letter["fate"], letter["code"]) == ("parked", "handler-failed")
    mended = await vary(
        rig,
        "hearer",
        lambda service: replace(service, intake=replace(faulty, react=echoing)),
        producers=engine.producers,
    )
    done = await asyncio.gather(*(dead_letters.replay(mended, letter["id"]) for _ in range(4)))
    assert {d.fate for d in done if d} == {"done"}
    assert [tuple(r) for r in await rig.sql("hearer", "select echoes from echo")] == [(1,)]


SHARED = uuid4()


def failing(_event: Envelope, _states: Mapping[str, Any]) -> list[Any]:
    raise RuntimeError("a handler with a fault in it")


def echoing(event: Envelope, _states: Mapping[str, Any]) -> list[Echo]:
    return [Echo(f"echo/{SHARED}", event.time, SHARED, 1)]


async def test_an_innocent_event_is_not_blamed_for_the_poison_behind_it(
    rig: Stage, heeding: Callable[..., Any]
) -> None:
    """The held third is one that only the database refuses; the second that releases it is taken all the same."""
    tally, topic = uuid4(), rig.services["hearer"].hears[0]
    await heeding(counted(topic, tally, 1), counted(topic, tally, 3, 10**30), counted(topic, tally, 4))
    await heeding(counted(topic, tally, 2))
    assert await fates(rig, tally) == [
        (1, "done", None),
        (2, "done", None),
        (3, "parked", "database-refused"),
        (4, "held", "gap"),
    ]
    engine, [letter, _] = await rig.engine("hearer"), await waiting_ids(rig, tally)
    assert await dead_letters.discard(engine, letter) == Replayed(letter, "refused", "discarded", 1)
    assert await sequences(rig, tally) == [1, 2, 4]


async def test_what_a_crash_left_waiting_behind_nothing_is_taken_all_the_same(
    rig: Stage, heeding: Callable[..., Any]
) -> None:
    """A discard commits before what it releases is taken; a process may die in between."""
    tally, topic = uuid4(), rig.services["hearer"].hears[0]
    await heeding(*(counted(topic, tally, n, BROKEN if n == 1 else n) for n in (1, 2, 3)))
    await rig.sql("hearer", "update inbox set fate = 'refused', code = 'discarded' where sequence = 1")
    await rig.sql("hearer", "update stream set prior = 0, sequence = 1 where subject = $1", f"tally/{tally}")
    assert [taken async for taken in dead_letters.release(await rig.engine("hearer"))] == [2]
    assert await sequences(rig, tally) == [2, 3]
    assert await waiting_ids(rig, tally) == []


async def test_a_reaction_that_touches_what_it_did_not_name_is_parked(rig: Stage, heeding: Callable[..., Any]) -> None:
    """Otherwise it would append to a stream that it has not locked, and be tried again for ever."""
    topic, first = rig.services["hearer"].hears[0], uuid4()
    unnamed = Reaction(targets=lambda e: [], react=lambda e, s: [Echo(f"echo/{SHARED}", e.time, SHARED, 1)])
    by = await vary(rig, "hearer", lambda service: replace(service, reactions={Counted.type(): unnamed}))
    assert await heeding(counted(topic, first, 1), by=by) == [(1, "parked", "handler-failed")]
    assert await sequences(rig, first) == []


async def test_an_event_of_one_organisation_says_nothing_on_a_subject_of_another(
    rig: Stage, heeding: Callable[..., Any]
) -> None:
    ours, theirs, topic = uuid4(), uuid4(), rig.services["hearer"].hears[0]
    await heeding(counted(topic, ours, 1, shared_with=SHARED))
    told = await heeding(counted(topic, theirs, 1, shared_with=SHARED, organisation="SC099999"))
    assert told == [(1, "refused", "not-found")]
    echoes = await rig.sql("hearer", "select id, organisation, total from echo order by organisation")
    assert [tuple(row) for row in echoes] == [(SHARED, ORGANISATION, 1), (theirs, "SC099999", -1)]


async def test_a_refusal_is_told_once_however_often_it_is_heard(rig: Stage, heeding: Callable[..., Any]) -> None:
    tally, topic = uuid4(), rig.services["hearer"].hears[0]
    unlucky = counted(topic, tally, 1, REFUSED)
    assert await heeding(unlucky, unlucky) == [(1, "refused", "unlucky"), (1, "duplicate", None)]
    assert await heeding(unlucky) == [(1, "duplicate", None)]
    assert await heeding(counted(topic, tally, 2)) == [(2, "done", None)]
    said = await rig.sql("hearer", "select causation_id from journal")
    assert len(said) == 2
    assert header(unlucky, "ce_id") in {str(row["causation_id"]) for row in said}
    assert await sequences(rig, tally) == [1, 2]


def _unlucky_again(event: Envelope, _: Refusal) -> Any:
    return [Echo(target, event.time, SHARED, number) for target in targets(event) for number in (1, REFUSED)]


def _unnamed(event: Envelope, _: Refusal) -> Any:
    return [Echo(f"echo/{SHARED}", event.time, SHARED, 1)]


def _broken(event: Envelope, refusal: Refusal) -> Any:
    raise RuntimeError(refusal.code)


@pytest.mark.parametrize("wrongly", [_unlucky_again, _unnamed, _broken])
async def test_a_refusal_that_cannot_be_told_is_parked_and_told_once_mended(
    rig: Stage, heeding: Callable[..., Any], wrongly: Any
) -> None:
    tally, topic = uuid4(), rig.services["hearer"].hears[0]
    by = await vary(
        rig,
        "hearer",
        lambda service: replace(service, reactions={Counted.type(): Reaction(targets, react, wrongly)}),
    )
    assert await heeding(counted(topic, tally, 1, REFUSED), by=by) == [(1, "parked", "handler-failed")]
    assert (await answers(rig, tally), await sequences(rig, tally)) == (0, [])
    mended = await vary(
        rig,
        "hearer",
        lambda service: replace(service, reactions={Counted.type(): Reaction(targets, react, refused)}),
    )
    (letter,) = await waiting_ids(rig, tally)
    assert await dead_letters.replay(mended, letter) == Replayed(
        letter, "refused", "unlucky", 0, "There is no echo of thirteen."
    )
    assert (await answers(rig, tally), await sequences(rig, tally)) == (1, [1])


async def test_a_type_learnt_later_is_taken_by_itself_in_order(rig: Stage, heeding: Callable[..., Any]) -> None:
    tally, topic = uuid4(), rig.services["hearer"].hears[0]
    unknown = with_header(counted(topic, tally, 2, 7), "ce_type", "kith.counted.v2")
    twice = with_header(counted(topic, tally, 4, 7), "ce_type", "kith.counted.v2")
    await heeding(counted(topic, tally, 1), unknown, counted(topic, tally, 3), twice, counted(topic, tally, 5))
    assert [code for _, _, code in await fates(rig, tally)] == [None, "unknown-type", "gap", "unknown-type", "gap"]
    knows = Words({**WORDS.types, "kith.counted.v2": Counted})
    engine = await vary(rig, "hearer", lambda service: replace(service, registry=knows))
    await dead_letters.replay_known(engine)
    assert await sequences(rig, tally) == [1, 2, 3, 4, 5]
    assert {fate for _, fate, _ in await fates(rig, tally)} == {"done"}


async def test_an_urgent_record_that_waits_is_marked_urgent_even_when_nothing_else_of_it_can_be_read(
    rig: Stage, heeding: Callable[..., Any]
) -> None:
    topic = rig.services["hearer"].hears[0]
    alarm = [with_header(counted(topic, uuid4(), n), "ce_type", "kith.alarmed.v1") for n in (1, 2, 1, 1, 1)]
    await heeding(
        alarm[0],
        alarm[1],
        with_header(alarm[2], "ce_time", None),
        without_header(alarm[3], "ce_id"),
        replace(alarm[4], headers=(*alarm[4].headers, ("ce_type", b"kith.counted.v1"))),
        replace(counted(topic, uuid4(), 1), body=b"{"),
    )
    letters = await dead_letters.list_parked(
        await rig.engine("hearer"), topic=None, code=None, fate=None, after=0, limit=100
    )
    assert [letter["urgent"] for letter in letters] == [True] * 5 + [False]


async def test_a_deadline_whose_handler_fails_is_parked_once_and_can_be_replayed(rig: Stage) -> None:
    def faulty(subject: str, name: str, now: datetime) -> Any:
        raise RuntimeError("a handler with a fault in it")

    def with_due(due: Any) -> Callable[[Service], Service]:
        return lambda service: replace(service, aggregates=(replace(service.aggregates[0], due=due),))

    tally, healthy = uuid4(), uuid4()
    engine = await vary(rig, "teller", with_due(faulty))
    when = engine.clock.now()
    for each in (tally, healthy):
        await rig.count(each, 1, note=f"remind visit {when.isoformat()}")
    stopping = asyncio.Event()
    keeping = asyncio.ensure_future(keep_deadlines(engine, Health(), stopping))
    try:
        letters = await until(lambda: both_parked(rig))
        assert await rig.sql("teller", "select * from deadline") == []
    finally:
        stopping.set()
        engine.due.set()
        await keeping
    mended = await vary(rig, "teller", with_due(lambda subject, name, now: [Remind(subject, now, name)]))
    for letter in letters:
        assert await dead_letters.replay(mended, letter) == Replayed(letter, "done", None, 0)
    rows = await rig.sql("teller", "select reminded from tally")
    assert [row[0] for row in rows] == [["visit"], ["visit"]]


async def both_parked(rig: Stage) -> list[int]:
    rows = await rig.sql("teller", "select id from inbox where topic = 'clock' and fate = 'parked'")
    return [row[0] for row in rows] if len(rows) == 2 else []


async def test_the_breaker_of_one_topic_opens_and_tries_again(
    rig: Stage, ground: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(breaker, "TRY_AGAIN_SECONDS", 3.0)
    good_topic, bad_topic = rig.services["hearer"].hears[0], f"kith.other{rig.suffix}"
    await make_topics(ground.bootstrap, [bad_topic])
    engine = await vary(rig, "hearer", lambda service: replace(service, hears=(good_topic, bad_topic)))
    async with producing(ground) as producer, rig.hearing() as health:
        health.migrated()
        spoilt = [replace(counted(bad_topic, uuid4(), 1), body=b"{") for _ in range(150)]
        await send(producer, spoilt)
        await until(lambda: opened(engine, bad_topic), 60)
        assert not health.judgement().consume
        assert health.judgement().live
        assert f"The breaker of {bad_topic} is open: nearly everything there parks." in health.judgement().reasons

        tally = uuid4()
        last = (await send(producer, [counted(good_topic, tally, n) for n in range(1, 4)]))[-1]
        behind = (await send(producer, [counted(bad_topic, uuid4(), 1) for _ in range(3)]))[-1]
        await heard_up_to(rig, last)
        assert await sequences(rig, tally) == [1, 2, 3]
        assert not await opened(engine, good_topic)

        await heard_up_to(rig, behind)
        await until(lambda: closed(engine, bad_topic))
        assert health.judgement().consume


async def test_a_header_name_that_is_not_text_stops_nothing(rig: Stage, ground: Cluster) -> None:
    """Clients in C send any bytes as a name, and aiokafka's own reader stumbles over it before anybody hears of it."""
    topic, tally, other = rig.services["hearer"].hears[0], uuid4(), uuid4()
    raw = b"ce_\xff\xfe\x80"
    bad = with_header(counted(topic, tally, 2), "ce_" + "~" * 3, b"\xff")
    async with producing(ground) as producer, rig.hearing():
        await send(producer, [counted(topic, tally, 1)])
        await send_bytes(producer, bad, b"ce_~~~", raw)
        last = (await send(producer, [counted(topic, other, 1), counted(topic, tally, 2)]))[-1]
        await heard_up_to(rig, last)
    [row] = await rig.sql("hearer", "select * from inbox where fate = 'parked'")
    assert row["code"] == "header-not-text"
    assert raw.decode("utf-8", "surrogateescape") in dict(unpack(row["headers"]))
    assert await sequences(rig, tally) == [1, 2]
    assert await sequences(rig, other) == [1]
    shown = await dead_letters.show(await rig.engine("hearer"), row["id"])
    assert shown is not None
    assert "ce_\\xff\\xfe\\x80" in dict(shown["headers"])


async def send_bytes(producer: AIOKafkaProducer, record: Record, old: bytes, new: bytes) -> None:
    """Sends the record with some of its bytes changed on their way, and the checksum made right again."""
    batch = producer.create_batch()
    batch.append(key=record.key, value=record.body, timestamp=None, headers=list(record.headers))
    batch.close()
    data = bytearray(batch._build())
    assert data.count(old) == 1
    data[:] = bytes(data).replace(old, new)
    data[17:21] = calc_crc32c(bytes(data[21:])).to_bytes(4, "big")
    batch._buffer = data
    await (await producer.send_batch(batch, record.topic, partition=0))


async def opened(engine: Engine, topic: str) -> bool:
    return engine.metrics.breaker_open.labels(topic)._value.get() == 1


async def closed(engine: Engine, topic: str) -> bool:
    return not await opened(engine, topic)
