"""The folder with everything a cluster keeps, held by one starter at a time."""

import asyncio
import fcntl
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from deploy.embedded.errors import EmbeddedError

WAIT_FOR_THE_DYING_S = 20.0


@asynccontextmanager
async def held(home: Path) -> AsyncIterator[int]:
    """The folder exists and is ours, as a lock's descriptor that our children hold too; raises `home-in-use`.

    So the lock is free only when the last process of a killed starter is gone: whoever gets it may clean up.
    """
    (home / "logs").mkdir(parents=True, exist_ok=True)
    try:
        lock = os.open(home / "lock", os.O_RDWR | os.O_CREAT, 0o644)
    except PermissionError:
        raise EmbeddedError(
            "home-not-ours",
            f"{home} belongs to another user. Remove it as that user, or choose another folder.",
        ) from None
    try:
        await _take(lock, home)
        os.ftruncate(lock, 0)
        os.pwrite(lock, str(os.getpid()).encode(), 0)
        yield lock
    finally:
        os.close(lock)


def holder(home: Path) -> int | None:
    """The process that holds the folder; None when nobody does, or what is left of a killed one is still ending."""
    lock = (home / "lock").resolve()
    try:
        pid = int(lock.read_text())
        opened = list(Path(f"/proc/{pid}/fd").iterdir())
    except (OSError, ValueError):
        return None
    return pid if any(_leads_to(each, lock) for each in opened) else None


def _leads_to(link: Path, path: Path) -> bool:
    with suppress(OSError):
        return link.readlink() == path
    return False


async def _take(lock: int, home: Path) -> None:
    until = time.monotonic() + WAIT_FOR_THE_DYING_S
    while True:
        with suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        holder = os.pread(lock, 20, 0).decode()
        if time.monotonic() > until or (holder and Path(f"/proc/{holder}").exists()):
            raise EmbeddedError(
                "home-in-use",
                f"{home} is in use by process {holder or 'unknown'}. Stop it (`kith down`, or Ctrl-C where it runs), "
                "or choose another folder.",
            )
        await asyncio.sleep(0.1)
