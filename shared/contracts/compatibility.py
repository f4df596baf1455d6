"""Whether what is published stays readable: every body the old schema allows must mean the same under the new one.

Written for the JSON Schema that our models produce. A keyword that it does not know may not change, so that what
it cannot judge counts as a break.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

Schema = Mapping[str, Any]

LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems")
UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems")
NOTES = {
    "title",
    "description",
    "examples",
    "deprecated",
    "default",
    "$id",
    "$schema",
    "$defs",
    "x-readers",
    "x-urgent",
}
JUDGED = {*LOWER, *UPPER, *NOTES, "type", "const", "enum", "pattern", "properties", "required"}
JUDGED |= {"items", "prefixItems", "additionalProperties"}
PYTHON: dict[str, Any] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
    "array": list,
    "object": dict,
}


@dataclass(frozen=True, slots=True)
class Break:
    """One thing that worked and would not any more: where, what, and whose."""

    path: str
    what: str
    readers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Place:
    old_root: Schema
    new_root: Schema
    path: str
    readers: tuple[str, ...]
    above: frozenset[tuple[int, int]] = frozenset()

    def at(self, step: str, old: Schema) -> "_Place":
        path = f"{self.path}.{step}" if self.path and step[0] != "[" else self.path + step
        return replace(self, path=path, readers=tuple(old.get("x-readers", self.readers)))

    def broken(self, what: str) -> Break:
        return Break(self.path, what, self.readers)


def breaks(old: Schema, new: Schema) -> list[Break]:
    """What the new schema of one type breaks for those who read or still hold bodies of the old; empty when nothing."""
    readers = tuple(sorted({*old.get("x-readers", ()), *new.get("x-readers", ())}))
    place = _Place(old, new, "", readers)
    found = list(_between(old, new, place))
    if old.get("x-urgent") and not new.get("x-urgent"):
        found.append(place.broken("is no longer urgent"))
    return found


def _between(old: Schema, new: Schema, place: _Place) -> Iterator[Break]:
    # A value may contain its own kind: what is being compared further up holds here as well.
    if (pair := (id(old), id(new))) in place.above:
        return
    place = replace(place, above=place.above | {pair})
    candidates = _branches(new, place.new_root)
    for branch in _branches(old, place.old_root):
        attempts = [list(_compare(branch, candidate, place)) for candidate in candidates]
        if all(attempts):
            # The nearest candidate explains best: of the same kind, then with the fewest differences.
            order = sorted(
                zip(attempts, candidates, strict=True), key=lambda a: (_kind(a[1]) != _kind(branch), len(a[0]))
            )
            yield from order[0][0]


def _branches(schema: Schema, root: Schema) -> list[Schema]:
    """The alternatives of a schema, references followed; what stands beside a reference or a union belongs to each."""
    if "$ref" in schema:
        beside = {key: value for key, value in schema.items() if key != "$ref"}
        return _branches({**root["$defs"][schema["$ref"].rpartition("/")[2]], **beside}, root)
    for union in ("anyOf", "oneOf"):
        if union in schema:
            beside = {k: v for k, v in schema.items() if k not in (union, *NOTES)}
            return [b for branch in schema[union] for b in _branches({**branch, **beside}, root)]
    return [schema]


def _kind(schema: Schema) -> tuple[str, ...]:
    """What a branch is at first sight: its type and, for a tagged object, its tags."""
    tags = (f"{k}={v['const']!r}" for k, v in schema.get("properties", {}).items() if "const" in v)
    return (str(schema.get("type")), *tags)


def _compare(old: Schema, new: Schema, place: _Place) -> Iterator[Break]:
    for key in sorted(old.keys() | new.keys()):
        if key.startswith("x-") and key not in NOTES and key in old and old[key] != new.get(key):
            yield place.broken(f"changes its meaning: {key} was {old[key]!r} and is {new.get(key)!r}")
        elif not key.startswith("x-") and key not in JUDGED and old.get(key) != new.get(key):
            yield place.broken(f"changes its {key}: was {old.get(key)!r} and is {new.get(key)!r}")
    if values := _values(old):
        if refused := [value for value in values if not _admits(new, value)]:
            yield place.broken(f"no longer allows {', '.join(map(repr, refused))}")
        return
    if allowed := _values(new):
        yield place.broken(f"now allows only {', '.join(map(repr, allowed))}")
        return
    if not _same_type(old.get("type"), new.get("type")):
        yield place.broken(f"changes its type: was {old.get('type', 'any')} and is {new.get('type')}")
        return
    for key in (*LOWER, *UPPER):
        if key in new and (key not in old or (old[key] < new[key] if key in LOWER else old[key] > new[key])):
            yield place.broken(f"is narrowed: {key} was {old.get(key, 'not set')} and is {new[key]}")
    if new.get("pattern") not in (None, old.get("pattern")):
        yield place.broken(f"is narrowed: pattern was {old.get('pattern', 'not set')} and is {new['pattern']}")
    inner = dict(_inner(old))
    for step, schema in _inner(new):
        yield from _between(inner.get(step, {}), schema, place.at(step, inner.get(step, {})))
    yield from _fields(old, new, place)


def _inner(schema: Schema) -> Iterator[tuple[str, Schema]]:
    if "items" in schema:
        yield "[]", schema["items"]
    for n, item in enumerate(schema.get("prefixItems", ())):
        yield f"[{n}]", item
    if isinstance(rest := schema.get("additionalProperties", True), Mapping):
        yield "[*]", rest
    elif rest is False:
        yield "[*]", {"not": {}}


def _fields(old: Schema, new: Schema, place: _Place) -> Iterator[Break]:
    before, after = old.get("properties", {}), new.get("properties", {})
    needed_before, needed = set(old.get("required", ())), set(new.get("required", ()))
    for name, field in before.items():
        here = place.at(name, field)
        if name not in after:
            yield here.broken("is removed")
            continue
        yield from _between(field, after[name], here)
        if name in needed and name not in needed_before:
            yield here.broken("becomes required")
        elif name not in needed_before and field.get("default") != after[name].get("default"):
            was, now = field.get("default"), after[name].get("default")
            yield here.broken(f"changes what its absence means: was {was!r} and is {now!r}")
    for name in sorted(needed - before.keys()):
        yield place.at(name, {}).broken("is new and required")


def _values(schema: Schema) -> list[Any]:
    return [schema["const"]] if "const" in schema else list(schema.get("enum", ()))


def _same_type(old: Any, new: Any) -> bool:
    return new in (None, old) or (old, new) == ("integer", "number")


def _admits(schema: Schema, value: Any) -> bool:
    if listed := _values(schema):
        return any(type(value) is type(other) and value == other for other in listed)
    expected = schema.get("type")
    if expected and (not isinstance(value, PYTHON[expected]) or (isinstance(value, bool) and expected != "boolean")):
        return False
    if isinstance(value, str):
        fits = schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value))
        return fits and "format" not in schema and re.search(schema.get("pattern", ""), value) is not None
    if isinstance(value, int | float):
        return (
            schema.get("minimum", value) <= value <= schema.get("maximum", value)
            and not ("exclusiveMinimum" in schema and value <= schema["exclusiveMinimum"])
            and not ("exclusiveMaximum" in schema and value >= schema["exclusiveMaximum"])
        )
    return True
