"""The day as it comes in: each event at its time, through its door, whatever else is going on."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import groupby

from demo.calendar import FIRST
from demo.doors import batch, record, request
from demo.fates import Sent, answered
from demo.house import House
from demo.sending import Sending
from demo.telling import Teller

TICK = timedelta(minutes=15)
Meanwhile = Callable[[int], None]
"""Told the number of each quarter of an hour as it begins, from midnight."""


async def post(house: House, sendings: Sequence[Sending], teller: Teller, meanwhile: Meanwhile) -> list[Sent]:
    """Sends everything, the clock going with it in quarters of an hour; says what was sent and how it was answered."""
    sent: list[Sent] = []
    receipts: set[str] = set()
    for tick, together in groupby(sendings, lambda s: (s.at - FIRST) // TICK):
        await house.turn(FIRST + (tick + 1) * TICK)
        meanwhile(tick)
        for batched, some in groupby(together, lambda s: s.mode == "batch" and s.sender):
            send = _batch if batched else _singly
            new = await send(house, list(some), receipts)
            for one in new:
                teller.sent(one)
            sent += new
    return sent


async def one(house: House, sending: Sending, receipts: set[str]) -> Sent:
    """Sends one event through its door."""
    if sending.door == "kafka":
        at = await house.produce(record(sending))
        return Sent(sending, (at.topic, at.partition, at.offset))
    answer = await house.submit(sending.sender, request(sending), sending.with_key)
    return Sent(sending, found=answered(answer.status_code, answer.json(), receipts))


async def _singly(house: House, sendings: Sequence[Sending], receipts: set[str]) -> list[Sent]:
    return [await one(house, sending, receipts) for sending in sendings]


async def _batch(house: House, sendings: Sequence[Sending], receipts: set[str]) -> list[Sent]:
    answer = await house.submit(sendings[0].sender, batch(sendings))
    found = [
        answered(result["status"], result["receipt"] or result["problem"], receipts)
        for result in answer.json()["results"]
    ]
    return [Sent(sending, found=outcome) for sending, outcome in zip(sendings, found, strict=True)]
