"""Sealing: what crosses Kafka for one reader alone is a token (JWE) under that reader's transport key of the day."""

import base64
from collections.abc import Mapping
from uuid import UUID

import orjson
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

_ALGORITHMS = ["ECDH-ES+A256KW", "A256GCM"]
_LONGEST_HEADER = 2000


class NoKeyYet(Exception):
    """The reader has not published a transport key that is known here; it will, and then the same can be done."""

    def __init__(self, reader: str) -> None:
        super().__init__(f"{reader} has published no key yet to which this could be sealed. Try again in a moment.")
        self.reader = reader


class CannotOpen(Exception):
    """No transport key that is here opens the token."""

    def __init__(self) -> None:
        super().__init__(
            "no transport key here opens what is sealed in it: the key was destroyed, or it was sealed to another; "
            "have the sender send it again under a new id, then discard this"
        )


def key_pair() -> tuple[bytes, str]:
    """A new private half, and the public half in base64url."""
    private = X25519PrivateKey.generate()
    return private.private_bytes_raw(), _text(private.public_key().public_bytes_raw())


def public_of(private: bytes) -> str:
    """The public half that belongs to a private one, in base64url."""
    return _text(X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw())


def seal_to(kid: UUID, public: str, content: bytes) -> str:
    """A token that only the private half opens."""
    key = OKPKey.import_key({"kty": "OKP", "crv": "X25519", "x": public})
    header = {"alg": _ALGORITHMS[0], "enc": _ALGORITHMS[1], "kid": str(kid)}
    return jwe.encrypt_compact(header, content, key, algorithms=_ALGORITHMS)


def kid_of(token: str) -> UUID | None:
    """The id of the transport key that a token names; None when it is no token."""
    header = token.partition(".")[0]
    try:
        if len(header) > _LONGEST_HEADER:
            return None
        return UUID(orjson.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))["kid"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def open_token(token: str, privates: Mapping[UUID, bytes]) -> bytes:
    """What was sealed; raises CannotOpen."""
    private = privates.get(kid) if (kid := kid_of(token)) else None
    if private is None:
        raise CannotOpen
    key = OKPKey.import_key({"kty": "OKP", "crv": "X25519", "x": public_of(private), "d": _text(private)})
    try:
        content = jwe.decrypt_compact(token, key, algorithms=_ALGORITHMS).plaintext
    except (JoseError, ValueError):
        raise CannotOpen from None
    if content is None:
        raise CannotOpen
    return content


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
