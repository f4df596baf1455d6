"""One Kafka cluster and one PostgreSQL server with a common life, and the faults that tests do to them."""

import asyncio
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from deploy.embedded import jars, kafka, postgres
from deploy.embedded.errors import EmbeddedError, together
from deploy.embedded.kafka import Broker
from deploy.embedded.ports import HOST
from deploy.embedded.postgres import PostgresAddress
from deploy.embedded.processes import Child
from deploy.embedded.progress import Steps, quiet

STOPS = {"fast": signal.SIGINT, "immediate": signal.SIGQUIT, "kill": signal.SIGKILL}
SLEEPS = {signal.SIGSTOP, signal.SIGCONT}


class Cluster:
    """The running parts: `bootstrap` for Kafka clients, `postgres` for database clients. Brokers count from 1."""

    def __init__(self, home: Path, brokers: int, ports: Mapping[str, int], lock: int) -> None:
        logs = home / "logs"
        self.home = home
        self.brokers = tuple(
            Broker(n, ports[f"kafka-{n}"], ports[f"controller-{n}"], home / "kafka" / str(n), logs / f"kafka-{n}.log")
            for n in range(1, brokers + 1)
        )
        self.bootstrap = ",".join(f"{HOST}:{broker.port}" for broker in self.brokers)
        self.postgres = PostgresAddress(HOST, ports["postgres"])
        self._keep = (lock,)
        self._jars: tuple[Path, ...] = ()
        self._heap_mb = 512 if brokers == 1 else 384
        self._children: dict[str, Child] = {}

    @property
    def pids(self) -> dict[str, int]:
        """The processes that run now, by name: `postgres`, `kafka-1`, ..."""
        return {name: child.pid for name, child in self._children.items() if child.running}

    async def start(self, progress: Steps = quiet) -> None:
        """Every part answers; raises `EmbeddedError` otherwise."""
        self._same_size_as_before()
        self._jars = await jars.fetch(progress)
        await together(self._first_postgres(progress), self._first_kafka(progress))

    async def stop(self) -> None:
        """Every process has ended, in order where it could."""
        children, self._children = self._children, {}
        await asyncio.gather(
            *(
                child.stop(signal.SIGINT, postgres.STOP_WITHIN_S) if name == "postgres" else kafka.stop(child)
                for name, child in children.items()
            )
        )

    async def kill_broker(self, node: int, number: signal.Signals = signal.SIGKILL) -> None:
        """Sends the signal; the broker has ended when this returns, unless the signal was SIGSTOP or SIGCONT."""
        await self._signal(f"kafka-{node}", number)

    async def start_broker(self, node: int) -> None:
        """The broker is a member of the cluster again."""
        broker = self.brokers[node - 1]
        self._refuse_running(broker.name)
        self._children[broker.name] = await kafka.start(broker, self.brokers, self._jars, self._keep, self._heap_mb)

    async def stop_postgres(self, mode: Literal["fast", "immediate", "kill"] = "fast") -> None:
        """The server has ended: with a checkpoint, without one, or without knowing."""
        await self._signal("postgres", STOPS[mode])

    async def start_postgres(self) -> None:
        """The server answers again, with every committed row."""
        self._refuse_running("postgres")
        folder, log = self.home / "postgres", self.home / "logs" / "postgres.log"
        for attempt in range(20):
            try:
                self._children["postgres"] = await postgres.start(folder, self.postgres.port, log, self._keep)
            except EmbeddedError as failed:
                # Backends of a killed postmaster need a moment to notice, and hold the shared memory until then.
                if failed.code != "process-died" or attempt == 19 or "shared memory block" not in str(failed):
                    raise
                await asyncio.sleep(0.25)
            else:
                return

    async def _first_postgres(self, progress: Steps) -> None:
        folder, log = self.home / "postgres", self.home / "logs" / "postgres.log"
        with progress("Starting PostgreSQL" if folder.exists() else "Making and starting PostgreSQL", None):
            await postgres.prepare(folder, log, self._keep)
            await self.start_postgres()

    async def _first_kafka(self, progress: Steps) -> None:
        with progress("Formatting Kafka's storage", None):
            for broker in self.brokers:
                await kafka.format_storage(broker, self.brokers, self._jars, self._keep)
        with progress("Starting Kafka", None):
            await together(*(self.start_broker(broker.node) for broker in self.brokers))

    async def _signal(self, name: str, number: signal.Signals) -> None:
        child = self._children.get(name)
        if child is None:
            raise EmbeddedError("not-running", f"{name} is not running here: start it before sending it a signal.")
        child.send(number)
        if number not in SLEEPS and not await child.gone(30):
            raise EmbeddedError("process-slow", f"{name} did not end within 30 s of {number.name}; see {child.log}.")

    def _refuse_running(self, name: str) -> None:
        if name in self.pids:
            raise EmbeddedError("already-running", f"{name} runs already as process {self.pids[name]}.")

    def _same_size_as_before(self) -> None:
        """A home keeps its number of brokers: their logs name each other."""
        (self.home / "kafka").mkdir(exist_ok=True)
        file = self.home / "kafka" / "brokers"
        if not file.exists():
            file.write_text(str(len(self.brokers)))
        if (before := int(file.read_text())) != len(self.brokers):
            raise EmbeddedError(
                "home-differs",
                f"{self.home} holds a Kafka of {before} broker(s), and {len(self.brokers)} were asked for. "
                "Choose another folder, or remove this one.",
            )
