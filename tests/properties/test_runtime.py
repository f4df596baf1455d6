"""Whatever the order, the repetition, the batches and the forgeries: each event is taken exactly once, in sequence.

The judgement and the batch are the runtime's own; around them stands a database of dictionaries.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.runtime.batch import Batch
from shared.runtime.breaker import LEAST, Breaker
from shared.runtime.decisions import Stream
from shared.runtime.engine import make_engine
from shared.runtime.inbox import HeardStream, Verdict, judge, runs, unproven
from shared.runtime.reacting import named
from shared.runtime.reading import Reading, read
from shared.runtime.settings import Settings
from shared.runtime.wire import Headers, Record, pack, unpack
from tests.rig.hearer import hearer
from tests.rig.language import WORDS
from tests.rig.plans import Plan, expected, forged, plans, records_of, totals

SERVICE = hearer("")
TOPIC = SERVICE.hears[0]
ENGINE = make_engine(SERVICE, Settings(service="hearer"), {})


@dataclass
class Kept:
    """One inbox row."""

    record: Record
    verdict: Verdict


@dataclass
class Memory:
    """What a hearer's database would hold, and one hearing transaction over it as `hearing` does it."""

    streams: dict[tuple[str, str], tuple[int, int, str, bool]] = field(default_factory=dict)
    inbox: dict[int, Kept] = field(default_factory=dict)
    rows: dict[int, dict[str, Any]] = field(default_factory=dict)
    own: dict[str, Stream] = field(default_factory=dict)

    def hear(self, records: Sequence[Record]) -> None:
        """Takes the batch; what was not shown to be new is looked up, as a unique index would insist."""
        readings = [read(record, WORDS, {}) for record in records]
        streams = {}
        for number, ((topic, subject), (organisation, _, _)) in enumerate(
            runs(readings).items(), 1 + max((number for number, *_ in self.streams.values()), default=0)
        ):
            number, at, owner, waits = self.streams.get((topic, subject), (number, 0, organisation, False))
            streams[topic, subject] = HeardStream(number, topic, subject, owner, at, waits, stored=(at, waits))
        suspects = unproven(readings, streams)
        taken = {k.verdict.reading.identity: k.record for k in self.inbox.values() if k.verdict.claims}
        if any(r.identity in taken and r.identity not in suspects for r in readings if r.identity):
            suspects = {r.identity for r in readings if r.identity}
        waiting = self.behind(streams, readings)
        everything = [*readings, *(r for some in waiting.values() for r in some)]
        subjects = named(ENGINE, everything)
        batch = Batch(
            engine=ENGINE,
            spoilt=None,
            streams=streams,
            known={identity: record for identity, record in taken.items() if identity in suspects},
            waiting=waiting,
            rows={s.id: self.rows[s.id] for s in streams.values() if s.id in self.rows},
            own={subject: self.own[subject] for subject in subjects if subject in self.own},
            named=subjects,
        )
        for reading in readings:
            batch.take(reading)
        self.keep(batch)

    def behind(
        self, streams: dict[tuple[str, str], HeardStream], readings: Sequence[Reading]
    ) -> dict[tuple[int, int], list[Reading]]:
        """What waits behind the streams that may move on."""
        moving = {
            s.id: s
            for r in readings
            if (s := streams.get((r.record.topic, r.subject or ""))) and s.waiting and r.sequence == s.sequence + 1
        }
        for s in moving.values():
            s.waiting = False
        found: dict[tuple[int, int], list[Reading]] = {}
        for kept in self.inbox.values():
            if kept.verdict.stream in moving and kept.verdict.fate in ("held", "parked") and kept.verdict.claims:
                reading = read(kept.record, WORDS, {})
                found.setdefault((kept.verdict.stream, reading.sequence or 0), []).append(reading)
        return found

    def keep(self, batch: Batch) -> None:
        """The commit."""
        batch.misjudged()
        for verdict in batch.verdicts:
            if verdict.fate != "duplicate":
                record = verdict.reading.record
                number = record.inbox_id or len(self.inbox) + 1
                self.inbox[number] = Kept(record._replace(inbox_id=number), verdict)
        for key, s in batch.streams.items():
            self.streams[key] = (s.id, s.sequence, s.organisation, s.waiting)
        self.rows |= batch.rows
        self.own |= batch.own

    def fates(self, subject: str) -> list[tuple[int, str]]:
        """The fates of those of the subject that are believed, by sequence."""
        mine = [k.verdict for k in self.inbox.values() if k.verdict.claims and k.verdict.reading.subject == subject]
        return sorted((v.reading.sequence or 0, v.fate) for v in mine)

    def agrees(self, plan: Plan, tallies: Mapping[int, UUID]) -> None:
        """Asserts that it is as the straight run would have left it."""
        assert {n: self.fates(f"tally/{tally}") for n, tally in tallies.items()} == expected(plan)
        rows = [row for kept in self.rows.values() for table, row in kept.items() if row and table == "heard"]
        heard = {row.id: row for row in rows}
        told = {n: (list(heard[t].sequences), heard[t].total) for n, t in tallies.items() if t in heard}
        assert told == totals(plan)
        said = {n: self.own[f"echo/{t}"].sequence for n, t in tallies.items() if f"echo/{t}" in self.own}
        assert said == {n: len(sequences) for n, (sequences, _) in told.items()}, "each was answered once"
        waits = {key[1]: waiting for key, (_, _, _, waiting) in self.streams.items()}
        for number, tally in tallies.items():
            left = any(fate in ("held", "parked") for _, fate in expected(plan)[number])
            assert waits[f"tally/{tally}"] == left


