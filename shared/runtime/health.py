"""Three kinds of health, judged from what the loops wrote down; asking never touches the broker or the database."""

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(slots=True)
class Loop:
    """One loop of the process: it must complete a turn, a retry included, within its bound (seconds)."""

    bound: float
    last_turn: float


@dataclass(slots=True)
class Progress:
    """How far one partition is heard, and since when it has stood there although there was more."""

    position: int
    end: int
    waiting_since: float | None = None


@dataclass(slots=True)
class Facts:
    """What the loops recorded; every time is of one monotonic clock, and None means no, or not yet."""

    loops: dict[str, Loop] = field(default_factory=dict)
    database_since: float | None = None
    broker_since: float | None = None
    migrated: bool = False
    other_version: bool = False
    consumes: bool = False
    assigned: bool = False
    progress: dict[tuple[str, int], Progress] = field(default_factory=dict)
    behind: dict[str, float] = field(default_factory=dict)
    open_breakers: set[str] = field(default_factory=set)
    refused: int = 0


@dataclass(frozen=True, slots=True)
class Judgement:
    """Live: not stuck. Serve: may be sent requests. Consume: hears what others say. Fresh: seconds behind, by topic."""

    live: bool
    serve: bool
    consume: bool
    fresh: Mapping[str, float]
    reasons: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def judge(facts: Facts, now: float, stuck_bound: float) -> Judgement:
    """The three kinds of health at `now`, with a reason for every no and for what a person must mend."""
    stuck = [
        f"The {name} loop has not completed a turn for {now - loop.last_turn:.0f} s (bound {loop.bound:.0f} s)."
        for name, loop in sorted(facts.loops.items())
        if now - loop.last_turn > loop.bound
    ]
    if facts.database_since is not None and facts.broker_since is not None:
        both_since = max(facts.database_since, facts.broker_since)
        stuck += [
            f"Partition {partition} of {topic} stands at {at.position} although its log goes on to {at.end}, "
            f"and broker and database answer."
            for (topic, partition), at in sorted(facts.progress.items())
            if at.waiting_since is not None
            and topic not in facts.open_breakers
            and now - max(at.waiting_since, both_since) > stuck_bound
        ]
    deaf = []
    if facts.consumes:
        deaf += [] if facts.broker_since is not None else ["Kafka does not answer."]
        deaf += [] if facts.assigned else ["No partition is assigned to this process yet."]
        deaf += [
            f"The breaker of {topic} is open: nearly everything there parks." for topic in sorted(facts.open_breakers)
        ]
    closed = [] if facts.database_since is not None else ["PostgreSQL does not answer."]
    if facts.other_version:
        closed += ["Another version of this program is at work; this one begins when the last process of it has ended."]
    elif not facts.migrated:
        closed += ["The migrations have not been applied."]
    mute = []
    if facts.refused:
        mute = [f"Kafka refuses {facts.refused} of this service's events, and their subjects wait: see /ops/relay."]
    return Judgement(
        live=not stuck,
        serve=not closed,
        consume=not deaf and not closed,
        fresh=dict(sorted(facts.behind.items())),
        reasons=tuple(stuck + closed + deaf + mute),
    )


class Health:
    """Where the loops of one process write down how they fare, and the probes read."""

    def __init__(self, stuck_bound: float = 30.0, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._now, self._stuck_bound = monotonic, stuck_bound
        self.facts = Facts()

    def watch(self, loop: str, bound: float | None = None) -> None:
        """From now on the loop must complete a turn within its bound."""
        self.facts.loops[loop] = Loop(bound or self._stuck_bound, self._now())

    def unwatch(self, loop: str) -> None:
        """The loop ended as it should."""
        self.facts.loops.pop(loop, None)

    def turn(self, loop: str) -> None:
        """The loop completed a turn; one that only found that it must retry counts, one that has ended does not."""
        if (known := self.facts.loops.get(loop)) is not None:
            known.last_turn = self._now()

    def database(self, answers: bool) -> None:
        self.facts.database_since = _since(self.facts.database_since, answers, self._now())

    def broker(self, answers: bool) -> None:
        self.facts.broker_since = _since(self.facts.broker_since, answers, self._now())

    def migrated(self, applied: bool = True) -> None:
        self.facts.migrated = applied

    def other_version(self, is_there: bool) -> None:
        """Another version of the program, with read models of another shape, is at work."""
        self.facts.other_version = is_there

    def consumes(self, does: bool = True) -> None:
        """This process hears topics, so readiness to consume is a question."""
        self.facts.consumes = does

    def assigned(self, partitions: set[tuple[str, int]]) -> None:
        """These partitions, and no others, are this process's now."""
        self.facts.assigned = bool(partitions)
        for gone in self.facts.progress.keys() - partitions:
            del self.facts.progress[gone]

    def moved(self, topic: str, partition: int, position: int, end: int) -> None:
        """The next offset to hear is `position`, and the log ends before `end`."""
        before = self.facts.progress.get((topic, partition))
        waiting = None
        if end > position:
            stands = before is not None and before.position == position
            waiting = before.waiting_since if before is not None and stands else self._now()
            waiting = self._now() if waiting is None else waiting
        self.facts.progress[(topic, partition)] = Progress(position, end, waiting)

    def behind(self, topic: str, seconds: float) -> None:
        """The oldest record of the topic that is not yet heard is this old."""
        self.facts.behind[topic] = seconds

    def breaker(self, topic: str, is_open: bool) -> None:
        (self.facts.open_breakers.add if is_open else self.facts.open_breakers.discard)(topic)

    def refused(self, events: int) -> None:
        """So many events of this service are refused by Kafka for what they are."""
        self.facts.refused = events

    def judgement(self) -> Judgement:
        """The health now."""
        return judge(self.facts, self._now(), self._stuck_bound)


def _since(before: float | None, answers: bool, now: float) -> float | None:
    if not answers:
        return None
    return now if before is None else before
