"""What the routes answer about peers: how ready, when supervised, with how much room; and what the provider lacks."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Literal, get_args
from uuid import UUID

from pydantic import BaseModel

from services.supervision.domain.peers.absence import Supervisor, past_due
from services.supervision.domain.peers.gaps import gaps
from services.supervision.domain.peers.provider import Provider
from services.supervision.domain.peers.provider import readiness as provider_readiness
from services.supervision.domain.peers.readiness import ReadyLevel, clinical_due_on, is_overdue, readiness
from services.supervision.domain.peers.state import Peer, Stage
from shared.contracts import supervision as s
from shared.contracts import values as v


class InSetting(BaseModel):
    """How ready a peer is in one setting, what is missing and whose gap that is; of a stop nothing else is said."""

    setting: v.Setting
    level: ReadyLevel
    missing: list[str]
    gap_owner: s.GapOwner | None
    expiring: list[str]
    ceiling: s.Level | None
    lone_visits: bool


class PeerReadiness(BaseModel):
    """One line of the matrix."""

    peer_id: UUID
    started: bool
    settings: list[InSetting]


class ReadinessMatrix(BaseModel):
    """Everybody who has a post, setting by setting."""

    rows: list[PeerReadiness]


class PlannedView(BaseModel):
    """Supervision that is to take place."""

    supervision_id: UUID
    stream: s.Stream
    planned_start: datetime


class ToTalkView(BaseModel):
    """A debrief that somebody asked for, or that was offered as something happened to a client."""

    peer_id: UUID
    debrief_id: UUID
    since: datetime
    asked_by: s.WorkRole | None
    referral_id: UUID | None


class VisitView(BaseModel):
    """A lone visit from which the peer is not back yet."""

    peer_id: UUID
    visit_id: UUID
    expected_back_by: datetime
    overdue: bool
    alarmed: bool


class Visits(BaseModel):
    """Who is out alone, who is to be back first first."""

    rows: list[VisitView]


class AskedView(BaseModel):
    """A peer is unsure, and somebody is to answer by then."""

    peer_id: UUID
    advice_id: UUID
    since: datetime
    answer_by: datetime
    overdue: bool


class AdviceList(BaseModel):
    """What is to be answered, soonest first."""

    rows: list[AskedView]


class TeamWorkOf(BaseModel):
    """What was done for the team of one kind."""

    kind: s.TeamWork
    minutes: int


class TeamWorkView(BaseModel):
    """What peers did for the team, of all of them together."""

    rows: list[TeamWorkOf]


class Debriefs(BaseModel):
    """What is still to be talked through, longest open first."""

    rows: list[ToTalkView]


class PeerView(BaseModel):
    """One peer; no name, no reason of anything."""

    peer_id: UUID
    sequence: int
    stage: Stage | None
    post: s.Post | None
    settings: list[v.Setting]
    contract: s.Contract | None
    contracted_hours: int | None
    funding_ends_on: date | None
    places_hundredths: int | None
    started_on: date | None
    supervisor_id: UUID | None
    clinical_due_on: date | None
    overdue: bool
    resting: bool
    readiness: list[InSetting]
    planned: list[PlannedView]
    to_talk: list[ToTalkView]


class SupervisionDue(BaseModel):
    """When a peer's clinical supervision is due, and who is there for it."""

    peer_id: UUID
    supervisor_id: UUID | None
    last_on: date | None
    due_on: date
    days_left: int
    """Below nothing, it is overdue by so many."""
    overdue: bool
    next_planned: datetime | None
    resting: bool
    supervisor_away: bool
    stands_in: UUID | None


class SupervisionDueList(BaseModel):
    """Everybody who started, whose supervision is due first first."""

    rows: list[SupervisionDue]


class SupervisorView(BaseModel):
    """One supervisor: how many peers, and whether anybody is there for them."""

    supervisor_id: UUID
    sequence: int
    peers: int
    past_due: int
    away_since: date | None
    until: date | None
    deputy_id: UUID | None
    stands_in: UUID | None
    breaks: int
    """How often a peer came to be supervised by somebody else."""
    lead_told: bool


class Supervisors(BaseModel):
    """Every supervisor, those who are away first."""

    rows: list[SupervisorView]


class PlacesView(BaseModel):
    """How much room a peer has; rest looks like full places."""

    peer_id: UUID
    contracted_hours: int
    places_hundredths: int
    used_hundredths: int
    free_hundredths: int
    clients: int


class Places(BaseModel):
    """The room there is."""

    rows: list[PlacesView]
    free_hundredths: int


class CourseGap(BaseModel):
    """One course, and of how many peers each is true; nobody is named."""

    course: str
    asked_of: int
    held: int
    held_and_ending: int
    waived: int
    offered: int
    """They have a place on it and have not done it yet."""
    unavailable: int
    not_offered: int
    gap: Literal["provider", "none"]
    """That there is no course, or no place was offered, is never a peer's failure."""


class TrainingGaps(BaseModel):
    """What the provider lacks, most peers first."""

    rows: list[CourseGap]


class MonthView(BaseModel):
    """What ends with the funding in one month."""

    month: str
    posts: int
    hours: int
    clients: int


class Runway(BaseModel):
    """Which posts, hours and clients fall away, month by month."""

    rows: list[MonthView]


class ProviderSetting(BaseModel):
    """Whether new people may come in one setting, and what is missing if not."""

    setting: v.Setting
    ready: bool
    missing: list[str]


class InForceView(BaseModel):
    """A document or route, and the day of its review."""

    what: str
    review_on: date


class ProviderView(BaseModel):
    """What the provider has in place."""

    sequence: int
    settings: list[ProviderSetting]
    in_force: list[InForceView]
    posts: int
    rota_gap: bool


