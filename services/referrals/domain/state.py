"""What a referral is at one moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from services.referrals.domain.days import Rest, is_since_return
from services.referrals.domain.hours import Quiet
from services.referrals.domain.stages import OPEN, Stage
from shared.contracts import values as v
from shared.contracts.referrals.duplicates import Fact
from shared.contracts.referrals.matching import Factor


@dataclass(frozen=True, slots=True)
class Proposal:
    """A peer suggested for the client, waiting for people to say yes."""

    match_id: UUID
    peer_id: UUID
    proposed_at: datetime
    format: v.Format
    waiting_days: int
    previous_match_id: UUID | None
    ruleset_version: v.Code = "by-hand"
    score: int | None = None
    factors: tuple[Factor, ...] = ()
    matched_on_experience: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """A peer and the client. `weight` is the place it holds, `weight_wanted` the one a change asks for."""

    match_id: UUID
    peer_id: UUID
    matched_at: datetime
    format: v.Format
    per_4_weeks: int
    weight: int
    weight_wanted: int
    weighs_from: datetime
    leaving: v.MatchEndReason | None = None
    ended_at: datetime | None = None
    """When it ended or, while `leaving`, when it is to."""


@dataclass(frozen=True, slots=True)
class AtService:
    """A service that the client is with; `with_peer` when their peer works there and would end with it."""

    service_id: UUID
    joined_at: datetime
    with_peer: bool
    stay_together: bool


@dataclass(frozen=True, slots=True)
class Session:
    """One session: what became of it, and when it was or is to be."""

    status: Literal["planned", "held", "missed", "cancelled", "replaced", "retracted"]
    start: datetime
    format: v.Format
    missed_by: v.MissedBy | None = None
    joint: bool = False
    lone: bool = False


@dataclass(frozen=True, slots=True)
class Goal:
    """Where a goal stood when it was set, and where it stands."""

    first: int
    latest: int


@dataclass(frozen=True, slots=True)
class Help:
    """Practical help the client asked for, and the day on which somebody is yet to be reminded of a claim."""

    status: Literal["requested", "referred", "received"]
    remind_on: date | None = None


@dataclass(frozen=True, slots=True)
class Reminders:
    """How the client chose to be reminded, how long before, and the hours in which nothing is sent."""

    channels: tuple[v.MessageChannel, ...]
    hours_before: int
    quiet: Quiet
    chosen_at: datetime


@dataclass(frozen=True, slots=True)
class Message:
    """One message: what it is about, when it may be sent and until when it helps, and what became of it."""

    status: Literal["waiting", "claimed", "sent", "dropped", "failed", "unknown"]
    kind: v.MessageKind
    about: UUID
    channel: v.MessageChannel | None
    send_from: datetime
    useful_until: datetime
    claimed_at: datetime | None = None
    tries: int = 0


@dataclass(frozen=True, slots=True)
class GroupMeeting:
    """When a group of the client is to meet."""

    group_id: UUID
    start: datetime


@dataclass(frozen=True, slots=True)
class Link:
    """The one link with which the client may say a wish, as it is known here."""

    link_id: UUID
    secret_sha256: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Twin:
    """Another person who may be this one: how that stands, and what both have in common."""

    person_id: UUID
    """This referral's own person."""
    status: Literal["suspected", "confirmed", "dismissed", "unlinked"]
    facts: frozenset[Fact]


@dataclass(frozen=True, slots=True)
class Limit:
    """What the treating team asks, from when, and when it looks again."""

    kinds: frozenset[v.ContactLimit]
    since: datetime
    review_on: date


@dataclass(frozen=True, slots=True)
class Task:
    """What a person must do, and the last day on which that is in time."""

    kind: v.TaskKind
    due_on: date | None = None
    overdue: bool = False


@dataclass(frozen=True, slots=True)
class Handover:
    """To whom the client is to go on, by when, and how far that has come."""

    handover_id: UUID
    to_organisation: str
    accept_by: date
    status: Literal["proposed", "escalated", "accepted", "completed"]


NewsOf = Literal["accepted", "lapsed", "acquainted", "consent", "life", "limit", "erasure", "restriction"]


@dataclass(frozen=True, slots=True)
class News:
    """What another referral of the journey, or of the same person here, is yet to hear."""

    partner_id: UUID
    organisation: str
    of: NewsOf
    since: datetime
    words: tuple[str, ...]


_NO_BOUND = v.Days(amber=730, red=730)


