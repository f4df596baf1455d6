"""A message, complete, and what may come of handing it over."""

from collections.abc import Awaitable, Callable, Collection
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from shared.contracts import values as v


@dataclass(frozen=True, slots=True)
class Letter:
    """One message, complete; whom it goes to is in no representation of it."""

    id: UUID
    channel: v.MessageChannel
    to: str = field(repr=False)
    sender: str
    subject: str = field(repr=False)
    body: str = field(repr=False)


class NotTaken(Exception):
    """It is certain that the message was not taken; it may be later."""


class Refused(Exception):
    """It is certain that the message was not taken, and never will be."""


Deliver = Callable[[Letter], Awaitable[None]]
"""Returns when the message was taken; raises NotTaken, Refused or, when nobody can say, whatever else."""


class Transport(Protocol):
    """A way to send; opening it proves, before anything is claimed, that somebody is there to take messages."""

    @property
    def carries(self) -> Collection[v.MessageChannel]: ...

    def open(self) -> AbstractAsyncContextManager[Deliver]:
        """Raises NotTaken when nobody is there."""
        ...
