"""A provider closes with 500 open cases, and the program is killed half way: each is on the list once, at its date."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest

from deploy.embedded import Cluster
from services.referrals.domain.commands import Create, tell
from services.referrals.domain.policy import Policies, Policy
from services.referrals.domain.services import OpenCase, PutInDirectory, SayOfService
from services.referrals.service import referrals
from shared.contracts import service_updates as s
from shared.contracts import updates as u
from shared.contracts.days import day_of
from shared.contracts.values import Days, ReferralFacts
from shared.runtime.commands import execute
from shared.runtime.decisions import Cause
from shared.runtime.engine import Engine, make_engine
from shared.runtime.master_keys import make_file
from shared.runtime.migrate import migrate, provision
from shared.runtime.projections import verify
from shared.runtime.settings import Settings
from tests.rig.alone import NOWHERE, start_alone
from tests.rig.stage import until

pytestmark = pytest.mark.timeout(240)

CASES = 500
HERE = "SC012345"
FAR = Days(amber=730, red=730)
POLICY = Policy(first_contact_days=FAR, match_days=FAR)
"""No wait has a bound that passes meanwhile."""


@pytest.fixture
async def engine(ground: Cluster, tmp_path: Path) -> AsyncIterator[Engine]:
    settings = Settings(
        service="referrals",
        database_name=f"referrals_{uuid4().hex[:8]}",
        database_host=ground.postgres.host,
        database_port=ground.postgres.port,
        bootstrap=NOWHERE,
        master_keys=make_file(tmp_path / "master-keys.json"),
    )
    await provision({"dsn": ground.postgres.dsn()}, settings)
    service = referrals(Policies())
    made = make_engine(service, settings, {})
    await made.database.open()
    async with made.database.owner() as connection:
        await migrate(connection, service, settings)
    yield made
    await made.database.close()


def cause(now: datetime) -> Cause:
    return Cause(HERE, "service-lead", uuid4(), None, None, now)


async def provider(engine: Engine, now: datetime) -> tuple[UUID, dict[UUID, datetime]]:
    """A service with its open cases, each received on a day of its own."""
    service_id, received = uuid4(), {}
    listing = s.ListService(title="North", formats=("home",), place="Wick", area="S08000022", by_role="service-lead")
    await execute(engine, cause(now), [PutInDirectory(service_id, now, listing)])
    for number in range(CASES):
        referral_id = uuid4()
        received[referral_id] = now - timedelta(days=10 + number % 300, minutes=number)
        facts = ReferralFacts(
            person_id=uuid4(),
            journey_id=uuid4(),
            board_of_treatment="S08000022",
            board_of_residence="S08000022",
            sender="SC099999",
            referrer_role="gp",
            client_agreed=True,
            referral_date=received[referral_id].date(),
            received_at=received[referral_id],
            parent_role="birth-parent",
            setting="third-sector",
        )
        join = s.JoinService(service_id=service_id, by_role="coordinator")
        commands = [
            Create(referral_id, now, facts, None, POLICY),
            tell(referral_id, u.Accept(by_role="coordinator"), now, POLICY, uuid4()),
            tell(referral_id, join, now, POLICY, uuid4()),
            OpenCase(service_id, now, referral_id),
        ]
        await execute(engine, cause(now), commands)
    return service_id, received


async def asked(engine: Engine, query: str, *arguments: object) -> list[asyncpg.Record]:
    async with engine.database.owner() as connection:
        return await connection.fetch(query, *arguments)


async def left(engine: Engine) -> int:
    """How many are back on the list."""
    return int((await asked(engine, "select count(*) from referral where stage = 'waiting'"))[0][0])


async def test_killed_half_way_every_case_is_on_the_list_once_at_its_own_date(engine: Engine, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    service_id, received = await provider(engine, now)
    close = s.CloseService(by_role="service-lead", reason="funding")
    said = await execute(engine, cause(now), [SayOfService(service_id, now, close)])
    assert len(said.events) == 1, "closing is one event; the rest is due at once"
    assert (await asked(engine, "select count(*) from deadline where name like 'relist:%'"))[0][0] == CASES

    back = []
    for step in ("deadline.committed", "consumer.appended", "deadline.committed"):
        process = await start_alone(engine, tmp_path, halt=f"{step}:kill")
        assert await asyncio.wait_for(process.child.wait(), 60) == -9, process.log.read_text()[-3000:]
        back.append(await left(engine))
    assert 0 < back[0] < CASES, "the first was killed half way"
    assert back[1] == back[0], "what was not committed has not happened"
    assert back[1] < back[2] < CASES

    process = await start_alone(engine, tmp_path)
    try:

        async def everybody() -> bool:
            return await left(engine) == CASES

        await until(everybody, 180)
    finally:
        await process.kill()

    rows = await asked(engine, "select id, listed_on, service_id, past_service_id from referral")
    assert {row["id"]: row["listed_on"] for row in rows} == {id: day_of(at) for id, at in received.items()}
    assert {(row["service_id"], row["past_service_id"]) for row in rows} == {(None, service_id)}
    told = await asked(engine, "select type, subject from journal j join stream s on s.id = j.stream")
    times = Counter((row["type"].split(".")[1], row["subject"]) for row in told)
    for referral_id in received:
        assert times["service-left", f"referral/{referral_id}"] == 1
        assert times["task-opened", f"referral/{referral_id}"] == 1
    assert times["service-case-closed", f"service/{service_id}"] == CASES
    [service] = await asked(engine, "select status, open_cases from service")
    assert tuple(service) == ("closed", 0)
    for table in ("referral", "service"):
        assert (await verify(engine, table)).equal
