"""The rows of the read models, and the tables that hold them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from services.referrals.domain.arrival import last_word
from services.referrals.domain.days import Rest
from shared.contracts.days import day_of
from shared.contracts.referrals import ReferralCreated
from shared.runtime.envelope import Envelope, id_of


@dataclass(frozen=True, slots=True)
class ReferralRow:
    """One referral as coordinators see it; no name, no note."""

    id: UUID
    organisation: str
    sequence: int
    stage: str
    stage_since: datetime
    submission_id: UUID | None
    person_id: UUID
    journey_id: UUID
    referred_on: date
    received_at: datetime
    sender: str
    referrer_role: str
    parent_role: str
    setting: str
    board_of_treatment: str
    board_of_residence: str
    language: str
    interpreter_needed: bool
    formats_wanted: tuple[str, ...]

    listed_on: date
    first_contact_amber_days: int
    first_contact_red_days: int
    match_amber_days: int
    match_red_days: int
    rests: tuple[str, ...] = ()
    """Days that do not count as waiting, `first/last`, both included."""
    first_contact_amber_on: date | None = None
    first_contact_red_on: date | None = None
    match_amber_on: date | None = None
    match_red_on: date | None = None
    bounds_passed: tuple[str, ...] = ()
    first_contact_at: datetime | None = None
    last_contact_at: datetime | None = None
    contact_attempts: int = 0

    decided_at: datetime | None = None
    decided_by_role: str | None = None
    grounds: tuple[str, ...] = ()
    accepted_because: str | None = None
    actions: tuple[str, ...] = ()
    signposted_to: tuple[str, ...] = ()
    not_known: tuple[str, ...] = ()
    decision_due_on: date | None = None

    proposed_match_id: UUID | None = None
    proposed_peer_id: UUID | None = None
    match_id: UUID | None = None
    peer_id: UUID | None = None
    format: str | None = None
    per_4_weeks_hundredths: int | None = None
    weight_hundredths: int | None = None
    matches: int = 0
    waited_for_match_days: int | None = None
    """For the first."""
    match_declines: int = 0
    peers_set_aside: tuple[str, ...] = ()
    """Who is not proposed again unless the client asks for them."""
    last_peer_id: UUID | None = None
    same_peer_wanted: bool = True
    preferences: tuple[str, ...] = ()
    """Of which kinds the client's wishes are; what they are is in the vault."""

    service_id: UUID | None = None
    past_service_id: UUID | None = None
    """The service that the client was with last."""
    stay_together: bool = False

    role_explained_at: datetime | None = None
    contact_limits: tuple[str, ...] = ()
    contact_limit_review_on: date | None = None
    sessions_planned: int = 0
    sessions_held: int = 0
    sessions_missed: int = 0
    sessions_cancelled: int = 0
    last_session_at: datetime | None = None
    goals: int = 0
    help_requested: int = 0
    help_received: int = 0
    reminders_by: tuple[str, ...] = ()
    reminder_hours_before: int | None = None
    attending: tuple[str, ...] = ()
    """What was agreed so that the client can come."""
    changes: int = 0
    changes_to_confirm: tuple[str, ...] = ()

    review_due_on: date | None = None
    reviews_to_hold: tuple[str, ...] = ()
    """What a person must look at again, since when: `support/2026-04-20`; a claim with its help: `claim/<day>/<id>`."""
    tasks: tuple[str, ...] = ()
    """What a person must do: `<opened>|<kind>|<task>|<last day, if any>|<overdue, if so>`."""
    pathway: str = "usual"
    messages_stopped_at: datetime | None = None
    life_events: tuple[str, ...] = ()
    consents: tuple[str, ...] = ()
    """What the client agrees to now."""
    stage_before_pause: str | None = None
    paused_at: datetime | None = None
    paused_by_client: bool = False
    paused_until: date | None = None
    ending_on: date | None = None
    ended_on: date | None = None
    end_reasons: tuple[str, ...] = ()
    return_until: date | None = None
    returns: int = 0
    reopened_at: datetime | None = None
    restricted: str | None = None
    """`restriction` while the person's data may not be used, `erasure` once they are gone."""

    @property
    def client_died(self) -> bool:
        return "death" in self.life_events


