"""API keys: a key becomes a principal, and nothing else here ever leaves as text."""

import hashlib
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError


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


class BadKeysFile(Exception):
    """The keys file cannot be read; says where, and never shows what stood there."""


@dataclass(frozen=True, slots=True)
class _Known:
    principal: Principal
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Keys:
    """Every key this process knows, by hash."""

    _by_hash: Mapping[bytes, _Known] = field(repr=False)

    def find(self, key: bytes, now: datetime) -> Principal | None:
        """The principal of a known key that has not expired by `now`, or None."""
        known = self._by_hash.get(hashlib.sha256(key).digest())
        return known.principal if known and (known.expires_at is None or now < known.expires_at) else None

    def organisations_of(self, role: str) -> Mapping[str, str]:
        """The organisation of each principal of that role, by name."""
        principals = [known.principal for known in self._by_hash.values()]
        return {p.name: p.organisation for p in principals if role in p.roles}

    def producers(self) -> Mapping[str, str]:
        """The organisation of each name under which something may be submitted: senders, and forms as `form:<name>`.

        No intake topic can have a colon in its name, so nobody speaks for a form but the form.
        """
        forms = {f"form:{name}": organisation for name, organisation in self.organisations_of("public-form").items()}
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
    """The lookup over records; raises BadKeysFile when one hash stands twice."""
    found: dict[bytes, _Known] = {}
    for record in records:
        digest = bytes.fromhex(record.sha256)
        if digest in found:
            raise BadKeysFile(f"The key named {record.name!r} stands twice. Give every principal a key of its own.")
        principal = Principal(record.name, record.organisation, frozenset(record.roles))
        found[digest] = _Known(principal, record.expires_at)
    return Keys(MappingProxyType(found))


def read_records(path: Path) -> tuple[KeyRecord, ...]:
    """The records of a keys file; raises BadKeysFile naming the place of a fault."""
    try:
        return _RECORDS.validate_json(path.read_bytes())
    except ValidationError as error:
        places = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'file'}: {e['msg']}" for e in error.errors())
        raise BadKeysFile(f"{path} is not a keys file: {places}") from None
    except OSError as error:
        raise BadKeysFile(f"{path} cannot be read: {error.strerror}. Set KITH_API_KEYS to the keys file.") from None


def read_keys(path: Path | None) -> Keys:
    """The keys of a file, none without a path; raises BadKeysFile."""
    return keys_of(() if path is None else read_records(path))


def write_keys(records: Iterable[KeyRecord]) -> bytes:
    """The bytes of a keys file that holds these records."""
    return _RECORDS.dump_json(tuple(records), indent=2)
