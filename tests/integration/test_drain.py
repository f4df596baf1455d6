"""SIGTERM: what is in hand is finished within the bound, nothing is lost, and the exit code says so."""

import time

import pytest

from tests.rig.history import check_history
from tests.rig.stage import Stage
from tests.rig.traffic import traffic

pytestmark = pytest.mark.timeout(240)


async def test_a_process_told_to_end_finishes_and_loses_nothing(rig: Stage) -> None:
    bound = rig.settings["teller"].drain_bound
    await rig.start("teller")
    await rig.start("hearer")
    async with traffic(rig, clients=6, pace=0.005) as load:
        for name in ("teller", "hearer", "teller", "hearer"):
            await load.answered(40)
            leaving = rig.alive(name)[0]
            await rig.start(name)
            begun = time.monotonic()
            assert await leaving.kill(15) == 0, leaving.log.read_text()[-3000:]
            assert time.monotonic() - begun < bound + 10
            assert "service.stopped" in leaving.log.read_text()
        await load.answered(40)
    await check_history(rig, load.acknowledged)


async def test_the_last_words_are_sent_before_the_end(rig: Stage) -> None:
    """A leader told to end with much unsent sends it all: there is no other to do so."""
    from tests.chaos.test_crash_points import say_much

    teller = await rig.start("teller")
    await say_much(rig, tallies=40, each=5)
    assert await teller.kill(15) == 0
    assert not await rig.sql("teller", "select * from unsent")
    await rig.start("hearer")
    await check_history(rig)
