"""What goes wrong on purpose: a service killed in the middle of the day, Kafka standing still for a while."""

import asyncio
import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from demo.day import Peer
from demo.house import House, side_by_side, until
from demo.telling import Teller

VICTIM = "referrals"
STANDSTILL = 1.5


@dataclass
class Killed:
    """A process that was killed with SIGKILL, and the one that took its place; the times are this machine's."""

    service: str
    pid: int
    new_pid: int
    at: datetime
    hears_again: datetime
    wishes: int
    """What people told it from then on."""
    again: int
    """How often it was told one of these once more, with the same Idempotency-Key, until it answered."""
    done: int
    """How many of these took effect, and did so once."""


@dataclass(frozen=True, slots=True)
class Standstill:
    """What was said while Kafka did not move, and how much of it waited in a journal."""

    seconds: float
    accepted: int
    waited: int


async def kill(house: House, peers: Sequence[Peer], teller: Teller) -> Killed:
    """Kills referrals without a warning, while people are asking it to set every peer's places."""
    kept = house.up.kept[VICTIM]
    pid, at = kept.pid, datetime.now(UTC)
    os.kill(pid, signal.SIGKILL)
    teller.say(f"kill -9 {pid}: {VICTIM} is gone in the middle of the day. What comes in waits on Kafka.")
    before = house.asked_again
    await side_by_side((_set_places(house, peer) for peer in peers), at_once=len(peers))
    again = house.asked_again - before

    async def ready() -> bool:
        health = await house.ask(VICTIM, "/ops/health")
        return kept.pid not in (0, pid) and bool(health["consume"])

    await until(f"{VICTIM} hears again", ready)
    hears_again = datetime.now(UTC)
    done = sum(await side_by_side(_set_once(house, peer) for peer in peers))
    killed = Killed(VICTIM, pid, kept.pid, at, hears_again, len(peers), again, done)
    seconds = (killed.hears_again - at).total_seconds()
    teller.say(f"{VICTIM} was started again as process {kept.pid} and hears again: {seconds:.1f} real seconds.")
    return killed


async def _set_places(house: House, peer: Peer) -> None:
    wish = {"contracted_hours": peer.hours, "by_role": "coordinator"}
    answer = await house.tell(VICTIM, f"/caseloads/{peer.id}/set-places", f"coordinator@{peer.sender.name}", wish)
    answer.raise_for_status()


async def _set_once(house: House, peer: Peer) -> bool:
    row = await house.ask(VICTIM, f"/caseloads/{peer.id}", f"coordinator@{peer.sender.name}")
    return bool(row["sequence"] == 1 and row["contracted_hours"] == peer.hours)


async def stand_still(house: House, teller: Teller, wishes: list[str]) -> Standstill:
    """Freezes Kafka for a moment; people's wishes are taken all the same."""
    before = len(wishes)
    await house.up.cluster.kill_broker(1, signal.SIGSTOP)
    try:
        await asyncio.sleep(STANDSTILL)
        waited = (await house.ask(VICTIM, "/ops/relay"))["unsent"]
    finally:
        await house.up.cluster.kill_broker(1, signal.SIGCONT)
    stood = Standstill(STANDSTILL, len(wishes) - before, waited)
    teller.say(
        f"Kafka stood still for {STANDSTILL} s: {stood.accepted} wishes were done all the same; {waited} events waited."
    )
    return stood
