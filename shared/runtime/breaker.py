"""A breaker per topic: when nearly everything parks, reading stops, because the fault is then probably ours."""

from collections import deque
from collections.abc import Mapping, Sequence

WINDOW = 200
LEAST = 100
SHARE = 0.9
TRY_AGAIN_SECONDS = 60.0


class Breaker:
    """Remembers how the last records of each topic fared; an open breaker lets one batch through each minute."""

    def __init__(self) -> None:
        self._last: dict[str, deque[bool]] = {}
        self._closed_again: dict[str, float] = {}

    def note(self, parked: Mapping[str, Sequence[bool]], now: float) -> list[str]:
        """Notes which records parked, by topic, and returns the topics whose breaker opened by it."""
        opened = []
        for topic, fates in parked.items():
            last = self._last.setdefault(topic, deque(maxlen=WINDOW))
            trying = topic in self._closed_again
            if trying:
                last.clear()
            last.extend(fates)
            if (trying or len(last) >= LEAST) and sum(last) >= SHARE * len(last):
                self._closed_again[topic] = now + TRY_AGAIN_SECONDS
                opened.append(topic)
            else:
                self._closed_again.pop(topic, None)
        return opened

    def is_open(self, topic: str, now: float) -> bool:
        """Whether reading of the topic is stopped at `now`."""
        return now < self._closed_again.get(topic, now)