def in_settings(peer: Peer, today: date) -> list[InSetting]:
    """How ready the peer is today wherever they have a post."""
    return list(_in_settings(peer, today))


def _in_settings(peer: Peer, today: date) -> Iterator[InSetting]:
    for setting in get_args(v.Setting):
        if peer.rules is None or setting not in peer.facts.settings:
            continue
        found = readiness(peer.facts, setting, peer.rules, today)
        yield InSetting(
            setting=setting,
            level=found.level,
            missing=list(found.missing),
            gap_owner=found.gap_owner,
            expiring=list(found.expiring),
            ceiling=found.ceiling,
            lone_visits=found.lone_visits,
        )


def peer_view(id: UUID, sequence: int, peer: Peer, today: date) -> PeerView:
    """The peer as they stand today."""
    terms, rules = peer.terms, peer.rules
    return PeerView(
        peer_id=id,
        sequence=sequence,
        stage=peer.stage,
        post=peer.facts.post,
        settings=list(peer.facts.settings),
        contract=terms.contract if terms else None,
        contracted_hours=terms.contracted_hours if terms else None,
        funding_ends_on=terms.funding_ends_on if terms else None,
        places_hundredths=peer.said_capacity.places_hundredths if peer.said_capacity else None,
        started_on=peer.facts.started_on,
        supervisor_id=peer.supervisor_id,
        clinical_due_on=clinical_due_on(peer.facts, rules) if rules else None,
        overdue=rules is not None and is_overdue(peer.facts, rules, today),
        resting=peer.resting,
        readiness=in_settings(peer, today),
        planned=planned(peer),
        to_talk=to_talk(id, peer),
    )


def planned(peer: Peer) -> list[PlannedView]:
    """What is to take place, soonest first."""
    rows = [
        PlannedView(supervision_id=id, stream=each.stream, planned_start=each.start)
        for id, each in peer.planned.items()
    ]
    return sorted(rows, key=lambda row: (row.planned_start, row.supervision_id))


def to_talk(id: UUID, peer: Peer) -> list[ToTalkView]:
    """What is still to be talked through with this peer, or by the team about their work."""
    rows = [
        ToTalkView(peer_id=id, debrief_id=debrief_id, **asked._asdict()) for debrief_id, asked in peer.debriefs.items()
    ]
    return sorted(rows, key=lambda row: (row.since, row.debrief_id))


def visits(id: UUID, peer: Peer) -> list[VisitView]:
    """From which lone visits the peer is not back yet."""
    return [VisitView(peer_id=id, visit_id=visit_id, **visit._asdict()) for visit_id, visit in peer.visits.items()]


def asked(id: UUID, peer: Peer) -> list[AskedView]:
    """What the peer is unsure of and nobody answered yet."""
    return [AskedView(peer_id=id, advice_id=advice_id, **each._asdict()) for advice_id, each in peer.asked.items()]


def team_work(peers: Sequence[Peer]) -> TeamWorkView:
    """Of all of them together, most first; nobody is named."""
    minutes: Counter[s.TeamWork] = Counter()
    for peer in peers:
        minutes.update(peer.team_minutes)
    return TeamWorkView(rows=[TeamWorkOf(kind=kind, minutes=n) for kind, n in minutes.most_common()])


def supervision_due(id: UUID, peer: Peer, supervisor: Supervisor | None, today: date) -> SupervisionDue | None:
    """When supervision is due; None before the first day."""
    due_on = clinical_due_on(peer.facts, peer.rules) if peer.rules else None
    if peer.rules is None or due_on is None:
        return None
    return SupervisionDue(
        peer_id=id,
        supervisor_id=peer.supervisor_id,
        last_on=peer.facts.clinical_on,
        due_on=due_on,
        days_left=(due_on - today).days,
        overdue=is_overdue(peer.facts, peer.rules, today),
        next_planned=next((row.planned_start for row in planned(peer) if row.stream == "clinical"), None),
        resting=peer.resting,
        supervisor_away=supervisor is not None and supervisor.away_on is not None,
        stands_in=supervisor.routed_to if supervisor else None,
    )


def supervisor_view(id: UUID, sequence: int, supervisor: Supervisor, today: date) -> SupervisorView:
    """The supervisor as they stand today."""
    return SupervisorView(
        supervisor_id=id,
        sequence=sequence,
        peers=len(supervisor.peers),
        past_due=past_due(supervisor, today),
        away_since=supervisor.away_on,
        until=supervisor.until,
        deputy_id=supervisor.deputy_id,
        stands_in=supervisor.routed_to,
        breaks=supervisor.breaks,
        lead_told=supervisor.lead_told,
    )


def provider_view(sequence: int, provider: Provider, today: date) -> ProviderView:
    """The provider as it stands today."""
    settings = []
    for setting in provider.settings:
        found = provider_readiness(provider, setting, today)
        settings.append(ProviderSetting(setting=setting, ready=found.ready, missing=list(found.missing)))
    return ProviderView(
        sequence=sequence,
        settings=settings,
        in_force=[InForceView(what=what, review_on=found.review_on) for what, found in provider.in_force.items()],
        posts=len(provider.posts),
        rota_gap=provider.rota_gap,
    )


def course_gaps(peers: Sequence[Peer], today: date) -> TrainingGaps:
    """Course by course, what peers who have a post hold and lack, and what of it only the provider can close."""
    rows = [
        CourseGap(course=course, gap="provider" if each.unavailable or each.not_offered else "none", **each._asdict())
        for course, each in gaps(peers, today).items()
    ]
    return TrainingGaps(rows=sorted(rows, key=lambda row: (-(row.unavailable + row.not_offered), row.course)))
