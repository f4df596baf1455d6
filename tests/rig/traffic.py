"""Counting over HTTP without a pause, each wish repeated under its key until it is answered."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import httpx

from tests.rig.hearer import REFUSED
from tests.rig.stage import Stage, until

TRY_AGAIN = (429, 503)


@dataclass
class Traffic:
    """What was wished and, by note, the id of the event that each answer named."""

    rig: Stage
    chance: random.Random
    tallies: Sequence[UUID]
    shared: Sequence[UUID]
    acknowledged: dict[str, str] = field(default_factory=dict)
    wishes: int = 0
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    async def answered(self, more: int, within: float = 90.0) -> None:
        """Returns once so many more wishes have been answered."""
        goal = len(self.acknowledged) + more

        async def reached() -> bool:
            return len(self.acknowledged) >= goal

        try:
            await until(reached, within)
        except TimeoutError:
            raise AssertionError(f"{len(self.acknowledged)} answers, of {goal} awaited within {within:.0f} s") from None

    async def _wish(self, client: httpx.AsyncClient) -> None:
        self.wishes += 1
        note, tally = f"wish-{self.wishes}", self.chance.choice(self.tallies)
        number = self.chance.randrange(REFUSED + 2)
        body = {"number": number, "note": note}
        if self.chance.random() < 0.5:
            body["shared_with"] = str(self.chance.choice(self.shared))
        while True:
            with suppress(httpx.TransportError):
                if alive := self.rig.alive("teller"):
                    url = f"{self.chance.choice(alive).url}/tallies/{tally}/counts"
                    answer = await client.post(url, json=body, headers={"Idempotency-Key": note})
                    if answer.status_code == 200:
                        self.acknowledged[note] = answer.json()["events"][0]["id"]
                        return
                    assert answer.status_code in TRY_AGAIN, answer.text
            await asyncio.sleep(self.chance.uniform(0.01, 0.1))

    async def _client(self, pace: float) -> None:
        async with httpx.AsyncClient(timeout=15, headers={"X-API-Key": self.rig.key}) as client:
            while not self.stopping.is_set():
                await self._wish(client)
                with suppress(TimeoutError):
                    async with asyncio.timeout(self.chance.uniform(0, 2 * pace)):
                        await self.stopping.wait()


@asynccontextmanager
async def traffic(
    rig: Stage, *, seed: int = 1, tallies: int = 12, clients: int = 4, pace: float = 0.02, within: float = 90.0
) -> AsyncIterator[Traffic]:
    """Clients that count on a few tallies until the block is left; then every wish begun has been answered."""
    chance = random.Random(seed)
    load = Traffic(rig, chance, [uuid4() for _ in range(tallies)], [uuid4() for _ in range(3)])
    async with asyncio.TaskGroup() as group:
        for _ in range(clients):
            group.create_task(load._client(pace))
        try:
            yield load
        finally:
            load.stopping.set()
            group.create_task(_bound(group, load, within))


async def _bound(group: asyncio.TaskGroup, load: Traffic, within: float) -> None:
    async def all_answered() -> bool:
        return len(load.acknowledged) == load.wishes

    try:
        await until(all_answered, within)
    except TimeoutError:
        raise AssertionError(f"{load.wishes - len(load.acknowledged)} wishes had no answer in {within:.0f} s") from None
