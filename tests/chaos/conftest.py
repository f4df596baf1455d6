"""A Kafka and a PostgreSQL that only these tests use, because these break them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from deploy.embedded import Cluster, cluster
from shared.runtime import log

pytest.register_assert_rewrite("tests.rig")

from tests.rig.stage import Stage, stage  # noqa: E402

log.configure("tests", form="json", level="warning")

SESSION_TIMEOUT_MS = 2000
"""How soon another consumer takes over from a killed or frozen one."""


@pytest.fixture(scope="package")
async def ground() -> AsyncIterator[Cluster]:
    """One broker and one PostgreSQL."""
    async with cluster(Path("build/chaos")) as running:
        yield running


@pytest.fixture
async def rig(ground: Cluster, tmp_path: Path) -> AsyncIterator[Stage]:
    """A teller and a hearer that no other test knows of."""
    async with stage(ground, tmp_path, SESSION_TIMEOUT_MS) as made:
        yield made


@pytest.fixture(scope="package")
async def three() -> AsyncIterator[Cluster]:
    """Three brokers, each partition on all of them, and a PostgreSQL of their own."""
    async with cluster(Path("build/three"), brokers=3) as running:
        yield running
