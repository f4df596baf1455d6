"""What a running service has in hand, passed to every function that does I/O."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from uuid import UUID

from uuid_utils.compat import uuid7

from shared.runtime.clock import Clock
from shared.runtime.database import Database
from shared.runtime.decisions import Mind, unsealed
from shared.runtime.keyring import Keyring
from shared.runtime.master_keys import NOT_SET, BadMasterKeys, MasterKeys
from shared.runtime.metrics import Metrics
from shared.runtime.service import Clear, Service
from shared.runtime.settings import Settings


@dataclass(slots=True)
class Backlog:
    """How long the oldest event that could be sent has been waiting for it, in seconds, as it was last measured."""

    oldest: float = 0.0
    _last: float = 0.0

    def measured(self, seconds: float) -> None:
        """Counts what two measures in a row found: a clock set forward makes everything old until it is sent."""
        self.oldest, self._last = min(self._last, seconds), seconds


@dataclass(frozen=True)
class Engine:
    """One service at work: its values, its doors, and the nudges by which its loops wake one another."""

    service: Service
    settings: Settings
    database: Database
    clock: Clock
    metrics: Metrics
    mind: Mind
    producers: Mapping[str, str] = field(default_factory=dict)
    """The organisation of each name that may send to an intake topic."""
    keyring: Keyring | None = None
    """The keys of a service with a vault, if it was given master keys."""
    new_id: Callable[[], UUID] = uuid7
    said: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when something was journalled, so that the relay need not wait for its poll."""
    due: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when deadlines may have changed or the clock was moved."""
    backlog: Backlog = field(default_factory=Backlog)

    retold: dict[UUID, set[str]] = field(default_factory=dict)
    """What was heard before the database was restored, with the own subjects of which it said something."""

    def seal(self, clear: Clear) -> str:
        """The token of what only one service is to read; raises NoKeyYet."""
        return unsealed(clear) if self.keyring is None else self.keyring.seal(clear)

    def mark(self, words: bytes) -> bytes:
        """What is kept of words to know them again; where there is a vault, it confirms no guess after an erasure."""
        return words if self.keyring is None else self.keyring.masters.mark(words)

    def is_mark(self, mark: bytes, words: bytes) -> bool:
        """Whether that was kept of these words; where nobody can tell any more, it is taken to be."""
        return mark == words if self.keyring is None else self.keyring.masters.is_mark(mark, words)


def check_master_keys(service: Service, settings: Settings) -> None:
    """A service with a vault has its master keys; raises BadMasterKeys."""
    if not service.vault:
        return
    if settings.master_keys is None:
        raise BadMasterKeys(NOT_SET)
    MasterKeys(settings.master_keys)


def make_engine(service: Service, settings: Settings, producers: Mapping[str, str]) -> Engine:
    """The engine of a service under these settings; connects to nothing. Raises BadMasterKeys."""
    masters = settings.master_keys if service.vault else None
    return Engine(
        service,
        settings,
        Database(settings),
        Clock(settings.clock == "controlled", settings.clock_file),
        Metrics(service.name, version("kith")),
        Mind(service),
        producers,
        Keyring(MasterKeys(masters)) if masters else None,
    )
