"""`kith demo`: everything is started, shown on a screen or as lines, reckoned up, and ended."""

import asyncio
import json as json_
import shutil
import signal
import sys
import time
from contextlib import AbstractContextManager, nullcontext, suppress
from datetime import datetime
from pathlib import Path

from rich.console import Console

from demo import showing, tables, telling
from demo.house import KEYS, entered
from demo.play import play
from demo.report import Report
from demo.telling import Teller
from deploy.embedded import EmbeddedError, quiet, shown
from shared.cli import run as runs
from shared.cli.stack import stack
from shared.cli.terminal import FOUND_WRONG, Fault

ENVIRONMENT = {"KITH_CLOCK": "controlled", "KITH_SESSION_TIMEOUT_MS": "4000", "KITH_BACKLOG_BOUND": "1e9"}
"""The clock can be moved; Kafka misses a killed service after 4 s instead of 10; what waits while the clock is moved by
days is not as late as it looks."""
LINGER = 20.0
STOPPED = 130


def main(home: Path, seed: int, json: bool) -> int:
    """Lives through the day of that seed; answers the exit status: 0 when everything adds up, 1 when not."""
    console = Console(highlight=False, width=None if sys.stdout.isatty() else tables.WIDTH)
    folder = home.resolve() / "demo"
    if (running := runs.find(folder)) is not None:
        raise Fault("already-up", f"A demonstration is running there already, as process {running.up.pid}.")
    # Each demonstration begins in March, so nothing of an earlier one may be there.
    shutil.rmtree(folder, ignore_errors=True)
    try:
        return asyncio.run(_main(folder, seed, json, console))
    except EmbeddedError as error:
        raise Fault(error.code, str(error).removesuffix(f" [{error.code}]")) from None
    except (KeyboardInterrupt, asyncio.CancelledError):
        print("Stopped. Nothing is left running.", file=sys.stderr)
        return STOPPED


async def _main(folder: Path, seed: int, json: bool, console: Console) -> int:
    me, loop = asyncio.current_task(), asyncio.get_running_loop()
    assert me is not None
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, me.cancel)
    begun = time.monotonic()
    # No key of a mail service is at hand, so each message becomes a file.
    environment = ENVIRONMENT | {"KITH_MESSAGES": f"file:{folder / 'messages'}"}
    async with stack(folder, keys=KEYS, environment=environment, progress=quiet if json else shown()) as up:
        ready = time.monotonic()
        async with entered(up) as house:
            lines = not (json or console.is_terminal)
            teller = Teller(_print_line if lines else _nothing, lambda: house.now)
            screen: AbstractContextManager[None] = nullcontext()
            if console.is_terminal and not json:
                screen = showing.live(house, teller.picture, console)
            with screen:
                report = await play(house, seed, teller)
            took = f"Ready after {ready - begun:.0f} s; lived through in {time.monotonic() - ready:.0f} s."
            if json:
                print(json_.dumps(report.as_json(), ensure_ascii=False, default=str))
            else:
                tables.show(report, console, _stays(console))
                _judge(report, took, console)
                await _linger(console)
    return 0 if report.adds_up else FOUND_WRONG


def _judge(report: Report, took: str, console: Console) -> None:
    if report.adds_up:
        console.print(f"[bold green]Everything adds up.[/] {took}")
    else:
        console.print("[bold red]It does not add up:[/]")
        for fault in tables.faults(report):
            console.print(f"  {fault}", markup=False)
        console.print(took)


def _stays(console: Console) -> bool:
    """Whether somebody is there to look around at the end."""
    return console.is_terminal and sys.stdin.isatty()


async def _linger(console: Console) -> None:
    """At a terminal everything stays up for a moment, and on Enter for as long as wished; Ctrl-C ends it."""
    if not _stays(console):
        return
    loop, entered_ = asyncio.get_running_loop(), asyncio.Event()

    def read() -> None:
        sys.stdin.readline()
        entered_.set()

    loop.add_reader(sys.stdin, read)
    try:
        console.print(f"[dim]It all ends in {LINGER:.0f} s. Press Enter to keep it up and look around.[/]")
        with suppress(TimeoutError):
            async with asyncio.timeout(LINGER):
                await entered_.wait()
        if entered_.is_set():
            console.print("[dim]It stays up. Ctrl-C or Enter ends it.[/]")
            entered_.clear()
            await entered_.wait()
    except asyncio.CancelledError:
        # Whoever has seen the end may leave: that is no failure.
        me = asyncio.current_task()
        assert me is not None
        me.uncancel()
    finally:
        loop.remove_reader(sys.stdin)
        console.print("[dim]Ending ...[/]")


def _print_line(moment: datetime, what: str) -> None:
    print(telling.line(moment, what), flush=True)


def _nothing(_moment: datetime, _what: str) -> None:
    return
