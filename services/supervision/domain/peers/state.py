"""What a peer is at one moment, and which wishes their stage allows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, NamedTuple
from uuid import UUID

from services.supervision.domain.peers.readiness import Facts, Readiness
from shared.contracts import supervision as s
from shared.contracts import values as v

Stage = Literal["applied", "recruited", "started", "left", "ended"]

_IN_POST: tuple[Stage, ...] = ("recruited", "started")
ALLOWED: Mapping[str, tuple[Stage, ...]] = {
    "complete-recruitment-step": ("applied", *_IN_POST),
    "end-application": ("applied",),
    "recruit": ("applied",),
    "start": ("recruited",),
    "complete-induction-step": _IN_POST,
    "acknowledge-role": _IN_POST,
    "acknowledge-policy": _IN_POST,
    "agree-support-level": _IN_POST,
    "offer-training": _IN_POST,
    "note-unavailable": _IN_POST,
    "complete-training": _IN_POST,
    "retract-training": _IN_POST,
    "waive": _IN_POST,
    "confirm-pvg": _IN_POST,
    "withdraw-pvg": _IN_POST,
    "assign-supervisor": _IN_POST,
    "plan-supervision": ("started",),
    "hold-supervision": ("started",),
    "miss-supervision": ("started",),
    "request-debrief": ("started",),
    "hold-debrief": ("started",),
    "stop-contact": _IN_POST,
    "lift-stop": _IN_POST,
    "set-capacity": _IN_POST,
    "rest": ("started",),
    "come-back": ("started",),
    "leave": _IN_POST,
    "change-contract": _IN_POST,
    "start-lone-visit": ("started",),
    "extend-lone-visit": (*_IN_POST, "left"),
    "end-lone-visit": (*_IN_POST, "left"),
    "request-advice": _IN_POST,
    "answer-advice": (*_IN_POST, "left"),
    "record-team-work": _IN_POST,
}
"""In which stages each wish makes sense."""


class Planned(NamedTuple):
    """Supervision that is to take place."""

    stream: s.Stream
    start: datetime


class Visit(NamedTuple):
    """A lone visit from which the peer is not back yet."""

    expected_back_by: datetime
    overdue: bool = False
    alarmed: bool = False


class Asked(NamedTuple):
    """Something the peer is unsure of, and by when somebody is to answer."""

    since: datetime
    answer_by: datetime
    overdue: bool = False


class ToTalk(NamedTuple):
    """A debrief that somebody asked for, or that was offered as something happened to a client."""

    since: datetime
    asked_by: s.WorkRole | None = None
    referral_id: UUID | None = None


class Supervised(NamedTuple):
    """What of a peer their supervisor's stream has to hear about."""

    supervisor_id: UUID | None
    started_on: date | None
    clinical_on: date | None
    resting: bool


@dataclass(frozen=True, slots=True)
class Ways:
    """When, where and how the peer meets people, and what else takes up their hours."""

    other_hours: int = 0
    formats: tuple[v.Format, ...] = ()
    slots: tuple[str, ...] = ()
    first_languages: tuple[str, ...] = ("en",)
    fluent_languages: tuple[str, ...] = ()
    boards: tuple[str, ...] = ()
    area: str | None = None


@dataclass(frozen=True, slots=True)
class Peer:
    """One peer as they stand; `stage` None before anything was said of them."""

    peer_id: UUID | None = None
    stage: Stage | None = None
    rules: s.PeerRules | None = None
    facts: Facts = field(default_factory=Facts)
    terms: s.Terms | None = None
    ways: Ways = field(default_factory=Ways)

    supervisor_id: UUID | None = None
    planned: Mapping[UUID, Planned] = field(default_factory=dict)
    settled: frozenset[UUID] = frozenset()
    """Supervisions, debriefs, visits and questions that are over."""
    debriefs: Mapping[UUID, ToTalk] = field(default_factory=dict)
    visits: Mapping[UUID, Visit] = field(default_factory=dict)
    asked: Mapping[UUID, Asked] = field(default_factory=dict)
    team_minutes: Mapping[s.TeamWork, int] = field(default_factory=dict)

    resting: bool = False
    return_steps: tuple[s.ReturnStep, ...] = ()
    tags: int = 0
    """How often they changed."""
    tagged: bool = False

    said: Mapping[v.Setting, Readiness] = field(default_factory=dict)
    said_capacity: s.CapacityChanged | None = None
    said_funding: date | None = None
    thought_on: date = date.min
    """The latest day on which it is known that everything was thought of."""

    @property
    def supervised(self) -> Supervised:
        return Supervised(self.supervisor_id, self.facts.started_on, self.facts.clinical_on, self.resting)
