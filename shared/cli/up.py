"""`kith up`, `down` and `status`: everything on this machine, from nothing and back."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from deploy.embedded import EmbeddedError, quiet, shown
from deploy.embedded.errors import last_lines
from shared.cli import ask
from shared.cli import run as runs
from shared.cli.run import Run
from shared.cli.stack import stack
from shared.cli.terminal import FOUND_WRONG, HOME, Fault, Home, Json, console, print_json, print_rows

_DETACHED_WITHIN = 300.0
_DOWN_WITHIN = 60.0
_STATUS = ("service", "state", "restarts", "behind", "unsent", "dead_letters", "url", "pid")

Brokers = Annotated[int, typer.Option("--brokers", min=1, max=3, help="How many Kafka brokers.")]
Detach = Annotated[bool, typer.Option("--detach", "-d", help="Go on in the background; `kith down` ends it.")]
Controlled = Annotated[bool, typer.Option("--controlled-clock", help="Let POST /ops/clock move the time.")]


def up(
    home: Home = HOME, brokers: Brokers = 1, detach: Detach = False, controlled: Controlled = False, json: Json = False
) -> None:
    """Start Kafka, PostgreSQL and every service; each is started again when it dies. Ctrl-C ends it."""
    if process := runs.holding(home):
        raise Fault("already-up", f"It is up already, or on the way, as process {process.pid}. See `kith status`.")
    if detach:
        if not json:
            console(to_error=True).print(f"Starting in the background; {home.resolve() / 'up.log'} says how far it is.")
        _announce(_detached(home, brokers, controlled), json, "`kith down` ends.")
        return
    try:
        asyncio.run(_up(home, brokers, controlled, json))
    except EmbeddedError as error:
        raise Fault(error.code, str(error).removesuffix(f" [{error.code}]")) from None


async def _up(home: Path, brokers: int, controlled: bool, json: bool) -> None:
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    assert task is not None
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, task.cancel)
    environment = {"KITH_CLOCK": "controlled"} if controlled else {}
    ready = False
    try:
        async with stack(
            home, brokers=brokers, environment=environment, progress=quiet if json else shown()
        ) as running:
            ready = True
            _announce(running.run, json, "Ctrl-C or `kith down` ends.")
            await asyncio.Event().wait()
    except asyncio.CancelledError:
        if not ready:
            raise _stopped() from None
    if not json:
        console().print("Everything has ended; the data stay in", str(home))


def _stopped() -> Fault:
    return Fault("stopped", "Stopped before everything was ready. Nothing is left running.")


def _detached(home: Path, brokers: int, controlled: bool) -> Run:
    home.mkdir(parents=True, exist_ok=True)
    log = home.resolve() / "up.log"
    words = ["up", "--home", str(home.resolve()), "--brokers", str(brokers)]
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "shared.cli", *words, *(["--controlled-clock"] if controlled else [])],
            stdin=subprocess.DEVNULL,
            # What it says when ready holds the keys, which stand in no log.
            stdout=subprocess.DEVNULL,
            stderr=out,
            start_new_session=True,
        )
    until = time.monotonic() + _DETACHED_WITHIN
    try:
        while process.poll() is None:
            run = runs.find(home)
            if run is not None and run.up.pid == process.pid and run.ready:
                return run
            if time.monotonic() > until:
                process.terminate()
                raise Fault("up-slow", f"It was not ready within {_DETACHED_WITHIN:.0f} s. See {log}.")
            time.sleep(0.05)
    except KeyboardInterrupt:
        process.terminate()
        process.wait()
        raise _stopped() from None
    raise Fault("up-failed", f"It did not start. The end of {log}:\n{last_lines(log)}")


def _announce(run: Run, json: bool, how_it_ends: str) -> None:
    if json:
        print_json(run.model_dump(mode="json"))
        return
    out = console()
    out.print("\n[bold]Everything is up.[/]\n")
    for name, at in run.services.items():
        out.print(f"  {name:<12} {at.url}   (described at /openapi.json)")
    out.print(f"  {'Kafka':<12} {run.bootstrap}")
    for dsn in run.postgres["databases"].values():
        out.print(f"  {'PostgreSQL':<12} {dsn}")
    out.print()
    for key in run.keys.values():
        roles = "" if key.roles == (key.name,) else f": {', '.join(key.roles)}"
        out.print(f"  {key.key}  {key.organisation}{roles}")
    out.print(f"\nLogs in {run.home / 'logs'}, data in {run.home}. `kith status` looks, {how_it_ends}\n")


def down(home: Home = HOME, json: Json = False) -> None:
    """End everything in order, be it up or still starting; nothing accepted is lost."""
    process = runs.holding(home)
    if process is None:
        _said({"was_up": False}, f"Nothing was up in {home.resolve()}.", json)
        return
    with suppress(ProcessLookupError):
        os.kill(process.pid, signal.SIGTERM)
    until = time.monotonic() + _DOWN_WITHIN
    while runs.process_now(process.pid) == process:
        if time.monotonic() > until:
            # Its children end with it: the kernel sees to that.
            with suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)
            raise Fault("down-slow", f"It did not end within {_DOWN_WITHIN:.0f} s, so it was killed. No data is lost.")
        time.sleep(0.05)
    _said({"was_up": True}, "Everything has ended.", json)


def _said(answer: dict[str, Any], words: str, json: bool) -> None:
    if json:
        print_json(answer)
    else:
        console().print(words)


def status(home: Home = HOME, json: Json = False) -> None:
    """What is up and how it fares; exit status 1 when something is wrong."""
    run = runs.read(home)
    rows = [_state(run, service) for service in run.services]
    if json:
        print_json({"up": run.up.pid, "started_at": run.started_at, "bootstrap": run.bootstrap, "services": rows})
    else:
        print_rows([{**row, "behind": row.get("seconds_behind")} for row in rows], _STATUS, "No service.")
        for row in rows:
            if row["why"]:
                console().print(f"{row['service']}: {escape(row['why'])}")
    if any(row["state"] != "well" for row in rows):
        raise typer.Exit(FOUND_WRONG)


def _state(run: Run, service: str) -> dict[str, Any]:
    at = run.services[service]
    row: dict[str, Any] = {"service": service, "url": at.url, "pid": at.pid, "restarts": at.restarts}
    try:
        health = ask.get(run, service, "/ops/health")
        relay = ask.get(run, service, "/ops/relay")
        letters = ask.get(run, service, "/ops/dead-letters/count")
    except Fault as fault:
        return {**row, "state": "unknown", "why": fault.message}
    well = health["live"] and health["serve"] and health["consume"]
    return {
        **row,
        "state": "well" if well else "stuck" if not health["live"] else "not ready",
        "seconds_behind": max(health["fresh"].values(), default=0.0),
        "fresh": health["fresh"],
        "unsent": relay["unsent"],
        "dead_letters": letters["all"],
        "why": " ".join(health["reasons"]),
    }
