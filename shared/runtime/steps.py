"""The named steps of everything that must survive a crash, and the switch that stops a process at one of them.

`KITH_HALT_AT=relay.sent:kill` ends the process at that step as SIGKILL would; `:stop` freezes it as SIGSTOP would.
A file `<KITH_HALT_MARK>` is written first, so that a test can prove that the step was reached.
"""

import os
import signal
from pathlib import Path

STEPS = (
    "command.loaded",
    "command.appended",
    "relay.leading",
    "relay.read",
    "relay.sent",
    "relay.marked",
    "consumer.fetched",
    "consumer.begun",
    "consumer.folded",
    "consumer.written",
    "consumer.appended",
    "consumer.committed",
    "deadline.read",
    "deadline.committed",
    "rebuild.copied",
    "rebuild.locked",
    "rebuild.swapped",
)

_STEP, _, _FATE = os.environ.get("KITH_HALT_AT", "").partition(":")


def step(name: str) -> None:
    """Names the step that has just been completed; halts the process here when a test asked for it."""
    if name != _STEP:
        return
    mark = Path(os.environ["KITH_HALT_MARK"])
    if mark.exists():
        return
    mark.write_text(name)
    os.kill(os.getpid(), signal.SIGSTOP if _FATE == "stop" else signal.SIGKILL)
