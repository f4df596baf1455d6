"""What is asked of a peer before and while they support people, as it was set for them; an organisation's own table."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.contracts import values as v
from shared.contracts.event import Event, Value
from shared.contracts.supervision.readiness import Level

_PEER = "01954d11-0b20-7a8f-8d77-1f2e3d4c5b6a"
_AT = "2026-03-02T09:00:00Z"

Post = Literal["paid", "volunteer"]
RequirementKind = Literal["course", "pvg", "document", "acknowledgement", "supervisor", "induction", "recruitment"]
GapOwner = Literal["provider", "peer", "outside"]
RoleType = Literal["children", "protected-adults"]
"""For which regulated role somebody is a member of the PVG scheme."""

Few = Annotated[int, Field(ge=1, le=3660)]


class Requirement(Value):
    """One thing that is asked: of which posts, in which settings, for how long it holds, and whose gap it is if not."""

    code: v.Code
    kind: RequirementKind
    settings: Annotated[tuple[v.Setting, ...], Field(max_length=3)] = ()
    """None named means all."""
    posts: Annotated[tuple[Post, ...], Field(max_length=2)] = ()
    """None named means all."""
    months: Few | None = None
    """For how long it holds, where it does not say itself; left out, it holds."""
    text_version: v.Code | None = None
    """Which version of a text counts; left out, any does."""
    gap: GapOwner = "provider"
    waivable: bool = False
    lone: Literal["no", "also", "only"] = "no"
    """Whether lone visits need it, also or only they; no waiver helps there."""


class Ceiling(Value):
    """Up to which level, set by a clinician, people are supported in a setting."""

    setting: v.Setting
    level: Level


class PeerRules(Value):
    """The numbers and the table that a peer is judged by."""

    requirements: Annotated[tuple[Requirement, ...], Field(max_length=60)]
    ceilings: Annotated[tuple[Ceiling, ...], Field(max_length=3)] = ()
    expiring_days: Few = 28
    """How long before its end something is said to expire."""
    clinical_days: Few = 28
    waiver_days: Annotated[int, Field(ge=1, le=90)] = 90
    places_hundredths_per_hour: v.Hundredths = 40
    runway_months: Annotated[int, Field(ge=1, le=36)] = 6
    """How long before its funding ends a post is spoken of."""


class RequirementsSet(
    PeerRules, Event, name="requirements-set", owner="supervision", subject="peer", readers=("supervision",)
):
    """From now on the peer is judged by these rules, in place of those before."""

    peer_id: UUID
    recorded_at: AwareDatetime

    model_config = v.example(
        {
            "peer_id": _PEER,
            "requirements": [
                {"code": "nes-1-introduction", "kind": "course", "gap": "provider", "waivable": True},
                {"code": "own-safety", "kind": "course", "months": 24, "waivable": True, "lone": "also"},
                {"code": "pvg-children", "kind": "pvg", "gap": "outside"},
            ],
            "ceilings": [{"setting": "third-sector", "level": "moderate"}],
            "recorded_at": _AT,
        }
    )
