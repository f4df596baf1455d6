"""What a peer agreed to be matched on, and with whom not just now: sealed, for matching alone."""

from uuid import UUID

from pydantic import AwareDatetime

from shared.contracts import values as v
from shared.contracts.event import Event, Value
from shared.contracts.preferences import Age, Codes, Gender

_PEER = "01954d11-0b20-7a8f-8d77-1f2e3d4c5b6a"
_AT = "2026-03-02T09:00:00Z"
_TOKEN = "eyJhbGciOiJFQ0RILUVTK0EyNTZLVyIsImVuYyI6IkEyNTZHQ00ifQ.a.b.c.d"  # noqa: S105 - an example of a sealed field


class MatchTags(Value):
    """What a peer agreed, one by one, to be matched on; it crosses Kafka sealed and lies in referrals' vault."""

    experiences: Codes = ()
    communities: Codes = ()
    gender: Gender | None = None
    age: Age | None = None
    role: v.ParentRole | None = None


class MatchLimits(Value):
    """With whom a peer is not to be matched just now, by the codes of what a client brings; never why."""

    codes: Codes = ()


class MatchTagsConsented(
    Event, name="match-tags-consented", owner="supervision", subject="peer", readers=("referrals",)
):
    """What the peer agreed to be matched on, in place of what they agreed to before."""

    peer_id: UUID
    tags: v.Sealed
    consented_at: AwareDatetime

    model_config = v.example({"peer_id": _PEER, "tags": _TOKEN, "consented_at": _AT})


class MatchTagsWithdrawn(
    Event, name="match-tags-withdrawn", owner="supervision", subject="peer", readers=("referrals",)
):
    """The peer is not to be matched on any of it any more, at once."""

    peer_id: UUID
    withdrawn_at: AwareDatetime

    model_config = v.example({"peer_id": _PEER, "withdrawn_at": _AT})


class MatchLimitsSet(Event, name="match-limits-set", owner="supervision", subject="peer", readers=("referrals",)):
    """The peer's care limits, in place of those before; none lifts them."""

    peer_id: UUID
    limits: v.Sealed
    set_at: AwareDatetime

    model_config = v.example({"peer_id": _PEER, "limits": _TOKEN, "set_at": _AT})
