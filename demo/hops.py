"""How long each hop takes, by the services' own records of it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from demo.fates import Sent
from demo.house import House, side_by_side

MILLISECOND = 1000.0
JOURNAL, HEARD, REACTED, SEEN, WHOLE = (
    "journal -> Kafka",
    "Kafka -> heard by referrals",
    "referrals: journal -> Kafka",
    "Kafka -> seen by evaluation",
    "end to end: received -> seen by evaluation",
)


@dataclass(frozen=True, slots=True)
class Hops:
    """The times of one referral on its way, by this machine's clock."""

    received: datetime
    """Decided by the gateway."""
    sent: datetime
    """Acknowledged by Kafka, and marked so."""
    heard: datetime
    """Taken by referrals."""
    decided: datetime
    sent_on: datetime
    seen: datetime
    """Taken by evaluation."""

    def steps(self) -> Mapping[str, float]:
        """Each hop in milliseconds. What is heard before its sender has marked it takes no time."""

        def ms(start: datetime, end: datetime) -> float:
            return max(0.0, (end - start).total_seconds() * MILLISECOND)

        return {
            JOURNAL: ms(self.received, self.sent),
            HEARD: ms(self.sent, self.heard),
            REACTED: ms(self.decided, self.sent_on),
            SEEN: ms(self.sent_on, self.seen),
            WHOLE: ms(self.received, self.seen),
        }


@dataclass(frozen=True, slots=True)
class Spread:
    """Some durations in milliseconds: how many, the median, and what all but a twentieth stay below."""

    n: int
    median: float
    p95: float


def spread(values: Sequence[float]) -> Spread:
    """The spread of durations; nearest-rank, and nought without any."""
    ordered = sorted(values)
    if not ordered:
        return Spread(0, 0.0, 0.0)
    return Spread(len(ordered), _rank(ordered, 0.5), _rank(ordered, 0.95))


def _rank(ordered: Sequence[float], share: float) -> float:
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


async def follow(house: House, sent: Sent) -> Hops | None:
    """The referral's way through all three services, or None while it is not at its end."""
    if not sent.event and not await _event(house, sent):
        return None
    said = await house.ask("gateway", f"/ops/events/{sent.event}")
    heard = await house.ask("referrals", f"/ops/events/{sent.event}")
    if not (said and said["sent"] and heard and heard["led_to"]):
        return None
    created = heard["led_to"][0]["event_id"]
    decided = await house.ask("referrals", f"/ops/events/{created}")
    seen = await house.ask("evaluation", f"/ops/events/{created}")
    if not (decided and decided["sent"] and seen and seen["inbox"]):
        return None
    return Hops(
        house.real("gateway", _time(said["journal"]["recorded_at"])),
        _time(said["sent"]["at"]),
        _time(heard["inbox"][0]["heard_at"]),
        house.real("referrals", _time(decided["journal"]["recorded_at"])),
        _time(decided["sent"]["at"]),
        _time(seen["inbox"][0]["heard_at"]),
    )


async def _event(house: House, sent: Sent) -> bool:
    trace = await house.ask("gateway", f"/ops/events/{sent.id}")
    if trace and trace["led_to"]:
        sent.event = trace["led_to"][-1]["event_id"]
    return bool(sent.event)


async def follow_all(house: House, sent: Sequence[Sent]) -> list[Hops]:
    """The ways of all that came to its end."""
    found: list[Hops | None] = await side_by_side(follow(house, one) for one in sent)
    return [hops for hops in found if hops is not None]


async def of_wishes(house: House, events: Sequence[str]) -> list[float]:
    """From a wish's event in the journal of referrals until evaluation saw it, in milliseconds."""

    async def one(event: str) -> float:
        said = await house.ask("referrals", f"/ops/events/{event}")
        seen = await house.ask("evaluation", f"/ops/events/{event}")
        if not (said and seen and seen["inbox"]):
            return math.nan
        start = house.real("referrals", _time(said["journal"]["recorded_at"]))
        return max(0.0, (_time(seen["inbox"][0]["heard_at"]) - start).total_seconds() * MILLISECOND)

    return [ms for ms in await side_by_side(one(event) for event in events) if not math.isnan(ms)]


def _time(text: Any) -> datetime:
    return datetime.fromisoformat(text)
