"""From bytes that came over HTTP to validated values, or a Problem that names the field."""

import math
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from pydantic import BaseModel, ValidationError, create_model

from shared.runtime.problems import Problem, invalid, invalid_model, name_of

Model = TypeVar("Model", bound=BaseModel)

_BIGGEST = 2**63 - 1
_YEARS = range(1900, 2200)
_MOST_PARAMETERS = 100


def strict(model: type[BaseModel]) -> type[BaseModel]:
    """The same model, refusing fields it does not know: over HTTP a misspelt wish is told at once."""
    return create_model(
        model.__name__,
        __base__=model,
        __doc__=model.__doc__,
        __module__=model.__module__,
        __cls_kwargs__={"extra": "forbid"},
    )


def parse_body(model: type[Model], body: bytes) -> Model:
    """The body as a value of the model; raises Problem 400 (not JSON) or 422 (not the schema, or not storable)."""
    try:
        value = model.model_validate_json(body)
    except ValidationError as error:
        raise invalid_model(error) from None
    _refuse_unstorable(value)
    return value


def parse_query(model: type[Model] | None, query: bytes) -> Model | None:
    """The query string as a value of the model; raises Problem, also for a name that the model does not know."""
    try:
        pairs = parse_qsl(
            query.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_MOST_PARAMETERS,
        )
    except ValueError:
        raise Problem(400, "bad-query", "The query string cannot be read: it is not percent-encoded UTF-8.") from None
    given: dict[str, list[str]] = defaultdict(list)
    for name, value in pairs:
        given[name].append(value)
    known = {field.alias or name for name, field in model.model_fields.items()} if model else frozenset()
    if unknown := [name for name in given if name not in known]:
        raise Problem(
            422, "unknown-parameter", "There is no such parameter here.", errors=[(n, "unknown") for n in unknown]
        )
    if twice := [name for name, values in given.items() if len(values) > 1]:
        raise invalid([(name, "may be given once only") for name in twice])
    if model is None:
        return None
    try:
        asked = model.model_validate({name: values[0] for name, values in given.items()})
    except ValidationError as error:
        raise invalid_model(error) from None
    _refuse_unstorable(asked)
    return asked


def parse_form(body: bytes, many: Collection[str] = ()) -> dict[str, str | list[str]]:
    """What a browser sends of a form, an empty field being one left out; raises Problem, also for one given twice.

    A field named in `many` is a list.
    """
    try:
        pairs = parse_qsl(body.decode("ascii"), errors="strict", max_num_fields=_MOST_PARAMETERS)
    except ValueError:
        raise Problem(400, "bad-form", "The form cannot be read: it is not percent-encoded UTF-8.") from None
    given: dict[str, list[str]] = defaultdict(list)
    for name, value in pairs:
        given[name].append(value)
    if twice := [name for name, values in given.items() if len(values) > 1 and name not in many]:
        raise invalid([(name_of((name,)), "This may be answered once only.") for name in twice])
    return {name: values if name in many else values[0] for name, values in given.items()}


def _refuse_unstorable(value: BaseModel) -> None:
    if errors := [(name_of(place), message) for place, message in unstorable(value)]:
        raise invalid(errors)


def unstorable(value: Any, place: Sequence[int | str] = ()) -> Iterator[tuple[Sequence[int | str], str]]:
    """Every part of a value that is valid by type and yet cannot be kept or compared, and why."""
    if value is None or value is True or value is False:
        return
    if isinstance(value, str):
        if not value.isascii():
            try:
                value.encode()
            except UnicodeEncodeError:
                yield place, "holds half of a surrogate pair"
        if "\0" in value:
            yield place, "holds the character U+0000"
    elif isinstance(value, BaseModel):
        for name, inner in value.__dict__.items():
            yield from unstorable(inner, (*place, name))
        for name, inner in (value.model_extra or {}).items():
            yield from unstorable(inner, (*place, name))
    elif isinstance(value, int):
        if abs(value) > _BIGGEST:
            yield place, "is too large a number"
    elif isinstance(value, float):
        if not math.isfinite(value):
            yield place, "is not a finite number"
    elif isinstance(value, date):
        if value.year not in _YEARS:
            yield place, f"lies outside of the years {_YEARS.start} to {_YEARS.stop - 1}"
        if isinstance(value, datetime) and value.tzinfo is None:
            yield place, "must say its offset from UTC, as in 2026-03-01T09:00:00Z"
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from unstorable(key, (*place, "key"))
            yield from unstorable(inner, (*place, str(key)))
    elif isinstance(value, list | tuple | set | frozenset):
        for index, inner in enumerate(value):
            yield from unstorable(inner, (*place, index))
