"""Clinical supervision of a peer: held, or overdue; what was said in it is nobody else's."""

from uuid import UUID

from pydantic import AwareDatetime

from shared.contracts import values as v
from shared.contracts.event import Event

_PEER = "01954d11-0b20-7a8f-8d77-1f2e3d4c5b6a"
_AT = "2026-03-02T09:00:00Z"


class SupervisionOverdue(
    Event, name="supervision-overdue", owner="supervision", subject="peer", readers=("referrals",)
):
    """Clinical supervision is overdue: no new people, and nobody who is there is moved."""

    peer_id: UUID
    overdue_at: AwareDatetime

    model_config = v.example({"peer_id": _PEER, "overdue_at": _AT})


class SupervisionHeld(Event, name="supervision-held", owner="supervision", subject="peer", readers=("referrals",)):
    """Clinical supervision took place."""

    peer_id: UUID
    held_at: AwareDatetime

    model_config = v.example({"peer_id": _PEER, "held_at": _AT})
