"""Whatever the order, the repetition, the batches and the forgeries: each event is taken exactly once, in sequence.

The judgement is the runtime's own; what stands around it here is a model of the hearing transaction in dictionaries.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.runtime.breaker import LEAST, Breaker
from shared.runtime.inbox import HeardStream, Verdict, judge, runs, unproven
from shared.runtime.reading import Reading, read
from shared.runtime.wire import Headers, Record, pack, unpack
from tests.rig.language import WORDS
from tests.rig.plans import Plan, expected, forged, plans, records_of, summary, totals

TOPIC = "kith.teller"


@dataclass
class Memory:
    """What a hearer's database would hold."""

    streams: dict[tuple[str, str], HeardStream] = field(default_factory=dict)
    inbox: list[Verdict] = field(default_factory=list)
    rows: dict[UUID, tuple[list[int], int]] = field(default_factory=dict)

    def hear(self, records: Sequence[Record]) -> None:
        """One hearing transaction."""
        readings = [read(record, WORDS, {}) for record in records]
        for (topic, subject), (organisation, _, _) in runs(readings).items():
            new = HeardStream(len(self.streams) + 1, topic, subject, organisation, 0, waiting=False, stored=(0, False))
            self.streams.setdefault((topic, subject), new)
        suspects = unproven(readings, self.streams)
        held = {v.reading.event_id: v.reading.record for v in self.inbox if v.claims and v.reading.event_id}
        if any(r.event_id in held for r in readings):
            # The unique index would refuse the batch, and every id would be looked up.
            suspects = {r.event_id for r in readings if r.event_id}
        known = {event_id: record for event_id, record in held.items() if event_id in suspects}
        for reading in readings:
            self.take(reading, known)

    def take(self, reading: Reading, known: dict[UUID, Record]) -> None:
        stream = self.streams.get((reading.record.topic, reading.subject)) if reading.subject else None
        verdict = judge(reading, stream, known)
        if verdict.fate == "duplicate":
            return
        if verdict.claims and reading.event_id:
            known[reading.event_id] = reading.record
        self.inbox.append(verdict)
        if verdict.fate == "done" and stream is not None and reading.envelope is not None:
            stream.sequence += 1
            tally = UUID(stream.subject.partition("/")[2])
            sequences, total = self.rows.get(tally, ([], 0))
            self.rows[tally] = ([*sequences, reading.sequence or 0], total + reading.envelope.data.number)
            following = [
                v
                for v in self.inbox
                if v.claims and v.fate == "held" and v.stream == stream.id and v.reading.sequence == stream.sequence + 1
            ]
            for waited in following:
                self.inbox.remove(waited)
                known.pop(waited.reading.event_id, None) if waited.reading.event_id else None
                self.take(waited.reading, known)

    def fates(self, subject: str) -> list[tuple[int, str]]:
        """The fates of those of the subject that are believed, by sequence."""
        mine = [v for v in self.inbox if v.claims and v.reading.subject == subject]
        return sorted((v.reading.sequence or 0, v.fate) for v in mine)


@settings(max_examples=100, deadline=None)
@given(plans())
def test_any_order_repetition_batching_and_forgery_come_to_the_same(plan: Plan) -> None:
    memory = Memory()
    tallies, batches = records_of(plan, TOPIC)
    for batch in batches:
        memory.hear(batch)
    assert {n: memory.fates(f"tally/{tally}") for n, tally in tallies.items()} == expected(plan)
    assert summary(memory.rows, tallies) == totals(plan)
    assert sum(v.fate == "parked" and not v.claims for v in memory.inbox) == forged(plan)


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
    assert {n: memory.fates(f"tally/{tally}") for n, tally in tallies.items()} == expected(plan)
    assert summary(memory.rows, tallies) == totals(plan)


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
