"""A message, complete, and what may come of handing it over."""

from collections.abc import Awaitable, Callable, Collection
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Literal, Protocol
from uuid import UUID

Channel = Literal["text", "email", "phone"]
"""A way to reach somebody; by phone the words are read out."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One message, complete; whom it goes to is in no representation of it."""

    id: UUID
    channel: Channel
    to: str = field(repr=False)
    sender: str
    subject: str = field(repr=False)
    body: str = field(repr=False)
    may_be_stopped: bool = True
    """Whether whoever gets it may ask for no more of them."""


class NotTaken(Exception):
    """It is certain that the message was not taken; it may be later."""


class Refused(Exception):
    """It is certain that the message was not taken, and never will be."""


Deliver = Callable[[Letter], Awaitable[None]]
"""Returns when the message was taken; raises NotTaken, Refused or, when nobody can say, whatever else."""


class Transport(Protocol):
    """A way to send; opening it proves, before anything is claimed, that somebody is there to take messages."""

    @property
    def carries(self) -> Collection[Channel]: ...

    def open(self) -> AbstractAsyncContextManager[Deliver]:
        """Raises NotTaken when nobody is there."""
        ...
