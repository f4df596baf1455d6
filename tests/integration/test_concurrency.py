"""Many at once: no gap, no lost update, one winner, no deadlock, and one effect for one key."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID, uuid4

import pytest

from shared.runtime.commands import Idempotency, KeyReused, Outcome, Stale, execute
from shared.runtime.database import Unavailable, is_transient
from shared.runtime.decisions import Cause
from shared.runtime.engine import Engine, make_engine
from shared.runtime.hearing import hear
from shared.runtime.projections import verify
from shared.runtime.service import Aggregate, Refusal, Service
from shared.runtime.wire import Record
from tests.rig.hearer import Echo
from tests.rig.language import Counted
from tests.rig.records import counted
from tests.rig.stage import ORGANISATION, Stage
from tests.rig.teller import Count
from tests.rig.varied import vary

T = TypeVar("T")


def cause(engine: Engine) -> Cause:
    return Cause(ORGANISATION, "counter", uuid4(), None, None, engine.clock.now())


async def patiently(act: Callable[[], Awaitable[T]], attempts: int = 100) -> T:
    """What the act answers once the service has time for it: a caller tries again after a 503."""
    for _ in range(attempts):
        try:
            return await act()
        except Unavailable:
            await asyncio.sleep(0.02)
    raise AssertionError("the service was never available")


async def test_many_writers_on_one_stream_leave_no_gap_and_lose_nothing(rig: Stage) -> None:
    engine, tally, writers, each = await rig.engine("teller"), uuid4(), 24, 12
    another = make_engine(engine.service, engine.settings, {})
    await another.database.open()

    async def write(number: int) -> list[int]:
        by = (engine, another)[number % 2]

        async def one() -> Outcome:
            return await execute(by, cause(by), [Count(f"tally/{tally}", by.clock.now(), number)])

        return [(await patiently(one)).sequence for _ in range(each)]

    try:
        answers = await asyncio.gather(*(write(n) for n in range(writers)))
    finally:
        await another.database.close()
    assert sorted(n for mine in answers for n in mine) == list(range(1, writers * each + 1))
    assert all(mine == sorted(mine) for mine in answers)
    [row] = await rig.sql("teller", "select sequence, total from tally")
    assert (row["sequence"], row["total"]) == (writers * each, each * sum(range(writers)))
    told = await rig.sql("teller", "select sequence from journal order by sequence")
    assert [r[0] for r in told] == list(range(1, writers * each + 1))
    assert (await verify(engine, "tally")).equal


@dataclass(frozen=True, slots=True)
class Take:
    """Take a place, or come for one."""

    subject: str
    at: datetime
    creates: bool = True


def seats(taken: int, _wish: Take) -> Sequence[Counted]:
    if taken >= 1:
        raise Refusal("full", "The last place is taken.")
    return [Counted(number=1)]


def with_places(service: Service) -> Service:
    """The teller, with places of which each can be taken once, and guests."""
    place = Aggregate("place", 0, seats, lambda taken, _: taken + 1)
    guest = Aggregate("guest", 0, lambda _, __: [Counted(number=1)], lambda came, _: came + 1)
    return replace(service, aggregates=(*service.aggregates, place, guest))


@pytest.mark.parametrize("place_first", [True, False], ids=["place first", "guest first"])
async def test_the_last_place_raced_by_many_has_one_winner(rig: Stage, place_first: bool) -> None:
    """The place is a subject of its own, so that an invariant over many guests is kept by its stream."""
    engine, place, guests = await vary(rig, "teller", with_places), f"place/{uuid4()}", [uuid4() for _ in range(40)]

    async def come(guest: UUID) -> Outcome | Refusal:
        now = engine.clock.now()
        wishes = [Take(place, now), Take(f"guest/{guest}", now)]
        try:
            return await patiently(lambda: execute(engine, cause(engine), wishes if place_first else wishes[::-1]))
        except Refusal as refusal:
            return refusal

    told = await asyncio.gather(*map(come, guests))
    assert Counter(t.code if isinstance(t, Refusal) else "won" for t in told) == {"won": 1, "full": 39}
    [winner] = [guest for guest, t in zip(guests, told, strict=True) if isinstance(t, Outcome)]
    subjects = await rig.sql("teller", "select s.subject from journal j join stream s on s.id = j.stream order by 1")
    assert [row[0] for row in subjects] == [f"guest/{winner}", place], "all of it or nothing"


@pytest.mark.parametrize("exists", [True, False], ids=["a subject that exists", "a new subject"])
async def test_one_key_raced_by_many_is_one_effect_and_one_answer(rig: Stage, exists: bool) -> None:
    engine, tally = await rig.engine("teller"), uuid4()
    if exists:
        await rig.count(tally, 1)
    key = Idempotency("the-key", b"what is asked")

    async def ask(number: int) -> Outcome:
        async def one() -> Outcome:
            wish = Count(f"tally/{tally}", engine.clock.now(), 5)
            return await execute(engine, cause(engine), [wish], idempotency=key)

        return await patiently(one)

    answers = await asyncio.gather(*map(ask, range(30)))
    assert len({(a.subject, a.sequence, a.events) for a in answers}) == 1
    assert answers[0].sequence == 1 + exists
    assert [r[0] for r in await rig.sql("teller", "select total from tally")] == [5 + exists]
    with pytest.raises(KeyReused):
        wish = Count(f"tally/{tally}", engine.clock.now(), 6)
        await execute(engine, cause(engine), [wish], idempotency=Idempotency("the-key", b"something else"))


async def test_one_key_raced_with_different_requests_is_one_effect(rig: Stage) -> None:
    engine, tally = await rig.engine("teller"), uuid4()

    async def ask(number: int) -> Outcome | KeyReused:
        async def one() -> Outcome:
            wish = Count(f"tally/{tally}", engine.clock.now(), number)
            return await execute(engine, cause(engine), [wish], idempotency=Idempotency("the-key", b"%d" % number))

        try:
            return await patiently(one)
        except KeyReused as reused:
            return reused

    told = await asyncio.gather(*map(ask, range(20)))
    assert Counter(type(t) for t in told) == {Outcome: 1, KeyReused: 19}
    [winner] = [number for number, t in enumerate(told) if isinstance(t, Outcome)]
    assert [r[0] for r in await rig.sql("teller", "select total from tally")] == [winner]


async def test_of_many_who_saw_the_same_state_one_may_change_it(rig: Stage) -> None:
    engine, tally = await rig.engine("teller"), uuid4()
    seen = (await rig.count(tally, 1)).sequence

    async def change(number: int) -> Outcome | Stale:
        async def one() -> Outcome:
            wish = Count(f"tally/{tally}", engine.clock.now(), number)
            return await execute(engine, cause(engine), [wish], if_match=seen)

        try:
            return await patiently(one)
        except Stale as stale:
            return stale

    told = await asyncio.gather(*map(change, range(30)))
    assert Counter(type(t) for t in told) == {Outcome: 1, Stale: 29}
    assert {t.sequence for t in told} == {2}


async def test_what_does_not_exist_matches_nothing(rig: Stage) -> None:
    engine = await rig.engine("teller")
    with pytest.raises(Stale):
        await execute(engine, cause(engine), [Count(f"tally/{uuid4()}", engine.clock.now(), 1)], if_match=3)
    assert await rig.sql("teller", "select * from journal") == []


async def test_two_hearers_with_overlapping_records_in_opposite_order_never_deadlock(rig: Stage) -> None:
    """Overlapping ids, overlapping heard streams, overlapping own subjects; some new, some known; a command between."""
    engine, topic = await rig.engine("hearer"), rig.services["hearer"].hears[0]
    tallies, echoes = [uuid4() for _ in range(40)], [uuid4() for _ in range(12)]
    rounds = 8
    for number in range(1, rounds + 1):
        batch = [
            counted(topic, tally, number, shared_with=echoes[(n * 7 + number) % 12]) for n, tally in enumerate(tallies)
        ]
        async with asyncio.TaskGroup() as group:
            for order in (batch, batch[::-1], batch[20:] + batch[:20], batch[1::2] + batch[::2]):
                group.create_task(heard_at_last(engine, order))
            for echo in echoes[:4]:
                wish = Echo(f"echo/{echo}", engine.clock.now(), tallies[0], 1)
                group.create_task(patiently(lambda wish=wish: execute(engine, cause(engine), [wish])))
    assert await deadlocks(rig) == 0
    heard = await rig.sql("hearer", "select sequences from heard")
    assert [list(row[0]) for row in heard] == [list(range(1, rounds + 1))] * 40
    total = await rig.sql("hearer", "select sum(echoes) from echo")
    assert total[0][0] == 40 * rounds + 4 * rounds
    fates = await rig.sql("hearer", "select fate, count(*) from inbox group by fate")
    assert [tuple(row) for row in fates] == [("done", 40 * rounds)]
    for table in ("heard", "echo"):
        assert (await verify(engine, table)).equal


async def heard_at_last(engine: Engine, records: Sequence[Record]) -> None:
    """Hears the batch, from fresh state when something transient came between."""
    connection = await engine.database.connect("worker")
    try:
        for _ in range(50):
            try:
                await hear(engine, connection, records)
            except Exception as error:
                if not is_transient(error):
                    raise
            else:
                return
        raise AssertionError("the batch was never heard")
    finally:
        await connection.close()


async def deadlocks(rig: Stage) -> int:
    """How many deadlocks PostgreSQL has had to break in the hearer's database."""
    await rig.sql("hearer", "select pg_stat_force_next_flush()")
    rows: list[Any] = await rig.sql(
        "hearer", "select deadlocks from pg_stat_database where datname = current_database()"
    )
    return int(rows[0][0])
