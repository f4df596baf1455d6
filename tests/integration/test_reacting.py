"""What a reaction that fails, or that a rule refuses, does to the event that it answers."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest

from shared.runtime import dead_letters
from shared.runtime.dead_letters import Replayed
from shared.runtime.deadlines import keep_deadlines
from shared.runtime.envelope import Envelope
from shared.runtime.health import Health
from shared.runtime.service import Reaction, Refusal, Service
from tests.rig.hearer import REFUSED, Echo, react, refused, targets
from tests.rig.heeding import answers, fates, sequences, waiting_ids
from tests.rig.language import Counted
from tests.rig.records import counted, header
from tests.rig.stage import ORGANISATION, Stage, until
from tests.rig.teller import Remind
from tests.rig.varied import vary

SHARED = uuid4()


async def test_an_innocent_event_is_not_blamed_for_the_poison_behind_it(
    rig: Stage, heeding: Callable[..., Any]
) -> None:
    """The held third is one that only the database refuses; the second that releases it is taken all the same."""
    tally, topic = uuid4(), rig.services["hearer"].hears[0]
    await heeding(counted(topic, tally, 1), counted(topic, tally, 3, 10**30), counted(topic, tally, 4))
    await heeding(counted(topic, tally, 2))
    assert await fates(rig, tally) == [
        (1, "done", None),
        (2, "done", None),
        (3, "parked", "database-refused"),
        (4, "held", "gap"),
    ]
    engine, [letter, _] = await rig.engine("hearer"), await waiting_ids(rig, tally)
    assert await dead_letters.discard(engine, letter) == Replayed(letter, "refused", "discarded", 1)
    assert await sequences(rig, tally) == [1, 2, 4]


async def test_a_reaction_that_touches_what_it_did_not_name_is_parked(rig: Stage, heeding: Callable[..., Any]) -> None:
    """Otherwise it would append to a stream that it has not locked, and be tried again for ever."""
    topic, first = rig.services["hearer"].hears[0], uuid4()
    unnamed = Reaction(targets=lambda e: [], react=lambda e, s: [Echo(f"echo/{SHARED}", e.time, SHARED, 1)])
    by = await vary(rig, "hearer", lambda service: replace(service, reactions={Counted.type(): unnamed}))
    assert await heeding(counted(topic, first, 1), by=by) == [(1, "parked", "handler-failed")]
    assert await sequences(rig, first) == []


async def test_an_event_of_one_organisation_says_nothing_on_a_subject_of_another(
    rig: Stage, heeding: Callable[..., Any]
) -> None:
    ours, theirs, topic = uuid4(), uuid4(), rig.services["hearer"].hears[0]
    await heeding(counted(topic, ours, 1, shared_with=SHARED))
    told = await heeding(counted(topic, theirs, 1, shared_with=SHARED, organisation="SC099999"))
    assert told == [(1, "refused", "not-found")]
    echoes = await rig.sql("hearer", "select id, organisation, total from echo order by organisation")
    assert [tuple(row) for row in echoes] == [(SHARED, ORGANISATION, 1), (theirs, "SC099999", -1)]


async def test_a_refusal_is_told_once_however_often_it_is_heard(rig: Stage, heeding: Callable[..., Any]) -> None:
    tally, topic = uuid4(), rig.services["hearer"].hears[0]
    unlucky = counted(topic, tally, 1, REFUSED)
    assert await heeding(unlucky, unlucky) == [(1, "refused", "unlucky"), (1, "duplicate", None)]
    assert await heeding(unlucky) == [(1, "duplicate", None)]
    assert await heeding(counted(topic, tally, 2)) == [(2, "done", None)]
    said = await rig.sql("hearer", "select causation_id from journal")
    assert len(said) == 2
    assert header(unlucky, "ce_id") in {str(row["causation_id"]) for row in said}
    assert await sequences(rig, tally) == [1, 2]


def _unlucky_again(event: Envelope, _: Refusal) -> Any:
    return [Echo(target, event.time, SHARED, number) for target in targets(event) for number in (1, REFUSED)]


def _unnamed(event: Envelope, _: Refusal) -> Any:
    return [Echo(f"echo/{SHARED}", event.time, SHARED, 1)]


def _broken(event: Envelope, refusal: Refusal) -> Any:
    raise RuntimeError(refusal.code)


@pytest.mark.parametrize("wrongly", [_unlucky_again, _unnamed, _broken])
async def test_a_refusal_that_cannot_be_told_is_parked_and_told_once_mended(
    rig: Stage, heeding: Callable[..., Any], wrongly: Any
) -> None:
    tally, topic = uuid4(), rig.services["hearer"].hears[0]
    by = await vary(
        rig,
        "hearer",
        lambda service: replace(service, reactions={Counted.type(): Reaction(targets, react, wrongly)}),
    )
    assert await heeding(counted(topic, tally, 1, REFUSED), by=by) == [(1, "parked", "handler-failed")]
    assert (await answers(rig, tally), await sequences(rig, tally)) == (0, [])
    mended = await vary(
        rig,
        "hearer",
        lambda service: replace(service, reactions={Counted.type(): Reaction(targets, react, refused)}),
    )
    (letter,) = await waiting_ids(rig, tally)
    assert await dead_letters.replay(mended, letter) == Replayed(
        letter, "refused", "unlucky", 0, "There is no echo of thirteen."
    )
    assert (await answers(rig, tally), await sequences(rig, tally)) == (1, [1])


async def test_a_deadline_whose_handler_fails_is_parked_once_and_can_be_replayed(rig: Stage) -> None:
    def faulty(subject: str, name: str, now: datetime) -> Any:
        raise RuntimeError("a handler with a fault in it")

    def with_due(due: Any) -> Callable[[Service], Service]:
        return lambda service: replace(service, aggregates=(replace(service.aggregates[0], due=due),))

    tally, healthy = uuid4(), uuid4()
    engine = await vary(rig, "teller", with_due(faulty))
    when = engine.clock.now()
    for each in (tally, healthy):
        await rig.count(each, 1, note=f"remind visit {when.isoformat()}")
    stopping = asyncio.Event()
    keeping = asyncio.ensure_future(keep_deadlines(engine, Health(), stopping))
    try:
        letters = await until(lambda: both_parked(rig))
        assert await rig.sql("teller", "select * from deadline") == []
    finally:
        stopping.set()
        engine.due.set()
        await keeping
    mended = await vary(rig, "teller", with_due(lambda subject, name, now: [Remind(subject, now, name)]))
    for letter in letters:
        assert await dead_letters.replay(mended, letter) == Replayed(letter, "done", None, 0)
    rows = await rig.sql("teller", "select reminded from tally")
    assert [row[0] for row in rows] == [["visit"], ["visit"]]


async def both_parked(rig: Stage) -> list[int]:
    rows = await rig.sql("teller", "select id from inbox where topic = 'clock' and fate = 'parked'")
    return [row[0] for row in rows] if len(rows) == 2 else []
