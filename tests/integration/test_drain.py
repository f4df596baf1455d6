"""SIGTERM: what is in hand is finished within the bound, nothing is lost, and the exit code says so."""

import time
from uuid import uuid4

import pytest

from tests.integration.test_fairness import fill
from tests.rig.history import check_history, records_of
from tests.rig.stage import Stage, until
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


async def test_a_leader_with_much_unsent_ends_after_the_round_in_hand(rig: Stage) -> None:
    """What it leaves is in the journal, and leaves with whoever leads next."""
    tally = uuid4()
    await fill(rig, {tally: 20_000})
    teller = await rig.start("teller")

    async def sends() -> bool:
        return bool(await rig.sql("teller", "select 1 from sent limit 1"))

    await until(sends)
    begun = time.monotonic()
    assert await teller.kill(15) == 0, teller.log.read_text()[-3000:]
    assert time.monotonic() - begun < rig.settings["teller"].drain_bound / 2
    [left] = await rig.sql(
        "teller",
        "select (select count(*) from unsent) as unsent, (select count(*) from sent) as sent, "
        "(select min(sequence) from unsent) as next",
    )
    assert left["unsent"] > 0
    assert left["unsent"] + left["sent"] == 20_000
    records = await records_of(rig.ground.bootstrap, rig.services["teller"].topic)
    assert len(records) == left["sent"] == left["next"] - 1
    await rig.sql("teller", "delete from unsent where sequence > $1", left["next"] + 2)
    async with rig.relaying():
        await until(lambda: all_sent(rig), 30)
    records = await records_of(rig.ground.bootstrap, rig.services["teller"].topic)
    assert [int(dict(r.headers)["ce_sequence"]) for r in records] == list(range(1, left["next"] + 3))


async def all_sent(rig: Stage) -> bool:
    return not await rig.sql("teller", "select 1 from unsent limit 1")
