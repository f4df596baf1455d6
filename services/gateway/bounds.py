"""When the gateway takes no more: too much at once through a public form, or too old a backlog behind it."""

from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta
from math import ceil

from shared.contracts.registry import is_urgent
from shared.runtime.engine import Engine
from shared.runtime.problems import Problem
from shared.runtime.wire import Record

AGAIN = 30
"""After how many seconds to try again while the backlog is too old."""
PHONE = "Nothing was kept. If you would rather not wait, phone the service instead; NHS 24 is 111, day and night."

_MINUTE = timedelta(minutes=1)


def backlog(engine: Engine) -> Problem | None:
    """Why nothing but what is urgent is taken just now, if so: what is taken would not be passed on soon."""
    if engine.backlog.oldest <= engine.settings.backlog_bound:
        return None
    return Problem(
        429,
        "backlog-too-old",
        f"What was taken before has not been passed on yet. Send it again in {AGAIN} seconds; only concerns, risks and "
        f"measures are taken now. {PHONE}",
        headers=((b"retry-after", b"%d" % AGAIN),),
    )


def within_backlog(engine: Engine, given: Sequence[Record | Problem]) -> Sequence[Record | Problem]:
    """The events, those that cannot be taken just now replaced by why; raises that when nothing else is left."""
    late = backlog(engine)
    if late is None:
        return given
    told = [one if isinstance(one, Problem) or is_urgent(_type_of(one)) else late for one in given]
    if all(one is late for one in told):
        raise late
    return told


def _type_of(record: Record) -> str:
    return (dict(record.headers).get("ce_type") or b"").decode()


class Turnstile:
    """Lets so many through each form in any minute; kept in memory, so each process counts for itself."""

    def __init__(self) -> None:
        self._passed: dict[str, deque[datetime]] = {}

    def enter(self, form: str, now: datetime, most: int) -> None:
        """One more has come through; raises Problem 429 when that is one too many."""
        passed = self._passed.setdefault(form, deque())
        while passed and not now - _MINUTE < passed[0] <= now:
            passed.popleft()
        if len(passed) >= most:
            seconds = ceil((passed[0] + _MINUTE - now).total_seconds())
            detail = f"Very many use this form just now. Try again in {seconds} seconds. {PHONE}"
            raise Problem(429, "too-many", detail, headers=((b"retry-after", b"%d" % seconds),))
        passed.append(now)
