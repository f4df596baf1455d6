"""Processes that do not outlive the one that started them."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from deploy.embedded.errors import EmbeddedError, last_lines

FIRST_DELAY, LONGEST_DELAY, STEADY = 0.5, 30.0, 30.0
LEASH = Path(__file__).with_name("leash.py")
POLL_S = 0.02


class Delay:
    """How long to wait before what ended is started again: later each time, and soon again once it ran steadily."""

    def __init__(self) -> None:
        self._next = FIRST_DELAY

    def after(self, ran: float) -> float:
        """The seconds to wait after a run of so many."""
        delay = FIRST_DELAY if ran > STEADY else self._next
        self._next = min(delay * 2, LONGEST_DELAY)
        return delay


class Child:
    """One running program: its pid, its log, and how it is stopped."""

    def __init__(self, name: str, process: subprocess.Popen[bytes], log: Path) -> None:
        self.name = name
        self.log = log
        self._process = process

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def send(self, number: signal.Signals) -> None:
        """Sends a signal; a process that has already gone is no error."""
        with suppress(ProcessLookupError):
            self._process.send_signal(number)

    async def gone(self, within: float) -> bool:
        """Whether the process ended in time."""
        until = time.monotonic() + within
        while self.running and time.monotonic() < until:
            await asyncio.sleep(POLL_S)
        return not self.running

    async def stop(self, number: signal.Signals, within: float) -> None:
        """The process has ended when this returns: by `number`, or by SIGKILL when that took too long."""
        self.send(number)
        self.send(signal.SIGCONT)  # one frozen by a fault test must wake to hear it
        if not await self.gone(within):
            self.send(signal.SIGKILL)
            await self.gone(10)

    async def ready(self, check: Callable[[], Awaitable[bool]], within: float) -> None:
        """`check` said yes; raises `process-died` or `process-slow` with the end of the log."""
        until = time.monotonic() + within
        while not await check():
            if not self.running:
                raise self._failed("process-died", f"{self.name} ended while starting.")
            if time.monotonic() > until:
                raise self._failed("process-slow", f"{self.name} was not ready within {within:.0f} s.")
            await asyncio.sleep(POLL_S)

    async def well(self, within: float) -> None:
        """The program did its work and ended; raises `process-failed` with the end of its log."""
        try:
            if not await self.gone(within) or self._process.returncode != 0:
                raise self._failed("process-failed", f"{self.name} failed.")
        finally:
            await self.stop(signal.SIGKILL, 0)

    def _failed(self, code: str, what: str) -> EmbeddedError:
        return EmbeddedError(code, f"{what} The end of {self.log}:\n{last_lines(self.log)}\n")


def spawn(
    name: str,
    command: Sequence[str | Path],
    log: Path,
    *,
    on_parent_death: signal.Signals = signal.SIGKILL,
    owner: tuple[int, int] | None = None,
    keep: Sequence[int] = (),
    cwd: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Child:
    """Starts `command` as `owner` (uid, gid), in a session of its own (Ctrl-C reaches only us), ended with us.

    The tie is to the calling *thread*: call it from the main one. `keep` are descriptors the child holds open;
    `environment` is added to ours, where others on this machine cannot read it as they can a command line.
    """
    uid, gid = owner or (os.geteuid(), os.getegid())
    words = [os.getpid(), int(on_parent_death), uid, gid, *command]
    with log.open("ab") as out:
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(LEASH), *map(str, words)],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            cwd=cwd,
            env={**os.environ, **(environment or {})},
            pass_fds=tuple(keep),
            start_new_session=True,
        )
    return Child(name, process, log)
