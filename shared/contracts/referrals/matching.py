"""A peer and a client: proposed by a person, confirmed by a person, ended without blame."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.contracts import values as v
from shared.contracts.event import Event, Value
from shared.contracts.preferences import PreferenceKind

_MATCH = "01955c02-6a10-7e3b-9c54-d0a1b2c3d4e5"
_REFERRAL = "0195557a-2f10-7c44-8a6e-3b1d2c4f5a60"
_PEER = "01954d11-0b20-7a8f-8d77-1f2e3d4c5b6a"


class Factor(Value):
    """One published reason of a score, in points."""

    code: v.Code
    points: Annotated[int, Field(ge=0, le=100)]


class MatchProposed(
    Event, name="match-proposed", owner="referrals", subject="referral", readers=("supervision", "evaluation")
):
    """A person suggests this peer; score and factors are absent when no rules ranked the peers."""

    match_id: UUID
    referral_id: UUID
    peer_id: UUID
    proposed_at: AwareDatetime
    proposed_by_role: v.Decider
    ruleset_version: v.Code
    score: Annotated[int, Field(ge=0, le=100)] | None = None
    factors: Annotated[tuple[Factor, ...], Field(max_length=20)] = ()
    matched_on_experience: bool = False
    """Whether they share an experience that the client said matters; never which."""
    format: v.Format
    per_4_weeks_hundredths: v.Hundredths
    weight_hundredths: v.Hundredths
    client_asked_for_this_peer: bool = False
    by_hand_because: v.ByHandBecause | None = None
    """Why a person proposed what the rules would not have."""
    waiting_days: Annotated[int, Field(ge=0, le=100_000)]
    previous_match_id: UUID | None = None

    model_config = v.example(
        {
            "match_id": _MATCH,
            "referral_id": _REFERRAL,
            "peer_id": _PEER,
            "proposed_at": "2026-03-09T11:00:00Z",
            "proposed_by_role": "coordinator",
            "ruleset_version": "matching@2026-03",
            "score": 78,
            "factors": [{"code": "shared-experience", "points": 54}, {"code": "language", "points": 15}],
            "matched_on_experience": True,
            "format": "phone",
            "per_4_weeks_hundredths": 400,
            "weight_hundredths": 100,
            "client_asked_for_this_peer": False,
            "by_hand_because": None,
            "waiting_days": 7,
            "previous_match_id": None,
        }
    )


class MatchDeclined(
    Event, name="match-declined", owner="referrals", subject="referral", readers=("supervision", "evaluation")
):
    """The proposal was not taken up; it says something about this pair only."""

    match_id: UUID
    peer_id: UUID
    declined_by: v.DeclinedBy
    declined_at: AwareDatetime

    model_config = v.example(
        {"match_id": _MATCH, "peer_id": _PEER, "declined_by": "peer", "declined_at": "2026-03-09T16:00:00Z"}
    )


class PeerMatched(
    Event,
    name="peer-matched",
    owner="referrals",
    subject="referral",
    readers=("gateway", "supervision", "evaluation"),
):
    """A person confirmed the match; support begins and the first review has its day."""

    match_id: UUID
    referral_id: UUID
    peer_id: UUID
    matched_at: AwareDatetime
    confirmed_by_role: v.Decider
    ruleset_version: v.Code
    score: Annotated[int, Field(ge=0, le=100)] | None = None
    factors: Annotated[tuple[Factor, ...], Field(max_length=20)] = ()
    matched_on_experience: bool = False
    """Whether they share an experience that the client said matters; never which."""
    format: v.Format
    per_4_weeks_hundredths: v.Hundredths
    weight_hundredths: v.Hundredths
    waiting_days: Annotated[int, Field(ge=0, le=100_000)]
    previous_match_id: UUID | None = None
    review_due_on: date

    model_config = v.example(
        {
            "match_id": _MATCH,
            "referral_id": _REFERRAL,
            "peer_id": _PEER,
            "matched_at": "2026-03-09T17:00:00Z",
            "confirmed_by_role": "coordinator",
            "ruleset_version": "matching@2026-03",
            "score": 78,
            "factors": [{"code": "shared-experience", "points": 54}, {"code": "language", "points": 15}],
            "matched_on_experience": True,
            "format": "phone",
            "per_4_weeks_hundredths": 400,
            "weight_hundredths": 100,
            "waiting_days": 7,
            "previous_match_id": None,
            "review_due_on": "2026-04-20",
        }
    )


class MatchWeighed(Event, name="match-weighed", owner="referrals", subject="referral", readers=("supervision",)):
    """The match now takes up more or less of the peer's places, after a change the client agreed to."""

    match_id: UUID
    peer_id: UUID
    weight_hundredths: v.Hundredths
    weighed_at: AwareDatetime

    model_config = v.example(
        {"match_id": _MATCH, "peer_id": _PEER, "weight_hundredths": 60, "weighed_at": "2026-04-20T10:00:00Z"}
    )


class MatchEnded(
    Event,
    name="match-ended",
    owner="referrals",
    subject="referral",
    readers=("gateway", "supervision", "evaluation"),
):
    """The pair no longer works together; `ended_at` is when the wish took effect. Nobody keeps a mark."""

    match_id: UUID
    peer_id: UUID
    reason: v.MatchEndReason
    ended_at: AwareDatetime

    model_config = v.example(
        {"match_id": _MATCH, "peer_id": _PEER, "reason": "other-peer", "ended_at": "2026-04-20T10:00:00Z"}
    )


class PreferencesRecorded(
    Event, name="preferences-recorded", owner="referrals", subject="referral", readers=("referrals",)
):
    """The client said what they wish of a peer; what they said is in the vault, and here is only of which kinds."""

    kinds: Annotated[tuple[PreferenceKind, ...], Field(max_length=20)]
    recorded_at: AwareDatetime
    by_role: v.Role

    model_config = v.example(
        {"kinds": ["experiences", "role", "slots"], "recorded_at": "2026-03-03T10:00:00Z", "by_role": "coordinator"}
    )
