"""What waits is taken in order once nothing stands before it: by a replay, by a discard, by itself."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.runtime import dead_letters
from shared.runtime.dead_letters import Replayed
from shared.runtime.envelope import Envelope
from shared.runtime.health import Health
from shared.runtime.hearing import hear
from shared.runtime.projections import verify
from shared.runtime.service import Reaction
from shared.runtime.wire import INTAKE
from tests.rig.hearer import BROKEN, Echo
from tests.rig.heeding import answers, fates, sequences, waiting_ids
from tests.rig.language import WORDS, Counted, Words
from tests.rig.records import counted, with_header, without_header
from tests.rig.stage import ORGANISATION, Stage, until
from tests.rig.varied import vary

SHARED = uuid4()


async def test_two_of_one_stream_around_a_poison_in_one_batch(rig: Stage, heeding: Callable[..., Any]) -> None:
    tally, other, topic = uuid4(), uuid4(), rig.services["hearer"].hears[0]
    told = await heeding(
        counted(topic, tally, 1),
        counted(topic, tally, 2, BROKEN),
        counted(topic, other, 1),
        counted(topic, tally, 3),
        counted(topic, tally, 4),
    )
    held = ("held", "gap")
    assert told == [(1, "done", None), (2, "parked", "handler-failed"), (1, "done", None), (3, *held), (4, *held)]
    assert await sequences(rig, tally) == [1]
    assert await answers(rig, tally) == 1, "what the poison would have said must not be said"


async def test_a_gap_heals_when_the_missing_event_comes(rig: Stage, heeding: Callable[..., Any]) -> None:
    tally, topic = uuid4(), rig.services["hearer"].hears[0]
    late = [counted(topic, tally, n) for n in range(1, 7)]
    assert await heeding(late[5], late[2], late[4]) == [(6, "held", "gap"), (3, "held", "gap"), (5, "held", "gap")]
    assert await heeding(late[0]) == [(1, "done", None)]
    assert await heeding(late[1]) == [(2, "done", None), (3, "done", None)]
    assert await heeding(late[3]) == [(n, "done", None) for n in (4, 5, 6)]
    assert await sequences(rig, tally) == [1, 2, 3, 4, 5, 6]
    assert await waiting_ids(rig, tally) == []


async def test_a_gap_heals_within_one_batch_too(rig: Stage, heeding: Callable[..., Any]) -> None:
    """Three partitions of a topic made anew, or a sender that repeats itself, may bring them in any order at once."""
    tally, topic = uuid4(), rig.services["hearer"].hears[0]
    said = [counted(topic, tally, n) for n in range(1, 6)]
    forged = with_header(said[2], "ce_id", str(uuid4()))
    await heeding(said[4], said[2], forged, said[1], said[2], said[0], said[3])
    assert await fates(rig, tally) == [(n, "done", None) for n in range(1, 6)]
    assert await sequences(rig, tally) == [1, 2, 3, 4, 5]
    [row] = await rig.sql("hearer", "select code from inbox where fate <> 'done'")
    assert row["code"] == "impostor-sequence"
    assert not (await rig.sql("hearer", "select waiting from stream where topic = $1", topic))[0][0]


async def test_replay_after_the_fault_is_mended_releases_in_order(rig: Stage, heeding: Callable[..., Any]) -> None:
    tally, topic = uuid4(), rig.services["hearer"].hears[0]
    await heeding(*(counted(topic, tally, n, BROKEN if n == 2 else n) for n in range(1, 6)))
    letter, *_ = await waiting_ids(rig, tally)
    engine = await rig.engine("hearer")
    assert await dead_letters.replay(engine, letter) == Replayed(letter, "parked", "handler-failed", 0, "RuntimeError")
    mended = await vary(rig, "hearer", lambda service: replace(service, reactions={}))
    assert await dead_letters.replay(mended, letter) == Replayed(letter, "done", None, 3)
    for again in (dead_letters.show, dead_letters.replay, dead_letters.discard):
        with pytest.raises(dead_letters.NotADeadLetter):
            await again(mended, letter)
    assert await sequences(rig, tally) == [1, 2, 3, 4, 5]
    assert (await verify(mended, "heard")).equal


async def test_only_the_first_obstacle_may_be_set_aside(rig: Stage, heeding: Callable[..., Any]) -> None:
    tally, topic = uuid4(), rig.services["hearer"].hears[0]
    await heeding(*(counted(topic, tally, n, BROKEN if n in (2, 4) else n) for n in range(1, 6)))
    second, third, *_ = await waiting_ids(rig, tally)
    engine = await rig.engine("hearer")
    with pytest.raises(dead_letters.NotFirst):
        await dead_letters.discard(engine, third)
    assert await dead_letters.discard(engine, second) == Replayed(second, "refused", "discarded", 1)
    assert await fates(rig, tally) == [
        (1, "done", None),
        (2, "refused", "discarded"),
        (3, "done", None),
        (4, "parked", "handler-failed"),
        (5, "held", "gap"),
    ]
    assert await sequences(rig, tally) == [1, 3], "what was set aside is in no row"
    assert (await verify(engine, "heard")).equal


async def test_one_that_arrives_during_a_replay_is_taken_after_it(rig: Stage, heeding: Callable[..., Any]) -> None:
    tally, topic = uuid4(), rig.services["hearer"].hears[0]
    await heeding(*(counted(topic, tally, n, BROKEN if n == 2 else n) for n in (1, 2, 3)))
    mended = await vary(rig, "hearer", lambda service: replace(service, reactions={}))
    letter, _ = await waiting_ids(rig, tally)
    async with locked(rig, tally) as queue:
        replaying = asyncio.ensure_future(dead_letters.replay(mended, letter))
        await queue(1)
        arriving = asyncio.ensure_future(heeding(counted(topic, tally, 4), by=mended))
        await queue(2)
    assert await replaying == Replayed(letter, "done", None, 1)
    assert await arriving == [(4, "done", None)]
    assert await sequences(rig, tally) == [1, 2, 3, 4]


async def test_a_replay_that_comes_after_the_healing_changes_nothing(rig: Stage, heeding: Callable[..., Any]) -> None:
    """The operator saw the letter waiting; the missing event came before the replay took the lock."""
    tally, topic = uuid4(), rig.services["hearer"].hears[0]
    await heeding(counted(topic, tally, 1), counted(topic, tally, 3))
    engine, [letter] = await rig.engine("hearer"), await waiting_ids(rig, tally)
    async with locked(rig, tally) as queue:
        arriving = asyncio.ensure_future(heeding(counted(topic, tally, 2)))
        await queue(1)
        replaying = [asyncio.ensure_future(dead_letters.replay(engine, letter)) for _ in range(2)]
        await queue(3)
    assert await arriving == [(2, "done", None), (3, "done", None)]
    assert [await each for each in replaying] == [Replayed(letter, "done", None, 0)] * 2
    assert await fates(rig, tally) == [(n, "done", None) for n in (1, 2, 3)]
    assert await answers(rig, tally) == 3
    assert (await verify(engine, "heard")).equal


@asynccontextmanager
async def locked(rig: Stage, tally: UUID) -> AsyncIterator[Callable[[int], Awaitable[Any]]]:
    """Holds the lock of a heard stream; the function given waits until so many others wait for it."""
    engine = await rig.engine("hearer")
    async with engine.database.owner() as connection, connection.transaction():
        await connection.execute("select 1 from stream where subject = $1 for update", f"tally/{tally}")

        async def queue(length: int) -> None:
            async def so_many() -> bool:
                waiting = await rig.sql(
                    "hearer",
                    "select count(distinct l.pid) from pg_locks l join pg_stat_activity a using (pid) "
                    "where not l.granted and a.datname = current_database()",
                )
                return waiting[0][0] >= length

            await until(so_many)

        yield queue


async def test_two_replays_of_a_record_without_a_stream_take_it_once(rig: Stage) -> None:
    """Nothing but the letter itself keeps two replays of an outsider's record apart."""
    topic = f"{INTAKE}somebody{rig.suffix}"
    faulty = Reaction(targets=lambda e: ["echo/" + str(SHARED)], react=failing)
    engine = await vary(
        rig,
        "hearer",
        lambda service: replace(service, intake=faulty),
        producers={f"somebody{rig.suffix}": ORGANISATION},
    )
    sent = with_header(counted(topic, uuid4(), 1)._replace(topic=topic), "ce_source", "somewhere")
    async with engine.database.worker() as connection:
        await hear(engine, connection, [sent])
    [letter] = await rig.sql("hearer", "select id, fate, code from inbox")
    assert (letter["fate"], letter["code"]) == ("parked", "handler-failed")
    mended = await vary(
        rig,
        "hearer",
        lambda service: replace(service, intake=replace(faulty, react=echoing)),
        producers=engine.producers,
    )
    done = await asyncio.gather(*(dead_letters.replay(mended, letter["id"]) for _ in range(4)))
    assert {d.fate for d in done if d} == {"done"}
    assert [tuple(r) for r in await rig.sql("hearer", "select echoes from echo")] == [(1,)]


