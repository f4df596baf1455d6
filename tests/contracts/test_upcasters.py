"""Readers meet only the newest version, whatever version a body was written in."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given

from shared.contracts import schema
from shared.contracts.registry import Registry
from shared.contracts.upcasters import Body
from shared.runtime.service import UnknownType
from tests.contracts.bodies import bodies
from tests.contracts.invented import Small, Text, tea

FIRST = tea(1, hours=Small)
SECOND = tea(2, minutes=(int, ...))
THIRD = tea(3, minutes=(int, ...), blend=(Text, ...))


def minutes_instead_of_hours(body: Body) -> Body:
    return {"minutes": body["hours"] * 60}


def blend_was_always_house(body: Body) -> Body:
    return {**body, "blend": "house"}


STEPS = {"kith.tea-poured.v1": minutes_instead_of_hours, "kith.tea-poured.v2": blend_was_always_house}
REGISTRY = Registry([THIRD], STEPS)


@pytest.mark.parametrize(
    ("version", "body", "minutes", "blend"),
    [
        (1, {"hours": 2}, 120, "house"),
        (2, {"minutes": 5}, 5, "house"),
        (3, {"minutes": 5, "blend": "assam"}, 5, "assam"),
    ],
)
def test_every_version_is_read_as_the_newest(version: int, body: Mapping[str, Any], minutes: int, blend: str) -> None:
    event = REGISTRY.decode(f"kith.tea-poured.v{version}", json.dumps(body).encode())
    assert type(event) is THIRD
    assert event.model_dump() == {"minutes": minutes, "blend": blend}


@given(bodies(schema.of(FIRST)))
def test_every_body_of_the_first_version_is_readable_for_ever(body: Mapping[str, Any]) -> None:
    assert REGISTRY.decode("kith.tea-poured.v1", json.dumps(body).encode()).minutes == body["hours"] * 60


def test_the_future_is_unknown() -> None:
    assert [REGISTRY.knows(f"kith.tea-poured.v{version}") for version in (0, 1, 2, 3, 4)] == [
        False,
        True,
        True,
        True,
        False,
    ]
    with pytest.raises(UnknownType):
        REGISTRY.decode("kith.tea-poured.v4", b"{}")


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"null", b"[]", b"[1]", b'"x"', b"{}", b"{", b"\xff"),
        *(b'{"hours":null}', b'{"hours":{}}', b'{"hours":"2"}', b'{"hours":NaN}', b'{"hours":1e999}'),
        b'{"hours":2,"other":"\\u0000"}',
        b'{"hours":2,"other":' + b"[" * 9999 + b"]" * 9999 + b"}",
    ],
)
def test_a_body_that_is_not_of_its_old_version_is_refused_with_one_line(body: bytes) -> None:
    with pytest.raises(ValueError) as refused:
        REGISTRY.decode("kith.tea-poured.v1", body)
    assert type(refused.value) is ValueError
    assert "\n" not in str(refused.value)


def test_a_missing_step_makes_the_versions_before_it_unknown_and_says_so() -> None:
    with pytest.raises(ValueError, match=r"kith\.tea-poured\.v1"):
        Registry([THIRD], {"kith.tea-poured.v1": minutes_instead_of_hours})
    with pytest.raises(ValueError, match=r"kith\.tea-spilt\.v1"):
        Registry([THIRD], {**STEPS, "kith.tea-spilt.v1": minutes_instead_of_hours})


def test_of_several_classes_the_newest_is_read_and_written() -> None:
    registry = Registry([FIRST, THIRD, SECOND], STEPS)
    assert registry.events == (THIRD,)
    with pytest.raises(ValueError, match="not the newest"):
        registry.encode(FIRST(hours=1))  # type: ignore[call-arg]
