"""What the vault of supervision keeps of a peer, by name; nothing of it is ever said."""

from collections.abc import Sequence
from uuid import UUID

from shared.contracts.event import Value
from shared.runtime.service import Secret

IDENTITY, CONTACT = "identity", "contact"
ADJUSTMENTS = "adjustments"
"""What the peer asks to be arranged for them."""
TAGS, LIMITS = "match-tags", "match-limits"
STOP_REASON = "stop-reason"
VISIT, ADVICE, ANSWER = "visit:", "advice:", "advice-answer:"
"""Before the id: where a peer went alone, what they asked, and what was answered."""
GONE_WITH_THE_PEER = (TAGS, LIMITS, ADJUSTMENTS)
"""What nobody needs any more once the peer has left."""


def secret(peer_id: UUID, name: str, content: Value | str | None) -> Sequence[Secret]:
    """What was said under that name, if anything was."""
    if content is None:
        return ()
    clear = content if isinstance(content, str) else content.model_dump_json(exclude_none=True)
    return (Secret(peer_id, name, clear.encode()),)
