"""Saying: how many events a second can be appended, and how many commands answered over HTTP."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp
from time import perf_counter
from uuid import uuid4

import asyncpg

from deploy.embedded import Cluster
from tests.bench.by_hand.append import say
from tests.bench.measure import Measure, at_least
from tests.rig.language import Counted
from tests.rig.stage import Stage, stage

CLIENTS, ROUNDS, APPENDS, REQUESTS = 16, 5, 3_000, 3_000


async def appending(ground: Cluster) -> Sequence[Measure]:
    """Appends a second by 16 writers of streams of their own, against a transaction of the same inserts."""
    ours, by_hand = [], []
    async with stage(ground, Path(mkdtemp())) as mine, stage(ground, Path(mkdtemp())) as theirs:
        engine = await mine.engine("teller")
        login = theirs.settings["teller"].login("worker")
        size = mine.settings["teller"].pool_size
        assert engine.database is not None
        async with asyncpg.create_pool(**login, min_size=size, max_size=size) as pool:

            async def by_us(number: int) -> None:
                await mine.count(uuid4(), number)

            async def bare(number: int) -> None:
                event, now = Counted(number=number), datetime.now(UTC)
                async with pool.acquire() as connection, connection.transaction():
                    await say(
                        connection, theirs.services["teller"].topic, uuid4(), "SC012345", uuid4(), number, now,
                        event.model_dump_json().encode(),
                    )  # fmt: skip

            for _ in range(ROUNDS):
                by_hand.append(await rate(bare))
                ours.append(await rate(by_us))
    return [at_least(f"append without HTTP, {CLIENTS} writers", ours, by_hand, 0.7, "appends/s")]


async def rate(act: object) -> float:
    """How often a second the act is done when 16 do it at once."""

    async def client(first: int) -> None:
        for number in range(first, APPENDS, CLIENTS):
            await act(number)  # type: ignore[operator]

    begun = perf_counter()
    await asyncio.gather(*(client(first) for first in range(CLIENTS)))
    return APPENDS / (perf_counter() - begun)


async def answering(ground: Cluster) -> Sequence[Measure]:
    """Commands a second over HTTP by 16 clients in a process of their own; each side sends what it says to Kafka."""
    ours, by_hand = [], []
    async with AsyncExitStack() as stack:
        mine = await stack.enter_async_context(stage(ground, Path(mkdtemp())))
        theirs = await stack.enter_async_context(stage(ground, Path(mkdtemp())))
        one = await stack.enter_async_context(serving(mine, "tests.rig.teller"))
        other = await stack.enter_async_context(serving(theirs, "tests.bench.by_hand.http_commands"))
        for _ in range(ROUNDS):
            by_hand.append(await load(other, theirs.key))
            ours.append(await load(one, mine.key))
    return [at_least(f"commands over HTTP, {CLIENTS} clients", ours, by_hand, 0.6, "commands/s")]


@asynccontextmanager
async def serving(made: Stage, module: str) -> AsyncIterator[int]:
    """A server process of that module, once it listens."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = made.settings["teller"]
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module,
        env={
            **os.environ, "RIG": made.suffix, "KITH_PORT": str(port), "KITH_DATABASE_HOST": settings.database_host,
            "KITH_DATABASE_PORT": str(settings.database_port), "KITH_BOOTSTRAP": settings.bootstrap,
            "KITH_API_KEYS": str(settings.api_keys), "KITH_LOG_LEVEL": "warning",
        },
    )  # fmt: skip
    try:
        async with asyncio.timeout(30):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                except OSError:
                    await asyncio.sleep(0.05)
                else:
                    writer.close()
                    break
        await load(port, made.key, 200)
        yield port
    finally:
        child.terminate()
        await child.wait()


async def load(port: int, key: str, requests: int = REQUESTS) -> float:
    """The rate that a separate process of 16 clients reaches."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.clients", str(port), key, str(CLIENTS), str(requests),
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    told, _ = await child.communicate()
    return float(told)
