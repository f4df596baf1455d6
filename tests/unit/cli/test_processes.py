"""A kept process comes back when it dies, later each time, and is gone when told to stop."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from deploy.embedded import processes
from shared.cli.processes import Kept
from shared.cli.run import process_now

TELLS = "import os, signal, time; {}; open(os.environ['KITH_TOLD'], 'a').write(f'{{os.getpid()}}\\n'); time.sleep(60)"


def kept(tmp_path: Path, before: str = "pass", drain: float = 5.0) -> Kept:
    command = [sys.executable, "-c", TELLS.format(before)]
    return Kept("one", command, {"KITH_TOLD": str(tmp_path / "told")}, tmp_path / "one.log", drain=drain)


async def told(tmp_path: Path, count: int) -> list[int]:
    path = tmp_path / "told"
    async with asyncio.timeout(15):
        while not path.exists() or len(path.read_text().split()) < count:
            await asyncio.sleep(0.02)
    return [int(pid) for pid in path.read_text().split()]


async def test_it_comes_back_and_ends_when_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "FIRST_DELAY", 0.05)
    one = kept(tmp_path)
    keeping = asyncio.create_task(one.keep())
    (first,) = await told(tmp_path, 1)
    os.kill(first, signal.SIGKILL)
    _, second = await told(tmp_path, 2)
    assert (one.restarts, one.pid) == (1, second)
    one.stop()
    await keeping
    assert (process_now(first), process_now(second), one.pid) == (None, None, 0)


async def test_it_comes_back_later_each_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "FIRST_DELAY", 0.1)
    begun = time.monotonic()
    one = kept(tmp_path, "open(os.environ['KITH_TOLD'], 'a').write('0\\n'); os._exit(3)")
    keeping = asyncio.create_task(one.keep())
    await told(tmp_path, 4)
    assert time.monotonic() - begun > 0.1 + 0.2 + 0.4
    one.stop()
    await keeping


async def test_one_that_will_not_listen_is_killed_after_the_drain(tmp_path: Path) -> None:
    one = kept(tmp_path, "signal.signal(signal.SIGTERM, signal.SIG_IGN)", drain=0.3)
    keeping = asyncio.create_task(one.keep())
    (pid,) = await told(tmp_path, 1)
    one.stop()
    await keeping
    assert process_now(pid) is None


async def test_it_does_not_outlive_a_killed_parent(tmp_path: Path) -> None:
    parent = (
        "import asyncio, sys; from pathlib import Path; from shared.cli.processes import Kept; "
        f"asyncio.run(Kept('one', [sys.executable, '-c', {TELLS.format('pass')!r}], "
        f"{{'KITH_TOLD': {str(tmp_path / 'told')!r}}}, Path({str(tmp_path / 'log')!r}), drain=1).keep())"
    )
    process = subprocess.Popen([sys.executable, "-c", parent])
    (pid,) = await told(tmp_path, 1)
    process.kill()
    process.wait()
    async with asyncio.timeout(5):
        while process_now(pid) is not None:
            await asyncio.sleep(0.02)
