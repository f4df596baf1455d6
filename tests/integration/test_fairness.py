"""Fair across streams: what one subject has to say, however much it is, delays another's by one turn at most."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.runtime import relay as relays
from shared.runtime.relay import ROUND
from tests.rig.stage import ORGANISATION, Stage, until

LOUD, BUSY, EACH = 50_000, 500, 12

FILL = """
with loud as (
    insert into stream (topic, subject, organisation, prior, sequence)
    select $1, 'tally/' || u.id, $2, u.events - 1, u.events from unnest($3::uuid[], $4::bigint[]) u(id, events)
    returning id, sequence
), said as (
    insert into journal (stream, sequence, event_id, type, organisation, actor_role, occurred_at, recorded_at,
                         correlation_id, body)
    select loud.id, n, gen_random_uuid(), 'kith.counted.v1', $2, 'counter', now(), now(), gen_random_uuid(),
           '{"number": 1}'::bytea
    from loud, generate_series(1, loud.sequence) n
    returning stream, sequence
)
insert into unsent (stream, sequence, organisation, since) select stream, sequence, $2, now() from said
"""


async def fill(rig: Stage, events: dict[UUID, int]) -> None:
    """Puts that many unsent events of each tally into the teller's journal, as fast as the database can."""
    topic = rig.services["teller"].topic
    async with (await rig.engine("teller")).database.owner() as connection:
        await connection.execute(FILL, topic, ORGANISATION, list(events), list(events.values()))
        await connection.execute("analyze unsent, journal, stream")


@asynccontextmanager
async def watched(
    monkeypatch: pytest.MonkeyPatch, before: Callable[[int], Any]
) -> AsyncIterator[list[Sequence[tuple[str, int]]]]:
    """Every round of the relay as (subject, sequence) pairs; `before` is awaited while a round is in flight."""
    rounds: list[Sequence[tuple[str, int]]] = []
    send = relays._send_round

    async def spy(engine: Any, connection: Any, producer: Any, rows: Any, doubts: Any) -> bool:
        rounds.append([(row["subject"], row["sequence"]) for row in rows])
        await before(len(rounds))
        return await send(engine, connection, producer, rows, doubts)

    monkeypatch.setattr(relays, "_send_round", spy)
    yield rounds


async def test_an_event_waits_one_turn_of_the_ring_and_the_round_in_flight(
    rig: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    loud, early, late = uuid4(), uuid4(), uuid4()
    await rig.count(early, 1)
    busy = [uuid4() for _ in range(BUSY)]
    await fill(rig, {loud: LOUD, **dict.fromkeys(busy, EACH)})
    said_during = {4: early, 9: late, 14: early}
    done = asyncio.Event()

    async def say(number: int) -> None:
        if number in said_during:
            await rig.count(said_during[number], number)
        if number > max(said_during) + turn + 1:
            done.set()

    turn = -(-(BUSY + 3) // ROUND)
    async with watched(monkeypatch, say) as rounds, rig.relaying():
        async with asyncio.timeout(60):
            await done.wait()

    for number, tally in said_during.items():
        left = [n for n, round in enumerate(rounds, 1) if n > number and f"tally/{tally}" in dict(round)]
        assert left, "it never left"
        assert left[0] - number <= turn + 1, f"said during round {number}, it left in round {left[0]}"
    for round in rounds:
        assert len({subject for subject, _ in round}) == len(round) <= ROUND, "one unacknowledged event a subject"
    for tally in (loud, busy[0], busy[-1]):
        taken = [sequence for round in rounds for subject, sequence in round if subject == f"tally/{tally}"]
        assert taken == list(range(1, len(taken) + 1)), "each stream leaves in its order"
        assert len(taken) >= len(rounds) // turn - 1, "and none is forgotten"


async def test_the_newest_subject_of_many_is_not_starved_by_the_oldest(
    rig: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A ring that began anew at its first subject each round would never come past the first so many."""
    many = [uuid4() for _ in range(3 * ROUND)]
    await fill(rig, dict.fromkeys(many, 40))
    done = asyncio.Event()

    async def count(number: int) -> None:
        if number == 4:
            done.set()

    async with watched(monkeypatch, count) as rounds, rig.relaying():
        async with asyncio.timeout(60):
            await done.wait()
    assert {subject for round in rounds[:3] for subject, _ in round} == {f"tally/{tally}" for tally in many}


async def test_everything_leaves_in_the_end_in_order_and_once(rig: Stage) -> None:
    tallies = {uuid4(): events for events in (1, 2, 5, 40, 300)}
    await fill(rig, tallies)
    async with rig.relaying():

        async def all_sent() -> bool:
            return not await rig.sql("teller", "select 1 from unsent limit 1")

        await until(all_sent, 60)
    rows = await rig.sql(
        "teller",
        "select s.subject, array_agg(t.sequence order by t.partition, t.offset) from sent t "
        "join stream s on s.id = t.stream group by s.subject",
    )
    assert {subject: list(sequences) for subject, sequences in rows} == {
        f"tally/{tally}": list(range(1, events + 1)) for tally, events in tallies.items()
    }
