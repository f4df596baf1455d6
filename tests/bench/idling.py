"""What a service process takes up when nothing happens."""

import asyncio
import os
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from deploy.embedded import Cluster
from services.referrals.service import SERVICE
from shared.contracts.topics import OWNED
from shared.runtime.master_keys import make_file
from shared.runtime.migrate import provision
from shared.runtime.settings import Settings
from tests.bench.measure import Measure, under
from tests.rig.stage import make_topics

SETTLE_SECONDS = 10


async def idling(ground: Cluster) -> Sequence[Measure]:
    """Resident memory of a referrals process that has joined its group and then waited."""
    settings = Settings(
        service=SERVICE.name,
        database_host=ground.postgres.host,
        database_port=ground.postgres.port,
        bootstrap=ground.bootstrap,
    )
    await provision({"dsn": ground.postgres.dsn()}, settings)
    await make_topics(ground.bootstrap, [topic.name for topic in OWNED])
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with TemporaryDirectory() as folder:
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "services.referrals.service",
            env={
                **os.environ, "KITH_PORT": str(port), "KITH_DATABASE_HOST": settings.database_host,
                "KITH_DATABASE_PORT": str(settings.database_port), "KITH_BOOTSTRAP": settings.bootstrap,
                "KITH_LOG_LEVEL": "error",
                "KITH_MASTER_KEYS": str(make_file(Path(folder) / "master-keys.json")),
            },
        )  # fmt: skip
        try:
            await asyncio.sleep(SETTLE_SECONDS)
            status = Path(f"/proc/{child.pid}/status").read_text()
        finally:
            child.terminate()
            await child.wait()
    kibibytes = int(status.partition("VmRSS:")[2].split()[0])
    return [under("idle memory of the referrals service", kibibytes / 1024, 120, "MiB")]
