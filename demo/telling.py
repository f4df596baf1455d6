"""What is told while it happens: one picture that the doing changes and a screen, lines or nothing shows."""

from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from demo.calendar import FIRST, on, words
from demo.fates import Sent
from demo.sending import GOOD, LATE, TOLD, Outcome

KEPT_LINES = 60


@dataclass
class Picture:
    """All that is known of the demonstration at a moment."""

    now: datetime = FIRST
    chapter: str = "Starting"
    services: list[Mapping[str, Any]] = field(default_factory=list)
    hops: Sequence[tuple[str, float]] = ()
    """How long the last referral took from door to door, in milliseconds."""
    sent: Counter[str] = field(default_factory=Counter)
    fates: Counter[str] = field(default_factory=Counter)
    wishes: Counter[str] = field(default_factory=Counter)
    last: Sent | None = None
    lines: deque[tuple[datetime, str]] = field(default_factory=lambda: deque(maxlen=KEPT_LINES))


class Teller:
    """Keeps the picture, and hands each line to whoever shows it."""

    def __init__(self, line: Callable[[datetime, str], None], clock: Callable[[], datetime]) -> None:
        self.picture = Picture()
        self._line, self._clock = line, clock
        self._week = 0
        self._before: Counter[str] = Counter()
        self._aloud: dict[str, list[str]] = {}

    def chapter(self, title: str) -> None:
        """A new part of the story begins."""
        self.picture.chapter = title
        self.say(title)

    def say(self, what: str) -> None:
        """One thing happened, in plain words."""
        self.picture.lines.append((self._clock(), what))
        self._line(self._clock(), what)

    def sent(self, one: Sent) -> None:
        """Something was sent."""
        sending = one.sending
        self.picture.sent[sending.door] += 1
        if one.found is not None:
            self.picture.fates[one.found.fate] += 1
        if sending.case is not None:
            self.picture.last = one
        if sending.kind not in (GOOD, LATE, TOLD):
            self.say(f"{sending.sender.title}: {sending.kind} -> {_became(one.found)}.")

    def aloud(self, who: str, what: str) -> None:
        """Something happened to one client; said once a day, however many it happens to."""
        self._aloud.setdefault(what, []).append(who)

    def hush(self) -> None:
        """The day is over: says what is still to be said of it."""
        for what, whom in self._aloud.items():
            self.say(f"{whom[0]}{f' and {len(whom) - 1} more' if len(whom) > 1 else ''}: {what}.")
        self._aloud.clear()

    def day(self, number: int, told: Counter[str], reported: Sequence[Sent]) -> None:
        """The clock has come to that day; the week before is summed up when it is over."""
        self.picture.now = on(number)
        self.picture.wishes = told
        if number // 7 > self._week:
            self._sum_up(_every(told, reported))
            self._week = number // 7

    def over(self, told: Counter[str], reported: Sequence[Sent]) -> None:
        """The last week is over."""
        self._sum_up(_every(told, reported))

    def _sum_up(self, told: Counter[str]) -> None:
        new = told - self._before
        self._before = Counter(told)
        said = [f"{new[what]} {word}" for what, word in SUMMED.items() if new[what]]
        if said:
            self.say(f"Week {self._week + 1}: {', '.join(said)}.")


def _every(told: Counter[str], reported: Sequence[Sent]) -> Counter[str]:
    return told + Counter(one.sending.event_id.split("-", 3)[-1] for one in reported)


def _became(found: Outcome | None) -> str:
    if found is None:
        return "on its Kafka topic"
    if found == Outcome("received"):
        return "received; the rules are asked later"
    return f"{found.fate}, {found.code}" if found.code else found.fate


SUMMED: Mapping[str, str] = {
    "accept": "accepted",
    "decline": "declined",
    "confirm-match": "matches confirmed",
    "hold-session": "sessions held",
    "miss-session": "missed",
    "cancel-session": "called off",
    "hold-review": "reviews held",
    "end": "ended",
    "reopen": "came back",
}


def line(moment: datetime, what: str) -> str:
    """One line of a log."""
    return f"{words(moment)}  {what}"
