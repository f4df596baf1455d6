"""How much of a peer's time there is: hours, places, rest, leaving; never for what reason."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.contracts import values as v
from shared.contracts.event import Event, Value
from shared.contracts.preferences import Languages, Slot
from shared.contracts.supervision.recruiting import Hours, Terms

_PEER = "01954d11-0b20-7a8f-8d77-1f2e3d4c5b6a"
_AT = "2026-03-02T09:00:00Z"


class WaysSet(Event, name="ways-set", owner="supervision", subject="peer", readers=("supervision",)):
    """When, where, how and in which languages the peer meets people, and what else takes up their hours."""

    peer_id: UUID
    other_hours: Hours
    formats: Annotated[tuple[v.Format, ...], Field(max_length=8)] = ()
    slots: Annotated[tuple[Slot, ...], Field(max_length=21)] = ()
    first_languages: Languages = ("en",)
    fluent_languages: Languages = ()
    boards: Annotated[tuple[v.Board, ...], Field(max_length=14)] = ()
    area: v.Code | None = None
    recorded_at: AwareDatetime

    model_config = v.example({"peer_id": _PEER, "other_hours": 2, "formats": ["phone"], "recorded_at": _AT})


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


class ReturnStep(Value):
    """Through that day, no more than so many places."""

    until: date
    places_hundredths: v.Hundredths


class PeerReturned(Event, name="peer-returned", owner="supervision", subject="peer", readers=("referrals",)):
    """The peer is back from a pause; at first, where they wish it so, with fewer people."""

    peer_id: UUID
    returned_at: AwareDatetime
    steps: Annotated[tuple[ReturnStep, ...], Field(max_length=12)] = ()

    model_config = v.example(
        {"peer_id": _PEER, "returned_at": _AT},
        {"peer_id": _PEER, "returned_at": _AT, "steps": [{"until": "2026-03-15", "places_hundredths": 200}]},
    )


class PeerLeft(Event, name="peer-left", owner="supervision", subject="peer", readers=("referrals",)):
    """The peer does not do this any more."""

    peer_id: UUID
    left_at: AwareDatetime

    model_config = v.example({"peer_id": _PEER, "left_at": _AT})


class ContractChanged(
    Terms, Event, name="contract-changed", owner="supervision", subject="peer", readers=("supervision",)
):
    """The post is another from now on: where, for how many hours, for how long it is paid, by whom it is managed."""

    peer_id: UUID
    recorded_at: AwareDatetime

    model_config = v.example(
        {
            "peer_id": _PEER,
            "settings": ["third-sector", "cpmht"],
            "contract": "permanent",
            "contracted_hours": 20,
            "funding_ends_on": None,
            "line_manager_id": None,
            "recorded_at": _AT,
        }
    )


class FundingEndNeared(Event, name="funding-end-neared", owner="supervision", subject="peer", readers=("supervision",)):
    """The day until which the post is paid for comes near: time to decide, before people lose their peer."""

    peer_id: UUID
    funding_ends_on: date
    contracted_hours: Hours
    neared_at: AwareDatetime

    model_config = v.example(
        {"peer_id": _PEER, "funding_ends_on": "2026-08-31", "contracted_hours": 15, "neared_at": _AT}
    )


TeamWork = Literal["newsletter", "picture-board", "handout", "awareness-page", "local-visit", "teaching", "other"]


class TeamWorkRecorded(Event, name="team-work-recorded", owner="supervision", subject="peer", readers=("supervision",)):
    """The peer did this for the team: it counts in hours, and they are named for it where they wish."""

    peer_id: UUID
    kind: TeamWork
    done_on: date
    minutes: v.Minutes
    credited: bool
    recorded_at: AwareDatetime

    model_config = v.example(
        {
            "peer_id": _PEER,
            "kind": "picture-board",
            "done_on": "2026-03-02",
            "minutes": 90,
            "credited": True,
            "recorded_at": _AT,
        }
    )
