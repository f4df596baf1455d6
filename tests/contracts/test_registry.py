"""Bytes become the newest event or a ValueError of one line, whatever the bytes are."""

import json
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.contracts import schema
from shared.contracts.registry import Registry
from shared.runtime.service import Registry as AsTheRuntimeNeedsIt
from shared.runtime.service import UnknownType
from tests.contracts.bodies import bodies
from tests.contracts.invented import ID, Biscuit, KettleScorched, TeaPoured, tea

REGISTRY = Registry([TeaPoured, KettleScorched], {})
TEA = "kith.tea-poured.v1"
GOOD = json.dumps({"cup_id": ID, "at": "2026-03-02T09:00:00Z", "minutes": 4}).encode()


def with_field(field: str) -> bytes:
    return GOOD[:-1] + b"," + field.encode() + b"}"


def test_a_body_becomes_its_event_and_the_same_bytes_again() -> None:
    event = REGISTRY.decode(TEA, GOOD)
    assert isinstance(event, TeaPoured)
    assert (event.cup_id, event.minutes) == (UUID(ID), 4)
    written = REGISTRY.encode(event)
    assert written == (
        b'{"cup_id":"0198f6a4-0000-7000-8000-000000000001","at":"2026-03-02T09:00:00Z","minutes":4,'
        b'"warmth":null,"blend":null,"biscuits":[]}'
    )
    assert REGISTRY.encode(REGISTRY.decode(TEA, written)) == written


@given(bodies(schema.of(TeaPoured)))
def test_whatever_the_schema_allows_is_decoded_and_survives_writing(body: dict[str, Any]) -> None:
    event = REGISTRY.decode(TEA, json.dumps(body).encode())
    assert REGISTRY.decode(TEA, REGISTRY.encode(event)) == event


HOSTILE = {
    "empty": b"",
    "only blanks": b"  \n",
    "not JSON": b"hello",
    "cut off": GOOD[:-1],
    "something after it": GOOD + b"x",
    "two bodies": GOOD + GOOD,
    "a byte order mark": b"\xef\xbb\xbf" + GOOD,
    "UTF-16": GOOD.decode().encode("utf-16"),
    "latin-1": with_field('"blend":"th\u00e9"').decode().encode("latin-1"),
    "null": b"null",
    "a list": b"[" + GOOD + b"]",
    "a text": b'"tea"',
    "a number": b"4",
    "NUL in a text": with_field(r'"blend":"a\u0000b"'),
    "NUL in an unknown field": with_field(r'"other":{"deep":["a\u0000b"]}'),
    "NUL in an unknown key": with_field(r'"oth\u0000er":1'),
    "a raw NUL": with_field('"blend":"a\0b"'),
    "a lone high surrogate": with_field(r'"blend":"\ud800"'),
    "a lone low surrogate": with_field(r'"blend":"\udc00x"'),
    "a lone surrogate in an unknown field": with_field(r'"other":"\ud800"'),
    "a surrogate as bytes": with_field('"blend":"X"').replace(b"X", b"\xed\xa0\x80"),
    "NaN": with_field('"warmth":NaN'),
    "NaN in an unknown field": with_field('"other":NaN'),
    "Infinity in an unknown field": with_field('"other":[-Infinity]'),
    "a number beyond floats": with_field('"warmth":1e400'),
    "a number of 5,000 digits": with_field('"other":' + "9" * 5000),
    "deep unknown JSON": with_field('"other":' + "[" * 100_000 + "]" * 100_000),
    "deep broken JSON": b'{"a":' * 100_000,
    "a number as text": GOOD.replace(b"4}", b'"4"}'),
    "a truth as number": GOOD.replace(b"4}", b"true}"),
    "a fraction": GOOD.replace(b"4}", b"4.5}"),
    "a number out of bounds": GOOD.replace(b"4}", b"101}"),
    "a missing field": b'{"cup_id":"' + ID.encode() + b'"}',
    "no UUID": GOOD.replace(ID.encode(), b"17"),
    "a time without zone": GOOD.replace(b"00Z", b"00"),
    "a time as number": GOOD.replace(b'"2026-03-02T09:00:00Z"', b"1772442000"),
    "too many items": with_field('"biscuits":' + json.dumps([{"kind": "oat"}] * 6)),
    "a megabyte of wrong items": with_field('"biscuits":[' + "1," * 500_000 + "1]"),
    "a doubled key whose last value is wrong": with_field('"minutes":"x"'),
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_bodies_are_refused_with_one_line(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"\S") as refused:
        REGISTRY.decode(TEA, body)
    assert type(refused.value) is ValueError
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) <= 300


