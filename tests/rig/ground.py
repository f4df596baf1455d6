"""The Kafka and PostgreSQL that tests stand on: their own, or one that several runs of pytest share."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.embedded import Cluster, PostgresAddress, cluster

SHARED = "KITH_SHARED_GROUND"


@dataclass(frozen=True)
class SharedGround:
    """A cluster that another process keeps: to be used, not to be broken."""

    bootstrap: str
    postgres: PostgresAddress
    brokers: tuple[Any, ...] = (None,)


def told(running: Cluster) -> dict[str, str]:
    """The environment by which another process finds this cluster."""
    return {SHARED: f"{running.bootstrap} {running.postgres.host} {running.postgres.port}"}


@asynccontextmanager
async def ground_at(home: Path) -> AsyncIterator[Cluster]:
    """The shared cluster if one was told of, otherwise one in this home."""
    if given := os.environ.get(SHARED):
        bootstrap, host, port = given.split()
        yield SharedGround(bootstrap, PostgresAddress(host, int(port)))  # type: ignore[misc]
    else:
        async with cluster(home) as running:
            yield running
