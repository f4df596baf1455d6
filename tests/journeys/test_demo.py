"""`kith demo` as a person runs it: everything adds up, and stopping it leaves nothing behind."""

import json
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.timeout(420)
ROOT = Path(__file__).parents[2]


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder that PostgreSQL, which never runs as root, can reach whoever else runs tests."""
    (ROOT / "build").mkdir(exist_ok=True)
    home = Path(tempfile.mkdtemp(prefix="demo-", dir=ROOT / "build"))
    home.chmod(0o755)
    yield home
    shutil.rmtree(home, ignore_errors=True)


def demo(home: Path, *words: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "shared.cli", "demo", "--home", str(home), *words]
    return subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def left_behind(home: Path) -> list[str]:
    found = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = process.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(home) in line:
            found.append(line)
    return found


def test_a_day_and_its_weeks_add_up(home: Path) -> None:
    running = demo(home, "--json")
    out, err = running.communicate()
    assert running.returncode == 0, err + out[-3000:]
    report = json.loads(out)
    assert report["adds_up"]
    assert [row for row in report["sums"] if not row["holds"]] == []
    assert report["killed"]["pid"] != report["killed"]["new_pid"]
    assert report["standstill"]["accepted"] > 0
    assert {"received", "again", "sent back", "held", "parked", "turned away", "refused"} <= {
        fate for row in report["came_in"] for fate in row
    }
    assert left_behind(home) == []


def test_ctrl_c_in_the_middle_of_the_day_is_clean(home: Path) -> None:
    running = demo(home)
    assert running.stdout is not None
    for line in running.stdout:
        if "the same form sent twice" in line:
            break
    running.send_signal(signal.SIGINT)
    _, err = running.communicate()
    assert running.returncode == 130, err
    assert err.splitlines()[-1] == "Stopped. Nothing is left running."
    assert left_behind(home) == []
