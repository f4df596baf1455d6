"""What one process is told from outside: environment variables that begin with KITH_, read once and frozen."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, Self, TypeVar

from pydantic import BaseModel, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

Model = TypeVar("Model", bound=BaseModel)
Role = Literal["owner", "worker", "api"]


class Settings(BaseSettings):
    """Everything one service process may be told; a value out of its range stops the start and names itself."""

    model_config = SettingsConfigDict(env_prefix="KITH_", frozen=True, extra="ignore")

    service: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    """Which service this process is, as `referrals`."""
    instance: str = "1"
    """Which of several processes of the service this is; Kafka's logs name it so."""

    host: str = "127.0.0.1"
    port: int = Field(default=0, ge=0, le=65535)
    """Where the HTTP door listens; 0 takes any free port."""
    api_keys: Path | None = None
    """The file of API keys; without it every key is unknown. It is read again when it changes."""
    body_limit: int = Field(default=1_048_576, ge=1)
    """The longest request body, in bytes."""

    database_host: str = "127.0.0.1"
    database_port: int = Field(default=5432, ge=1, le=65535)
    database_name: str = ""
    """Empty means `kith_<service>`."""
    database_owner_password: SecretStr = SecretStr("")
    database_worker_password: SecretStr = SecretStr("")
    database_api_password: SecretStr = SecretStr("")
    """The users are `kith_<service>_owner`, `_worker` and `_api`."""
    database_tls: bool = False
    pool_size: int = Field(default=8, ge=1, le=100)
    """How many connections the worker's pool and the api's may have, each."""
    acquire_timeout: float = Field(default=3.0, gt=0)
    """How long one waits for a connection before the database counts as away, in seconds."""

    master_keys: Path | None = None
    """The service's own file of master keys, which it writes as well; a service with a vault does not start without."""
    transport_days: int = Field(default=7, ge=1)
    """After how many days a transport key is destroyed; what came sealed to it and was not heard by then is lost."""
    transport_grace: float = Field(default=24.0, ge=0)
    """How many hours an erasure leaves to what is under way by the transport keys that it retires."""
    raw_days: int = Field(default=30, ge=1)
    """How many days what outsiders sent can be read as it came, once it is settled."""

    bootstrap: str = "127.0.0.1:9092"
    """Kafka's bootstrap servers, comma separated."""

    clock: Literal["system", "controlled"] = "system"
    """`controlled` lets POST /ops/clock move the time: for demonstrations and tests."""
    clock_file: Path | None = None
    """Where a controlled clock keeps how far it was moved, so that a restarted process goes on from there."""
    log_format: Literal["auto", "json", "console"] = "auto"
    """`auto` writes for a person on a terminal and JSON everywhere else."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    poll_interval: float = Field(default=0.15, gt=0)
    """How long the relay sleeps when nothing nudges it, in seconds."""
    lock_timeout: float = Field(default=5.0, ge=1)
    """How long a relay's leader may stand still before PostgreSQL ends its session, in seconds."""
    send_timeout: float = Field(default=4.0, gt=0)
    """How long Kafka may take to answer, in seconds; below `lock_timeout`, so that a frozen leader can only repeat."""
    backlog_bound: float = Field(default=900.0, gt=0)
    """How long the oldest event may wait to be sent before the gateway takes only what is urgent, in seconds."""
    form_rate: int = Field(default=60, ge=1)
    """How many referrals one public form takes in a minute, in one process."""
    unknown_bound: float = Field(default=600.0, gt=0)
    """How long an event waits for the subject that it speaks of and that is not known yet, in seconds."""
    batch_size: int = Field(default=1000, ge=1, le=10_000)
    """How many records one consuming transaction takes."""
    session_timeout_ms: int = Field(default=10_000, ge=1000)
    """How long Kafka waits for a silent consumer before it gives its partitions to another."""
    live_bound: float = Field(default=30.0, gt=0)
    """How long a loop may go without completing a turn before the process counts as stuck, in seconds."""
    drain_bound: float = Field(default=10.0, ge=1)
    """How long a stopping process finishes what it began, in seconds."""

    @model_validator(mode="after")
    def _fitting(self) -> Self:
        for lower, upper, why in (
            ("send_timeout", "lock_timeout", "a relay that waits for Kafka must not lose its lead by it"),
            ("lock_timeout", "live_bound", "a relay that takes over from a frozen one must not count as stuck"),
        ):
            if getattr(self, lower) >= getattr(self, upper):
                raise ValueError(f"KITH_{lower.upper()} must be below KITH_{upper.upper()}: {why}.")
        return self

    @property
    def database(self) -> str:
        """The name of this service's own database."""
        return self.database_name or f"kith_{self.service}"

    def user(self, role: Role) -> str:
        """The PostgreSQL user of a role of this service."""
        return f"kith_{self.service}_{role}"

    def login(self, role: Role) -> dict[str, Any]:
        """The keyword arguments with which asyncpg connects as a role."""
        secret: SecretStr = getattr(self, f"database_{role}_password")
        return {
            "host": self.database_host,
            "port": self.database_port,
            "database": self.database,
            "user": self.user(role),
            "password": secret.get_secret_value() or None,
            "ssl": self.database_tls or None,
        }


def refusal_of(error: ValidationError) -> str:
    """What is wrong with the settings, a line each that names the setting and shows no value: some are secrets."""
    lines = []
    for fault in error.errors(include_url=False, include_context=False, include_input=False):
        names = " ".join(f"KITH_{str(part).upper()}" for part in fault["loc"])
        lines.append(f"{names}: {fault['msg']}." if names else fault["msg"].removeprefix("Value error, "))
    return "\n".join(["The service cannot start with these settings.", *lines])


def faults_in_file(error: ValidationError) -> str:
    """Where a file is wrong, in one line that shows no value."""
    faults = error.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(f"{'.'.join(map(str, fault['loc'])) or 'file'}: {fault['msg']}" for fault in faults)


def read_setting(name: str, kind: type[Model], environment: Mapping[str, str]) -> Model:
    """What the JSON file says that the variable names, or the defaults without one.

    Raises ValueError, naming the variable, when the file cannot be read or says something that is no setting.
    """
    if (path := environment.get(name)) is None:
        return kind()
    try:
        return kind.model_validate_json(Path(path).read_bytes())
    except OSError as error:
        raise ValueError(f"{name}: {path} cannot be read: {error.strerror}.") from None
    except ValidationError as error:
        raise ValueError(f"{name}: {path} is not as it must be: {faults_in_file(error)}.") from None


@contextmanager
def exit_at_bad_settings() -> Iterator[None]:
    """A setting that is out of its range, or cannot be read, ends the process with words that name it."""
    try:
        yield
    except ValidationError as error:
        sys.exit(refusal_of(error))
    except ValueError as error:
        sys.exit(f"The service cannot start with these settings.\n{error}")
