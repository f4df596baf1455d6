"""The one place that reads the time."""

import time
from datetime import UTC, datetime, timedelta


class Clock:
    """Tells the time; a controlled clock can be set and then runs on from there."""

    def __init__(self, controlled: bool = False) -> None:
        self.controlled = controlled
        self._ahead = timedelta()

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        return datetime.now(UTC) + self._ahead

    def set(self, moment: datetime) -> None:
        """Makes it that moment now; raises PermissionError on a clock that is not controlled."""
        if not self.controlled:
            raise PermissionError("this service runs on the system's clock; start it with KITH_CLOCK=controlled")
        self._ahead = moment - datetime.now(UTC)


def elapsed() -> float:
    """Seconds on a clock that never jumps; only differences mean anything."""
    return time.monotonic()
