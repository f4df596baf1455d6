"""Everything up on this machine: Kafka, PostgreSQL, and each service as a process of its own."""

import asyncio
import os
import shlex
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx

from deploy.embedded import Cluster, Steps, cluster, quiet, supervised
from deploy.embedded.errors import last_lines
from deploy.embedded.ports import HOST, claimed
from shared.cli import run as runs
from shared.cli.key_file import KEYS, OPERATOR, KeyWish, kept_keys
from shared.cli.processes import Kept
from shared.cli.run import Key, Run, Running
from shared.cli.terminal import Fault
from shared.cli.topics import make_topics
from shared.runtime.auth import read_keys
from shared.runtime.master_keys import make_file
from shared.runtime.migrate import provision
from shared.runtime.settings import Settings

SERVICES = ("gateway", "referrals", "evaluation", "supervision")
"""Every service there is; each is `services/<name>/service.py`."""

FIRST_PORT = 18_080
READY_WITHIN = 60.0
_DRAIN_MARGIN = 5.0


@dataclass(frozen=True)
class Stack:
    """What is up, and the parts that tests and the demonstration do things to."""

    cluster: Cluster
    kept: Mapping[str, Kept]
    home: Path

    @property
    def run(self) -> Run:
        """The addresses and processes of now."""
        return runs.read(self.home)


@asynccontextmanager
async def stack(
    home: Path,
    *,
    brokers: int = 1,
    keys: Sequence[KeyWish] = KEYS,
    services: Sequence[str] = SERVICES,
    package: str = "services",
    environment: Mapping[str, str] | None = None,
    progress: Steps = quiet,
) -> AsyncIterator[Stack]:
    """Every service is ready, with all that `home` kept from before; on leaving, every process has ended in order.

    Whatever dies meanwhile, a broker and the database too, is started again.

    Enter it on the main thread. Raises Fault `service-not-ready` or `service-died`, and EmbeddedError.
    """
    home = home.resolve()
    async with cluster(home, brokers, progress) as running:
        given = kept_keys(home, (OPERATOR, *(wish for wish in keys if wish != OPERATOR)))
        senders = read_keys(home / "api-keys.json").organisations_of("sender")
        with progress("Making databases and topics", None):
            await make_topics(running.bootstrap, brokers, senders)
            for service in services:
                await provision({"dsn": running.postgres.dsn()}, _settings(service, running))
        wishes = {service: FIRST_PORT + index for index, service in enumerate(services)}
        with claimed(home / "service-ports.json", wishes) as ports:
            modules = {service: f"{package}.{service}.service" for service in services}
            async with (
                supervised(running, _warn),
                _serving(home, running, modules, given, ports, environment or {}, progress) as kept,
            ):
                yield Stack(running, kept, home)


def _warn(what: str) -> None:
    print(f"kith: {what}", file=sys.stderr, flush=True)


@asynccontextmanager
async def _serving(
    home: Path,
    running: Cluster,
    modules: Mapping[str, str],
    keys: Mapping[str, Key],
    ports: Mapping[str, int],
    environment: Mapping[str, str],
    progress: Steps,
) -> AsyncIterator[dict[str, Kept]]:
    me = runs.process_now(os.getpid())
    assert me is not None
    started_at = datetime.now(UTC)
    kept: dict[str, Kept] = {}
    all_ready = False

    def write(_: Kept | None = None) -> None:
        runs.write(
            Run(
                up=me,
                ready=all_ready,
                started_at=started_at,
                home=home,
                bootstrap=running.bootstrap,
                postgres={
                    "host": running.postgres.host,
                    "port": running.postgres.port,
                    "databases": {name: running.postgres.dsn(f"kith_{name}") for name in ports},
                },
                services={
                    name: Running(url=f"http://{HOST}:{ports[name]}", pid=k.pid, restarts=k.restarts, log=k.log)
                    for name, k in kept.items()
                },
                keys=dict(keys),
            )
        )

    drain = Settings(service="kith").drain_bound + _DRAIN_MARGIN
    for name, port in ports.items():
        settings = {
            **_environment_of(name, running),
            "KITH_PORT": str(port),
            "KITH_API_KEYS": str(home / "api-keys.json"),
            "KITH_CLOCK_FILE": str(home / "clock"),
            "KITH_MESSAGES": f"file:{shlex.quote(str(home / 'messages'))}",
            "KITH_MASTER_KEYS": str(make_file(home / "master-keys" / f"{name}.json")),
        }
        kept[name] = Kept(
            name,
            [sys.executable, "-m", modules[name]],
            {**settings, **environment},
            home / "logs" / f"{name}.log",
            drain=drain,
            changed=write,
        )
    keeping = [asyncio.create_task(one.keep(), name=name) for name, one in kept.items()]
    try:
        with progress("Starting the services", None):
            await _ready(kept, ports)
        all_ready = True
        write()
        yield kept
    finally:
        for one in kept.values():
            one.stop()
        await asyncio.gather(*keeping, return_exceptions=True)
        runs.path_of(home).unlink(missing_ok=True)


def _environment_of(service: str, running: Cluster) -> dict[str, str]:
    return {
        "KITH_SERVICE": service,
        "KITH_HOST": HOST,
        "KITH_DATABASE_HOST": running.postgres.host,
        "KITH_DATABASE_PORT": str(running.postgres.port),
        "KITH_BOOTSTRAP": running.bootstrap,
        "KITH_LOG_FORMAT": "json",
    }


def _settings(service: str, running: Cluster) -> Settings:
    return Settings(service=service, database_host=running.postgres.host, database_port=running.postgres.port)


async def _ready(kept: Mapping[str, Kept], ports: Mapping[str, int]) -> None:
    until = time.monotonic() + READY_WITHIN
    waiting = dict(ports)
    async with httpx.AsyncClient(timeout=2.0, trust_env=False) as client:
        while waiting:
            for name, port in list(waiting.items()):
                if await _is_ready(client, port):
                    del waiting[name]
                elif kept[name].restarts > 1:
                    raise _not_ready("service-died", kept[name], "ended twice while starting")
                elif time.monotonic() > until:
                    raise _not_ready("service-not-ready", kept[name], f"was not ready within {READY_WITHIN:.0f} s")
            await asyncio.sleep(0.05)


async def _is_ready(client: httpx.AsyncClient, port: int) -> bool:
    try:
        answer = await client.get(f"http://{HOST}:{port}/ready")
    except httpx.HTTPError:
        return False
    return answer.is_success and bool(answer.json()["consume"])


def _not_ready(code: str, one: Kept, what: str) -> Fault:
    return Fault(code, f"{one.name} {what}. The end of {one.log}:\n{last_lines(one.log)}")
