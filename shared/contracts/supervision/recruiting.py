"""How somebody becomes a peer: applied, chosen in steps, recruited, inducted, started; and what the role is."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.contracts import values as v
from shared.contracts.event import Event, Value
from shared.contracts.supervision.readiness import Level
from shared.contracts.supervision.rules import Post

_PEER = "01954d11-0b20-7a8f-8d77-1f2e3d4c5b6a"
_MANAGER = "01954d11-0c20-7a8f-8d77-1f2e3d4c5b6b"
_AT = "2026-03-02T09:00:00Z"
_ON = "2026-03-02"

Settings = Annotated[tuple[v.Setting, ...], Field(min_length=1, max_length=3)]
RecruitmentStep = Literal["informal-visit", "job-description", "panel", "references", "occupational-requirement"]
InductionStep = Literal[
    "shadowing",
    "joint-appointment",
    "pmh-midwife",
    "breastfeeding-team",
    "peer-recovery-network",
    "lone-visit-check-in",
]
Contract = Literal["permanent", "fixed-term", "bank", "volunteer"]
Hours = Annotated[int, Field(ge=0, le=48)]


class Terms(Value):
    """What the post is: where, for how many hours, how long it is paid for, and who manages it."""

    settings: Settings
    contract: Contract
    contracted_hours: Hours
    funding_ends_on: date | None = None
    line_manager_id: UUID | None = None


class PeerApplied(Event, name="peer-applied", owner="supervision", subject="peer", readers=("supervision",)):
    """Somebody would like to be a peer."""

    peer_id: UUID
    post: Post
    applied_on: date

    model_config = v.example({"peer_id": _PEER, "post": "paid", "applied_on": _ON})


class RecruitmentStepCompleted(
    Event, name="recruitment-step-completed", owner="supervision", subject="peer", readers=("supervision",)
):
    """One step of choosing somebody is done; of the panel, whether a peer sat on it."""

    peer_id: UUID
    step: RecruitmentStep
    completed_on: date
    with_peer: bool | None = None
    text_version: v.Code | None = None

    model_config = v.example({"peer_id": _PEER, "step": "panel", "completed_on": _ON, "with_peer": True})


class ApplicationEnded(Event, name="application-ended", owner="supervision", subject="peer", readers=("supervision",)):
    """The application does not go on; who said so, and nothing more."""

    peer_id: UUID
    by: Literal["applicant", "provider"]
    ended_at: AwareDatetime

    model_config = v.example({"peer_id": _PEER, "by": "applicant", "ended_at": _AT})


class PeerRecruited(Terms, Event, name="peer-recruited", owner="supervision", subject="peer", readers=("supervision",)):
    """The offer was accepted; the peer has a post and does not support anybody yet."""

    peer_id: UUID
    recorded_at: AwareDatetime

    model_config = v.example(
        {
            "peer_id": _PEER,
            "settings": ["third-sector"],
            "contract": "fixed-term",
            "contracted_hours": 15,
            "funding_ends_on": "2027-03-31",
            "line_manager_id": _MANAGER,
            "recorded_at": _AT,
        }
    )


class PeerStarted(Event, name="peer-started", owner="supervision", subject="peer", readers=("supervision",)):
    """The peer's first day; the team was briefed before it."""

    peer_id: UUID
    started_on: date
    team_briefed_on: date
    recorded_at: AwareDatetime

    model_config = v.example({"peer_id": _PEER, "started_on": _ON, "team_briefed_on": "2026-02-26", "recorded_at": _AT})


class InductionStepCompleted(
    Event, name="induction-step-completed", owner="supervision", subject="peer", readers=("supervision",)
):
    """One part of getting to know the work is done."""

    peer_id: UUID
    step: InductionStep
    completed_on: date
    recorded_at: AwareDatetime

    model_config = v.example({"peer_id": _PEER, "step": "shadowing", "completed_on": _ON, "recorded_at": _AT})


class RoleAcknowledged(Event, name="role-acknowledged", owner="supervision", subject="peer", readers=("supervision",)):
    """The peer, or the team, has taken note of what the role is and what it is not, in this version."""

    peer_id: UUID
    by: Literal["peer", "team"]
    text_version: v.Code
    recorded_at: AwareDatetime

    model_config = v.example({"peer_id": _PEER, "by": "peer", "text_version": "role-2026-01", "recorded_at": _AT})


class PolicyAcknowledged(
    Event, name="policy-acknowledged", owner="supervision", subject="peer", readers=("supervision",)
):
    """The peer has read the provider's safeguarding policy, in this version."""

    peer_id: UUID
    text_version: v.Code
    acknowledged_on: date
    expires_on: date | None = None
    recorded_at: AwareDatetime

    model_config = v.example(
        {
            "peer_id": _PEER,
            "text_version": "safeguarding-3",
            "acknowledged_on": _ON,
            "expires_on": "2027-03-02",
            "recorded_at": _AT,
        }
    )


class SupportLevelAgreed(
    Event, name="support-level-agreed", owner="supervision", subject="peer", readers=("supervision",)
):
    """Up to which level of illness, set by a clinician, this peer supports people in the setting; none lifts it."""

    peer_id: UUID
    setting: v.Setting
    ceiling: Level | None
    recorded_at: AwareDatetime

    model_config = v.example({"peer_id": _PEER, "setting": "mbu", "ceiling": "severe", "recorded_at": _AT})
