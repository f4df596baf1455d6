"""A client who waits and a peer, as matching sees them: nothing else about anybody can reach a rule or a score."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from services.referrals.domain.policy import IllnessLevel
from shared.contracts import values as v
from shared.contracts.preferences import Gender, Must, RoleWish, Slot

Readiness = Literal["ready", "expiring", "no-new-people", "stop-contact"]
"""What supervision says of a peer in a setting; the first two may be given new people."""


@dataclass(frozen=True, slots=True)
class Client:
    """One who waits: what they asked for, what a clinician set, and how long it has been."""

    id: UUID
    setting: v.Setting
    board: str = ""
    waiting_days: int = 0
    amber_days: int = 28
    red_days: int = 56
    weight: int = 100
    """What they would take of a peer's places, in hundredths."""
    agreed: bool = True
    """Every consent that a match needs is in force, and nothing rests."""
    formats: tuple[v.Format, ...] = ()
    """In the order of their wish; none means any."""
    limits: frozenset[v.ContactLimit] = frozenset()
    language: str = "en"
    fluent: frozenset[str] = frozenset()
    interpreter: bool = False
    level: IllnessLevel | None = None
    """Only as a clinician set it."""
    experiences: tuple[str, ...] = ()
    """What matters to them, first to third."""
    brings: frozenset[str] = frozenset()
    """What a peer's care limits may speak of: experiences and needs, as the client stated them."""
    genders: frozenset[Gender] = frozenset()
    communities: frozenset[str] = frozenset()
    ages: tuple[int, int] | None = None
    slots: frozenset[Slot] = frozenset()
    role: RoleWish | None = None
    own_role: v.ParentRole | None = None
    musts: frozenset[Must] = frozenset()
    own_communities: frozenset[str] = frozenset()
    knows: frozenset[UUID] = frozenset()
    """Peers the client knows from elsewhere."""
    area: str | None = None
    """Where a journey begins; for travel alone."""
    earlier_peer: UUID | None = None
    """Whom the client asks to have again."""
    not_with: frozenset[UUID] = frozenset()
    """Peers with whom this pair is not to be: kept apart, declined, set aside, or a partner's."""
    kept_from: frozenset[UUID] = frozenset()
    """Other clients who are not to have the same peer."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A peer as supervision and the caseload say, and what they agreed to be matched on."""

    id: UUID
    readiness: Mapping[v.Setting, Readiness] = field(default_factory=dict)
    ceilings: Mapping[v.Setting, IllnessLevel] = field(default_factory=dict)
    """Per setting, the highest level within this peer's task; none named means any."""
    provider_not_ready: frozenset[v.Setting] = frozenset()
    """Where the provider takes nobody new."""
    supervision_overdue: bool = False
    paused: bool = False
    left: bool = False
    places: int = 600
    used: int = 0
    idle_days: int = 0
    """Since a new person came."""
    formats: frozenset[v.Format] = frozenset()
    slots: frozenset[Slot] = frozenset()
    first_languages: frozenset[str] = frozenset()
    fluent: frozenset[str] = frozenset()
    boards: frozenset[str] = frozenset()
    """Whose residents are served in person; none named means all."""
    area: str | None = None
    lone_visits: bool = False
    """Own-safety training and check-in are in place."""
    experiences: frozenset[str] = frozenset()
    communities: frozenset[str] = frozenset()
    gender: Gender | None = None
    age: int | None = None
    role: v.ParentRole | None = None
    limits: frozenset[str] = frozenset()
    clients: frozenset[UUID] = frozenset()
    """Who has a place with this peer now."""
