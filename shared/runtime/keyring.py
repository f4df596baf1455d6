"""The keys that one process has in hand, and what is made with them."""

from collections.abc import Mapping
from uuid import NAMESPACE_URL, UUID, uuid5

from shared.runtime.keys import digest
from shared.runtime.master_keys import MasterKeys
from shared.runtime.sealing import NoKeyYet, seal_to
from shared.runtime.service import Clear

INDEX = uuid5(NAMESPACE_URL, "kith:index")
"""The id of the key under which the blind index is made."""


class Keyring:
    """The keys that one process has in hand: the master keys, the index key, and the transport keys of others."""

    def __init__(self, masters: MasterKeys) -> None:
        self.masters = masters
        self.index: bytes | None = None
        self.readers: Mapping[str, tuple[UUID, str]] = {}
        """The transport key, its id and public half, to which one seals what a service is to read."""

    def seal(self, clear: Clear) -> str:
        """The token of what only one service is to read; raises NoKeyYet."""
        if (known := self.readers.get(clear.to)) is None:
            raise NoKeyYet(clear.to)
        return seal_to(*known, clear.content)

    def found_by(self, organisation: str, kind: str, value: str) -> bytes:
        """The digest of a fact by which the organisation finds a person, once the index key is in hand."""
        assert self.index is not None
        return digest(self.index, organisation.encode(), kind.encode(), value.encode())
