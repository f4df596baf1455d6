"""The gate: what may change in a published type, what may not, and whom it would break."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pydantic import AwareDatetime, Field
from pydantic_core import to_json

from shared.contracts import schema
from shared.contracts.compatibility import breaks
from shared.contracts.event import Event, Value
from shared.contracts.registry import Registry
from tests.contracts.bodies import bodies
from tests.contracts.invented import Small, Text, tea


def meaning(kind: Any, **marks: Any) -> Any:
    return Annotated[kind, Field(json_schema_extra={f"x-{mark}": value for mark, value in marks.items()})]


class Oat(Value):
    kind: Literal["oat"] = "oat"
    crumbs: Small


class Ginger(Value):
    kind: Literal["ginger"] = "ginger"
    heat: Small


class OatWithoutCrumbs(Value):
    kind: Literal["oat"] = "oat"


class OatWithMore(Oat):
    honey: bool = False


class Shelf(Value):
    """A value that contains its own kind."""

    size: Small
    above: "Shelf | None" = None


class NarrowShelf(Value):
    size: Annotated[int, Field(ge=0, le=50)]
    above: "NarrowShelf | None" = None


def many(item: Any, most: int = 5) -> Any:
    return Annotated[tuple[item, ...], Field(max_length=most)]


def between(low: int, high: int) -> Any:
    return Annotated[int, Field(ge=low, le=high)]


Either = Annotated[Oat | Ginger, Field(discriminator="kind")]
EitherWithMore = Annotated[OatWithMore | Ginger, Field(discriminator="kind")]
EitherWithLess = Annotated[OatWithoutCrumbs | Ginger, Field(discriminator="kind")]

FINE: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "nothing changes": ({"a": Text}, {"a": Text}),
    "fields change places": ({"a": Text, "b": UUID}, {"b": UUID, "a": Text}),
    "an optional field is added": ({"a": Text}, {"a": Text, "b": (Small | None, None)}),
    "an optional list is added": ({"a": Text}, {"a": Text, "b": (many(Text), ())}),
    "a needed field becomes optional": ({"a": Text}, {"a": (Text | None, None)}),
    "null becomes possible": ({"a": UUID}, {"a": UUID | None}),
    "a value is added to a list of values": ({"a": Literal["x", "y"]}, {"a": Literal["z", "y", "x"]}),
    "a single value becomes a list of values": ({"a": Literal["x"]}, {"a": Literal["x", "y"]}),
    "values become any text": ({"a": Literal["x", "y"]}, {"a": Text}),
    "bounds are widened": ({"a": between(1, 5)}, {"a": between(0, 6)}),
    "a whole number becomes any number": ({"a": int}, {"a": float}),
    "another alternative than the nearest fits": ({"a": int}, {"a": float | Small}),
    "a text may be longer": ({"a": Annotated[str, Field(max_length=3)]}, {"a": Text}),
    "a pattern is lifted": ({"a": Annotated[str, Field(pattern="^a+$")]}, {"a": str}),
    "more items": ({"a": many(Text, 2)}, {"a": many(Text, 3)}),
    "items allow more": ({"a": many(Literal["x"])}, {"a": many(Literal["x", "y"])}),
    "an optional field deep inside": ({"a": many(Oat)}, {"a": many(OatWithMore)}),
    "an alternative is added": ({"a": Oat}, {"a": Either}),
    "an optional field in an alternative": ({"a": Either}, {"a": EitherWithMore}),
    "a value that contains its own kind": ({"a": Shelf}, {"a": Shelf}),
    "the unit is said for the first time": ({"a": Small}, {"a": meaning(Small, unit="minutes")}),
    "words about a field": ({"a": Small}, {"a": Annotated[Small, Field(description="How many.", title="A")]}),
}

BROKEN: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "a field is removed": ({"a": Text, "b": UUID}, {"a": Text}, "b is removed"),
    "an optional field is removed": ({"a": Text, "b": (UUID | None, None)}, {"a": Text}, "b is removed"),
    "a field is renamed": ({"a": Text}, {"b": (Text | None, None)}, "a is removed"),
    "a new needed field": ({"a": Text}, {"a": Text, "b": UUID}, "b is new and required"),
    "an optional field becomes needed": ({"a": (Text, "x")}, {"a": Text}, "a becomes required"),
    "null is no longer possible": ({"a": UUID | None}, {"a": UUID}, "a changes its type: was null and is string"),
    "another type": ({"a": Text}, {"a": Small}, "a changes its type: was string and is integer"),
    "a type is narrowed": ({"a": float}, {"a": int}, "a changes its type: was number and is integer"),
    "a truth is no number": ({"a": bool}, {"a": Small}, "a changes its type"),
    "any text becomes values": ({"a": Text}, {"a": Literal["x", "y"]}, "a now allows only 'x', 'y'"),
    "a value is removed": ({"a": Literal["x", "y"]}, {"a": Literal["x"]}, "a no longer allows 'y'"),
    "a value of another type": ({"a": Literal[1, 2]}, {"a": Literal["1", "2"]}, "a no longer allows 1, 2"),
    "values out of new bounds": ({"a": Literal[1, 200]}, {"a": Small}, "a no longer allows 200"),
    "values too long": ({"a": Literal["x", "y" * 50]}, {"a": Text}, "a no longer allows"),
    "the lower bound rises": ({"a": between(1, 5)}, {"a": between(2, 5)}, "a is narrowed: minimum was 1 and is 2"),
    "the upper bound falls": ({"a": between(1, 5)}, {"a": between(1, 4)}, "a is narrowed: maximum was 5 and is 4"),
    "a bound appears": ({"a": int}, {"a": Annotated[int, Field(gt=0)]}, "exclusiveMinimum was not set and is 0"),
    "a text must be shorter": ({"a": Text}, {"a": Annotated[str, Field(max_length=9)]}, "a is narrowed: maxLength"),
    "a pattern appears": ({"a": str}, {"a": Annotated[str, Field(pattern="^a$")]}, "a is narrowed: pattern"),
    "a pattern changes": (
        {"a": Annotated[str, Field(pattern="^a*$")]},
        {"a": Annotated[str, Field(pattern="^b*$")]},
        "a is narrowed: pattern",
    ),
    "a date becomes a time": ({"a": date}, {"a": AwareDatetime}, "a changes its format: was 'date' and is 'date-time'"),
    "an id becomes any text": ({"a": UUID}, {"a": str}, "a changes its format: was 'uuid' and is None"),
    "a unit changes": (
        {"a": meaning(Small, unit="minutes")},
        {"a": meaning(Small, unit="hours")},
        "a changes its meaning: x-unit was 'minutes' and is 'hours'",
    ),
    "a code system is dropped": (
        {"a": meaning(Text, codes="S08, 2019")},
        {"a": Text},
        "a changes its meaning: x-codes",
    ),
    "a field is sealed": ({"a": meaning(Text, sealed=["evaluation"])}, {"a": Text}, "x-sealed"),
    "a default changes": ({"a": (Small, 1)}, {"a": (Small, 2)}, "a changes what its absence means: was 1 and is 2"),
    "fewer items": ({"a": many(Text, 3)}, {"a": many(Text, 2)}, "a is narrowed: maxItems was 3 and is 2"),
    "items allow less": ({"a": many(Literal["x", "y"])}, {"a": many(Literal["x"])}, "a[] no longer allows 'y'"),
    "a field deep inside is removed": ({"a": many(Oat)}, {"a": many(OatWithoutCrumbs)}, "a[].crumbs is removed"),
    "the same behind null": ({"a": (Oat | None, None)}, {"a": (OatWithoutCrumbs | None, None)}, "a.crumbs is removed"),
    "the same in an alternative": ({"a": Either}, {"a": EitherWithLess}, "a.crumbs is removed"),
    "an alternative is removed": ({"a": Either}, {"a": Oat}, "a.kind no longer allows 'ginger'"),
    "inside its own kind": ({"a": Shelf}, {"a": NarrowShelf}, "a.size is narrowed: maximum was 100 and is 50"),
    "in a fixed list": ({"a": tuple[Oat, Text]}, {"a": tuple[OatWithoutCrumbs, Text]}, "a[0].crumbs is removed"),
    "in a mapping": ({"a": dict[str, Oat]}, {"a": dict[str, OatWithoutCrumbs]}, "a[*].crumbs is removed"),
    "a keyword the gate does not know": (
        {"a": int},
        {"a": Annotated[int, Field(multiple_of=2)]},
        "a changes its multipleOf: was None and is 2",
    ),
}


def compare(old: type[Event], new: type[Event]) -> list[str]:
    return [f"{found.path} {found.what}".strip() for found in breaks(schema.of(old), schema.of(new))]


@pytest.mark.parametrize(("before", "after"), FINE.values(), ids=FINE.keys())
def test_what_may_change(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert compare(tea(**before), tea(**after)) == []


@pytest.mark.parametrize(("before", "after", "what"), BROKEN.values(), ids=BROKEN.keys())
def test_a_change_that_breaks_a_reader_is_found(before: dict[str, Any], after: dict[str, Any], what: str) -> None:
    found = compare(tea(**before), tea(**after))
    assert any(what in line for line in found), found


@pytest.mark.parametrize(("before", "after"), FINE.values(), ids=FINE.keys())
def test_a_break_does_not_hide_behind_a_fine_change(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert compare(tea(**before, gone=Text), tea(**after)) == ["gone is removed"]


def test_it_names_whom_it_breaks() -> None:
    old = tea(a=Text, b=meaning(Text, readers=["supervision"]), readers=("evaluation",))
    new = tea(readers=("referrals",))
    found = {b.path: b.readers for b in breaks(schema.of(old), schema.of(new))}
    assert found == {"a": ("evaluation", "referrals"), "b": ("supervision",)}


def test_owner_subject_and_urgency_stay() -> None:
    old = schema.of(tea(a=Text))
    assert breaks(old, {**old, "x-readers": ["supervision"]}) == []
    assert breaks(old, {**old, "x-urgent": True}) == []
    assert [b.what for b in breaks({**old, "x-urgent": True}, old)] == ["is no longer urgent"]
    assert [b.what for b in breaks(old, {**old, "x-owner": "gateway"})] == [
        "changes its meaning: x-owner was 'referrals' and is 'gateway'"
    ]
    assert len(breaks(old, {**old, "x-subject": "kettle"})) == 1


KINDS: list[Any] = [
    *(bool, int, Small, between(10, 20), float, UUID, date, AwareDatetime, Text, Oat, OatWithMore, OatWithoutCrumbs),
    *(
        Literal["x", "y"],
        Literal["x", "y", "z"],
        Literal["x"],
        Literal[1, 15],
        Either,
        EitherWithMore,
        Shelf,
        NarrowShelf,
    ),
    *(
        many(Text),
        many(Text, 2),
        many(Small),
        many(Oat),
        many(OatWithMore, 9),
        many(Literal["x"]),
        many(Literal["x", "z"]),
    ),
    *(
        Small | None,
        UUID | None,
        Oat | None,
        Either | None,
        many(Oat) | None,
        Text | Small,
        Literal["x"] | Small | None,
    ),
]
SHAPES = [shape for kind in KINDS for shape in (kind, (kind | None, None))]
NAMES = st.sampled_from(["a", "b"])


@st.composite
def changes(draw: st.DrawFn) -> tuple[type[Event], type[Event]]:
    """A class and what somebody made of it: fields kept, changed, dropped, added."""
    old = draw(st.dictionaries(NAMES, st.sampled_from(SHAPES), min_size=1))
    kept = {name: draw(st.just(shape) | st.sampled_from(SHAPES)) for name, shape in old.items()}
    added = draw(st.dictionaries(st.just("added"), st.sampled_from(SHAPES)))
    return tea(**old), tea(**kept, **added)


@given(changes(), st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
def test_whatever_the_gate_allows_reads_every_body_written_before(
    pair: tuple[type[Event], type[Event]], data: st.DataObject
) -> None:
    old, new = pair
    assume(not breaks(schema.of(old), schema.of(new)))
    registry = Registry([new], {})
    for _ in range(3):
        body = data.draw(bodies(schema.of(old)))
        event = registry.decode(new.type(), to_json(body))
        assert registry.decode(new.type(), registry.encode(event)) == event


@pytest.mark.parametrize("old", KINDS, ids=str)
def test_every_pair_of_kinds_that_the_gate_allows_reads_the_old_one(old: Any) -> None:
    """Every kind against every other, so that no pair depends on luck."""
    allowed = [new for new in KINDS if not compare(tea(a=old), tea(a=new))]
    assert old in allowed
    registries = [Registry([tea(a=new)], {}) for new in allowed]

    @given(bodies(schema.of(tea(a=old))))
    @settings(max_examples=15, deadline=None, database=None)
    def reads(body: Any) -> None:
        for registry in registries:
            registry.decode("kith.tea-poured.v1", to_json(body))

    reads()
