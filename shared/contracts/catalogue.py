"""The event catalogue for people: what each event says, who says it, who hears it, and its fields."""

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

from shared.contracts import schema
from shared.contracts.event import Event

HEAD = """# Events

Made from the classes in this folder by `make contracts`. An event's type is `kith.<name>.v<version>`; bodies are JSON.
Every field here travels in the clear unless it is marked sealed: ids lead to nobody, and names, addresses, notes and
narrative stay with their owner.
"""


def document(events: Iterable[type[Event]]) -> str:
    """`catalogue.md`: a table of all events, then each with its fields."""
    events = tuple(events)
    parts = [HEAD, "| event | owner | subject | urgent | readers |", "|---|---|---|---|---|"]
    parts += [
        f"| [{e.name}](#{e.name}) | {e.owner} | {e.subject} | {'yes' if e.urgent else ''} | {', '.join(e.readers)} |"
        for e in events
    ]
    for owner, said in groupby(events, key=lambda event: event.owner):
        parts += ["", f"## {owner}"]
        for event in said:
            parts += ["", *_entry(event)]
    return "\n".join(parts) + "\n"


def _entry(event: type[Event]) -> list[str]:
    body = schema.of(event)
    needed = body.get("required", ())
    urgent = " Urgent: it is never merely parked or held." if event.urgent else ""
    return [
        f"### {event.name}",
        "",
        f"`{event.type()}` about a {event.subject}, heard by {', '.join(event.readers) or 'nobody'}.{urgent}",
        " ".join((event.__doc__ or "").split()),
        "",
        "| field | type | needed | mark | meaning |",
        "|---|---|---|---|---|",
        *(_row(name, field, name in needed, body) for name, field in body.get("properties", {}).items()),
    ]


def _row(name: str, field: Mapping[str, Any], needed: bool, root: Mapping[str, Any]) -> str:
    sealed = field.get("x-sealed")
    meaning = [
        field.get("description", ""),
        *(f"{k[2:]}: {v}" for k, v in field.items() if k[:2] == "x-" and k != "x-sealed"),
    ]
    cells = [
        name,
        _type(field, root),
        "yes" if needed else "",
        f"sealed: {', '.join(sealed)}" if sealed else "clear",
        "; ".join(filter(None, meaning)),
    ]
    return f"| {' | '.join(cell.replace('|', chr(92) + '|').replace(chr(10), ' ') for cell in cells)} |"


def _type(field: Mapping[str, Any], root: Mapping[str, Any]) -> str:
    if "$ref" in field:
        return _type(root["$defs"][field["$ref"].rpartition("/")[2]], root)
    for union in ("anyOf", "oneOf"):
        if union in field:
            return " or ".join(dict.fromkeys(_type(branch, root) for branch in field[union]))
    if "const" in field or "enum" in field:
        return ", ".join(f"`{value}`" for value in field.get("enum", [field.get("const")]))
    if field.get("type") == "array":
        return f"list of {_type(field.get('items', {}), root)}"
    if field.get("type") == "object":
        return f"{field.get('title', 'object')} {{{', '.join(field.get('properties', ()))}}}"
    words = {"date-time": "time with zone", "null": "null"}
    kind = field.get("format") or field.get("type", "anything")
    low, high = field.get("minimum"), field.get("maximum")
    span = f" {low}..{high}" if low is not None and high is not None else ""
    pattern = f" like `{field['pattern']}`" if "pattern" in field else ""
    return f"{words.get(kind, kind)}{span}{pattern}"
