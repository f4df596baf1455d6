"""Master keys: in a file outside of the database, and under them every data key and the blind index.

What a backup must hold: the database without its schema `keys`, and apart from it the schema `keys` with the file of
master keys, made anew after every rotation, the one before destroyed. Whoever has only one of the two opens nothing;
and since every erasure is followed by a rotation, no backup of keys that outlives it opens what was erased.
"""

import base64
import binascii
import fcntl
import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from shared.runtime.clock import elapsed
from shared.runtime.keys import DataKey, WrongKey, digest, seal, unseal

NOT_SET = (
    "KITH_MASTER_KEYS is not set, and without it nothing of persons can be kept or read. Name the service's own file "
    "of master keys; `kith up` makes one by itself, and `kith vault make-file` makes the first one elsewhere."
)


_LINGER = 10.0
"""How many seconds a master key is remembered after it left the file: longer than any transaction."""
_KEY = 32
_DIGEST = 32


class BadMasterKeys(Exception):
    """The file of master keys is missing or cannot be read; says what to do, and never shows what stood there."""


class MasterKeys:
    """The master keys of one service, as their file holds them: `{"current": kid, "keys": {kid: base64}}`.

    Several processes may share the file: it is read again when a key is asked for that was not there. One that has left
    the file is had in mind for some seconds more, for what was read from the database before it left.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._keys: dict[str, bytes] = {}
        self._left: dict[str, tuple[bytes, float]] = {}
        self.current = ""
        self.read()

    def read(self) -> None:
        """Takes up the file as it is now; raises BadMasterKeys."""
        before = self._keys
        self.current, self._keys = _read(self.path)
        until = elapsed() + _LINGER
        self._left |= {kid: (key, until) for kid, key in before.items() if kid not in self._keys}

    @property
    def kids(self) -> frozenset[str]:
        """The ids of the keys that were in the file when it was last read."""
        return frozenset(self._keys)

    def wrap(self, kid: str, id: UUID, key: bytes) -> bytes:
        """The data key of that id, wrapped; raises BadMasterKeys when there is no such master key."""
        return seal(self._of(kid), key, id.bytes)

    def make(self, kid: str, id: UUID) -> tuple[bytes, DataKey]:
        """A new data key of that id, bare and wrapped."""
        key = secrets.token_bytes(_KEY)
        return key, DataKey(id, self.wrap(kid, id, key), kid)

    def unwrap(self, key: DataKey) -> bytes:
        """The bare data key; raises BadMasterKeys, and WrongKey for what was not wrapped by that master key."""
        return unseal(self._of(key.master), key.wrapped, key.id.bytes)

    def cover(self, kid: str, found_by: bytes) -> bytes:
        """A digest of the blind index under that master key, always the same bytes; raises BadMasterKeys."""
        return self._cover(kid).encrypt(found_by, None)

    def uncover(self, kid: str, covered: bytes) -> bytes:
        """The digest that was covered; raises BadMasterKeys, and WrongKey for what was not, or under another key."""
        try:
            return self._cover(kid).decrypt(covered, None)
        except (InvalidTag, ValueError):
            raise WrongKey from None

    def mark(self, words: bytes) -> bytes:
        """A digest of the words, by which they are known again until the master key is changed, as erasures do."""
        return self._mark(self.current, words)

    def is_mark(self, mark: bytes, words: bytes) -> bool:
        """Whether the mark is of these words; where nobody can tell any more, it is taken to be."""
        try:
            return mark == self._mark(mark[:-_DIGEST].decode(), words)
        except BadMasterKeys:
            return True

    def _mark(self, kid: str, words: bytes) -> bytes:
        return kid.encode() + digest(self._of(kid), b"kith:mark", words)

    def _cover(self, kid: str) -> AESSIV:
        return AESSIV(hmac.digest(self._of(kid), b"kith:found-by", hashlib.sha512))

    def _of(self, kid: str) -> bytes:
        self._left = {left: (key, until) for left, (key, until) in self._left.items() if until > elapsed()}
        if kid not in self._keys and kid not in self._left:
            self.read()
        key = self._keys.get(kid) or self._left.get(kid, (None, 0))[0]
        if key is None:
            raise BadMasterKeys(
                f"The master key {kid} is not in {self.path}, the file of KITH_MASTER_KEYS: it is of another service "
                "or of another time. Put the right one back; nothing is lost meanwhile."
            )
        return key

    def add(self, known: frozenset[str]) -> str:
        """The id of a master key that is on disk and not among the known: one that a crash left there, or a new one.

        Raises BlockingIOError while another process changes the file.
        """
        with self._alone():
            if left := sorted(self.kids - known):
                return left[0]
            kid = new_kid()
            write_file(self.path, kid, {**self._keys, kid: secrets.token_bytes(_KEY)})
            self.read()
            return kid

    def drop(self, kids: frozenset[str], current: str) -> None:
        """These master keys are out of the file; raises BlockingIOError while another process changes the file."""
        if not kids & self.kids:
            return
        with self._alone():
            left = {kid: key for kid, key in self._keys.items() if kid not in kids}
            if current in left and kids & self.kids:
                write_file(self.path, current, left)
                self.read()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """The file as it is now, and nobody else changes it."""
        with self.path.with_name(f".{self.path.name}.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self.read()
            yield


def make_file(path: Path) -> Path:
    """The file of master keys is there, with a first key if there was none."""
    if not path.exists():
        kid = new_kid()
        write_file(path, kid, {kid: secrets.token_bytes(_KEY)})
    return path


def new_kid() -> str:
    """The id of a master key to be."""
    return secrets.token_hex(8)


def write_file(path: Path, current: str, keys: Mapping[str, bytes]) -> None:
    """The file holds these keys, whole or not at all, readable by its owner alone, even if the machine stops now."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    text = json.dumps({"current": current, "keys": {kid: base64.b64encode(key).decode() for kid, key in keys.items()}})
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _read(path: Path) -> tuple[str, dict[str, bytes]]:
    try:
        told = json.loads(path.read_bytes())
        keys = {kid: base64.b64decode(text, validate=True) for kid, text in told["keys"].items()}
        current: str = told["current"]
    except OSError as error:
        raise BadMasterKeys(
            f"KITH_MASTER_KEYS: {path} cannot be read ({error.strerror}). Put the service's own file of master keys "
            "there; without it nothing that is kept of persons can be read."
        ) from None
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error):
        raise BadMasterKeys(f"KITH_MASTER_KEYS: {path} is not a file of master keys.") from None
    if current not in keys or any(len(key) != _KEY for key in keys.values()):
        raise BadMasterKeys(f"KITH_MASTER_KEYS: {path} is not a file of master keys.")
    return current, keys
