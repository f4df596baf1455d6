"""Hostile records between good ones: every good one takes effect, every bad one is kept whole with its fate."""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.record.util import calc_crc32c

from deploy.embedded import Cluster
from shared.runtime import dead_letters
from shared.runtime.envelope import Envelope
from shared.runtime.projections import verify
from shared.runtime.service import Projection, Service
from shared.runtime.wire import Record, unpack
from tests.rig.hearer import BROKEN, REFUSED
from tests.rig.heeding import answers, fates, heard_up_to, producing, sequences
from tests.rig.records import counted, header, send, with_header, without_header
from tests.rig.stage import Stage, make_topics
from tests.rig.varied import varied

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
    return Case(name, lambda _, good: good._replace(body=raw), fate, code)


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
    spoilt("no headers at all", lambda good: good._replace(headers=()), "header-missing"),
    *(
        Case(
            f"a doubled {name}",
            lambda _, good, name=name: good._replace(headers=(*good.headers, (name, dict(good.headers)[name]))),
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
    spoilt("a key that is not the subject", lambda good: good._replace(key=b"other"), "key-not-subject"),
    spoilt("no key", lambda good: good._replace(key=None), "key-not-subject"),
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
