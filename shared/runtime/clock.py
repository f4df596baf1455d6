"""The one place that reads the time and waits for it."""

import asyncio
import os
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path


class Clock:
    """Tells the time; a controlled clock can be set and then runs on from there.

    With `kept`, a file, it goes on where it was after the process was killed: otherwise every deadline between would
    fall due at once.
    """

    def __init__(self, controlled: bool = False, kept: Path | None = None) -> None:
        self.controlled = controlled
        self._kept = kept if controlled else None
        self._ahead = timedelta()
        if self._kept and self._kept.exists():
            self._ahead = timedelta(seconds=float(self._kept.read_text()))

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        return datetime.now(UTC) + self._ahead

    def set(self, moment: datetime) -> None:
        """Makes it that moment now; raises PermissionError on a clock that is not controlled."""
        if not self.controlled:
            raise PermissionError("this service runs on the system's clock; start it with KITH_CLOCK=controlled")
        self._ahead = moment - datetime.now(UTC)
        if self._kept:
            part = self._kept.with_name(f"{self._kept.name}.{os.getpid()}.part")
            part.write_text(repr(self._ahead.total_seconds()))
            part.replace(self._kept)


async def pause(seconds: float, unless: asyncio.Event) -> None:
    """Returns when the event is set, and in any case after so many seconds."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await unless.wait()


def elapsed() -> float:
    """Seconds on a clock that never jumps; only differences mean anything."""
    return time.monotonic()
