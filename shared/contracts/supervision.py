"""What supervision says of peers and providers, as far as matching hears it. Why somebody is not ready stays there."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.contracts import values as v
from shared.contracts.event import Event, Value
from shared.contracts.preferences import Age, Codes, Gender, Languages, Slot

Level = Literal["mild", "moderate", "severe"]

_PEER = "01954d11-0b20-7a8f-8d77-1f2e3d4c5b6a"
_PROVIDER = "01954d11-0a10-7c3e-9b55-2f3e4d5c6b7a"
_AT = "2026-03-02T09:00:00Z"
_TOKEN = "eyJhbGciOiJFQ0RILUVTK0EyNTZLVyIsImVuYyI6IkEyNTZHQ00ifQ.a.b.c.d"  # noqa: S105 - an example of a sealed field

NotReadyLevel = Literal["expiring", "no-new-people", "stop-contact"]
"""Soon not ready any more; no new people for now; a person decided that the peer meets nobody."""


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


class PeerReady(Event, name="peer-ready", owner="supervision", subject="peer", readers=("referrals",)):
    """The peer may support people in this setting; up to which level, if there is a bound."""

    peer_id: UUID
    setting: v.Setting
    ceiling: Level | None = None
    lone_visits: bool = False
    """Own-safety training and check-in are in place."""
    ready_at: AwareDatetime

    model_config = v.example(
        {"peer_id": _PEER, "setting": "third-sector", "ceiling": "moderate", "lone_visits": True, "ready_at": _AT}
    )


class PeerNotReady(Event, name="peer-not-ready", owner="supervision", subject="peer", readers=("referrals",)):
    """The peer is not, or soon will not be, ready for this setting; what is missing is never said of stop-contact."""

    peer_id: UUID
    setting: v.Setting
    level: NotReadyLevel
    missing: Codes = ()
    gap_owner: Literal["provider", "peer", "outside"] | None = None
    not_ready_at: AwareDatetime

    model_config = v.example(
        {
            "peer_id": _PEER,
            "setting": "third-sector",
            "level": "expiring",
            "missing": ["suicide-prevention"],
            "gap_owner": "provider",
            "not_ready_at": _AT,
        }
    )


class CapacityChanged(Event, name="capacity-changed", owner="supervision", subject="peer", readers=("referrals",)):
    """How many hours the peer has, and when, where, how and in which languages they meet people."""

    peer_id: UUID
    contracted_hours: Annotated[int, Field(ge=0, le=48)]
    places_hundredths: v.Hundredths
    formats: Annotated[tuple[v.Format, ...], Field(max_length=8)] = ()
    slots: Annotated[tuple[Slot, ...], Field(max_length=21)] = ()
    first_languages: Languages = ("en",)
    fluent_languages: Languages = ()
    boards: Annotated[tuple[v.Board, ...], Field(max_length=14)] = ()
    area: v.Code | None = None
    changed_at: AwareDatetime

    model_config = v.example(
        {
            "peer_id": _PEER,
            "contracted_hours": 15,
            "places_hundredths": 600,
            "formats": ["phone", "home"],
            "slots": ["thu-evening"],
            "first_languages": ["en"],
            "fluent_languages": [],
            "boards": ["S08000030"],
            "area": "dundee",
            "changed_at": _AT,
        }
    )


class PeerPaused(Event, name="peer-paused", owner="supervision", subject="peer", readers=("referrals",)):
    """The peer rests, and says no reason; to everybody else it looks like full places."""

    peer_id: UUID
    paused_at: AwareDatetime

    model_config = v.example({"peer_id": _PEER, "paused_at": _AT})


class PeerReturned(Event, name="peer-returned", owner="supervision", subject="peer", readers=("referrals",)):
    """The peer is back from a pause."""

    peer_id: UUID
    returned_at: AwareDatetime

    model_config = v.example({"peer_id": _PEER, "returned_at": _AT})


class PeerLeft(Event, name="peer-left", owner="supervision", subject="peer", readers=("referrals",)):
    """The peer does not do this any more."""

    peer_id: UUID
    left_at: AwareDatetime

    model_config = v.example({"peer_id": _PEER, "left_at": _AT})


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


class ProviderReadinessChanged(
    Event, name="provider-readiness-changed", owner="supervision", subject="provider", readers=("referrals",)
):
    """The provider may, or may not, take new referrals in these settings; those who are there stay."""

    provider_id: UUID
    ready: bool
    settings: Annotated[tuple[v.Setting, ...], Field(min_length=1, max_length=3)]
    changed_at: AwareDatetime

    model_config = v.example({"provider_id": _PROVIDER, "ready": True, "settings": ["third-sector"], "changed_at": _AT})
