"""Real Kafka and PostgreSQL on this machine without Docker, for the demo, the tests and a developer's day.

    async with cluster(Path(".kith")) as running:
        running.bootstrap, running.postgres.dsn("referrals")

Nothing started here outlives the process that started it. `brokers=3` is for tests of what a lost broker does.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from deploy.embedded.errors import EmbeddedError
from deploy.embedded.home import held
from deploy.embedded.ports import claimed
from deploy.embedded.postgres import PostgresAddress
from deploy.embedded.progress import Steps, quiet, shown
from deploy.embedded.running import Cluster
from deploy.embedded.supervising import supervised

__all__ = ["Cluster", "EmbeddedError", "PostgresAddress", "Steps", "cluster", "quiet", "shown", "supervised"]

KAFKA_PORT, CONTROLLER_PORT, POSTGRES_PORT = 19092, 19192, 15432


@asynccontextmanager
async def cluster(home: Path, brokers: int = 1, progress: Steps = quiet) -> AsyncIterator[Cluster]:
    """Kafka and PostgreSQL answer, with all that `home` kept from before; on leaving, both have ended.

    Enter it on the main thread: the processes are tied to the thread that starts them.
    Raises `EmbeddedError`: `home-in-use`, `home-not-ours`, `home-differs`, `no-port`, `jar-checksum`,
    `jar-unreachable`, `tls-not-trusted`, `process-died`, `process-slow`.
    """
    home = home.resolve()
    preferred = {"postgres": POSTGRES_PORT}
    for node in range(1, brokers + 1):
        preferred |= {f"kafka-{node}": KAFKA_PORT + node - 1, f"controller-{node}": CONTROLLER_PORT + node - 1}
    async with held(home) as lock:
        with claimed(home / "ports.json", preferred) as ports:
            running = Cluster(home, brokers, ports, lock)
            try:
                await running.start(progress)
                yield running
            finally:
                await running.stop()