def rests_of(written: Iterable[str]) -> tuple[Rest, ...]:
    """The days of a row's `rests`."""
    days = (rest.split("/") for rest in written)
    return tuple(Rest(date.fromisoformat(first), date.fromisoformat(last)) for first, last in days)


def first_row(event: Envelope, d: ReferralCreated) -> ReferralRow:
    """The row of a referral that has just been created."""
    return ReferralRow(
        id=id_of(event.subject),
        organisation=event.organisation,
        sequence=0,
        stage="received",
        stage_since=d.received_at,
        submission_id=d.submission_id,
        person_id=d.person_id,
        journey_id=d.journey_id,
        referred_on=d.referral_date,
        received_at=d.received_at,
        sender=d.sender,
        referrer_role=d.referrer_role,
        parent_role=d.parent_role,
        setting=d.setting,
        board_of_treatment=d.board_of_treatment,
        board_of_residence=d.board_of_residence,
        language=d.language,
        interpreter_needed=d.interpreter_needed,
        formats_wanted=d.formats_wanted,
        listed_on=day_of(d.received_at),
        first_contact_amber_days=d.first_contact_days.amber,
        first_contact_red_days=d.first_contact_days.red,
        match_amber_days=d.match_days.amber,
        match_red_days=d.match_days.red,
        consents=tuple(sorted(scope for scope, given in last_word(d.consents).items() if given)),
    )


@dataclass(frozen=True, slots=True)
class CaseloadRow:
    """One peer's places; how many there are is None until hours were set."""

    id: UUID
    organisation: str
    sequence: int
    contracted_hours: int | None = None
    places_hundredths: int | None = None
    used_hundredths: int = 0
    clients: int = 0
    last_taken_at: datetime | None = None
    places_said: int | None = None
    """By supervision, when it last spoke of them."""


@dataclass(frozen=True, slots=True)
class MessagingRow:
    """What is to be sent about one referral, and what was claimed and not settled."""

    id: UUID
    organisation: str
    sequence: int
    person_id: UUID
    waiting: tuple[str, ...] = ()
    """Each message that waits: `<from when>|<message>`."""
    claimed: tuple[str, ...] = ()
    next_at: datetime | None = None

    def without(self, id: UUID, waiting: str | None = None, claimed: str | None = None) -> "MessagingRow":
        """The row with that message nowhere but where it is said to be."""
        left = [*(w for w in self.waiting if not w.endswith(str(id))), *filter(None, [waiting])]
        claims = [*(c for c in self.claimed if c != str(id)), *filter(None, [claimed])]
        first = min((datetime.fromisoformat(w.partition("|")[0]) for w in left), default=None)
        return replace(self, waiting=tuple(left), claimed=tuple(claims), next_at=first)


@dataclass(frozen=True, slots=True)
class PeerRow:
    """One peer as supervision says; why is not said, and what they share is in the vault."""

    id: UUID
    organisation: str
    sequence: int
    readiness: tuple[str, ...] = ()
    """Per setting: `<setting>|<level>|<ceiling, if any>|<lone, if home visits are safe>`."""
    overdue: bool = False
    paused: bool = False
    left_on: date | None = None
    contracted_hours: int | None = None
    places_hundredths: int | None = None
    formats: tuple[str, ...] = ()
    slots: tuple[str, ...] = ()
    first_languages: tuple[str, ...] = ()
    fluent_languages: tuple[str, ...] = ()
    boards: tuple[str, ...] = ()
    area: str | None = None


@dataclass(frozen=True, slots=True)
class ProviderRow:
    """One provider, and in which settings it may take nobody new."""

    id: UUID
    organisation: str
    sequence: int
    not_ready: tuple[str, ...] = ()
