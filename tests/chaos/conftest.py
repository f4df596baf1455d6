"""A Kafka and a PostgreSQL that only these tests use, because these break them."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from deploy.embedded import Cluster, cluster
from shared.runtime import log

pytest.register_assert_rewrite("tests.rig")

from tests.rig.ground import ground_at  # noqa: E402
from tests.rig.stage import Stage, stage  # noqa: E402

log.configure("tests", form="json", level="warning")

SESSION_TIMEOUT_MS = 2000
"""How soon another consumer takes over from a killed or frozen one."""


@contextmanager
def new_home(name: str) -> Iterator[Path]:
    """A folder of this run alone: what was crashed a hundred times before would be slow to start."""
    Path("build").mkdir(exist_ok=True)
    with TemporaryDirectory(prefix=f"{name}-", dir="build", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@pytest.fixture(scope="package")
async def ground() -> AsyncIterator[Cluster]:
    """One broker and one PostgreSQL."""
    with new_home("chaos") as home:
        async with ground_at(home) as running:
            yield running


@pytest.fixture
async def rig(ground: Cluster, tmp_path: Path) -> AsyncIterator[Stage]:
    """A teller and a hearer that no other test knows of."""
    async with stage(ground, tmp_path, SESSION_TIMEOUT_MS) as made:
        yield made


@pytest.fixture(scope="package")
async def three() -> AsyncIterator[Cluster]:
    """Three brokers, each partition on all of them, and a PostgreSQL of their own."""
    with new_home("three") as home:
        async with cluster(home, brokers=3) as running:
            yield running
