"""One guard each, looked at from as near as one can come, where the wide tests might get by without it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from shared.runtime import consumer, hearing, journal
from shared.runtime.hearing import hear, hear_all
from shared.runtime.relay import LEADER
from shared.runtime.settings import Settings
from shared.runtime.sweep import Position
from shared.runtime.wire import Record
from tests.chaos.test_crash_points import heard, say_much
from tests.rig.history import check_history, records_of, settled
from tests.rig.kafka import produce_raw, recreate_topic
from tests.rig.records import counted
from tests.rig.stage import Stage, until

pytestmark = pytest.mark.timeout(150)

Told = list[tuple[int | None, str, str | None]]
Heeding = Callable[..., Awaitable[Told]]


@pytest.fixture
async def heed(rig: Stage) -> AsyncIterator[Heeding]:
    """Hears records as one batch, and tells the fate of each."""
    engine = await rig.engine("hearer")
    connection = await engine.database.connect("worker")

    async def connected() -> Any:
        return connection

    async def heeding(*records: Record) -> Told:
        placed = [record._replace(offset=offset) for offset, record in enumerate(records)]
        return [
            (verdict.reading.sequence, verdict.fate, verdict.code)
            async for _, batch in hear_all(engine, connected, placed)
            for verdict in batch.verdicts
        ]

    yield heeding
    await connection.close()


def topic_of(rig: Stage) -> str:
    return rig.services["teller"].topic


async def sequences(rig: Stage, tally: UUID) -> list[int]:
    rows = await rig.sql("hearer", "select sequences from heard where id = $1", tally)
    return list(rows[0]["sequences"]) if rows else []


async def test_a_batch_that_comes_before_what_it_follows_heals_in_itself(rig: Stage, heed: Heeding) -> None:
    tally = uuid4()
    backwards = [counted(topic_of(rig), tally, number) for number in (4, 3, 2, 1)]
    await heed(*backwards)
    assert await sequences(rig, tally) == [1, 2, 3, 4]
    assert not await rig.sql("hearer", "select 1 from inbox where fate in ('held', 'parked')")


async def test_a_batch_behind_a_moved_position_is_dropped_whole(rig: Stage) -> None:
    engine, tally, topic = await rig.engine("hearer"), uuid4(), topic_of(rig)
    await rig.sql("hearer", "insert into position (topic, partition, next_offset) values ($1, 0, 5)", topic)
    async with engine.database.worker() as connection:
        with pytest.raises(asyncpg.PostgresError) as raised:
            await hear(engine, connection, [counted(topic, tally, 1)], [Position(topic, 0, 3, 4, b"")])
    assert hearing.is_overtaken(raised.value)
    assert not await rig.sql("hearer", "select 1 from inbox")
    assert [row["next_offset"] for row in await rig.sql("hearer", "select next_offset from position")] == [5]


async def test_a_copy_is_counted_and_not_kept(rig: Stage, heed: Heeding) -> None:
    tally = uuid4()
    first, second = (counted(topic_of(rig), tally, number) for number in (1, 2))
    await heed(first, second)
    assert [fate for _, fate, _ in await heed(first, second, first)] == ["duplicate"] * 3
    assert len(await rig.sql("hearer", "select 1 from inbox")) == 2


async def test_a_known_id_next_in_another_sequence_is_an_impostor(rig: Stage, heed: Heeding) -> None:
    one, other = uuid4(), uuid4()
    genuine = counted(topic_of(rig), one, 1)
    await heed(genuine)
    event_id = UUID(dict(genuine.headers)["ce_id"].decode())
    told = await heed(counted(topic_of(rig), other, 1, event_id=event_id))
    assert told == [(1, "parked", "impostor-id")]
    assert await sequences(rig, other) == []


async def test_one_id_on_two_topics_is_two_events(rig: Stage, heed: Heeding) -> None:
    """Each owner gives ids to its own events, and what one of them says is no copy of what another says."""
    event_id, other, tally = uuid4(), topic_of(rig) + "-other", uuid4()
    await heed(counted(topic_of(rig), uuid4(), 1, event_id=event_id))
    same = counted(other, tally, 1, event_id=event_id)
    assert await heed(counted(topic_of(rig), uuid4(), 1), counted(other, tally, 2), same) == [
        (1, "done", None),
        (1, "done", None),
        (2, "done", None),
    ]
    assert [fate for _, fate, _ in await heed(same)] == ["duplicate"]


async def test_a_known_sequence_under_another_id_is_an_impostor(rig: Stage, heed: Heeding) -> None:
    tally = uuid4()
    await heed(counted(topic_of(rig), tally, 1))
    assert await heed(counted(topic_of(rig), tally, 1)) == [(1, "parked", "impostor-sequence")]


async def test_a_gap_is_held_and_heals_in_order(rig: Stage, heed: Heeding) -> None:
    tally = uuid4()
    events = [counted(topic_of(rig), tally, number) for number in (1, 2, 3)]
    assert await heed(events[2]) == [(3, "held", "gap")]
    await heed(events[0])
    assert await sequences(rig, tally) == [1]
    await heed(events[1])
    assert await sequences(rig, tally) == [1, 2, 3]


async def test_only_the_poison_of_a_batch_is_parked(rig: Stage, heed: Heeding) -> None:
    """A sum that the table's column cannot hold is found out by PostgreSQL alone."""
    good, bad, after = uuid4(), uuid4(), uuid4()
    topic = topic_of(rig)
    told = await heed(counted(topic, good, 1), counted(topic, bad, 1, 2**70), counted(topic, after, 1))
    assert [fate for _, fate, _ in told] == ["done", "parked", "done"]


