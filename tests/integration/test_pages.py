"""What is too much for one transaction is taken in several: what waited long, and what PostgreSQL finds too slow."""

import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from shared.runtime import hearing
from shared.runtime.batch import Batch
from shared.runtime.hearing import Heard, hear_all
from shared.runtime.wire import Record
from tests.rig.hearer import BROKEN
from tests.rig.records import counted
from tests.rig.stage import Stage

pytestmark = pytest.mark.timeout(120)

PAGE, LONG = 20, 210

SLOW = """
create function slowly() returns trigger language plpgsql as $$ begin perform pg_sleep(0.02); return new; end $$;
create trigger slowly before insert on inbox for each row when (new.fate = 'done') execute function slowly();
"""


@pytest.fixture
async def heed(rig: Stage) -> AsyncIterator[Callable[..., Any]]:
    """Hears records with a small page, under the bounds given, and gives each transaction's part."""
    made = await rig.engine("hearer")
    engine = replace(made, settings=made.settings.model_copy(update={"batch_size": PAGE}))
    open_ones: list[asyncpg.Connection] = []

    async def heeding(records: Sequence[Record], **bounds: str) -> list[Heard]:
        async def connected() -> Any:
            if not open_ones or open_ones[-1].is_closed():
                connection = await engine.database.connect("worker")
                for name, value in bounds.items():
                    await connection.execute(f"set {name} = '{value}'")
                open_ones.append(connection)
            return open_ones[-1]

        placed = [record._replace(offset=offset) for offset, record in enumerate(records)]
        return [heard async for _, heard in hear_all(engine, connected, placed)]

    yield heeding
    for connection in open_ones:
        await connection.close()


async def fates(rig: Stage) -> dict[str, int]:
    return {row["fate"]: row["n"] for row in await rig.sql("hearer", "select fate, count(*) n from inbox group by 1")}


async def test_a_long_gap_heals_in_pages(rig: Stage, heed: Callable[..., Any]) -> None:
    tally, topic = uuid4(), rig.services["hearer"].hears[0]
    await heed([counted(topic, tally, number) for number in range(2, LONG + 1)])
    assert await fates(rig) == {"held": LONG - 1}
    parts = await heed([counted(topic, tally, 1)])
    assert [v.reading.sequence for part in parts for v in part.verdicts] == list(range(1, LONG + 1))
    assert max(len(part.verdicts) for part in parts) <= PAGE + 1
    assert len(parts) <= LONG // PAGE + 1
    assert await fates(rig) == {"done": LONG}
    [stream] = await rig.sql("hearer", "select sequence, waiting from stream where topic = $1", topic)
    assert tuple(stream) == (LONG, False)


async def test_several_long_gaps_that_heal_at_once_share_the_page(rig: Stage, heed: Callable[..., Any]) -> None:
    tallies, topic = [uuid4() for _ in range(5)], rig.services["hearer"].hears[0]
    for tally in tallies:
        await heed([counted(topic, tally, number) for number in range(2, 32)])
    parts = await heed([counted(topic, tally, 1) for tally in tallies])
    assert max(len(part.verdicts) for part in parts) <= PAGE + len(tallies)
    assert await fates(rig) == {"done": 31 * len(tallies)}
    rows = await rig.sql("hearer", "select sequences from heard")
    assert [list(row["sequences"]) for row in rows] == [list(range(1, 32))] * len(tallies)


@pytest.mark.parametrize("number", [BROKEN, 10**30], ids=["its handler fails", "the database refuses it"])
async def test_a_poison_among_what_waited_long_parks_alone(rig: Stage, heed: Callable[..., Any], number: int) -> None:
    tally, topic = uuid4(), rig.services["hearer"].hears[0]
    await heed([counted(topic, tally, n, number if n == 70 else 1) for n in range(2, 101)])
    await heed([counted(topic, tally, 1)])
    assert await fates(rig) == {"done": 69, "parked": 1, "held": 30}
    [stream] = await rig.sql("hearer", "select sequence, waiting from stream where topic = $1", topic)
    assert tuple(stream) == (69, True)


@pytest.mark.parametrize("bound", ["statement_timeout", "transaction_timeout"])
async def test_a_batch_that_is_always_too_slow_is_halved_until_it_passes(
    rig: Stage, heed: Callable[..., Any], bound: str
) -> None:
    async with (await rig.engine("hearer")).database.owner() as connection:
        await connection.execute(SLOW)
    topic = rig.services["hearer"].hears[0]
    parts = await heed([counted(topic, uuid4(), 1) for _ in range(80)], **{bound: "600ms"})
    assert await fates(rig) == {"done": 80}
    assert 4 <= len(parts) <= 8


async def test_what_is_too_slow_by_itself_is_never_parked(rig: Stage, heed: Callable[..., Any]) -> None:
    async with (await rig.engine("hearer")).database.owner() as connection:
        await connection.execute(SLOW.replace("0.02", "5"))
    topic = rig.services["hearer"].hears[0]
    with pytest.raises(asyncpg.QueryCanceledError):
        await heed([counted(topic, uuid4(), 1) for _ in range(3)], statement_timeout="200ms")
    assert await fates(rig) == {}


async def test_pages_that_are_too_slow_become_smaller(
    rig: Stage, heed: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here it is what is released that takes so long."""
    tally, topic = uuid4(), rig.services["hearer"].hears[0]
    await heed([counted(topic, tally, number) for number in range(2, 62)])
    real, mosts = hearing._transact, []

    async def slow(engine: Any, connection: Any, readings: Any, positions: Any, most: int, *more: Any, **named: Any):
        if most > 6:
            await connection.execute("select pg_sleep(5)")
        mosts.append(most)
        return await real(engine, connection, readings, positions, most, *more, **named)

    monkeypatch.setattr(hearing, "_transact", slow)
    async with (await rig.engine("hearer")).database.worker() as connection:
        await connection.execute("set statement_timeout = '200ms'")
        engine = await rig.engine("hearer")
        assert [part async for part in hearing.hear_over(engine, connection, [counted(topic, tally, 1)])]
        await connection.execute("reset statement_timeout")
    assert await fates(rig) == {"done": 61}
    assert max(mosts) > 2, "no smaller than need be"


async def test_a_batch_that_thinks_for_too_long_is_halved_too(
    rig: Stage, heed: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL ends the session while nothing is asked of it."""
    real = Batch.take

    def take(self: Batch, reading: Any) -> None:
        time.sleep(0.02)
        real(self, reading)

    monkeypatch.setattr(Batch, "take", take)
    topic = rig.services["hearer"].hears[0]
    parts = await heed([counted(topic, uuid4(), 1) for _ in range(80)], transaction_timeout="600ms")
    assert await fates(rig) == {"done": 80}
    assert 4 <= len(parts) <= 8
