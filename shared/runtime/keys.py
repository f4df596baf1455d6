"""Data keys: one for each person and each submission, kept wrapped; and what is sealed under them."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12


class KeyGone(Exception):
    """The key of what is kept has been destroyed: nobody can read it again."""

    def __init__(self, message: str = "It was erased, and its key destroyed. Nobody can read it again.") -> None:
        super().__init__(message)


class WrongKey(Exception):
    """What is kept does not open with the key that is here: it belongs elsewhere, or the master keys do."""

    def __init__(
        self,
        message: str = "What is kept does not open with the keys that are here. An operator must look at the file of "
        "KITH_MASTER_KEYS: it may be of another service or of another time.",
    ) -> None:
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class DataKey:
    """A data key as the database holds it: wrapped by the master key of that id."""

    id: UUID
    wrapped: bytes
    master: str


def seal(key: bytes, content: bytes, about: bytes) -> bytes:
    """The content under the key, bound to what it is `about`: it opens in no other place."""
    nonce = secrets.token_bytes(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, content, about)


def unseal(key: bytes, sealed: bytes, about: bytes) -> bytes:
    """What was sealed; raises WrongKey for another key, another place or other bytes."""
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], about)
    except (InvalidTag, ValueError):
        raise WrongKey from None


def digest(key: bytes, *parts: bytes) -> bytes:
    """A keyed digest (HMAC-SHA256) of these parts, each with its length."""
    return hmac.digest(key, b"".join(len(part).to_bytes(8) + part for part in parts), hashlib.sha256)
