"""`kith up` on a real machine: one line when ready, services that come back, and nothing left behind."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.cli.run import Process, holding, process_now
from shared.cli.stack import SERVICES

ROOT = Path(__file__).parents[3]

pytestmark = pytest.mark.timeout(180)


def kith(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """One command line, to its end."""
    return subprocess.run(
        [sys.executable, "-m", "shared.cli", *words, "--home", str(home)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def said(home: Path, *words: str) -> Any:
    return json.loads(kith(home, *words, "--json").stdout)


def until(holds: Callable[[], bool], seconds: float, what: str) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, what
        time.sleep(0.1)


def everything_of(pid: int) -> list[Process]:
    """The process and all that it started, down to the last."""
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
    found = [pid]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return [process for process in map(process_now, found) if process is not None]


def gone(processes: list[Process]) -> bool:
    return not any(process_now(process.pid) == process for process in processes)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    home = tmp_path_factory.mktemp("kith")
    yield home
    kith(home, "down")


@pytest.fixture
def up(home: Path) -> Any:
    """What `up --detach` says; started again where a test ended it."""
    done = kith(home, "up", "--json", "--detach")
    if done.returncode and json.loads(done.stdout)["error"]["code"] == "already-up":
        return json.loads((home / "run.json").read_text())
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("\n") == 1
    return json.loads(done.stdout)


def test_one_line_holds_every_endpoint_key_and_address(up: Any, home: Path) -> None:
    assert set(up["services"]) == set(SERVICES)
    assert up["bootstrap"]
    assert set(up["postgres"]["databases"]) == set(SERVICES)
    for at in up["services"].values():
        key = {"Authorization": f"Bearer {up['keys']['operator']['key']}"}
        health = httpx.get(f"{at['url']}/ops/health", headers=key).json()
        assert (health["live"], health["serve"], health["consume"]) == (True, True, True)
        assert httpx.get(f"{at['url']}/openapi.json").json()["openapi"] == "3.1.0"
    assert kith(home, "status").returncode == 0
    assert kith(home, "doctor").returncode == 0
    assert kith(home, "lag").returncode == 0


def test_the_files_with_keys_are_the_owners_alone(up: Any, home: Path) -> None:
    for name in ("run.json", "keys.json", "api-keys.json"):
        assert (home / name).stat().st_mode & 0o777 == 0o600
    hashes = (home / "api-keys.json").read_text()
    assert not any(key["key"] in hashes for key in up["keys"].values())


def test_a_second_up_is_refused(up: Any, home: Path) -> None:
    done = kith(home, "up", "--json")
    assert (done.returncode, json.loads(done.stdout)["error"]["code"]) == (6, "already-up")


def test_a_service_that_dies_comes_back_at_the_same_address(up: Any, home: Path) -> None:
    before = up["services"]["referrals"]
    os.kill(before["pid"], signal.SIGKILL)

    def back() -> bool:
        row = next(row for row in said(home, "status")["services"] if row["service"] == "referrals")
        return row["pid"] not in (0, before["pid"]) and row["state"] == "well" and row["url"] == before["url"]

    until(back, 60, "referrals did not come back")
    now = json.loads((home / "run.json").read_text())["services"]["referrals"]
    assert (now["url"], now["restarts"]) == (before["url"], before["restarts"] + 1)


def test_a_broker_and_a_database_that_die_are_started_again(up: Any, home: Path) -> None:
    def running(what: str) -> list[int]:
        said = {p.pid: Path(f"/proc/{p.pid}/cmdline").read_text() for p in everything_of(up["up"]["pid"])}
        return [pid for pid, words in said.items() if what in words]

    def well() -> bool:
        return kith(home, "status").returncode == 0

    for what in ("kafka.Kafka", "bin/postgres\0-D"):
        (before,) = running(what)
        os.kill(before, signal.SIGKILL)
        until(lambda: running(what) not in ([], [before]), 60, f"{what} did not come back")  # noqa: B023
        until(well, 60, "the services are not well again")
    told = (home / "up.log").read_text()
    for name in ("kafka-1", "postgres"):
        assert f"kith: {name} is not running" in told
        assert f"kith: {name} runs again" in told


def test_a_killed_up_leaves_no_orphan_and_may_start_again(up: Any, home: Path) -> None:
    processes = everything_of(up["up"]["pid"])
    assert len(processes) >= 3 + len(SERVICES)
    os.kill(up["up"]["pid"], signal.SIGKILL)
    until(lambda: gone(processes), 25, "something outlived the one that started it")
    assert kith(home, "status").returncode == 3


def test_down_ends_everything_and_keys_stay_the_same(up: Any, home: Path) -> None:
    processes = everything_of(up["up"]["pid"])
    keys = json.loads((home / "keys.json").read_text())
    assert said(home, "down") == {"was_up": True}
    assert gone(processes)
    assert not (home / "run.json").exists()
    assert {key["name"]: key["key"] for key in keys} == {name: key["key"] for name, key in up["keys"].items()}


@pytest.mark.parametrize("how", ["down", "Ctrl-C"])
def test_a_start_under_way_is_ended_and_nothing_goes_on_unseen(home: Path, how: str) -> None:
    kith(home, "down")
    words = [sys.executable, "-m", "shared.cli"]
    start = subprocess.Popen(
        [*words, "up", "--detach", "--home", str(home)],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
        # Whoever runs the tests in the background has them ignore it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    until(lambda: holding(home) is not None, 30, "it did not begin")
    begun = holding(home)
    assert begun is not None
    # It stands still until it is told to end, so that it cannot be ready before.
    os.kill(begun.pid, signal.SIGSTOP)
    processes = everything_of(begun.pid)
    assert "starting or ending" in kith(home, "status").stderr
    down = subprocess.Popen([*words, "down", "--home", str(home)], cwd=ROOT) if how == "down" else None
    if down is None:
        start.send_signal(signal.SIGINT)
    until(lambda: told_to_end(begun.pid), 30, "nobody told it to end")
    os.kill(begun.pid, signal.SIGCONT)
    _, told = start.communicate(timeout=60)
    assert start.returncode == 6, told
    assert down is None or down.wait(60) == 0
    assert gone(processes)
    assert holding(home) is None


def told_to_end(pid: int) -> bool:
    """Whether the signal to end waits for a process that stands still."""
    status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return bool(int(status["ShdPnd"], 16) >> (signal.SIGTERM - 1) & 1)
