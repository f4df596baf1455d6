"""Service processes that are started again when they die, later each time, and end with the one that started them."""

import asyncio
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from deploy.embedded.processes import Child, Delay, spawn
from shared.runtime.clock import pause

_LOOK = 0.05
_LONGEST_LOG = 50_000_000


class Kept:
    """One program that is kept running until told to stop."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        log: Path,
        *,
        drain: float,
        changed: Callable[["Kept"], None] = lambda _: None,
    ) -> None:
        self.name, self.log, self.restarts = name, log, 0
        self._command, self._environment = command, environment
        self._drain, self._changed = drain, changed
        self._stopping = asyncio.Event()
        self._child: Child | None = None

    @property
    def pid(self) -> int:
        """The process of now; 0 while there is none."""
        return self._child.pid if self._child is not None and self._child.running else 0

    async def keep(self) -> None:
        """Runs it, again whenever it ends, until `stop`; when this returns it has ended."""
        delay = Delay()
        try:
            while not self._stopping.is_set():
                begun = time.monotonic()
                self._child = self._spawn()
                self._changed(self)
                while self._child.running and not self._stopping.is_set():
                    await pause(_LOOK, self._stopping)
                if self._stopping.is_set():
                    return
                self.restarts += 1
                await pause(delay.after(time.monotonic() - begun), self._stopping)
        finally:
            if self._child is not None:
                await self._child.stop(signal.SIGTERM, self._drain)

    def stop(self) -> None:
        """Asks it to finish what it began and end: SIGTERM, and SIGKILL after the drain bound."""
        self._stopping.set()

    def _spawn(self) -> Child:
        if self.log.exists() and self.log.stat().st_size > _LONGEST_LOG:
            self.log.replace(self.log.with_suffix(".old.log"))
        return spawn(self.name, self._command, self.log, environment=self._environment)
