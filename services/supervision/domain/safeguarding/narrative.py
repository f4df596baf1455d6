"""What was seen or heard, and of which colleague: words that only the vault keeps, and no event ever carries."""

from collections.abc import Sequence
from uuid import UUID

from services.supervision.domain.safeguarding.concern_commands import Sign
from shared.runtime.service import Secret

WORDS, COLLEAGUE = "concern-words/", "concern-colleague"
"""Under which names they are kept; words for each that was noticed, so that no later ones take their place."""


def secrets_of(concern_id: UUID, sign: Sign, words: str, colleague_id: UUID | None = None) -> Sequence[Secret]:
    """What the vault is to keep of it: under the client's key, or of a colleague under a key of the concern's own.

    So whoever opens what is kept of a peer or of the other parent finds nothing of it there.
    """
    keeper = concern_id if sign.person_id is None else sign.person_id
    kept = [Secret(keeper, f"{WORDS}{sign.sign_id}", words.encode())] if words else []
    if colleague_id is not None:
        kept.append(Secret(keeper, COLLEAGUE, str(colleague_id).encode()))
    return kept
