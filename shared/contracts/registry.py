"""The published language as one value: bytes to events and back, whatever version they were written in."""

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, get_args

from pydantic import ValidationError
from pydantic_core import SchemaSerializer, from_json, to_json

import shared.contracts
from shared.contracts.event import Event
from shared.contracts.sealed import SealedTo
from shared.contracts.topics import SERVICES
from shared.contracts.upcasters import UPCASTERS, Upcaster
from shared.runtime.service import Clear, UnknownType

MODULES = (*SERVICES, "intake")
"""Where event classes live: one module or package per owner, and what outsiders send."""

URGENT_FAMILIES = ("concern-", "measure-", "risk-")
"""How the names begin of what may concern somebody's safety."""


class Registry:
    """Every event type there is, in its newest form, with the way there from each older version.

    Raises ValueError when two classes are the same type, or an upcaster leads nowhere.
    """

    def __init__(self, events: Iterable[type[Event]], upcasters: Mapping[str, Upcaster] = UPCASTERS) -> None:
        newest: dict[str, type[Event]] = {}
        for event in events:
            other = newest.get(event.name)
            if other and other.version == event.version:
                raise ValueError(f"{event.type()} is two classes: {other.__qualname__} and {event.__qualname__}.")
            if not other or other.version < event.version:
                newest[event.name] = event
        self.events = tuple(sorted(newest.values(), key=lambda event: (event.owner, event.subject, event.name)))
        self._readers: dict[str, tuple[Callable[..., Any], tuple[Upcaster, ...]]] = {}
        self._writers: dict[type[Event], SchemaSerializer] = {}
        self._sealed: dict[type[Event], tuple[str, ...]] = {}
        for event in self.events:
            if sealed := sealed_fields(event):
                self._sealed[event] = sealed
            self._writers[event] = event.__pydantic_serializer__
            steps: tuple[Upcaster, ...] = ()
            self._readers[event.type()] = event.__pydantic_validator__.validate_json, steps
            for version in range(event.version - 1, 0, -1):
                if (older := f"kith.{event.name}.v{version}") not in upcasters:
                    break
                steps = (upcasters[older], *steps)
                self._readers[older] = event.__pydantic_validator__.validate_json, steps
        if lost := upcasters.keys() - {type for type, (_, steps) in self._readers.items() if steps}:
            raise ValueError(
                f"No newer version is reached from {', '.join(sorted(lost))}: an upcaster or a class is missing."
            )
        self._urgent = frozenset(event.name for event in self.events if event.urgent)
        self._names = frozenset(event.name for event in self.events)

    def decode(self, type: str, body: bytes) -> Any:
        """The newest form of the body.

        Raises UnknownType, or ValueError with one line of reason, which never repeats a value of the body. Numbers
        and dates are taken as the schema says and never guessed from text; of a doubled key the last one counts, as
        in PostgreSQL.
        """
        if (reader := self._readers.get(type)) is None:
            raise UnknownType(type)
        validate, steps = reader
        if not body:
            raise ValueError("The body is empty.")
        if b"\\u0000" in body or b"NaN" in body or b"Infinity" in body:
            _refuse_unstorable(body)
        try:
            return validate(_upcast(body, steps) if steps else body, strict=True)
        except ValidationError as error:
            raise ValueError(_reason(error)) from None

    def encode(self, event: Event) -> bytes:
        """Compact JSON, always the same bytes for one event; raises ValueError for what no reader could decode."""
        if (writer := self._writers.get(type(event))) is None:
            raise ValueError(f"{type(event).__qualname__} is not the newest form of a published type.")
        body = writer.to_json(event)
        if b"\\u0000" in body:
            _refuse_unstorable(body)
        return body

    def sealed(self, event: Event, seal: Callable[[Clear], str]) -> Event:
        """The event with a token in place of whatever was to be sealed."""
        names = self._sealed.get(type(event), ())
        clear = {name: value for name in names if isinstance(value := getattr(event, name), Clear)}
        return event.model_copy(update={name: seal(value) for name, value in clear.items()}) if clear else event

    def tokens(self, event: Event) -> Sequence[str]:
        """What of the event is sealed."""
        if (names := self._sealed.get(type(event))) is None:
            return ()
        return [value for name in names if isinstance(value := getattr(event, name), str)]

    def is_urgent(self, type: str) -> bool:
        """Whether an event of that name may never be merely parked or held, in any version, known or not.

        A name that nobody declared counts by its family: what may concern somebody's safety is not waited for.
        """
        name = type.removeprefix("kith.").rpartition(".v")[0]
        return name in self._urgent or (name.startswith(URGENT_FAMILIES) and name not in self._names)

    def knows(self, type: str) -> bool:
        """Whether bodies of that type and version can be decoded here."""
        return type in self._readers


def sealed_fields(event: type[Event]) -> tuple[str, ...]:
    """The fields of an event that cross Kafka sealed; `X | None` counts, and only fields of the event itself do."""
    return tuple(
        name
        for name, field in event.model_fields.items()
        if any(isinstance(mark, SealedTo) for mark in (*field.metadata, *_marks(field.annotation)))
    )


def _marks(annotation: Any) -> Iterator[Any]:
    yield from getattr(annotation, "__metadata__", ())
    for inner in get_args(annotation):
        yield from _marks(inner)


@cache
def published() -> Registry:
    """The registry of every class under `shared.contracts`."""
    for module in pkgutil.iter_modules(shared.contracts.__path__):
        if module.name in MODULES:
            found = importlib.import_module(f"shared.contracts.{module.name}")
            for inner in pkgutil.walk_packages(getattr(found, "__path__", ()), f"{found.__name__}."):
                importlib.import_module(inner.name)
    return Registry(event for event in _below(Event) if event.__module__.startswith("shared.contracts."))


def is_urgent(type: str) -> bool:
    """Whether an event of that name may never be merely parked or held, by what is published."""
    return published().is_urgent(type)


def _below(event: type[Event]) -> Iterator[type[Event]]:
    for child in event.__subclasses__():
        yield child
        yield from _below(child)


def _upcast(body: bytes, steps: tuple[Upcaster, ...]) -> bytes:
    value = from_json(body)
    try:
        if not isinstance(value, dict):
            raise TypeError
        for step in steps:
            value = step(value)
        return to_json(value)
    except Exception as error:
        raise ValueError(f"The body is not of that version: {type(error).__name__} on its way to the newest.") from None


def _refuse_unstorable(body: bytes) -> None:
    """PostgreSQL keeps no NUL in text or jsonb (22P05), and NaN is no JSON: refused wherever in the body they stand."""
    if _holds_nul(from_json(body, allow_inf_nan=False)):
        raise ValueError("A text holds the character \\u0000.")


def _holds_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any(_holds_nul(key) or _holds_nul(inner) for key, inner in value.items())
    return isinstance(value, list) and any(map(_holds_nul, value))


def _reason(error: ValidationError) -> str:
    # Listing the errors of a megabyte of wrong items takes seconds; counting them takes none.
    if (count := error.error_count()) > 100:
        return f"{count} things are wrong."
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(map(str, first["loc"]))
    more = f" ({count - 1} more)" if count > 1 else ""
    return f"{where + ': ' if where else ''}{first['msg']}{more}"[:300]
