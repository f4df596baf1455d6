from uuid import uuid4

from tests.rig.stage import Stage, until


async def test_a_topic_is_fresh_while_it_is_heard_and_says_how_far_behind_when_it_is_not(rig: Stage) -> None:
    topic = rig.services["teller"].topic
    async with rig.relaying(), rig.hearing() as health:
        await rig.count(uuid4(), 1)
        await until(lambda: _heard(rig, 1))

        async def fresh() -> bool:
            return health.judgement().fresh.get(topic) == 0.0

        await until(fresh)
        # Nothing of the hearer's database moves while its streams are locked away.
        async with (await rig.engine("hearer")).database.owner() as connection, connection.transaction():
            await connection.execute("lock table stream in access exclusive mode")
            await rig.count(uuid4(), 1)

            async def behind() -> bool:
                return health.judgement().fresh[topic] > 0.0

            await until(behind)
        await until(lambda: _heard(rig, 2))
        await until(fresh)


async def _heard(rig: Stage, count: int) -> bool:
    return (await rig.sql("hearer", "select count(*) from inbox"))[0][0] == count
