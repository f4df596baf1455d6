"""Events as records and back: every byte kept, every reading total."""

from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from asyncpg.exceptions import _base as exceptions

from shared.runtime.database import is_transient
from shared.runtime.envelope import Envelope
from shared.runtime.reading import intake_id, read
from shared.runtime.wire import Record, digest, headers_of, pack, unpack
from tests.rig.language import WORDS, Counted, Words
from tests.rig.records import SAID_AT, counted, header, with_header, without_header
from tests.rig.stage import ORGANISATION

TOPIC = "kith.teller"


def test_what_is_said_is_what_is_read() -> None:
    event = Envelope(
        id=uuid4(),
        type=Counted.type(),
        source=TOPIC,
        subject=f"tally/{uuid4()}",
        time=SAID_AT,
        recorded_at=SAID_AT,
        organisation=ORGANISATION,
        sequence=3,
        actor_role="counter",
        correlation_id=uuid4(),
        causation_id=uuid4(),
        traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        data=Counted(number=5, note="é\u2028\U0001f600"),
    )
    record = Record(TOPIC, 0, 0, event.subject.encode(), tuple(headers_of(event)), WORDS.encode(event.data))
    assert read(record, WORDS, {}).envelope == event
    assert headers_of(event) == headers_of(event)
    assert dict(record.headers)["ce_dataschema"] == b"/schemas/counted/v1"


@pytest.mark.parametrize(
    "headers",
    [
        (),
        (("a", None), ("a", b""), ("a", b"\x00\xff")),
        (("", b""), ("\udcff\udcfe", b"x")),
        (("n" * 70_000, None), ("é", b"y" * 70_000)),
    ],
    ids=["none", "null, empty and doubled", "names that are not text", "long"],
)
def test_headers_are_kept_exactly(headers: Any) -> None:
    assert unpack(pack(headers)) == headers
    assert len({pack(headers), pack((*headers, ("a", b""))), pack((*headers, ("a", None)))}) == 3


def test_a_records_fingerprint_tells_ids_apart_and_confirms_no_guess_of_its_words() -> None:
    one = counted(TOPIC, uuid4(), 1)
    told = digest(one)
    assert digest(with_header(one, "ce_id", str(uuid4()))) != told
    assert digest(one._replace(key=b"other", body=b"other", offset=9)) == told
    assert digest(with_header(one, "ce_subject", "other")) == told


@pytest.mark.parametrize("error", [KeyError("x"), TypeError("x"), RecursionError(), AssertionError(), ValueError("x")])
def test_whatever_a_decoder_stumbles_over_has_a_reading(error: Exception) -> None:
    class Stumbling(Words):
        def decode(self, type: str, body: bytes) -> Any:
            raise error

    reading = read(counted(TOPIC, uuid4(), 1), Stumbling({}), {})
    assert (reading.code, reading.envelope) == ("body-invalid", None)
    assert reading.event_id is not None


def test_a_detail_says_where_and_never_what() -> None:
    record = counted(TOPIC, uuid4(), 1)._replace(body=b'{"number": "a secret", "note": 5}')
    reading = read(record, WORDS, {})
    assert reading.detail == "number: int_parsing"
    secret = with_header(counted(TOPIC, uuid4(), 1), "ce_time", "a secret")
    assert "secret" not in (read(secret, WORDS, {}).detail or "")


def test_a_detail_is_printable_whatever_the_name() -> None:
    for name in ("ce_\x00", "ce_\udcff", "ce_\n\x1b[31m", "ce_" + "n" * 70_000):
        detail = read(with_header(counted(TOPIC, uuid4(), 1), name, None), WORDS, {}).detail or ""
        assert detail.isprintable()
        assert 0 < len(detail) <= 200


@pytest.mark.parametrize(
    ("record", "claimed"),
    [
        (with_header(counted(TOPIC, uuid4(), 1), "ce_time", None), "kith.counted.v1"),
        (without_header(counted(TOPIC, uuid4(), 1), "ce_type"), None),
        (with_header(counted(TOPIC, uuid4(), 1), "ce_type", b"\x00"), None),
        (with_header(counted(TOPIC, uuid4(), 1), "ce_type", b"x" * 9000), None),
    ],
)
def test_the_type_is_told_even_of_what_cannot_be_read(record: Record, claimed: str | None) -> None:
    reading = read(record, WORDS, {})
    assert (reading.type, reading.event_id) == (claimed, None)


def test_of_two_types_the_urgent_one_is_told() -> None:
    for types in ((b"kith.alarmed.v1", b"kith.counted.v1"), (b"kith.counted.v1", b"kith.alarmed.v1")):
        plain = without_header(counted(TOPIC, uuid4(), 1), "ce_type")
        reading = read(plain._replace(headers=(*plain.headers, *(("ce_type", t) for t in types))), WORDS, {})
        assert (reading.code, reading.type) == ("header-doubled", "kith.alarmed.v1")


def test_what_an_outsider_sends_is_known_by_producer_source_and_id() -> None:
    ids = {intake_id(*parts) for parts in (("a", "b", "c"), ("a", "b", "d"), ("a", "x", "c"), ("x", "b", "c"))}
    assert len(ids) == 4
    assert intake_id("a", "b", "c") == intake_id("a", "b", "c")


def test_what_an_outsider_sends_keeps_its_bytes_and_belongs_to_its_organisation() -> None:
    record = with_header(
        counted(TOPIC, uuid4(), 1)._replace(topic="kith.intake.forms", body=b"\xff"), "ce_source", "/f"
    )
    reading = read(record, WORDS, {"forms": "SC000007"})
    assert reading.envelope is not None
    assert (reading.organisation, reading.sequence, reading.subject) == ("SC000007", None, None)
    assert (reading.envelope.data, reading.envelope.producer) == (b"\xff", "forms")
    assert reading.event_id == intake_id("forms", "/f", header(record, "ce_id"))
    assert read(record, WORDS, {}).code == "unknown-producer"


def test_an_id_is_written_in_one_way_only() -> None:
    record = counted(TOPIC, UUID(int=1), 1)
    for spelling in ("{%s}", "urn:uuid:%s", " %s", "%s "):
        assert read(with_header(record, "ce_id", spelling % uuid4()), WORDS, {}).code == "header-invalid"


def test_a_value_that_the_database_cannot_take_is_not_a_lost_connection() -> None:
    """asyncpg quotes the value: `closed`, `released` or `being` in a text must not make it worth another try."""
    quoted = "invalid input for query argument $1: 'the clinic is being closed'"
    for kind in (asyncpg.DataError, exceptions.DataError):
        assert not is_transient(kind(quoted))
    assert is_transient(asyncpg.InterfaceError("connection is closed"))
    assert is_transient(ConnectionResetError())
    assert is_transient(asyncpg.DeadlockDetectedError())
    assert not is_transient(asyncpg.UniqueViolationError())
    assert not is_transient(asyncpg.InterfaceError("the server expects 2 arguments for this query, 1 was passed"))
