"""`kith doctor`: what this machine and what runs on it lack, each with what to do about it."""

import asyncio
import hashlib
import shutil
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import asyncpg
import typer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from deploy.embedded import jars
from deploy.embedded.ports import HOST
from shared.cli import ask
from shared.cli import run as runs
from shared.cli.run import Run
from shared.cli.stack import FIRST_PORT, SERVICES
from shared.cli.terminal import FOUND_WRONG, HOME, Fault, Home, Json, console, print_json

PYTHON = (3, 11)
DISK_FREE = 2_000_000_000
SKEW = 2.0
_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `do` says what to do when it is not well."""

    about: str
    is_: Literal["well", "odd", "wrong"]
    found: str
    do: str = ""


def doctor(home: Home = HOME, json: Json = False) -> None:
    """Look at this machine and at what runs; exit status 1 when something is wrong."""
    findings = [finding for check in CHECKS for finding in check(home)]
    try:
        run = runs.find(home)
    except Fault as fault:
        findings.append(Finding("run file", "wrong", fault.message, f"Remove {runs.path_of(home)}."))
        run = None
    if run is None:
        findings.append(Finding("services", "odd", f"Nothing is up in {home}.", "Start it with `kith up`."))
    else:
        findings += [finding for look in LOOKS for finding in look(run)]
    if json:
        print_json({"findings": [{name.rstrip("_"): said for name, said in asdict(f).items()} for f in findings]})
    else:
        marks = {"well": "[green]well [/]", "odd": "[yellow]odd  [/]", "wrong": "[red]wrong[/]"}
        for f in findings:
            console().print(f"{marks[f.is_]} [bold]{f.about}[/]: {f.found}{' ' + f.do if f.do else ''}")
    if any(finding.is_ == "wrong" for finding in findings):
        raise typer.Exit(FOUND_WRONG)


def python(_home: Path) -> Iterator[Finding]:
    found = ".".join(map(str, sys.version_info[:3]))
    well = sys.version_info >= PYTHON
    yield Finding("python", "well" if well else "wrong", found, "" if well else "Install Python 3.11 or newer.")


def disk(home: Path) -> Iterator[Finding]:
    there = next(path for path in (home.resolve(), *home.resolve().parents) if path.exists())
    free = shutil.disk_usage(there).free
    enough = free >= DISK_FREE
    todo = "" if enough else f"Free some: Kafka and PostgreSQL want {DISK_FREE / 1e9:.0f} GB."
    yield Finding("disk", "well" if enough else "wrong", f"{free / 1e9:.1f} GB free at {there}.", todo)


def kafka_jars(_home: Path) -> Iterator[Finding]:
    folder, listed = jars.cache() / "jars", jars.listed()
    missing = [jar.name for jar in listed if not (folder / jar.name).exists()]
    changed = [
        jar.name
        for jar in listed
        if jar.name not in missing and hashlib.sha256((folder / jar.name).read_bytes()).hexdigest() != jar.sha256
    ]
    if changed:
        yield Finding("jars", "wrong", f"Not as pinned: {', '.join(changed)}.", f"Remove them from {folder}.")
    elif missing:
        yield Finding("jars", "odd", f"{len(missing)} of {len(listed)} are not fetched.", "`make setup` fetches them.")
    else:
        yield Finding("jars", "well", f"All {len(listed)} are as pinned.")


def ports(home: Path) -> Iterator[Finding]:
    if runs.find(home) is not None:
        return
    taken = [port for port in range(FIRST_PORT, FIRST_PORT + len(SERVICES)) if _answers(port)]
    if taken:
        yield Finding("ports", "odd", f"Taken: {', '.join(map(str, taken))}.", "Nothing to do: others are picked.")
    else:
        yield Finding("ports", "well", f"{FIRST_PORT} to {FIRST_PORT + len(SERVICES) - 1} are free.")


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex((HOST, port)) == 0


def kafka(run: Run) -> Iterator[Finding]:
    async def brokers() -> int:
        admin = AIOKafkaAdminClient(bootstrap_servers=run.bootstrap, request_timeout_ms=int(_SECONDS * 1000))
        try:
            async with asyncio.timeout(_SECONDS):
                await admin.start()
                return len((await admin.describe_cluster())["brokers"])
        finally:
            await admin.close()

    wanted = len(run.bootstrap.split(","))
    try:
        count = asyncio.run(brokers())
    except (KafkaError, OSError, TimeoutError) as error:
        yield Finding(
            "kafka",
            "wrong",
            f"{run.bootstrap} does not answer ({type(error).__name__}).",
            f"Commands are still accepted, and it is started again by itself; if not, see {run.home / 'logs'}.",
        )
        return
    well = count >= wanted
    todo = "" if well else f"See {run.home / 'logs'} for the one that is missing."
    yield Finding("kafka", "well" if well else "wrong", f"{count} of {wanted} brokers answer.", todo)


def postgres(run: Run) -> Iterator[Finding]:
    async def version(dsn: str) -> str:
        connection = await asyncpg.connect(dsn, timeout=_SECONDS)
        try:
            return str(await connection.fetchval("show server_version"))
        finally:
            await connection.close(timeout=_SECONDS)

    for service, dsn in run.postgres["databases"].items():
        try:
            found = asyncio.run(version(dsn))
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            yield Finding(
                "postgres",
                "wrong",
                f"The database of {service} does not answer ({type(error).__name__}).",
                f"Requests get 503 until it is started again; if it is not, see {run.home / 'logs' / 'postgres.log'}.",
            )
        else:
            yield Finding("postgres", "well", f"The database of {service} answers (PostgreSQL {found}).")


def services(run: Run) -> Iterator[Finding]:
    for service, at in run.services.items():
        try:
            health = ask.get(run, service, "/ops/health")
        except Fault as fault:
            yield Finding(service, "wrong", fault.message, f"It is started again by itself; if not, see {at.log}.")
            continue
        if at.restarts:
            yield Finding(service, "odd", f"Started again {at.restarts} times.", f"See why in {at.log}.")
        well = health["live"] and health["serve"] and health["consume"]
        reasons = " ".join(health["reasons"])
        yield Finding(
            service, "well" if well else "wrong", reasons or "Live, serves, and hears.", _todo(reasons, at.log)
        )
        skew = abs((datetime.now(UTC) - datetime.fromisoformat(health["now"])).total_seconds())
        if skew > SKEW:
            yield Finding(
                f"{service} clock", "odd", f"{skew:.0f} s from this machine's.", "Right only for a controlled clock."
            )


def _todo(reasons: str, log: Path) -> str:
    if not reasons:
        return ""
    if "migrations" in reasons:
        return f"They are applied at the start: see {log} for what stops them."
    if "breaker" in reasons:
        return "See `kith dead-letters list` for why, mend the sender, then `kith dead-letters replay`."
    return f"See {log}."


def waiting(run: Run) -> Iterator[Finding]:
    for service in run.services:
        try:
            letters = ask.get(run, service, "/ops/dead-letters/count")
            relay = ask.get(run, service, "/ops/relay")
        except Fault:
            continue
        if urgent := letters["urgent"]:
            yield Finding(
                service,
                "wrong",
                f"{urgent} urgent records are not heard.",
                "Act on each now: `kith dead-letters list`.",
            )
        elif letters["all"]:
            yield Finding(service, "odd", f"{letters['all']} dead letters.", "See `kith dead-letters list`.")
        if relay["oldest_seconds"] > 60:
            yield Finding(
                service, "wrong", f"An event waits {relay['oldest_seconds']:.0f} s for Kafka.", "Is Kafka well?"
            )


CHECKS: Sequence[Callable[[Path], Iterator[Finding]]] = (python, disk, kafka_jars, ports)
LOOKS: Sequence[Callable[[Run], Iterator[Finding]]] = (kafka, postgres, services, waiting)
