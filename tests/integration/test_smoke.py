from uuid import uuid4

from tests.rig.stage import Stage, until


async def test_what_is_said_is_heard_in_order_and_answered(rig: Stage) -> None:
    tallies = [uuid4() for _ in range(5)]
    for number in range(4):
        for tally in tallies:
            await rig.count(tally, number)
    async with rig.relaying(), rig.hearing():

        async def all_heard() -> bool:
            rows = await rig.sql("hearer", "select * from heard")
            return len(rows) == 5 and all(row["sequences"] == [1, 2, 3, 4] for row in rows)

        await until(all_heard)
    assert {r["total"] for r in await rig.sql("hearer", "select * from echo")} == {6}
    assert [tuple(r) for r in await rig.sql("hearer", "select fate, count(*) from inbox group by fate")] == [
        ("done", 20)
    ]
    assert not await rig.sql("teller", "select * from unsent")
