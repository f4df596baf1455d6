"""A service in a process of its own with nobody at Kafka's address, on the database and keys of a test's own engine."""

import asyncio
import os
import socket
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from shared.runtime.engine import Engine
from tests.rig.stage import Process, found_whole

NOWHERE = "127.0.0.1:1"


async def start_alone(
    engine: Engine, folder: Path, *, halt: str = "", now: datetime | None = None, more: Mapping[str, str] | None = None
) -> Process:
    """The engine's service, halting itself at that step, at that time or the machine's own, with `more` settings."""
    settings, name = engine.settings, engine.service.name
    async with engine.database.owner() as connection:
        await found_whole(connection)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    ours = folder / f"{name}-{uuid4().hex[:6]}"
    log, mark, clock = (ours.with_suffix(suffix) for suffix in (".log", ".mark", ".clock"))
    environment = {
        **os.environ,
        "KITH_SERVICE": name,
        "KITH_PORT": str(port),
        "KITH_DATABASE_HOST": settings.database_host,
        "KITH_DATABASE_PORT": str(settings.database_port),
        "KITH_DATABASE_NAME": settings.database,
        "KITH_BOOTSTRAP": NOWHERE,
        "KITH_MASTER_KEYS": str(settings.master_keys),
        "KITH_LOG_FORMAT": "json",
        "KITH_HALT_AT": halt,
        "KITH_HALT_MARK": str(mark),
        **(more or {}),
    }
    if now is not None:
        clock.write_text(repr((now - datetime.now(UTC)) / timedelta(seconds=1)))
        environment |= {"KITH_CLOCK": "controlled", "KITH_CLOCK_FILE": str(clock)}
    with log.open("wb") as out:
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            f"services.{name}.service",
            env=environment,
            stdout=out,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
    return Process(name, child, f"http://127.0.0.1:{port}", log, mark)
