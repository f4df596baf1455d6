"""What one service knows of an event, and of all that it said of a subject."""

from typing import Any
from uuid import UUID, uuid4

from shared.runtime import trace
from shared.runtime.engine import Engine
from tests.rig.stage import Stage, until


async def test_an_event_is_followed_from_its_journal_to_what_it_led_to_elsewhere(rig: Stage) -> None:
    tally = uuid4()
    for number in (1, 2):
        await rig.count(tally, number)
    teller, hearer = await rig.engine("teller"), await rig.engine("hearer")
    of_tally = await trace.said_of(teller, tally)
    assert of_tally is not None
    assert [(row["subject"], row["sequence"]) for row in of_tally["rows"]] == [
        (f"tally/{tally}", 1),
        (f"tally/{tally}", 2),
    ]
    assert await trace.said_of(hearer, tally) is None
    first = of_tally["rows"][0]["event_id"]
    said = await trace.trace(teller, first)
    assert said is not None
    assert (said["journal"]["subject"], said["sent"], said["inbox"]) == (f"tally/{tally}", None, [])
    assert await trace.trace(hearer, first) is None
    async with rig.relaying(), rig.hearing():
        heard = await until(lambda: trace.trace(hearer, first))
        said = await until(lambda: _sent(teller, first))
    [row] = heard["inbox"]
    assert (row["fate"], row["partition"], row["offset"]) == ("done", said["sent"]["partition"], said["sent"]["offset"])
    assert [after["subject"].split("/")[0] for after in heard["led_to"]] == ["echo"]


async def _sent(engine: Engine, event: UUID) -> Any:
    told = await trace.trace(engine, event)
    return told if told and told["sent"] else None
