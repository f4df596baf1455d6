"""What a new event class still lacks before it may be published, in words that say what to write."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from shared.contracts import topics
from shared.contracts.event import Event, Value
from shared.contracts.golden import given
from shared.contracts.registry import Registry

KEBAB = re.compile(r"[a-z0-9]+(-[a-z0-9]+)+")
PAST = re.compile(
    r".+ed|held|told|sent|set|put|met|left|lost|found|died|taken|given|begun|withdrawn|made|said|shown|understood|fell|came|chosen|went|began|spoken"
    # States that somebody has come to be in.
    r"|ready|overdue|away|back|risk|unavailable"
)
IDENTITY = re.compile(
    r"(.*_)?(names?|surname|forename|address(es)?|chi|upi|ucpn|phone|mobile|telephone|emails?|postcode|dob"
    r"|notes?|narrative|comments?|free_?text|birth_date|date_of_birth|birthday|sender_reference)(_.*)?"
)
PLAIN = {"bool", "uuid", "date", "enum", "literal", "none", "float"}
WRONG = {
    "any": "has no type",
    "list": "is a list, which can be changed: write tuple[..., ...]",
    "dict": "is a mapping, whose keys are data: write a tuple of values",
    "set": "has no order, so it has no stable bytes: write tuple[..., ...]",
    "frozenset": "has no order, so it has no stable bytes: write tuple[..., ...]",
}


def lacking(registry: Registry) -> list[str]:
    """Everything that is missing or not allowed, one line each, beginning with the class; empty when all is well."""
    return [f"{event.__qualname__}: {flaw}" for event in registry.events for flaw in _flaws(event, registry)]


def _flaws(event: type[Event], registry: Registry) -> Iterator[str]:
    if not (KEBAB.fullmatch(event.name) and any(PAST.fullmatch(word) for word in event.name.split("-"))):
        yield f"name {event.name!r} must say in lower-case-with-hyphens what has happened, in the past tense"
    if event.owner not in (*topics.SERVICES, "intake"):
        yield f"owner {event.owner!r} has no topic; add it to OWNED in topics.py"
    if not re.fullmatch(r"[a-z]+(-[a-z]+)*", event.subject):
        yield f"subject {event.subject!r} must be a kind, such as 'referral'"
    if not event.readers:
        yield "no reader is listed; name the services that hear it, or its owner when nobody else does yet"
    for reader in event.readers:
        if reader not in topics.SERVICES:
            yield f"reader {reader!r} is no service; services are {', '.join(topics.SERVICES)}"
    if not event.__doc__ or event.__doc__ == event.__mro__[1].__doc__:
        yield "has no docstring; one sentence says what has happened"
    yield from _examples(event, registry)
    yield from _walk(event.__pydantic_core_schema__, "", event.owner != "intake", {})


def _examples(event: type[Event], registry: Registry) -> Iterator[str]:
    if not given(event):
        yield "has no example; write model_config = example({...}) in the class"
    for n, body in enumerate(given(event), 1):
        for field in sorted(body.keys() - event.model_fields.keys()):
            yield f"example {n} shows {field}, which the class does not have"
        try:
            decoded = event.__pydantic_validator__.validate_json(json.dumps(body), strict=True)
            if registry.decode(event.type(), registry.encode(decoded)) != decoded:
                yield f"example {n} is another event once written and read again"
        except ValueError as error:
            yield f"example {n} does not decode: {' '.join(str(error).split())}"


def _walk(schema: Mapping[str, Any], path: str, owned: bool, known: Mapping[str, Any]) -> Iterator[str]:
    """The flaws of a field and all beneath it, from pydantic's core schema: it also shows what JSON Schema hides."""
    kind = schema["type"]
    if kind in ("default", "nullable", "model", "function-before"):
        if kind == "model" and not issubclass(schema["cls"], Value):
            yield f"{path} is not a frozen Value"
        yield from _walk(schema["schema"], path, owned, known)
    elif kind == "json-or-python":
        # A sealed field: what is written of it is a token.
        yield from _walk(schema["json_schema"], path, owned, known)
    elif kind == "definitions":
        yield from _walk(schema["schema"], path, owned, {d["ref"]: d for d in schema["definitions"]})
    elif kind == "definition-ref":
        if found := known.get(schema["schema_ref"]):
            rest = {ref: definition for ref, definition in known.items() if ref != schema["schema_ref"]}
            yield from _walk(found, path, owned, rest)
    elif kind == "model-fields":
        for name, field in schema["fields"].items():
            here = f"{path}.{name}" if path else name
            if owned and IDENTITY.fullmatch(name):
                yield f"{here} could carry identity or free text in clear; it stays with its owner"
            yield from _walk(field["schema"], here, owned, known)
    elif kind == "tuple":
        if schema.get("variadic_item_index") is not None and "max_length" not in schema:
            yield f"{path} may be endless; give max_length"
        for item in schema["items_schema"]:
            yield from _walk(item, f"{path}[]", owned, known)
    elif kind in ("union", "tagged-union"):
        choices: Iterable[Any] = schema["choices"].values() if kind == "tagged-union" else schema["choices"]
        for choice in choices:
            yield from _walk(choice[0] if isinstance(choice, tuple) else choice, path, owned, known)
    elif kind.startswith("function-"):
        if owned:
            yield f"{path or 'the class'} has a validator ({kind}) that no schema shows: the rule belongs to the domain"
        if "schema" in schema:
            yield from _walk(schema["schema"], path, owned, known)
    elif flaw := _scalar(kind, schema):
        yield f"{path} {flaw}"


def _scalar(kind: str, schema: Mapping[str, Any]) -> str | None:
    if kind == "str" and not schema.keys() & {"pattern", "max_length"}:
        return "is any text at all; give a pattern or max_length, or list its values"
    if kind == "str" and re.search(r"\\[dws]", str(schema.get("pattern", "")), re.I):
        return "has a pattern that means other characters in other languages; write [0-9] for \\d"
    if kind == "int" and not (schema.keys() & {"ge", "gt"} and schema.keys() & {"le", "lt"}):
        return "is any number at all; give ge and le, so that every database can hold it"
    if kind == "datetime":
        return None if schema.get("tz_constraint") == "aware" else "is a time without zone: write AwareDatetime"
    if kind in PLAIN | {"str", "int"}:
        return None
    return WRONG.get(kind, f"is of a kind ({kind}) that the published language does not use")
