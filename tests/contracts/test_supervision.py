"""What supervision says can carry no health history, no trauma, no reflection and no reason of an absence.

Whatever a peer lived through stays in supervision's vault: there is no field in which it could leave.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import pytest
from pydantic import StringConstraints

from shared.contracts import schema
from shared.contracts import values as v
from shared.contracts.event import Event, Value
from shared.contracts.registry import published

EVENTS = [event for event in published().events if event.owner == "supervision"]
OF_PEERS = [event for event in EVENTS if event.subject in ("peer", "provider", "supervisor")]

FORMS = {
    r"^(S08[0-9]{6}|SC0[0-9]{5}|local:[a-z0-9][a-z0-9-]{0,39})$": "an organisation",
    r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$": "a language",
    r"^([01][0-9]|2[0-3]):[0-5][0-9]$": "a time on the wall",
}
CONFIGURED = {
    "area": "a name of the table of travel times",
    "missing[]": "what the organisation's table asks for",
    "requirement": "what the organisation's table asks for",
    "requirements[].code": "the table itself",
    "requirements[].text_version": "which version of a text counts",
    "text_version": "which version of a text was read",
}
"""The only fields whose codes an organisation sets itself, and what they are codes of."""
TELLING = (
    *("health", "diagnos", "trauma", "trigger", "illness", "sick", "medic", "therap", "treat", "patient", "history"),
    *("reason", "why", "absence", "reflect", "feel", "mood", "guilt", "worr", "wellbeing", "adjust", "disab", "bereav"),
    *("allegation", "suspend", "suspension", "barred", "accus", "conduct", "note", "narrative", "words", "comment"),
)
"""How words begin, or what is in them, that would tell of any of it."""


def leaves(of: Mapping[str, Any], root: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every field of the schema down to what has no parts, by its path."""
    if "$ref" in of:
        yield from leaves(root["$defs"][of["$ref"].rpartition("/")[2]], root, path)
    elif branches := of.get("anyOf") or of.get("oneOf"):
        for branch in branches:
            yield from leaves(branch, root, path)
    elif of.get("type") == "array":
        yield from leaves(of["items"], root, f"{path}[]")
    elif "properties" in of:
        for name, field in of["properties"].items():
            yield from leaves(field, root, f"{path}.{name}" if path else name)
    else:
        yield path, of


def kind(path: str, of: Mapping[str, Any]) -> str | None:
    """What the field can hold; None if that might be anything."""
    if "enum" in of or "const" in of:
        return "one of a closed list"
    if of.get("type") in ("integer", "boolean", "null"):
        return "a number, yes or no"
    if "x-sealed-to" in of:
        return "sealed"
    if of.get("format") in ("uuid", "date", "date-time"):
        return "an id, a day, a time"
    return FORMS.get(of.get("pattern", "")) or (CONFIGURED.get(path) if of.get("pattern") else None)


def flaws(event: type[Event]) -> list[str]:
    """The fields of the event that could hold words of anybody's own."""
    root = schema.of(event)
    return [path for path, leaf in leaves(root, root) if kind(path, leaf) is None]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.name)
def test_every_field_is_an_id_a_code_a_time_a_number_or_sealed(event: type[Event]) -> None:
    assert flaws(event) == []


@pytest.mark.parametrize("event", OF_PEERS, ids=lambda event: event.name)
def test_no_field_and_no_code_is_about_how_anybody_is_or_why_they_are_away(event: type[Event]) -> None:
    root = schema.of(event)
    said = [(path, code) for path, leaf in leaves(root, root) for code in (path, *leaf.get("enum", ()))]
    assert [(path, code) for path, code in said for word in TELLING if word in str(code)] == []


def test_what_is_sealed_is_for_matching_alone() -> None:
    sealed = {
        (event.name, path, leaf["x-sealed-to"])
        for event in OF_PEERS
        for path, leaf in leaves(schema.of(event), schema.of(event))
        if "x-sealed-to" in leaf
    }
    assert sealed == {("match-tags-consented", "tags", "referrals"), ("match-limits-set", "limits", "referrals")}


def test_everything_supervision_says_of_peers_is_looked_at() -> None:
    assert len(OF_PEERS) >= 50
    assert {"peer-not-ready", "supervision-missed", "contact-stopped", "peer-paused"} <= {e.name for e in OF_PEERS}


class Inner(Value):
    remark: Annotated[str, StringConstraints(max_length=20)]


class Told(Event, name="peer-told", owner="supervision", subject="peer", readers=("supervision",)):
    """What this test is to find."""

    remark: Annotated[str, StringConstraints(max_length=20)]
    because: v.Code
    maybe: Annotated[str, StringConstraints(max_length=20)] | None = None
    inner: tuple[Inner, ...] = ()


def test_words_of_anybodys_own_would_be_found() -> None:
    assert flaws(Told) == ["remark", "because", "maybe", "inner[].remark"]
