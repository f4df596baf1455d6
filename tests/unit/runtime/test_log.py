"""A log line is one JSON object, and what identifies a person or opens a door is not in it."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from shared.runtime import log
from shared.runtime.auth import mint


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    out = io.StringIO()
    log.configure("referrals", form="json", stream=out)
    yield out
    root.handlers[:], level = before
    root.setLevel(level)
    structlog.reset_defaults()


def test_one_line_one_object_with_ids_as_fields(lines: io.StringIO) -> None:
    event_id = uuid4()
    log.logger("shared.runtime.relay").info("relay.sent", event_id=event_id, count=3)
    said = json.loads(lines.getvalue())
    assert (said["event"], said["event_id"], said["count"]) == ("relay.sent", str(event_id), 3)
    assert (said["service"], said["logger"], said["level"]) == ("referrals", "shared.runtime.relay", "info")
    assert said["timestamp"].endswith("Z")


def test_libraries_are_redacted_too(lines: io.StringIO) -> None:
    logging.getLogger("aiokafka.consumer").warning("record of %s", "0101901234")
    assert "0101901234" not in lines.getvalue()
    assert json.loads(lines.getvalue())["service"] == "referrals"


def test_a_library_that_says_the_same_again_and_again_is_heard_once_in_a_while(lines: io.StringIO) -> None:
    for node in range(200):
        logging.getLogger("aiokafka.client").error("Unable connect to node with id %s", node)
    logging.getLogger("aiokafka.client").error("Unable to update metadata")
    for _ in range(3):
        logging.getLogger("shared.runtime.relay").error("the same of our own")
    assert len(lines.getvalue().splitlines()) == 1 + 1 + 3


def test_an_exception_is_told_without_its_number(lines: io.StringIO) -> None:
    try:
        raise ValueError("no such person: 0101901234")
    except ValueError:
        log.logger("x").exception("fault")
    said = json.loads(lines.getvalue())
    assert "ValueError" in said["exception"]
    assert "0101901234" not in lines.getvalue()


def test_what_json_cannot_carry_is_still_a_line(lines: io.StringIO) -> None:
    log.logger("x").info("odd", text="\ud800", number=2**70, raw=b"\xff", nested=[[[[[[[[[["deep"]]]]]]]]]])
    assert json.loads(lines.getvalue())["level"] is not None


def test_debug_is_left_out(lines: io.StringIO) -> None:
    log.logger("x").debug("quiet")
    logging.getLogger("y").debug("quiet")
    assert lines.getvalue() == ""


@pytest.mark.parametrize(
    "text",
    [
        "018f1234-5678-7012-8123-123456789012",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-1234567890123456-01",
        "2026-03-02T09:00:00.123456Z",
        "referral/018f0000-0000-7000-8000-a1234567890b",
        "offset 123456789 of 99999999999",
        "kith.referral-created.v1",
    ],
)
def test_ids_and_times_are_left_as_they_are(text: str) -> None:
    assert log.redacted(text) == text


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("0101901234", "[number]"),
        ("CHI0101901234.", "CHI[number]."),
        ("chi=010190 1234", "chi=[number]"),
        ("943 476 5919", "[number]"),
        ("943-476-5919", "[number]"),
        ("٠١٠١٩٠١٢٣٤", "[number]"),
        ("Authorization: Bearer abc.def", "Authorization: Bearer [key]"),
        ("a" * 64, "[key]"),
        ("two 0101901234 and 0202902345", "two [number] and [number]"),
    ],
)
def test_numbers_of_people_and_keys_are_taken_out(text: str, left: str) -> None:
    assert log.redacted(text) == left


def test_a_number_that_lost_its_leading_zero_goes() -> None:
    assert log.clean({"person": 101901234, "offset": 99_999_999}) == {"person": "[number]", "offset": 99_999_999}


chi = st.builds(
    lambda day, month, rest: f"{day:02}{month:02}{rest:06}",
    st.integers(1, 31),
    st.integers(1, 12),
    st.integers(0, 999_999),
)
around = st.text(st.characters(exclude_categories=["Nd", "Cs"]), max_size=8)
spaced = st.builds(lambda number, cut: number[:6] + cut + number[6:], chi, st.sampled_from(["", " ", "-"]))
secret = st.one_of(spaced, st.builds(lambda: mint("demo board", "x", [])[0]))
told = st.one_of(
    st.builds(lambda before, inner, after: (inner, f"{before} {inner} {after}"), around, secret, around),
    st.builds(lambda number: (str(int(number)), int(number)), chi.filter(lambda number: number[0] != "0")),
)


def wrapped(inner: tuple[str, Any], kind: int) -> tuple[str, Any]:
    leaf, value = inner
    shapes: list[Any] = [
        value,
        [value],
        {"a": value},
        {str(value): 1},
        (value, {"b": [value]}),
        {"c": {"d": (value,)}},
        ValueError(value),
        str(value).encode(),
        frozenset({value}),
    ]
    return leaf, shapes[kind]


@given(st.builds(wrapped, told, st.integers(0, 8)), st.integers(0, 2))
def test_no_shape_lets_a_number_or_key_through(given_: tuple[str, Any], where: int) -> None:
    hidden, value = given_
    event: dict[str, Any] = [
        {"event": "x", "field": value},
        {"event": str(value)},
        {"event": "x", "id": UUID(int=1), "field": [None, value]},
    ][where]
    line = log._json(None, "", log.redact(None, "", event))
    assert hidden not in line
    json.loads(line)