@dataclass(frozen=True, slots=True)
class Referral:
    """The state of one referral; None as stage before anything was said of it."""

    stage: Stage | None = None
    stage_before_pause: Stage = "waiting"

    person_id: UUID | None = None
    journey_id: UUID | None = None
    referred_on: date = date.min
    received_at: datetime | None = None
    listed_on: date = date.min
    residence: v.Residence = "RA2704"
    setting: v.Setting = "third-sector"
    formats_wanted: tuple[v.Format, ...] = ()
    language: str = "en"
    interpreter_needed: bool = False
    first_contact_days: v.Days = _NO_BOUND
    match_days: v.Days = _NO_BOUND

    rests: tuple[Rest, ...] = ()
    paused_at: datetime | None = None
    paused_by_client: bool = False
    paused_until: date | None = None
    spoke_at: datetime | None = None
    bounds_passed: frozenset[tuple[v.Wait, v.Bound]] = frozenset()
    fallen_due: frozenset[tuple[v.ReviewOf, date]] = frozenset()

    role_explained: Mapping[UUID | None, datetime] = field(default_factory=dict)
    """When, by the session that it came with, if any."""
    limit: Limit | None = None

    proposal: Proposal | None = None
    match: Match | None = None
    past_matches: tuple[Match, ...] = ()
    pairs_set_aside: frozenset[UUID] = frozenset()
    declines_since_talk: int = 0
    same_peer_wanted: bool = True
    """False after a return on which the client did not ask for the earlier peer."""

    service: AtService | None = None
    past_service: AtService | None = None

    sessions: Mapping[UUID, Session] = field(default_factory=dict)
    tried_again_at: datetime | None = None
    goals: Mapping[UUID, Goal] = field(default_factory=dict)
    help: Mapping[UUID, Help] = field(default_factory=dict)
    changes: Mapping[UUID, bool] = field(default_factory=dict)
    """Each change of support, and whether the client was told that it is done."""

    pathway: v.Pathway = "usual"
    """What texts and pages are to fit; `loss` from a loss on, whoever else lives."""
    life_events: frozenset[v.LifeEvent] = frozenset()
    messages_stopped_at: datetime | None = None
    """Nothing is written to the family while this is set; a person lets messages begin again."""
    reminders: Reminders | None = None
    opted_out: frozenset[v.MessageChannel] = frozenset()
    spoke_of_messages_at: Mapping[v.MessageChannel, datetime] = field(default_factory=dict)
    """When the client last chose, or wished no more of, each way of being written to."""
    messages: Mapping[UUID, Message] = field(default_factory=dict)
    groups: Mapping[UUID, datetime] = field(default_factory=dict)
    """Since when the client has a seat in each group."""
    meetings: Mapping[UUID, GroupMeeting] = field(default_factory=dict)
    interpreted: frozenset[UUID] = frozenset()
    """The sessions for which an interpreter is booked."""
    consents: Mapping[str, bool] = field(default_factory=dict)
    """The last word of the client for each scope; a scope never spoken of is absent."""

    consented_at: Mapping[str, datetime] = field(default_factory=dict)
    """When the client said that word."""

    tasks: Mapping[UUID, Task] = field(default_factory=dict)
    """What a person must do and nobody has done yet."""

    referrer_role: v.ReferrerRole = "self"
    referrer_told: frozenset[v.FeedbackState] = frozenset()
    restricted: Literal["restriction", "erasure"] | None = None
    """The person's data may not be used for now, or are gone: no match, no message, no sharing."""
    safe_contact_at: datetime | None = None
    """When the client last said anew how they may be reached."""
    duplicates: Mapping[UUID, Twin] = field(default_factory=dict)
    """By the other's person id."""

    handover: Handover | None = None
    partners: Mapping[UUID, str] = field(default_factory=dict)
    """The other referrals of the journey that were handed over from or to, and whose they are."""
    news: tuple[News, ...] = ()
    siblings: frozenset[UUID] = frozenset()
    """The other referrals of the same person here."""
    handed_to: Mapping[UUID, str] = field(default_factory=dict)
    """The referrals by which others received the client's record from here, and whose they are."""
    handback_id: UUID | None = None
    """What the clinical team is asked to take on."""

    link: Link | None = None
    decision_due_on: date | None = None
    """When a deferred decision, or a decline, is looked at again."""
    review_due_on: date | None = None
    ending_on: date | None = None
    ended_on: date | None = None
    ended_at: datetime | None = None
    return_until: date | None = None
    reopened_at: datetime | None = None
    held_before_return: frozenset[UUID] = frozenset()

    @property
    def client_died(self) -> bool:
        return "death" in self.life_events

    @property
    def is_open(self) -> bool:
        """Whether the client waits or is in support."""
        return self.stage in OPEN

    @property
    def held_at(self) -> Sequence[datetime]:
        """When the sessions that took place began, in order."""
        return sorted(session.start for session in self.sessions.values() if session.status == "held")

    @property
    def role_explained_at(self) -> datetime | None:
        return max(self.role_explained.values(), default=None)

    @property
    def sessions_held(self) -> int:
        return len(self.held_at)

    @property
    def first_contact_at(self) -> datetime | None:
        """When the client was first spoken with or seen; after a return, since then."""
        seen = (
            session.start
            for session_id, session in self.sessions.items()
            if session.status == "held"
            and session_id not in self.held_before_return
            and is_since_return(session.start, self.reopened_at)
        )
        return min(filter(None, (self.spoke_at, *seen)), default=None)

    @property
    def missed_by_client_at(self) -> datetime | None:
        """The last session that the client could not be at."""
        missed = (s.start for s in self.sessions.values() if s.status == "missed" and s.missed_by == "client")
        return max(missed, default=None)


NEW = Referral()