def test_the_reason_names_the_field_and_never_repeats_a_value() -> None:
    with pytest.raises(ValueError) as refused:
        REGISTRY.decode(TEA, with_field('"biscuits":[{"kind":"Morag Sinclair"}],"blend":7'))
    assert str(refused.value) == "blend: Input should be a valid string (1 more)"
    with pytest.raises(ValueError) as refused:
        REGISTRY.decode(TEA, with_field('"biscuits":[{"kind":"Morag Sinclair"}]'))
    assert str(refused.value) == "biscuits.0.kind: Input should be 'oat' or 'ginger'"
    assert refused.value.__suppress_context__
    with pytest.raises(ValueError) as made:
        Biscuit(kind="Morag Sinclair")  # type: ignore[arg-type]
    assert "Morag" not in str(made.value)


HARMLESS = {
    "words that look like NaN": (r'"blend":"NaN Infinity"', "NaN Infinity"),
    "an escaped backslash before u0000": (r'"blend":"a\\u0000b"', r"a\u0000b"),
    "a whole pair of surrogates": (r'"blend":"\ud83c\udf75"', "\U0001f375"),
    "a doubled key, of which the last counts": ('"blend":"first","blend":"last"', "last"),
    "unknown fields": ('"other":{"a":[1,2,{"b":null}]},"blend":"x"', "x"),
    "an unknown field 150 deep": ('"blend":"x","other":' + "[" * 150 + "]" * 150, "x"),
}


@pytest.mark.parametrize(("field", "blend"), HARMLESS.values(), ids=HARMLESS.keys())
def test_what_only_looks_hostile_is_read(field: str, blend: str) -> None:
    assert REGISTRY.decode(TEA, with_field(field)).blend == blend


@given(st.binary(max_size=200) | st.text(max_size=60).map(lambda text: with_field(f'"blend":{json.dumps(text)}')))
@settings(max_examples=300)
def test_any_bytes_at_all_are_an_event_or_a_value_error(body: bytes) -> None:
    try:
        event = REGISTRY.decode(TEA, body)
    except ValueError:
        return
    assert "\0" not in (event.blend or "")


@pytest.mark.parametrize("blend", ["a\0b", "\ud800"])
def test_what_no_reader_could_decode_is_never_written(blend: str) -> None:
    event = REGISTRY.decode(TEA, GOOD)
    with pytest.raises(ValueError):
        REGISTRY.encode(event.model_copy(update={"blend": blend}))


def test_only_published_classes_are_written() -> None:
    with pytest.raises(ValueError, match="not the newest form"):
        REGISTRY.encode(tea(cup_id=UUID)(cup_id=UUID(ID)))  # type: ignore[call-arg]


@pytest.mark.parametrize(
    "type", ["kith.tea-poured.v2", "kith.tea-spilt.v1", "tea-poured", "", "kith.tea-poured.v01", "\0", TEA + "\n"]
)
def test_unknown_names_and_versions(type: str) -> None:
    assert not REGISTRY.knows(type)
    with pytest.raises(UnknownType):
        REGISTRY.decode(type, GOOD)


def test_urgent_is_a_name_in_any_version() -> None:
    assert REGISTRY.is_urgent("kith.kettle-scorched.v1")
    assert REGISTRY.is_urgent("kith.kettle-scorched.v9")
    for other in (TEA, "kith.other.v1", "", "kith", "\0"):
        assert not REGISTRY.is_urgent(other)


def test_what_nobody_declared_is_urgent_by_its_family() -> None:
    for name in ("concern-whispered", "measure-submitted", "risk-item-flagged"):
        assert REGISTRY.is_urgent(f"kith.{name}.v1")
    declared = Registry([*REGISTRY.events, tea(name="measure-recorded")], {})
    assert not declared.is_urgent("kith.measure-recorded.v2")


def test_one_type_is_one_class() -> None:
    with pytest.raises(ValueError, match="two classes"):
        Registry([TeaPoured, tea(cup_id=UUID)], {})


def test_it_is_what_the_runtime_needs() -> None:
    needed: AsTheRuntimeNeedsIt = REGISTRY
    assert needed.knows(TEA)
