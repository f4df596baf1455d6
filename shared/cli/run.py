"""The run file: what is up, where it answers, and with which keys; readable by its owner alone."""

import os
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from deploy.embedded.home import holder
from shared.cli.terminal import NOT_RUNNING, Fault


class Key(BaseModel):
    """A key in the clear, as `up` made it for this machine."""

    model_config = ConfigDict(frozen=True)

    name: str
    key: str
    organisation: str
    roles: tuple[str, ...]


class Process(BaseModel):
    """A process, told from a later one with the same number by when it began."""

    model_config = ConfigDict(frozen=True)

    pid: int
    began: int


class Running(BaseModel):
    """One service: where its door is, and the process behind it now."""

    model_config = ConfigDict(frozen=True)

    url: str
    pid: int
    restarts: int = 0
    log: Path


class Run(BaseModel):
    """Everything that is up."""

    model_config = ConfigDict(frozen=True)

    up: Process
    ready: bool
    """Whether everything answers; until then only the processes are known."""
    started_at: datetime
    home: Path
    bootstrap: str
    postgres: dict[str, Any]
    services: dict[str, Running]
    keys: dict[str, Key]

    @property
    def operator(self) -> str:
        """The key for each service's /ops API."""
        return self.keys["operator"].key


def process_now(pid: int) -> Process | None:
    """The process of that number, or None when there is none."""
    try:
        # The name may hold spaces and brackets; the fields after it may not.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (OSError, ValueError):
        return None
    return None if fields[0] in "ZX" else Process(pid=pid, began=int(fields[19]))


def write_private(path: Path, content: bytes) -> None:
    """Puts the whole content there at once, readable by its owner alone."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.unlink(missing_ok=True)
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    part.rename(path)


def path_of(home: Path) -> Path:
    return home / "run.json"


def write(run: Run) -> None:
    """Says what is up."""
    write_private(path_of(run.home), run.model_dump_json(indent=2).encode() + b"\n")


def find(home: Path) -> Run | None:
    """What is up, or None; a file left by a process that is gone says nothing."""
    try:
        run = Run.model_validate_json(path_of(home).read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError):
        raise Fault(
            "bad-run-file", f"{path_of(home)} cannot be read. Remove it, and start again with `kith up`."
        ) from None
    return run if process_now(run.up.pid) == run.up else None


def holding(home: Path) -> Process | None:
    """The process that starts, runs or ends everything in this folder, or None when there is none."""
    pid = holder(home)
    return process_now(pid) if pid else None


def read(home: Path) -> Run:
    """What is up; raises Fault `not-running`."""
    run = find(home)
    if run is not None and run.ready:
        return run
    if process := holding(home):
        raise Fault(
            "not-running",
            f"Process {process.pid} is starting or ending everything in {home.resolve()}. Ask again in a moment.",
            NOT_RUNNING,
        )
    raise Fault("not-running", f"Nothing is up in {home.resolve()}. Start it with `kith up`.", NOT_RUNNING)