def failing(_event: Envelope, _states: Mapping[str, Any]) -> list[Any]:
    raise RuntimeError("a handler with a fault in it")


def echoing(event: Envelope, _states: Mapping[str, Any]) -> list[Echo]:
    return [Echo(f"echo/{SHARED}", event.time, SHARED, 1)]


async def test_what_a_crash_left_waiting_behind_nothing_is_taken_all_the_same(
    rig: Stage, heeding: Callable[..., Any]
) -> None:
    """A discard commits before what it releases is taken; a process may die in between."""
    tally, topic = uuid4(), rig.services["hearer"].hears[0]
    await heeding(*(counted(topic, tally, n, BROKEN if n == 1 else n) for n in (1, 2, 3)))
    await rig.sql("hearer", "update inbox set fate = 'refused', code = 'discarded' where sequence = 1")
    await rig.sql("hearer", "update stream set prior = 0, sequence = 1 where subject = $1", f"tally/{tally}")
    stopping, engine = asyncio.Event(), await rig.engine("hearer")
    releasing = asyncio.create_task(dead_letters.keep_releasing(engine, Health(), stopping))

    async def taken() -> bool:
        return await sequences(rig, tally) == [2, 3]

    await until(taken)
    stopping.set()
    await releasing
    assert await waiting_ids(rig, tally) == []


