"""The two services of a test: their databases, topics and keys, in this process or in processes of their own."""

import asyncio
import logging
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
import httpx
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deploy.embedded import Cluster
from shared.runtime.auth import mint, write_keys
from shared.runtime.commands import Outcome, execute
from shared.runtime.consumer import Consumer
from shared.runtime.decisions import Cause
from shared.runtime.engine import Engine, make_engine
from shared.runtime.health import Health
from shared.runtime.migrate import migrate, provision
from shared.runtime.relay import relay
from shared.runtime.service import Service
from shared.runtime.settings import Settings
from tests.rig.hearer import hearer
from tests.rig.teller import Count, teller

logging.getLogger("httpx").setLevel(logging.WARNING)

PARTITIONS = 3
ORGANISATION = "SC012345"


@dataclass
class Process:
    """A service in a process of its own."""

    name: str
    child: asyncio.subprocess.Process
    url: str
    log: Path
    mark: Path
    """Appears when the step at which this process was to halt has been reached."""

    @property
    def running(self) -> bool:
        return self.child.returncode is None

    def state(self) -> str:
        """One letter of the kernel: R runs, S sleeps, T is stopped, X is gone."""
        with suppress(FileNotFoundError, ProcessLookupError):
            return Path(f"/proc/{self.child.pid}/stat").read_text().rpartition(")")[2].split()[0]
        return "X"

    async def kill(self, number: signal.Signals = signal.SIGKILL, within: float = 30.0) -> int | None:
        """Sends the signal; has ended, with this exit code, if it was one to end by."""
        with suppress(ProcessLookupError):
            self.child.send_signal(number)
        if number not in (signal.SIGKILL, signal.SIGTERM):
            return None
        return await self.ended(within)

    async def ended(self, within: float = 30.0) -> int:
        """The exit code, once it has ended by itself; raises AssertionError when it goes on."""
        try:
            return await asyncio.wait_for(self.child.wait(), within)
        except TimeoutError:
            raise AssertionError(f"{self.name} runs on after {within:.0f} s: {self.log.read_text()[-2000:]}") from None

    async def halted(self, within: float = 60.0) -> str:
        """The step that it halted at, once it has, be it killed or frozen there."""

        async def is_so() -> bool:
            return self.mark.exists() and (not self.running or self.state() == "T")

        try:
            await until(is_so, within)
        except TimeoutError:
            raise AssertionError(
                f"{self.name} reached no step in {within:.0f} s: {self.log.read_text()[-2000:]}"
            ) from None
        return self.mark.read_text()


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
    async def relaying(self, name: str = "teller") -> AsyncIterator[Health]:
        """The relay of one of the two, in this process."""
        engine, health = await self.engine(name), Health()
        async with _running(lambda stopping: relay(engine, health, stopping)):
            yield health

    @asynccontextmanager
    async def hearing(self) -> AsyncIterator[Health]:
        """The hearer's consumer, in this process."""
        engine, health = await self.engine("hearer"), Health()
        async with _running(Consumer(engine, health).run):
            yield health

    async def start(self, name: str, halt: str = "", **env: str) -> Process:
        """One of the two in a process of its own, once its HTTP door answers.

        With `halt`, as "relay.sent:kill", it may halt before that, and the process is returned at once.
        """
        settings = self.settings[name]
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        ours = self.folder / f"{name}-{len(self.processes) + 1}"
        mark = ours.with_suffix(".mark")
        with ours.with_suffix(".log").open("wb") as log:
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
                    "KITH_SESSION_TIMEOUT_MS": str(settings.session_timeout_ms),
                    "KITH_LOG_FORMAT": "json",
                    "KITH_HALT_AT": halt,
                    "KITH_HALT_MARK": str(mark),
                    **env,
                },
                stdout=log,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,
            )
        process = Process(name, child, f"http://127.0.0.1:{port}", ours.with_suffix(".log"), mark)
        self.processes.append(process)
        if not halt:
            await self.ready(process)
        return process

    async def ready(self, process: Process, within: float = 60.0) -> None:
        """Its HTTP door answers, and its database has the right shape."""

        async def is_ready() -> bool:
            assert process.running, f"{process.name} ended: {process.log.read_text()[-2000:]}"
            with suppress(httpx.TransportError):
                return (await client.get(f"{process.url}/ready")).status_code == 200
            return False

        async with httpx.AsyncClient(timeout=5) as client:
            await until(is_ready, within, pause=0.1)

    async def ops(self, process: Process, path: str, **body: Any) -> Any:
        """What a change through a process's /ops API answers."""
        async with httpx.AsyncClient(timeout=60, headers={"X-API-Key": self.operator}) as client:
            answer = await client.post(f"{process.url}/ops/{path}", json={"why": "a test", **body})
            assert answer.status_code == 200, answer.text
            return answer.json()

    def alive(self, name: str) -> list[Process]:
        """The processes of that service that have not ended."""
        return [process for process in self.processes if process.name == name and process.running]

    async def sql(self, name: str, query: str, *arguments: Any) -> list[asyncpg.Record]:
        """Rows of one of the two databases, as their owner sees them."""
        async with (await self.engine(name)).database.owner() as connection:
            return await connection.fetch(query, *arguments)

    async def close(self) -> None:
        for process in self.processes:
            if process.running:
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
async def stage(ground: Cluster, folder: Path, session_timeout_ms: int = 6000) -> AsyncIterator[Stage]:
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
            session_timeout_ms=session_timeout_ms,
        )
        for name, service in services.items()
    }
    await make_topics(ground.bootstrap, [service.topic for service in services.values()], min(3, len(ground.brokers)))
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


async def found_whole(connection: asyncpg.Connection) -> None:
    """A service begins without Kafka only in a database in which it has found its journal whole before."""
    await connection.execute("insert into place (identity) values (here()) on conflict do nothing")


async def until(condition: Callable[[], Awaitable[Any]], within: float = 60.0, pause: float = 0.02) -> Any:
    """The first true answer of the condition; raises TimeoutError when there is none in time."""
    async with asyncio.timeout(within):
        while not (answer := await condition()):
            await asyncio.sleep(pause)
        return answer
