"""`kith demo` as a person runs it: everything adds up, and stopping it leaves nothing behind."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.timeout(420)
ROOT = Path(__file__).parents[2]


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


def test_a_day_and_its_weeks_add_up(tmp_path: Path) -> None:
    running = demo(tmp_path, "--json")
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
    assert left_behind(tmp_path) == []


def test_ctrl_c_in_the_middle_of_the_day_is_clean(tmp_path: Path) -> None:
    running = demo(tmp_path)
    assert running.stdout is not None
    for line in running.stdout:
        if "the same form sent twice" in line:
            break
    running.send_signal(signal.SIGINT)
    _, err = running.communicate()
    assert running.returncode == 130, err
    assert err.splitlines()[-1] == "Stopped. Nothing is left running."
    assert left_behind(tmp_path) == []
