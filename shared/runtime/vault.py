"""The vault: what is known of persons, encrypted under a key of each, joined only when somebody reads it."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from shared.runtime.auth import Principal
from shared.runtime.decisions import Cause
from shared.runtime.engine import Engine


class KeyGone(Exception):
    """The key of what is kept has been destroyed: nobody can read it again."""


class WrongKey(Exception):
    """What is kept does not open with the key that is here: it belongs elsewhere, or the master keys do."""


async def read(
    engine: Engine, who: Principal | Cause, organisation: str, wanted: Sequence[tuple[UUID, str]], purpose: str
) -> dict[tuple[UUID, str], bytes]:
    """What the organisation may read of these persons under these names; what is not there is absent.

    The reading is in the audit before anything is answered. Raises KeyGone, WrongKey, Unavailable.
    """
    raise NotImplementedError


async def read_all(
    engine: Engine, who: Principal | Cause, organisation: str, name: str, persons: Sequence[UUID] | None, purpose: str
) -> Mapping[UUID, bytes]:
    """What the organisation may read under one name, of these persons or of all; one line in the audit.

    Raises KeyGone, WrongKey, Unavailable.
    """
    raise NotImplementedError


async def find(engine: Engine, organisation: str, kind: str, value: str) -> list[UUID]:
    """The organisation's persons of whom that fact is kept; the index holds no fact, only keyed digests of them."""
    raise NotImplementedError