@settings(max_examples=100, deadline=None)
@given(plans())
def test_any_order_repetition_batching_and_forgery_come_to_the_same(plan: Plan) -> None:
    memory = Memory()
    tallies, batches = records_of(plan, TOPIC)
    for batch in batches:
        memory.hear(batch)
    memory.agrees(plan, tallies)
    assert sum(not kept.verdict.claims for kept in memory.inbox.values()) == forged(plan)


@settings(max_examples=40, deadline=None)
@given(plans(), st.data())
def test_what_is_read_again_from_any_point_changes_nothing(plan: Plan, data: st.DataObject) -> None:
    """A crash before the commit, or a topic read from an earlier place: the same batches come again."""
    memory = Memory()
    tallies, batches = records_of(plan, TOPIC)
    done = 0
    while done < len(batches):
        for again in batches[data.draw(st.integers(0, done), label="from") : done + 1]:
            memory.hear(again)
        done += 1
    memory.agrees(plan, tallies)


NAMES = st.one_of(
    st.sampled_from(["ce_id", "ce_type", "ce_source", "ce_subject", "ce_sequence", "ce_time", "content-type"]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    st.binary(max_size=8).map(lambda raw: raw.decode("utf-8", "surrogateescape")),
)
HEADERS = st.lists(st.tuples(NAMES, st.none() | st.binary(max_size=20)), max_size=16).map(tuple)


@given(HEADERS)
def test_headers_are_kept_exactly(headers: Headers) -> None:
    assert unpack(pack(headers)) == headers


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([TOPIC, "kith.intake.somebody", "http"]),
    st.none() | st.binary(max_size=20),
    HEADERS,
    st.none() | st.binary(max_size=60),
    plans(tallies=1, events=1, extras=0),
)
def test_any_bytes_have_a_reading(
    topic: str, key: bytes | None, headers: Headers, body: bytes | None, plan: Plan
) -> None:
    """From nothing at all, and from a good record with some of it overwritten."""
    _, [[good]] = records_of(plan, topic)
    names = {name for name, _ in headers}
    mixed = (*((n, v) for n, v in good.headers if n not in names), *headers)
    for record in (
        Record(topic, 0, 0, key, headers, body),
        Record(topic, 0, 0, good.key, mixed, good.body),
        Record(topic, 0, 0, good.key, good.headers, body),
    ):
        reading = read(record, WORDS, {"somebody": "SC000001"})
        assert (reading.envelope is None) == (reading.code is not None)
        assert reading.detail is None or reading.detail.isprintable()
        assert reading.type is None or reading.type.isprintable()
        verdict = judge(reading, None if reading.subject is None else a_stream(reading), {})
        assert verdict.fate in ("done", "parked", "held")


def a_stream(reading: Reading) -> HeardStream:
    return HeardStream(
        1, reading.record.topic, reading.subject or "", reading.organisation or "", 0, waiting=False, stored=(0, False)
    )


@given(st.lists(st.tuples(st.lists(st.booleans(), max_size=40), st.floats(0, 90)), max_size=30))
def test_a_breaker_opens_for_its_own_topic_alone_and_never_while_one_in_five_is_well(
    turns: list[tuple[list[bool], float]],
) -> None:
    breaker, now = Breaker(), 0.0
    for fates, later in turns:
        now += later
        well = [False] * (len(fates) // 4 + 1)
        assert breaker.note({"well": [*well, *fates]}, now) == []
        assert breaker.note({"ill": [True] * LEAST}, now) == ["ill"]
        assert breaker.is_open("ill", now)
        assert not breaker.is_open("well", now)
        assert not breaker.is_open("unheard", now)
