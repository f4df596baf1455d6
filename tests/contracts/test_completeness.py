"""Whatever a new event class lacks is named, with what to write."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import pytest
from pydantic import AfterValidator, BaseModel, BeforeValidator, Field

from shared.contracts.completeness import lacking
from shared.contracts.event import Event, Value
from shared.contracts.registry import Registry
from shared.contracts.values import example
from tests.contracts.invented import ID, KettleScorched, TeaPoured, Text, tea


class Person(Value):
    given_name: Text


class Changeable(BaseModel):
    size: bool


def test_complete_classes_lack_nothing() -> None:
    assert lacking(Registry([TeaPoured, KettleScorched], {})) == []


def named(event: type[Event]) -> list[str]:
    found = lacking(Registry([event], {}))
    assert all(line.startswith(f"{event.__qualname__}: ") for line in found)
    return [line.removeprefix(f"{event.__qualname__}: ") for line in found]


@pytest.mark.parametrize(
    "name",
    [
        "pour-tea",
        "tea",
        "poured",
        "TeaPoured",
        "tea_poured",
        "tea-Poured",
        "tea--poured",
        "tea-poured-",
        "tea pouring",
        "tea-pours",
    ],
)
def test_a_name_that_is_no_past_event(name: str) -> None:
    assert f"name {name!r} must say in lower-case-with-hyphens what has happened, in the past tense" in named(
        tea(name=name)
    )


class Bare(Event, name="cup-cracked", owner="kitchen", subject="Cup 1", readers=("chef",)):
    cup_id: UUID


def test_everything_that_a_bare_class_lacks() -> None:
    assert named(Bare) == [
        "owner 'kitchen' has no topic; add it to OWNED in topics.py",
        "subject 'Cup 1' must be a kind, such as 'referral'",
        "reader 'chef' is no service; services are gateway, referrals, supervision, evaluation",
        "has no docstring; one sentence says what has happened",
        "has no example; write model_config = example({...}) in the class",
    ]


def test_an_event_that_nobody_reads_is_found() -> None:
    assert any(line.startswith("no reader is listed") for line in named(tea(readers=())))


FIELDS: dict[str, tuple[str, Any, str]] = {
    "no type": ("a", Any, "a has no type"),
    "an untyped list": ("a", list, "a is a list"),
    "a list": ("a", list[Text], "a is a list"),
    "an untyped mapping": ("a", dict, "a is a mapping"),
    "a mapping": ("a", dict[str, int], "a is a mapping"),
    "a set": ("a", frozenset[Text], "a has no order"),
    "an untyped tuple": ("a", Annotated[tuple[Any, ...], Field(max_length=2)], "a[] has no type"),
    "an endless tuple": ("a", tuple[UUID, ...], "a may be endless; give max_length"),
    "any text": ("a", str, "a is any text at all"),
    "any text in a tuple": ("a", Annotated[tuple[str, ...], Field(max_length=2)], "a[] is any text at all"),
    "any number": ("a", int, "a is any number at all"),
    "half a bound": ("a", Annotated[int, Field(ge=0)], "a is any number at all"),
    "behind null": ("a", (int | None, None), "a is any number at all"),
    "in an alternative": ("a", Text | int, "a is any number at all"),
    "a time without zone": ("a", datetime, "a is a time without zone: write AwareDatetime"),
    "bytes": ("a", bytes, "a is of a kind (bytes)"),
    "a model that changes": ("a", Changeable, "a is not a frozen Value"),
    "a hidden rule": ("a", Annotated[date, AfterValidator(lambda day: day)], "a has a validator (function-after)"),
    "digits of any script": (
        "a",
        Annotated[str, Field(pattern=r"^\d+$")],
        "a has a pattern that means other characters",
    ),
    **{
        f"identity: {name}": (name, Text, f"{name} could carry identity")
        for name in (
            *("names", "first_name", "name_of_baby", "address", "chi", "chi_number", "phone", "home_phone", "email"),
            *(
                "note",
                "notes",
                "session_note",
                "narrative",
                "birth_date",
                "date_of_birth",
                "postcode",
                "sender_reference",
            ),
        )
    },
    "identity deep inside": ("a", (Person | None, None), "a.given_name could carry identity"),
}


@pytest.mark.parametrize(("field", "shape", "flaw"), FIELDS.values(), ids=FIELDS.keys())
def test_a_field_that_may_not_be_published(field: str, shape: Any, flaw: str) -> None:
    found = named(tea(**{field: shape}))
    assert any(line.startswith(flaw) for line in found), found


@pytest.mark.parametrize(
    "field", ["contact_id", "renamed", "machine", "noted_at", "future_contact_given", "addressed", "changed"]
)
def test_a_field_that_only_sounds_like_identity(field: str) -> None:
    assert not any("identity" in line for line in named(tea(**{field: Text})))


@pytest.mark.parametrize("word", ["urgent", "subject", "version"])
def test_a_field_that_hides_what_every_event_says(word: str) -> None:
    fields = {"__annotations__": {word: bool}}
    with pytest.raises(TypeError, match=f"{word} is a word of every event"):
        type("CupCracked", (Event,), fields, name="cup-cracked", owner="referrals", subject="cup")


def test_old_spellings_may_be_understood() -> None:
    shape = Annotated[Text, BeforeValidator(lambda value: "assam" if value == "Assam" else value)]
    assert not any("validator" in line for line in named(tea(blend=shape)))


def test_outsiders_may_be_held_to_rules_between_fields() -> None:
    outside = type(
        "Asked",
        (tea(a=Annotated[date, AfterValidator(lambda day: day)]),),
        {},
        name="tea-asked",
        owner="intake",
        subject="x",
    )
    assert not any("validator" in line for line in named(outside))


class Shown(Event, name="cup-filled", owner="referrals", subject="cup", readers=("evaluation",)):
    """A cup was filled."""

    cup_id: UUID

    model_config = example({"cup_id": "17"}, {"cup_id": ID, "cup_size": 3}, {})


def test_examples_that_do_not_show_the_class() -> None:
    found = named(Shown)
    assert found[1] == "example 2 shows cup_size, which the class does not have"
    assert [line[:25] for line in found] == ["example 1 does not decode", found[1][:25], "example 3 does not decode"]
