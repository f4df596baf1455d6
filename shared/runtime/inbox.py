"""What becomes of a record: the judgement that makes every event heard once, in order, and nothing lost."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from shared.runtime.reading import Identity, Reading
from shared.runtime.wire import Record, unpack

Fate = Literal["done", "refused", "held", "parked", "duplicate"]
SETTLED = ("done", "refused")
"""The fates that are final."""
WAITING = ("held", "parked")
"""The fates of dead letters."""


@dataclass(slots=True)
class HeardStream:
    """One subject of another owner under the lock of a batch's transaction, which moves it on as it takes events."""

    id: int
    topic: str
    subject: str
    organisation: str
    sequence: int
    waiting: bool
    stored: tuple[int, bool]
    """What its row says now of the sequence and of waiting events; written again only if it ends otherwise."""


class Verdict(NamedTuple):
    """A reading and what became of it; `claims` is False where the identity it claims is not believed."""

    reading: Reading
    fate: Fate
    code: str | None = None
    detail: str | None = None
    stream: int | None = None
    claims: bool = True


def is_copy(one: Record, other: Record) -> bool:
    """Whether two records are the same, byte for byte, wherever they stand."""
    return one.body == other.body and one.key == other.key and one.headers == other.headers


def judge(reading: Reading, stream: HeardStream | None, known: Mapping[Identity, Record]) -> Verdict:
    """The fate of a reading if nothing goes wrong in taking it; `stream` is None where there is no order to keep, and
    `known` are the records taken before under the ids that may not be new.

    An exact copy is a duplicate, and so is whatever comes under the id of a record that was destroyed, since nobody can
    tell any more; a known id with other bytes, or a known sequence with another id, is an impostor and parked without
    the identity it claims; the next in sequence is to be taken; a later one is held.
    """
    if reading.identity is None:
        return Verdict(reading, "parked", reading.code, reading.detail, claims=False)
    earlier = known.get(reading.identity)
    if earlier is not None and (earlier.inbox_id is None or earlier.inbox_id != reading.record.inbox_id):
        if earlier.destroyed:
            return Verdict(reading, "duplicate", "first-destroyed")
        if is_copy(earlier, reading.record):
            return Verdict(reading, "duplicate")
        return Verdict(reading, "parked", "impostor-id", "the event id was heard with other bytes", claims=False)
    if stream is None:
        return Verdict(reading, "parked" if reading.code else "done", reading.code, reading.detail)
    if reading.organisation != stream.organisation:
        detail = "the subject belongs to another organisation"
        return Verdict(reading, "parked", "organisation-mismatch", detail, claims=False)
    assert reading.sequence is not None
    if reading.sequence <= stream.sequence:
        detail = f"sequence {reading.sequence} of this subject was heard under another id"
        return Verdict(reading, "parked", "impostor-sequence", detail, claims=False)
    if reading.code is not None:
        return Verdict(reading, "parked", reading.code, reading.detail, stream.id)
    if reading.sequence > stream.sequence + 1:
        detail = f"sequence {stream.sequence + 1} has not been taken yet"
        return Verdict(reading, "held", "gap", detail, stream.id)
    return Verdict(reading, "done", stream=stream.id)


def unproven(readings: Iterable[Reading], streams: Mapping[tuple[str, str], HeardStream]) -> set[Identity]:
    """The identities that must be looked up before judging: those not shown to be new by being next in sequence."""
    ids = set()
    expected: dict[tuple[str, str], int] = {}
    for reading in readings:
        if reading.identity is None:
            continue
        key = (reading.record.topic, reading.subject or "")
        if reading.sequence is None or key not in streams:
            ids.add(reading.identity)
            continue
        following = expected.setdefault(key, streams[key].sequence + 1)
        if reading.sequence == following:
            expected[key] = following + 1
        else:
            ids.add(reading.identity)
    return ids


def record_of(row: Any) -> Record:
    """The record that an inbox row keeps, its bytes as they stand there."""
    return Record(
        row["topic"],
        row["partition"],
        row["offset"],
        row["key"],
        unpack(row["headers"]),
        row["body"],
        row["id"],
    )


def runs(readings: Iterable[Reading]) -> dict[tuple[str, str], tuple[str, int, int]]:
    """Each heard stream's organisation, and from and to where the batch would move it if nothing were amiss."""
    found: dict[tuple[str, str], tuple[str, int, int]] = {}
    for reading in readings:
        if reading.sequence is None or reading.subject is None or reading.organisation is None:
            continue
        key = (reading.record.topic, reading.subject)
        organisation, prior, last = found.get(key, (reading.organisation, reading.sequence - 1, reading.sequence - 1))
        found[key] = (organisation, prior, last + (reading.sequence == last + 1))
    return found
