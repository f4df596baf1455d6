"""Real Kafka and real PostgreSQL for every test here; the cluster is started once a run."""

import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from deploy.embedded import Cluster
from shared.runtime import log
from shared.runtime.engine import Engine
from shared.runtime.hearing import hear_all
from shared.runtime.wire import Record
from tests.rig.desk import Desk, two_desks
from tests.rig.ground import ground_at
from tests.rig.house import Board, House, whole_house
from tests.rig.stage import Stage, stage

log.configure("tests", form="json")


def _home(setting: str, usual: str) -> Path:
    """A home of one process: those that run tests side by side share nothing."""
    return Path(os.environ.get(setting, usual) + os.environ.get("PYTEST_XDIST_WORKER", ""))


@pytest.fixture(scope="session")
async def ground() -> AsyncIterator[Cluster]:
    """One broker and one PostgreSQL, for all tests that break neither."""
    async with ground_at(_home("KITH_GROUND", "build/ground")) as running:
        yield running


@pytest.fixture
async def rig(ground: Cluster, tmp_path: Path) -> AsyncIterator[Stage]:
    """A teller and a hearer that no other test knows of."""
    async with stage(ground, tmp_path) as made:
        yield made


@pytest.fixture
async def desks(ground: Cluster) -> AsyncIterator[tuple[Desk, Desk]]:
    """The referrals service seen by two organisations, on Monday 2 March 2026."""
    async with two_desks(ground) as made:
        yield made


@pytest.fixture
def board(house: House) -> Board:
    """An organisation of the house that no other test has."""
    return house.board()


@pytest.fixture(scope="session")
async def house() -> AsyncIterator[House]:
    """Every service as a process of its own, on a Kafka and a PostgreSQL of their own."""
    async with whole_house(_home("KITH_HOUSE", "build/house")) as running:
        yield running


@pytest.fixture
async def heeding(rig: Stage) -> AsyncIterator[Callable[..., Any]]:
    """Hears records as one batch on the real database, as the consumer would; answers their fates in order."""
    engine = await rig.engine("hearer")
    connection = await engine.database.connect("worker")

    async def connected() -> Any:
        return connection

    async def heed(*records: Record, by: Engine = engine) -> list[tuple[int | None, str, str | None]]:
        placed = [record._replace(offset=n) for n, record in enumerate(records)]
        told = []
        async for _, heard in hear_all(by, connected, placed):
            told += [(v.reading.sequence, v.fate, v.code) for v in heard.verdicts]
        return told

    yield heed
    await connection.close()
