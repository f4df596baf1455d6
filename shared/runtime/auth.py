"""API keys: a key becomes a principal, and nothing else here ever leaves as text."""

import asyncio
import hashlib
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from shared.runtime import log
from shared.runtime.clock import pause
from shared.runtime.settings import faults_in_file

_log = log.logger(__name__)

LOOK_SECONDS = 2.0
"""How often the keys file is looked at: a key that was taken out of it works no longer than this."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks: a name for the audit, the one organisation it acts for, and what it may do."""

    name: str
    organisation: str
    roles: frozenset[str]


class KeyRecord(BaseModel):
    """One line of the keys file; it holds the hash of a key, never the key."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$", repr=False)
    organisation: str = Field(min_length=1)
    roles: tuple[str, ...]
    expires_at: AwareDatetime | None = None


FORM = "public-form"
"""The role of a key that only names a form, which is open to all."""


class BadKeysFile(Exception):
    """The keys file cannot be read; says where, and never shows what stood there."""


@dataclass(frozen=True, slots=True)
class _Known:
    principal: Principal
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Keys:
    """Every key this process knows, by hash."""

    _by_hash: dict[bytes, _Known] = field(repr=False)

    def find(self, key: bytes, now: datetime) -> Principal | None:
        """The principal of a known key that has not expired by `now`, or None."""
        known = self._by_hash.get(hashlib.sha256(key).digest())
        return known.principal if known and (known.expires_at is None or now < known.expires_at) else None

    def become(self, other: "Keys") -> None:
        """From now on these are the keys of the other."""
        self._by_hash.clear()
        self._by_hash.update(other._by_hash)

    def organisations_of(self, role: str) -> Mapping[str, str]:
        """The organisation of each principal of that role, by name."""
        principals = [known.principal for known in self._by_hash.values()]
        return {p.name: p.organisation for p in principals if role in p.roles}

    def producers(self) -> Mapping[str, str]:
        """The organisation of each name under which something may be submitted: senders, and forms as `form:<name>`.

        No intake topic can have a colon in its name, so nobody speaks for a form but the form.
        """
        forms = {f"form:{name}": organisation for name, organisation in self.organisations_of(FORM).items()}
        return {**self.organisations_of("sender"), **forms}


def record_of(
    key: str, name: str, organisation: str, roles: Iterable[str], expires_at: datetime | None = None
) -> KeyRecord:
    """The record of a key for the keys file."""
    return KeyRecord(
        name=name,
        sha256=hashlib.sha256(key.encode()).hexdigest(),
        organisation=organisation,
        roles=tuple(roles),
        expires_at=expires_at,
    )


def mint(
    name: str, organisation: str, roles: Iterable[str], expires_at: datetime | None = None
) -> tuple[str, KeyRecord]:
    """A new key, to be shown once, and the record of it for the keys file."""
    prefix = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "key"
    key = f"kith_{prefix}_{secrets.token_urlsafe(32)}"
    return key, record_of(key, name, organisation, roles, expires_at)


_RECORDS = TypeAdapter(tuple[KeyRecord, ...])


def keys_of(records: Iterable[KeyRecord]) -> Keys:
    """The lookup over records; raises BadKeysFile when one hash, or one form's name, stands twice."""
    found: dict[bytes, _Known] = {}
    forms: set[str] = set()
    for record in records:
        digest = bytes.fromhex(record.sha256)
        if digest in found:
            raise BadKeysFile(f"The key named {record.name!r} stands twice. Give every principal a key of its own.")
        principal = Principal(record.name, record.organisation, frozenset(record.roles))
        if FORM in record.roles and record.name in forms:
            raise BadKeysFile(f"The form named {record.name!r} stands twice. Give every form a name of its own.")
        forms |= {record.name} if FORM in record.roles else set()
        found[digest] = _Known(principal, record.expires_at)
    return Keys(found)


def read_records(path: Path) -> tuple[KeyRecord, ...]:
    """The records of a keys file; raises BadKeysFile naming the place of a fault."""
    try:
        return _RECORDS.validate_json(path.read_bytes())
    except ValidationError as error:
        raise BadKeysFile(f"{path} is not a keys file: {faults_in_file(error)}") from None
    except OSError as error:
        raise BadKeysFile(f"{path} cannot be read: {error.strerror}. Set KITH_API_KEYS to the keys file.") from None


def read_keys(path: Path | None) -> Keys:
    """The keys of a file, none without a path; raises BadKeysFile."""
    return keys_of(() if path is None else read_records(path))


async def keep_keys(path: Path, keys: Keys, producers: dict[str, str], stopping: asyncio.Event) -> None:
    """Reads the file again whenever it changes, until `stopping`; one that cannot be read changes nothing."""
    # Once at first as well: it may have changed since the process read it.
    seen = None
    while not stopping.is_set():
        await pause(LOOK_SECONDS, stopping)
        if (now := _stamp(path)) == seen:
            continue
        seen = now
        try:
            keys.become(read_keys(path))
        except BadKeysFile as error:
            _log.error("keys.not_read", error=str(error))
            continue
        producers.clear()
        producers.update(keys.producers())
        _log.info("keys.read_again")


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def write_keys(records: Iterable[KeyRecord]) -> bytes:
    """The bytes of a keys file that holds these records."""
    return _RECORDS.dump_json(tuple(records), indent=2)
