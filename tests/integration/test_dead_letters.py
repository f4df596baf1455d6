"""Dead letters set aside and taken again, on a real PostgreSQL."""

from uuid import uuid4

import pytest

from shared.runtime import dead_letters
from shared.runtime.hearing import hear, hear_over
from shared.runtime.inbox import record_of
from tests.rig.records import counted, with_header
from tests.rig.stage import Stage

TOLD = "select i.id, i.fate, i.code, i.sequence from inbox i order by i.id"


async def test_two_that_claim_one_place_are_both_set_aside_and_what_followed_is_taken(rig: Stage) -> None:
    engine, topic, tally = await rig.engine("hearer"), rig.services["hearer"].hears[0], uuid4()
    first, second = (counted(topic, tally, 2)._replace(body=body) for body in (b"{", b"["))
    records = [counted(topic, tally, 1), first, second, counted(topic, tally, 3)]
    async with engine.database.worker() as connection:
        await hear(engine, connection, [record._replace(offset=n) for n, record in enumerate(records)])
    letters = [row["id"] for row in await rig.sql("hearer", TOLD) if row["fate"] == "parked"]
    assert len(letters) == 2
    for letter in letters:
        done = await dead_letters.discard(engine, letter)
        assert done is not None
        assert (done.fate, done.code) == ("refused", "discarded")
    told = [(row["fate"], row["sequence"]) for row in await rig.sql("hearer", TOLD)]
    assert sorted(told, key=str) == sorted([("done", 1), ("refused", 2), ("refused", None), ("done", 3)], key=str)


async def test_what_is_taken_again_outlives_the_session_it_was_begun_in(rig: Stage) -> None:
    engine, topic, tally = await rig.engine("hearer"), rig.services["hearer"].hears[0], uuid4()
    async with engine.database.worker() as connection:
        await hear(engine, connection, [counted(topic, tally, 2)])
        [row] = await connection.fetch("select * from inbox where fate = 'held'")
        await hear(engine, connection, [counted(topic, tally, 1)._replace(offset=1)])
    [row] = await rig.sql("hearer", "select * from inbox where sequence = 2")
    ended = await engine.database.connect("worker")
    ended.terminate()
    parts = [part async for part in hear_over(engine, ended, [record_of(row)])]
    assert len(parts) == 1


@pytest.mark.parametrize("claimed", ["Mary Smith CHI 0101701234 is afraid", "00-0-0-00"])
async def test_what_a_sender_calls_a_trace_is_kept_only_if_it_is_one(rig: Stage, claimed: str) -> None:
    engine, topic, tally = await rig.engine("hearer"), rig.services["hearer"].hears[0], uuid4()
    record = with_header(counted(topic, tally, 1), "ce_traceparent", claimed.encode())
    async with engine.database.worker() as connection:
        (verdict,) = (await hear(engine, connection, [record])).verdicts
    envelope = verdict.reading.envelope
    assert envelope is not None
    assert envelope.traceparent is None
    said = await rig.sql("hearer", "select traceparent from journal")
    assert [row["traceparent"] for row in said] == [None]