async def test_a_type_learnt_later_is_taken_by_itself_in_order(rig: Stage, heeding: Callable[..., Any]) -> None:
    tally, topic = uuid4(), rig.services["hearer"].hears[0]
    unknown = with_header(counted(topic, tally, 2, 7), "ce_type", "kith.counted.v2")
    twice = with_header(counted(topic, tally, 4, 7), "ce_type", "kith.counted.v2")
    await heeding(counted(topic, tally, 1), unknown, counted(topic, tally, 3), twice, counted(topic, tally, 5))
    assert [code for _, _, code in await fates(rig, tally)] == [None, "unknown-type", "gap", "unknown-type", "gap"]
    knows = Words({**WORDS.types, "kith.counted.v2": Counted})
    engine = await vary(rig, "hearer", lambda service: replace(service, registry=knows))
    await dead_letters.replay_known(engine)
    assert await sequences(rig, tally) == [1, 2, 3, 4, 5]
    assert {fate for _, fate, _ in await fates(rig, tally)} == {"done"}


async def test_an_urgent_record_that_waits_is_marked_urgent_even_when_nothing_else_of_it_can_be_read(
    rig: Stage, heeding: Callable[..., Any]
) -> None:
    topic = rig.services["hearer"].hears[0]
    alarm = [with_header(counted(topic, uuid4(), n), "ce_type", "kith.alarmed.v1") for n in (1, 2, 1, 1, 1)]
    await heeding(
        alarm[0],
        alarm[1],
        with_header(alarm[2], "ce_time", None),
        without_header(alarm[3], "ce_id"),
        alarm[4]._replace(headers=(*alarm[4].headers, ("ce_type", b"kith.counted.v1"))),
        counted(topic, uuid4(), 1)._replace(body=b"{"),
    )
    letters = await dead_letters.list_parked(
        await rig.engine("hearer"), topic=None, code=None, fate=None, after=0, limit=100
    )
    assert [letter["urgent"] for letter in letters] == [True] * 5 + [False]
