"""Who supports whom (`support/<referral>`), as far as supervision must know it to look after the one who supports."""

from uuid import UUID

from pydantic import AwareDatetime

from shared.contracts import values as v
from shared.contracts.event import Event

_REFERRAL = "0195557a-2f10-7c44-8a6e-3b1d2c4f5a60"
_PEER = "01954d11-0b20-7a8f-8d77-1f2e3d4c5b6a"
_EVENT = "01954d11-0e20-7a8f-8d77-1f2e3d4c5b6e"
_AT = "2026-03-04T14:05:00Z"


class SupporterNoted(Event, name="supporter-noted", owner="supervision", subject="support", readers=("supervision",)):
    """This peer supports the client from now on; none, nobody does."""

    referral_id: UUID
    peer_id: UUID | None
    noted_at: AwareDatetime

    model_config = v.example({"referral_id": _REFERRAL, "peer_id": _PEER, "noted_at": _AT})


class HardNewsNoted(Event, name="hard-news-noted", owner="supervision", subject="support", readers=("supervision",)):
    """Something happened to the client that the peer is to be told by a person, and offered to talk about."""

    referral_id: UUID
    event_id: UUID
    peer_id: UUID
    noted_at: AwareDatetime

    model_config = v.example({"referral_id": _REFERRAL, "event_id": _EVENT, "peer_id": _PEER, "noted_at": _AT})
