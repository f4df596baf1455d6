"""What a service is made of: the values a `service.py` wires together, and nothing that runs."""

import asyncio
import hashlib
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

from shared.runtime.envelope import Envelope


class Refusal(Exception):
    """A rule said no: an answer with a stable code, never a fault."""

    def __init__(self, code: str, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.field = code, message, field


class UnknownType(Exception):
    """No version of this program's contracts knows the event type; a later one may."""


@dataclass(frozen=True, slots=True)
class Clear:
    """What an event is to carry sealed, as long as it is in memory: bytes that only that service is to read.

    It is sealed before it is journalled; whoever would write it down otherwise meets an error.
    """

    content: bytes = field(repr=False)
    to: str


@dataclass(frozen=True, slots=True)
class Secret:
    """Something about a person that the vault is to keep under a name, in place of what it kept there.

    `content` is clear bytes, or the token of a sealed field of an event that this service can open. `finds` are facts
    by which the person is found again, by kind (`phone/0` and `phone/1` are both a phone); those of sealed content are
    given by the service's `finders`. What is to be kept only `unless_kept` leaves what the vault has under the name.
    """

    person_id: UUID
    name: str
    content: bytes | str | Clear = field(repr=False)
    finds: Mapping[str, str] = field(default_factory=dict, repr=False)
    submission_id: UUID | None = None
    unless_kept: bool = False


@dataclass(frozen=True, slots=True)
class Aggregate:
    """How one kind of subject thinks; every function is pure.

    A command is a frozen value with the `subject` it is about (`referral/<uuid>`), the time `at` which what it tells
    happened, and `creates`, true, where it may be the first that is said of its subject. In the transaction of its
    events the vault does what it asks: `secrets` (of Secret), `forgets` (of person and name), `erases` (ids of persons
    or submissions, of whom nothing can be read again).

    `decide` raises Refusal; `deadlines` says what must be thought about and when; `due` are the commands that a
    passed deadline becomes, on this subject and on any that an invariant binds it to.
    """

    kind: str
    initial: Any
    decide: Callable[[Any, Any], Sequence[Any]]
    evolve: Callable[[Any, Any], Any]
    deadlines: Callable[[Any], Mapping[str, datetime]] = lambda _: {}
    due: Callable[[str, str, datetime], Sequence[Any]] = lambda *_: ()


@dataclass(frozen=True, slots=True)
class Reaction:
    """What hearing one event type means here: the own subjects it touches, and the commands it becomes.

    `refused` are the commands by which it is told that a rule said no to all of those, on subjects among the same
    targets; the record's fate stays `refused`. A rule must not say no to these as well: that is a fault, and parks it.
    """

    targets: Callable[[Envelope], Sequence[str]]
    react: Callable[[Envelope, Mapping[str, Any]], Sequence[Any]]
    refused: Callable[[Envelope, Refusal], Sequence[Any]] = lambda *_: ()


@dataclass(frozen=True, slots=True)
class Projection:
    """A read model: one row per stream, the pure fold of that stream alone.

    `apply(row or None, envelope) -> row or None`; a row is a frozen dataclass of type `row`, whose fields are the
    table's columns and whose first two are `id: UUID` and `organisation: str`. `ddl` makes `{table}`. `key` names the
    table in this shape and no other.
    """

    table: str
    topic: str
    kind: str
    row: type
    apply: Callable[[Any, Envelope], Any]
    ddl: str
    key: str = field(init=False)

    def __post_init__(self) -> None:
        columns = ",".join(column.name for column in fields(self.row))
        shape = hashlib.sha256(f"{self.ddl}{columns}".encode()).hexdigest()
        object.__setattr__(self, "key", f"{self.table}@{shape[:12]}")


class Registry(Protocol):
    """The published language, as the runtime needs it: bytes to values and back."""

    def decode(self, type: str, body: bytes) -> Any:
        """The newest form of the body.

        Raises UnknownType, or ValueError when the bytes are not of that type, saying why without a word of the body.
        """

    def encode(self, event: Any) -> bytes:
        """The body; raises ValueError for what no reader could decode, and for what was to be sealed and is not."""

    def sealed(self, event: Any, seal: Callable[[Clear], str]) -> Any:
        """The event with a token in place of whatever was to be sealed."""

    def tokens(self, event: Any) -> Sequence[str]:
        """What of the event is sealed."""

    def is_urgent(self, type: str) -> bool: ...

    def knows(self, type: str) -> bool: ...


@dataclass(frozen=True)
class Service:
    """Everything that makes one service this one and no other.

    `intake` answers what outsiders send, whatever its type; its envelope's data are the bytes as they came. `works` are
    the service's own loops: each is given the engine, the health and the event to end by, and runs in every instance.
    With a `vault` it has master keys, keeps secrets, and keeps what outsiders send sealed; `finders` say by which facts
    a person is found whose contents of that name came sealed, and `erasing` whom an own event of that type erased.
    """

    name: str
    registry: Registry
    hears: Sequence[str] = ()
    aggregates: Sequence[Aggregate] = ()
    reactions: Mapping[str, Reaction] = field(default_factory=dict)
    intake: Reaction | None = None
    projections: Sequence[Projection] = ()
    routes: Sequence[Any] = ()
    works: Sequence[Callable[[Any, Any, asyncio.Event], Coroutine[Any, Any, None]]] = ()
    home: Path = Path()
    vault: bool = False
    finders: Mapping[str, Callable[[bytes], Mapping[str, str]]] = field(default_factory=dict)
    erasing: Mapping[str, Callable[[Any], Sequence[UUID]]] = field(default_factory=dict)

    @cached_property
    def shape(self) -> str:
        """What tells these read models from those of another version of the program: twelve hexadecimal digits."""
        return hashlib.sha256(",".join(sorted(p.key for p in self.projections)).encode()).hexdigest()[:12]

    @property
    def topic(self) -> str:
        """The one topic this service owns."""
        return f"kith.{self.name}"
