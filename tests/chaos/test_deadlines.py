"""Deadlines fire once: through restarts, two instances, and clocks that jump either way."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from shared.runtime.deadlines import record_of_deadline
from shared.runtime.hearing import hear
from tests.rig.history import check_history
from tests.rig.stage import Process, Stage, until

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(240)]


async def remind(rig: Stage, name: str, due: datetime, tally: UUID | None = None) -> UUID:
    tally = tally or uuid4()
    await rig.count(tally, 1, note=f"remind {name} {due.isoformat()}")
    return tally


async def reminded(rig: Stage, name: str) -> int:
    rows = await rig.sql("teller", "select count(*) from tally where $1 = any(reminded)", name)
    return int(rows[0]["count"])


async def set_clocks(rig: Stage, processes: Sequence[Process], moment: datetime) -> None:
    for process in processes:
        await rig.ops(process, "clock", now=moment.isoformat())


async def test_once_through_two_instances_restarts_and_jumps(rig: Stage) -> None:
    now = datetime.now(UTC)
    for days in (1, 1, 2, 2, 40):
        await remind(rig, f"after-{days}", now + timedelta(days=days))
    first, second = await rig.start("teller"), await rig.start("teller")
    await rig.start("hearer")

    await set_clocks(rig, [first, second], now + timedelta(days=1, hours=1))
    await until(lambda: counted(rig, "after-1", 2), 60)
    await set_clocks(rig, [first, second], now - timedelta(days=3))
    await set_clocks(rig, [first], now + timedelta(days=1, hours=1))
    await first.kill()
    third = await rig.start("teller")
    await set_clocks(rig, [second, third], now + timedelta(days=2, hours=1))
    await until(lambda: counted(rig, "after-2", 2), 60)
    assert await reminded(rig, "after-40") == 0
    await set_clocks(rig, [second, third], now + timedelta(days=400))
    await until(lambda: counted(rig, "after-40", 1), 60)

    await check_history(rig)
    assert [await reminded(rig, f"after-{days}") for days in (1, 2, 40)] == [2, 2, 1]
    assert not await rig.sql("teller", "select * from deadline")


async def counted(rig: Stage, name: str, count: int) -> bool:
    return await reminded(rig, name) >= count


async def due_records(rig: Stage) -> list:
    """What an instance has just read as due, and is about to hear."""
    rows = await rig.sql(
        "teller",
        "select d.id, s.subject, d.name, d.organisation, d.due from deadline d join stream s on s.id = d.stream",
    )
    return [record_of_deadline(row) for row in rows]


async def hear_due(rig: Stage, records: list) -> None:
    engine = await rig.engine("teller")
    async with engine.database.worker() as connection:
        await hear(engine, connection, records)


async def test_one_put_off_while_it_was_being_heard_is_kept(rig: Stage) -> None:
    engine, now = await rig.engine("teller"), datetime.now(UTC)
    tally = await remind(rig, "visit", now - timedelta(minutes=1))
    records = await due_records(rig)
    await remind(rig, "visit", now + timedelta(days=1), tally)
    await hear_due(rig, records)
    assert await reminded(rig, "visit") == 0
    assert [row["due"] for row in await rig.sql("teller", "select due from deadline")] == [now + timedelta(days=1)]

    engine.clock.set(now + timedelta(days=2))
    await hear_due(rig, await due_records(rig))
    assert await reminded(rig, "visit") == 1
    assert not await rig.sql("teller", "select * from deadline")


async def test_one_heard_as_the_clock_jumped_back_is_not_forgotten(rig: Stage) -> None:
    engine, now = await rig.engine("teller"), datetime.now(UTC)
    await remind(rig, "visit", now - timedelta(minutes=1))
    records = await due_records(rig)
    engine.clock.set(now - timedelta(days=1))
    await hear_due(rig, records)
    engine.clock.set(now + timedelta(hours=1))
    await hear_due(rig, await due_records(rig))
    assert await reminded(rig, "visit") == 1


async def test_one_heard_twice_is_told_once(rig: Stage) -> None:
    await remind(rig, "visit", datetime.now(UTC) - timedelta(minutes=1))
    records = await due_records(rig)
    for _ in range(2):
        await hear_due(rig, records)
    rows = await rig.sql("teller", "select reminded from tally")
    assert [tuple(row["reminded"]) for row in rows] == [("visit",)]


async def test_one_heard_by_two_instances_is_one_in_the_inbox(rig: Stage) -> None:
    await remind(rig, "visit", datetime.now(UTC) - timedelta(minutes=1))
    for records in (await due_records(rig), await due_records(rig)):
        await hear_due(rig, records)
    assert await reminded(rig, "visit") == 1
    records = await due_records(rig)
    assert records == []
    rows = await rig.sql("teller", "select count(*) from inbox where topic = 'clock'")
    assert rows[0]["count"] == 1


async def test_one_that_comes_again_with_the_same_name_and_time_is_told_again(rig: Stage) -> None:
    """It was heard and gone; what sets it anew is another word, though it says the same."""
    due, tally = datetime.now(UTC) - timedelta(minutes=1), uuid4()
    for _ in range(2):
        await remind(rig, "visit", due, tally)
        await hear_due(rig, await due_records(rig))
    rows = await rig.sql("teller", "select reminded from tally")
    assert [tuple(row["reminded"]) for row in rows] == [("visit", "visit")]
    assert not await rig.sql("teller", "select * from deadline")


async def test_one_that_fell_away_is_not_told(rig: Stage) -> None:
    """The state under the lock decides, not what was read as due before."""
    await remind(rig, "visit", datetime.now(UTC) - timedelta(minutes=1))
    records = await due_records(rig)
    await hear_due(rig, records)
    again = [record_of_deadline({**row, "due": row["due"] - timedelta(seconds=1)}) for row in await read(records)]
    await hear_due(rig, again)
    rows = await rig.sql("teller", "select reminded from tally")
    assert [tuple(row["reminded"]) for row in rows] == [("visit",)]


async def read(records: list) -> list[dict]:
    headers = [{name: value.decode() for name, value in record.headers} for record in records]
    return [
        {
            "id": uuid4(),
            "subject": h["ce_subject"],
            "name": h["ce_name"],
            "organisation": h["ce_organisation"],
            "due": datetime.fromisoformat(h["ce_time"]),
        }
        for h in headers
    ]
