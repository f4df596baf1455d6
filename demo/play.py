"""The story from its first hour to the reckoning."""

import asyncio
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import time, timedelta

from demo import fates, hops, report, scenes, sums
from demo.calendar import on, working
from demo.day import Day, make_day
from demo.fates import Sent
from demo.house import House, side_by_side, until
from demo.mishaps import Killed, Standstill, kill, stand_still
from demo.posting import post
from demo.report import Report
from demo.sending import EARLY
from demo.telling import Teller
from demo.weeks import Lived, Weeks

BEFORE_ALL = time(7)
KILLED_IN_QUARTER = 46
"""Of the day: half past eleven."""
STANDSTILL_ON = working(3, 2)
WISHES_FOLLOWED = 80


async def play(house: House, seed: int, teller: Teller) -> Report:
    """Everything that is shown, and what it came to; raises Fault when something goes on that must not."""
    day = make_day(seed)
    await house.turn(on(0, BEFORE_ALL))
    teller.chapter(f"Monday: {len(day.sendings)} things will come in, {len(day.cases)} of them clients")
    sent, killed = await _monday(house, day, teller)
    referrals = await _known(house, sent)
    await _placed(house, sent, teller)
    await until("what was placed is heard", house.settled)
    teller.chapter("The weeks after, as people at desks and charities' systems write them")
    lived, stood = await _weeks(house, day, referrals, teller)
    await until("everything said is heard", house.settled)
    teller.chapter("Reckoning up")
    found = await _reckoned(house, day, sent, lived, referrals, killed, stood)
    played = await scenes.play(house, teller)
    return replace(found, scenes=played, sums=(*found.sums, *(one for scene in played for one in scene.sums)))


async def _monday(house: House, day: Day, teller: Teller) -> tuple[list[Sent], Killed]:
    killing: list[asyncio.Task[Killed]] = []

    def meanwhile(quarter: int) -> None:
        if quarter >= KILLED_IN_QUARTER and not killing:
            killing.append(asyncio.create_task(kill(house, day.peers, teller)))

    sent = await post(house, day.sendings, teller, meanwhile)
    killed = await killing[0]
    await house.turn(house.now + timedelta(minutes=1))
    await until("everything that came in is heard", house.settled)
    await fates.find(house, sent)
    return sent, killed


async def _known(house: House, sent: Sequence[Sent]) -> dict[int, str]:
    """The referral that each case became, by its sender's own receipt."""

    async def one(each: Sent) -> tuple[int, str]:
        receipt = await house.ask("gateway", f"/receipts/{each.id}", each.sending.sender.name)
        return each.sending.case or 0, receipt["referral_id"]

    made = [each for each in sent if each.sending.case is not None]
    return dict(await side_by_side(one(each) for each in made))


async def _placed(house: House, sent: Sequence[Sent], teller: Teller) -> None:
    """What came before its referral is placed by itself, now that the referral is there."""
    for one in sent:
        if one.sending.kind == EARLY:
            one.found = await until("what came before its referral is placed", lambda one=one: fates.placed(house, one))
            teller.say(f"{one.sending.sender.title}: what was held until its referral came has been placed by itself.")


async def _weeks(house: House, day: Day, referrals: dict[int, str], teller: Teller) -> tuple[Lived, Standstill]:
    weeks = Weeks(house, day, referrals, teller)
    stood: list[Standstill] = []

    async def standstill() -> None:
        stood.append(await stand_still(house, teller, weeks.lived.events))

    lived = await weeks.live({STANDSTILL_ON: standstill})
    return lived, stood[0]


async def _reckoned(
    house: House,
    day: Day,
    sent: Sequence[Sent],
    lived: Lived,
    referrals: Mapping[int, str],
    killed: Killed,
    stood: Standstill,
) -> Report:
    books = await sums.read(house)
    taken = [one for one in sent if one.sending.case is not None]
    followed = random.Random(day.seed).sample(lived.events, min(WISHES_FOLLOWED, len(lived.events)))
    ways = await hops.follow_all(house, taken)
    restarts = sum(kept.restarts for kept in house.up.kept.values())
    every = [*sent, *lived.reported]
    return Report(
        seed=day.seed,
        came_in=report.came_in(sent),
        came_later=report.came_in(lived.reported),
        odd=report.odd(every),
        journeys=report.journeys(day),
        wishes=dict(lived.told),
        topics=dict(books.topics),
        types=await sums.types(house, books, every, day, referrals),
        hops=report.hops(house, ways, killed, await hops.of_wishes(house, followed)),
        funnel=report.funnel(books),
        killed=killed,
        standstill=stood,
        scenes=(),
        sums=sums.sums(day, sent, lived, killed, restarts, books),
        links=report.links(house.run, sent),
        back=report.back(house.run),
    )
