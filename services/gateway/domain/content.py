"""What a submission says: bytes of a claimed type as a value, or what is wrong with them."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from pydantic import ValidationError

from shared.contracts.event import Event
from shared.contracts.intake import ReferralSubmitted, SessionReported, UpdateSubmitted
from shared.contracts.people import CHI_PROBLEMS
from shared.contracts.registry import Registry
from shared.contracts.values import Problem

MOST_PROBLEMS = 100
"""Listing every error of a megabyte of wrong items takes seconds; counting them takes none."""

_CODE = re.compile(r"kith\.[a-z]{1,20}(-[a-z]{1,20}){0,4}\.v[0-9]{1,3}")
_BOARDS = ("board_of_treatment", "board_of_residence")
_CODES = {
    "missing": "missing",
    "json_invalid": "not-json",
    "literal_error": "not-a-known-code",
    "union_tag_invalid": "not-a-known-code",
    "union_tag_not_found": "missing",
    "value_error": "contradictory",
    "string_pattern_mismatch": "not-in-this-form",
    "greater_than_equal": "out-of-range",
    "less_than_equal": "out-of-range",
    "too_long": "too-long",
    "too_short": "too-short",
    "string_too_long": "too-long",
    "string_too_short": "too-short",
    "timezone_aware": "no-time-zone",
    "not-a-phone-number": "not-a-phone-number",
    **{code: code for code in CHI_PROBLEMS},
}
_FAMILIES = (("uuid", "not-an-id"), ("datetime", "not-a-time"), ("date", "not-a-date"))

Submitted = ReferralSubmitted | SessionReported | UpdateSubmitted


@dataclass(frozen=True, slots=True)
class Unusable:
    """It cannot be used as it is; the sender can put it right."""

    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Unplaceable:
    """Nothing here can take it, though nothing in it is known to be wrong: a person must look."""

    code: str


Content = Submitted | Unusable | Unplaceable


def reader_of(registry: Registry) -> Callable[[str, bytes], Content]:
    """The function from a claimed type and bytes to their content; it never raises, whatever they are."""
    classes: dict[str, type[Event]] = {event.type(): event for event in registry.events if event.owner == "intake"}
    names = {event.name for event in classes.values()}

    def read(type_: str, body: bytes) -> Content:
        name = name_of(type_)
        if registry.is_urgent(type_):
            return Unplaceable("measure-not-taken-yet" if name.startswith("measure-") else "concern-not-taken-here")
        if name not in names:
            return Unusable((Problem(field="type", code="unknown-type"),))
        if not registry.knows(type_):
            return Unplaceable("version-not-known-yet")
        try:
            event = registry.decode(type_, body)
        except (ValueError, RecursionError):
            return Unusable(_problems(classes.get(type_), body))
        assert isinstance(event, ReferralSubmitted | SessionReported | UpdateSubmitted)
        return event

    return read


def name_of(type_: str) -> str:
    """The name in a type: `referral-submitted` in `kith.referral-submitted.v1`; empty when it is not one of ours."""
    found = re.fullmatch(r"kith\.([a-z0-9-]+)\.v[0-9]{1,4}", type_)
    return found[1] if found else ""


def as_code(type_: str) -> str:
    """The claimed type as an event may repeat it."""
    return type_ if _CODE.fullmatch(type_) else "not-a-type"


def _problems(event: type[Event] | None, body: bytes) -> tuple[Problem, ...]:
    """Every problem with its place; `data` is the whole body."""
    if not body:
        return (Problem(field="data", code="empty"),)
    if event is None:
        return (Problem(field="data", code="not-of-this-version"),)
    try:
        event.model_validate_json(body, strict=True)
    except ValidationError as error:
        if error.error_count() > MOST_PROBLEMS:
            return (Problem(field="data", code="too-many-problems"),)
        found = error.errors(include_url=False, include_context=False, include_input=False)
        return tuple(dict.fromkeys(_problem(event, each["loc"], each["type"]) for each in found))
    except RecursionError:
        pass
    return (Problem(field="data", code="not-storable"),)


def _problem(event: type[Event], place: tuple[int | str, ...], kind: str) -> Problem:
    field = ".".join(part for part in map(str, place) if "[" not in part) or "data"
    if kind == "literal_error" and field in _BOARDS:
        return Problem(field=field, code="not-a-board")
    code = _CODES.get(kind) or next((code for part, code in _FAMILIES if kind.startswith(part)), None)
    if code is None:
        code = "wrong-kind" if kind.endswith("_type") else "not-as-described"
    return Problem(field=field[:200], code=code)
