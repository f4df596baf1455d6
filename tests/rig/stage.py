"""The two services of a test: their databases, topics and keys, in this process or in processes of their own."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deploy.embedded import Cluster
from shared.runtime.auth import mint, write_keys
from shared.runtime.commands import Cause, Outcome, execute
from shared.runtime.consumer import Consumer
from shared.runtime.engine import Engine, make_engine
from shared.runtime.health import Health
from shared.runtime.migrate import migrate, provision
from shared.runtime.relay import relay
from shared.runtime.service import Service
from shared.runtime.settings import Settings
from tests.rig.hearer import hearer
from tests.rig.teller import Count, teller

PARTITIONS = 3
ORGANISATION = "SC012345"


@dataclass
class Process:
    """A service in a process of its own."""

    child: asyncio.subprocess.Process
    url: str
    log: Path

    async def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        with suppress(ProcessLookupError):
            self.child.send_signal(number)
            if number in (signal.SIGKILL, signal.SIGTERM):
                await self.child.wait()


@dataclass
class Stage:
    """A teller and a hearer with names that no other test has."""

    ground: Cluster
    folder: Path
    suffix: str
    key: str
    operator: str
    services: Mapping[str, Service]
    settings: Mapping[str, Settings]
    engines: dict[str, Engine] = field(default_factory=dict)
    processes: list[Process] = field(default_factory=list)

    async def engine(self, name: str) -> Engine:
        """The engine of one of the two, in this process."""
        if name not in self.engines:
            made = make_engine(self.services[name], self.settings[name], {})
            await made.database.open()
            self.engines[name] = made
        return self.engines[name]

    async def count(self, tally: UUID, number: int, **more: Any) -> Outcome:
        """Counts in this process, as the HTTP door would."""
        engine = await self.engine("teller")
        now = engine.clock.now()
        cause = Cause(more.pop("organisation", ORGANISATION), "counter", uuid4(), None, None, now)
        return await execute(engine, cause, [Count(f"tally/{tally}", now, number, **more)])

    @asynccontextmanager
    async def relaying(self) -> AsyncIterator[Health]:
        """The teller's relay, in this process."""
        engine, health = await self.engine("teller"), Health()
        async with _running(lambda stopping: relay(engine, health, stopping)):
            yield health

    @asynccontextmanager
    async def hearing(self) -> AsyncIterator[Health]:
        """The hearer's consumer, in this process."""
        engine, health = await self.engine("hearer"), Health()
        async with _running(Consumer(engine, health).run):
            yield health

    async def start(self, name: str, **env: str) -> Process:
        """One of the two in a process of its own, once its HTTP door answers."""
        settings = self.settings[name]
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        log = self.folder / f"{name}-{uuid4().hex[:6]}.log"
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            f"tests.rig.{name}",
            env={
                **os.environ,
                "RIG": self.suffix,
                "KITH_PORT": str(port),
                "KITH_DATABASE_HOST": settings.database_host,
                "KITH_DATABASE_PORT": str(settings.database_port),
                "KITH_BOOTSTRAP": settings.bootstrap,
                "KITH_API_KEYS": str(settings.api_keys),
                "KITH_CLOCK": "controlled",
                "KITH_SESSION_TIMEOUT_MS": "6000",
                "KITH_LOG_FORMAT": "json",
                **env,
            },
            stdout=log.open("wb"),
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
        process = Process(child, f"http://127.0.0.1:{port}", log)
        self.processes.append(process)
        return process

    async def sql(self, name: str, query: str, *arguments: Any) -> list[asyncpg.Record]:
        """Rows of one of the two databases, as their owner sees them."""
        async with (await self.engine(name)).database.owner() as connection:
            return await connection.fetch(query, *arguments)

    async def close(self) -> None:
        for process in self.processes:
            if process.child.returncode is None:
                with suppress(ProcessLookupError):
                    process.child.send_signal(signal.SIGCONT)
                await process.kill()
        for engine in self.engines.values():
            await engine.database.close()


@asynccontextmanager
async def _running(loop: Callable[[asyncio.Event], Awaitable[None]]) -> AsyncIterator[None]:
    stopping = asyncio.Event()
    task = asyncio.ensure_future(loop(stopping))
    try:
        yield
    finally:
        stopping.set()
        await asyncio.wait_for(task, 20)


@asynccontextmanager
async def stage(ground: Cluster, folder: Path) -> AsyncIterator[Stage]:
    """Databases, topics and keys for one test; everything started on it has ended when it ends."""
    suffix = uuid4().hex[:8]
    services = {"teller": teller(suffix), "hearer": hearer(suffix)}
    key, counter = mint("counter", ORGANISATION, ["counter"])
    operator, operating = mint("operator", ORGANISATION, ["operator"])
    keys = folder / "keys.json"
    keys.write_bytes(write_keys([counter, operating]))
    address = ground.postgres
    settings = {
        name: Settings(
            service=service.name,
            database_host=address.host,
            database_port=address.port,
            bootstrap=ground.bootstrap,
            api_keys=keys,
            clock="controlled",
            session_timeout_ms=6000,
        )
        for name, service in services.items()
    }
    await make_topics(ground.bootstrap, [service.topic for service in services.values()])
    async with AsyncExitStack() as stack:
        made = Stage(ground, folder, suffix, key, operator, services, settings)
        stack.push_async_callback(made.close)
        for name in services:
            await provision({"dsn": address.dsn()}, settings[name])
            async with (await made.engine(name)).database.owner() as connection:
                await migrate(connection, services[name], settings[name])
        yield made


async def make_topics(bootstrap: str, names: list[str], replicas: int = 1) -> None:
    """Makes topics as the contracts would, kept for ever."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, PARTITIONS, replicas) for name in names])
    finally:
        await admin.close()


async def until(condition: Callable[[], Awaitable[Any]], within: float = 20.0) -> Any:
    """The first true answer of the condition; raises TimeoutError when there is none in time."""
    async with asyncio.timeout(within):
        while not (answer := await condition()):
            await asyncio.sleep(0.02)
        return answer
