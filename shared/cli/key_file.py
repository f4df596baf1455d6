"""The keys that a machine hands out to its own people, and keeps."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from shared.cli import run as runs
from shared.cli.run import Key
from shared.cli.terminal import Fault
from shared.runtime.auth import BadKeysFile, KeyRecord, mint, read_records, record_of, write_keys

_KEYS = TypeAdapter(tuple[Key, ...])


@dataclass(frozen=True, slots=True)
class KeyWish:
    """A key that is to exist: whose, for which organisation, and for what."""

    name: str
    organisation: str
    roles: tuple[str, ...]


OPERATOR = KeyWish("operator", "kith", ("operator",))
KEYS = (
    OPERATOR,
    KeyWish("coordinator", "S08000015", ("coordinator",)),
    KeyWish("peer", "S08000015", ("peer",)),
    KeyWish("lead", "S08000015", ("service-lead", "line-manager")),
    KeyWish("supervisor", "S08000015", ("supervisor",)),
    KeyWish("clinician", "S08000015", ("clinician",)),
    KeyWish("evaluator", "S08000015", ("evaluator",)),
    KeyWish("officer", "S08000015", ("information-governance",)),
    KeyWish("sender", "S08000015", ("sender",)),
    KeyWish("refer-yourself", "S08000015", ("public-form",)),
)
"""The keys of a machine that says nothing else: one board's people, its public form, and the operator."""


def kept_keys(home: Path, wishes: Sequence[KeyWish]) -> dict[str, Key]:
    """The wished keys, and those this home had before; the services are told their hashes only.

    Records that somebody added to `api-keys.json` stay there. Raises Fault `bad-keys-file`.
    """
    path, hashes = home / "keys.json", home / "api-keys.json"
    try:
        before = {key.name: key for key in _KEYS.validate_json(path.read_bytes())}
    except (FileNotFoundError, ValidationError):
        before = {}
    keys = dict(before)
    for wish in wishes:
        old = before.get(wish.name)
        if old is None or (old.organisation, old.roles) != (wish.organisation, wish.roles):
            key, _ = mint(wish.name, wish.organisation, wish.roles)
            keys[wish.name] = Key(name=wish.name, key=key, organisation=wish.organisation, roles=wish.roles)
    records = [record_of(key.key, key.name, key.organisation, key.roles) for key in keys.values()]
    records += [record for record in read_added(hashes) if record.name not in keys]
    runs.write_private(path, _KEYS.dump_json(tuple(keys.values()), indent=2))
    runs.write_private(hashes, write_keys(records))
    return keys


def read_added(path: Path) -> Sequence[KeyRecord]:
    """The records of a keys file, none when there is no such file yet; raises Fault `bad-keys-file`."""
    try:
        return read_records(path) if path.exists() else ()
    except BadKeysFile as error:
        raise Fault("bad-keys-file", str(error)) from None
