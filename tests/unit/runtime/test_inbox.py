"""What becomes of a record: each judgement, and what has to be looked up before it."""

from uuid import UUID, uuid4

import pytest

from shared.runtime.inbox import HeardStream, Verdict, is_copy, judge, record_of, runs, unproven
from shared.runtime.reading import Reading, read
from shared.runtime.wire import Record, pack
from tests.rig.language import WORDS
from tests.rig.records import counted, with_header, without_header
from tests.rig.stage import ORGANISATION

TOPIC = "kith.teller"
TALLY = uuid4()


def stream(at: int, organisation: str = ORGANISATION) -> HeardStream:
    """The tally's stream, at that sequence."""
    return HeardStream(7, TOPIC, f"tally/{TALLY}", organisation, at, waiting=False, stored=(at, False))


def reading(record: Record) -> Reading:
    return read(record, WORDS, {"somebody": ORGANISATION})


def said(sequence: int, event_id: UUID | None = None) -> Record:
    return counted(TOPIC, TALLY, sequence, event_id=event_id)


@pytest.mark.parametrize(
    ("record", "at", "fate", "code", "claims"),
    [
        (said(4), 3, "done", None, True),
        (said(5), 3, "held", "gap", True),
        (said(1), 0, "done", None, True),
        (said(2), 0, "held", "gap", True),
        (said(3), 3, "parked", "impostor-sequence", False),
        (said(1), 3, "parked", "impostor-sequence", False),
        (said(4)._replace(body=b"{"), 3, "parked", "body-invalid", True),
        (said(9)._replace(body=b"{"), 3, "parked", "body-invalid", True),
        (said(3)._replace(body=b"{"), 3, "parked", "impostor-sequence", False),
        (with_header(said(4), "ce_type", "kith.whistled.v1"), 3, "parked", "unknown-type", True),
        (with_header(said(4), "ce_organisation", "SC099999"), 3, "parked", "organisation-mismatch", False),
        (with_header(said(9), "ce_organisation", "SC099999"), 3, "parked", "organisation-mismatch", False),
        (without_header(said(4), "ce_id"), 3, "parked", "header-missing", False),
    ],
)
def test_a_new_record_is_taken_held_or_parked_by_its_place_in_the_sequence(
    record: Record, at: int, fate: str, code: str | None, claims: bool
) -> None:
    verdict = judge(reading(record), stream(at), {})
    assert (verdict.fate, verdict.code, verdict.claims) == (fate, code, claims)
    assert (verdict.stream == 7) == claims


def test_an_exact_copy_is_a_duplicate_wherever_its_first_stands() -> None:
    one = said(2)._replace(partition=0, offset=5)
    verdict = judge(reading(one._replace(partition=1, offset=9)), stream(3), {reading(one).identity: one})  # type: ignore[dict-item]
    assert verdict.fate == "duplicate"


@pytest.mark.parametrize(
    "change",
    [
        lambda r: r._replace(body=(r.body or b"") + b" "),
        lambda r: r._replace(headers=(*r.headers, ("more", b""))),
        lambda r: r._replace(headers=r.headers[::-1]),
        lambda r: with_header(r, "ce_sequence", "9"),
    ],
    ids=["the body", "one more header", "the order of the headers", "the sequence"],
)
@pytest.mark.parametrize("at", [1, 2, 3])
def test_a_known_id_with_other_bytes_is_an_impostor_even_in_the_right_place(change, at: int) -> None:
    one = said(2)
    known = {reading(one).identity: one}
    verdict = judge(reading(change(one)), stream(at), known)  # type: ignore[arg-type]
    assert (verdict.fate, verdict.code, verdict.claims) == ("parked", "impostor-id", False)


def test_whatever_comes_under_the_id_of_a_record_that_was_destroyed_is_taken_for_its_copy() -> None:
    one = with_header(said(1)._replace(topic="kith.intake.somebody"), "ce_source", "/forms")
    known = {reading(one).identity: one._replace(body=b"sealed", destroyed=True)}
    for later in (one, one._replace(body=b"{}")):
        verdict = judge(reading(later), None, known)  # type: ignore[arg-type]
        assert (verdict.fate, verdict.code) == ("duplicate", "first-destroyed")


def test_what_is_read_again_from_the_inbox_is_no_copy_of_itself() -> None:
    letter = said(4)._replace(inbox_id=12)
    known = {reading(letter).identity: letter}
    assert judge(reading(letter), stream(3), known).fate == "done"  # type: ignore[arg-type]
    other = letter._replace(inbox_id=13)
    assert judge(reading(other), stream(3), known).fate == "duplicate"  # type: ignore[arg-type]


def test_without_an_order_only_the_id_and_the_reading_count() -> None:
    record = with_header(said(1)._replace(topic="kith.intake.somebody"), "ce_source", "/forms")
    good = reading(record)
    assert (good.sequence, good.event_id is not None) == (None, True)
    assert judge(good, None, {}) == Verdict(good, "done", None, None)
    assert judge(good, None, {good.identity: record}).fate == "duplicate"  # type: ignore[dict-item]
    bad = reading(record._replace(body=None))
    assert (judge(bad, None, {}).fate, judge(bad, None, {}).code) == ("parked", "tombstone")


def test_a_copy_is_the_same_in_key_headers_and_body() -> None:
    one = said(1)
    assert is_copy(one, one._replace(offset=99, partition=2, inbox_id=5))
    assert not is_copy(one, one._replace(key=b"other"))
    assert not is_copy(one, one._replace(body=None))
    assert not is_copy(one, one._replace(headers=()))


def test_only_what_is_next_in_its_sequence_is_shown_to_be_new() -> None:
    streams = {(TOPIC, f"tally/{TALLY}"): stream(3)}
    batch = [reading(said(n)) for n in (4, 5, 7, 6, 5, 3)]
    ids = [r.identity for r in batch]
    # 6 follows 5 as well: what stood between them changes nothing of what was expected.
    assert unproven(batch, streams) == {ids[2], ids[4], ids[5]}
    assert unproven(batch, {}) == set(ids)
    assert unproven([reading(without_header(said(4), "ce_id"))], streams) == set()


def test_a_batch_moves_each_stream_as_far_as_it_goes_without_a_gap() -> None:
    other = uuid4()
    batch = [said(4), counted(TOPIC, other, 9), said(5), said(7), without_header(said(6), "ce_id"), said(6)]
    assert runs(map(reading, batch)) == {
        (TOPIC, f"tally/{TALLY}"): (ORGANISATION, 3, 6),
        (TOPIC, f"tally/{other}"): (ORGANISATION, 8, 9),
    }


def test_a_row_gives_back_the_record_that_came() -> None:
    one = said(1)._replace(headers=(*said(1).headers, ("x", None), ("x", b"\xff")), offset=3, inbox_id=8)
    row = {
        "id": 8,
        "topic": one.topic,
        "partition": one.partition,
        "offset": one.offset,
        "key": one.key,
        "headers": pack(one.headers),
        "body": one.body,
    }
    assert record_of(row) == one