@pytest.mark.parametrize("error", [asyncpg.DeadlockDetectedError("x"), asyncpg.InternalClientError("x"), OSError()])
async def test_what_may_succeed_later_parks_nothing(
    rig: Stage, heed: Heeding, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    real, times = hearing._transact, 0

    async def failing(*arguments: Any, **named: Any) -> Any:
        nonlocal times
        times += 1
        if times == 1:
            raise error
        return await real(*arguments, **named)

    monkeypatch.setattr(hearing, "_transact", failing)
    with pytest.raises(type(error)):
        await heed(counted(topic_of(rig), uuid4(), 1))
    assert not await rig.sql("hearer", "select 1 from inbox")


async def test_no_batch_is_passed_over_because_hearing_it_failed(rig: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """FastStream goes on to the next batch when a handler raises; ours raises nothing."""
    real, times = consumer.hear_all, 0

    async def failing(*arguments: Any) -> AsyncIterator[Any]:
        nonlocal times
        times += 1
        if times <= 2:
            raise RuntimeError("a fault that nobody foresaw")
        async for part in real(*arguments):
            yield part

    monkeypatch.setattr(consumer, "hear_all", failing)
    await say_much(rig, each=2)
    async with rig.relaying(), rig.hearing():
        await until(lambda: heard(rig, 16), 30)


async def test_a_record_with_a_null_header_is_not_lost_with_its_batch(rig: Stage) -> None:
    tally, topic = uuid4(), topic_of(rig)
    odd = counted(topic, uuid4(), 1)
    await say_much(rig, tallies=3, each=1)
    async with rig.relaying():
        await until(lambda: all_sent(rig), 30)
        standing = await records_of(rig.ground.bootstrap, topic)
        spoilt = replace_headers(standing[0], [*odd.headers, ("null", None)])
        await produce_raw(rig.ground.bootstrap, topic, [spoilt])
        await rig.count(tally, 1)
        await until(lambda: all_sent(rig), 30)
    async with rig.hearing():

        async def all_kept() -> bool:
            return len(await rig.sql("hearer", "select 1 from inbox")) == 5

        await until(all_kept, 30)


def replace_headers(record: Any, headers: Sequence[tuple[str, bytes | None]]) -> Any:
    return replace(record, headers=tuple(headers))


async def all_sent(rig: Stage) -> bool:
    return not await rig.sql("teller", "select 1 from unsent limit 1")


async def test_who_reads_to_decide_under_a_lock_holds_it(rig: Stage) -> None:
    """After a lost race a command locks first and then reads, or it would lose again and again."""
    engine, tally = await rig.engine("teller"), uuid4()
    await rig.count(tally, 1)
    async with engine.database.worker() as reading, engine.database.worker() as other, reading.transaction():
        streams = await journal.load(reading, engine.mind, None, [f"tally/{tally}"], lock=True)
        assert streams[f"tally/{tally}"].sequence == 1
        with pytest.raises(asyncpg.LockNotAvailableError):
            await other.execute("select 1 from stream where subject = $1 for update nowait", f"tally/{tally}")


async def test_what_was_committed_late_is_sent_all_the_same(rig: Stage) -> None:
    """Its stream comes before those that were sent meanwhile, and so did its place in any order of ids."""
    early, late = uuid4(), uuid4()
    await rig.count(early, 1)
    async with rig.relaying():
        await until(lambda: all_sent(rig), 30)
        await rig.count(late, 1)
        await until(lambda: all_sent(rig), 30)
        await rig.count(early, 2)
        await until(lambda: all_sent(rig), 15)


async def test_a_round_holds_the_lowest_of_each_stream_and_no_more(rig: Stage) -> None:
    for tally in (uuid4(), uuid4()):
        for number in range(3):
            await rig.count(tally, number)
    rows = await rig.sql("teller", "select stream, sequence from next_round(0, 200)")
    assert [row["sequence"] for row in rows] == [1, 1]
    assert len({row["stream"] for row in rows}) == 2


async def test_nobody_sends_while_another_leads(rig: Stage) -> None:
    engine = await rig.engine("teller")
    leader = await engine.database.connect("worker")
    assert await leader.fetchval("select pg_try_advisory_lock($1)", LEADER)
    await rig.count(uuid4(), 1)
    async with rig.relaying():
        with pytest.raises(TimeoutError):
            await until(lambda: all_sent(rig), 2)
        await leader.close()
        await until(lambda: all_sent(rig), 30)


def test_a_round_waits_for_less_long_than_its_lead_lasts() -> None:
    bounds = Settings(service="any")
    assert bounds.send_timeout < bounds.lock_timeout


async def test_a_log_made_anew_and_longer_is_told_by_the_record_before(rig: Stage) -> None:
    """Where the bookmark stands there is a record again, but it does not follow what was heard."""
    topic, bootstrap = topic_of(rig), rig.ground.bootstrap
    async with rig.relaying(), rig.relaying("hearer"):
        async with rig.hearing():
            await say_much(rig)
            await settled(rig)
        await say_much(rig)
        await until(lambda: all_sent(rig), 30)
        everything = await records_of(bootstrap, topic)
        await recreate_topic(bootstrap, topic)
        await produce_raw(bootstrap, topic, everything[::-1])
        async with rig.hearing():
            await check_history(rig, within=40, whole_topic=False)
