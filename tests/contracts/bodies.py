"""Hypothesis strategies for the bodies that a published schema allows, in the subset our models produce."""

import re
from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

Schema = Mapping[str, Any]

SAFE_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
FORMATS = {
    "uuid": st.uuids().map(str),
    "date": st.dates().map(str),
    "date-time": st.datetimes().map(lambda t: f"{t.isoformat()}Z"),
}


def bodies(schema: Schema, root: Schema | None = None) -> st.SearchStrategy[Any]:
    """Values valid under the schema; optional fields come and go, and so does a field that nobody knows."""
    root = root or schema
    if "$ref" in schema:
        return st.deferred(lambda: bodies(root["$defs"][schema["$ref"].rpartition("/")[2]], root))
    for union in ("anyOf", "oneOf"):
        if union in schema:
            return st.one_of([bodies(branch, root) for branch in schema[union]])
    if "const" in schema or "enum" in schema:
        return st.sampled_from(schema.get("enum") or [schema["const"]])
    if schema.get("type") == "object":
        return _objects(schema, root)
    if schema.get("type") == "array":
        least, most = schema.get("minItems", 0), min(schema.get("maxItems", 4), schema.get("minItems", 0) + 4)
        return st.lists(bodies(schema["items"], root), min_size=least, max_size=most)
    return _scalars(schema)


def _objects(schema: Schema, root: Schema) -> st.SearchStrategy[dict[str, Any]]:
    fields = {name: bodies(field, root) for name, field in schema.get("properties", {}).items()}
    needed = set(schema.get("required", ()))
    unknown = st.dictionaries(
        st.just("not_known_yet"), st.none() | st.integers() | SAFE_TEXT | st.just([{}]), max_size=1
    )
    known = st.fixed_dictionaries(
        {name: field for name, field in fields.items() if name in needed},
        optional={name: field for name, field in fields.items() if name not in needed},
    )
    return st.builds(lambda a, b: {**a, **b}, known, unknown)


def _scalars(schema: Schema) -> st.SearchStrategy[Any]:
    match schema.get("type"):
        case "string" if "format" in schema:
            return FORMATS[schema["format"]]
        case "string" if "pattern" in schema:
            return st.from_regex(re.compile(schema["pattern"], re.ASCII), fullmatch=True)
        case "string":
            return st.text(
                st.characters(exclude_categories=["Cs"], exclude_characters="\0"),
                min_size=schema.get("minLength", 0),
                max_size=schema.get("maxLength", 60),
            )
        case "integer":
            return st.integers(schema.get("minimum"), schema.get("maximum"))
        case "number":
            return st.integers(-1000, 1000) | st.floats(
                schema.get("minimum"), schema.get("maximum"), allow_nan=False, allow_infinity=False
            )
        case "boolean":
            return st.booleans()
        case "null":
            return st.none()
    raise NotImplementedError(f"No strategy for {schema}")
