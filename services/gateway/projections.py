"""The read models: one row per submission, per submission refused, per referral whose fate a sender may ask after."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from shared.contracts.gateway import (
    ReferralReceived,
    SessionReportReceived,
    SubmissionHeld,
    SubmissionRejected,
    UpdateReceived,
)
from shared.contracts.intake import ReferralSubmitted, SessionReported, UpdateSubmitted
from shared.contracts.referrals import (
    ConsentChanged,
    DecisionDeferred,
    MatchEnded,
    PeerMatched,
    PersonErased,
    ReferralAccepted,
    ReferralCreated,
    ReferralDeclined,
    ReferralReopened,
    ReferralRestricted,
    ReferralRestrictionLifted,
    ReferralWithdrawn,
    ServiceJoined,
    ServiceLeft,
    SubmissionRefused,
    SupportEnded,
)
from shared.contracts.registry import is_urgent
from shared.runtime.envelope import Envelope
from shared.runtime.service import Projection


@dataclass(frozen=True, slots=True)
class SubmissionRow:
    """What was made of one submission; the n-th problem is the n-th field with the n-th code."""

    id: UUID
    organisation: str
    sequence: int
    status: str
    submitted_type: str
    received_at: datetime
    urgent: bool = False
    code: str | None = None
    problem_fields: tuple[str, ...] = ()
    problem_codes: tuple[str, ...] = ()
    referral_id: UUID | None = None
    awaits: UUID | None = None


def apply(row: SubmissionRow | None, event: Envelope) -> SubmissionRow | None:
    """The submission's row after the event."""
    said = event.data
    match said:
        case ReferralReceived():
            status, type_ = "received", ReferralSubmitted.type()
        case SessionReportReceived():
            status, type_ = "received", SessionReported.type()
        case UpdateReceived():
            status, type_ = "received", UpdateSubmitted.type()
        case SubmissionHeld():
            status, type_ = "held", said.submitted_type
        case SubmissionRejected():
            status, type_ = "rejected", said.submitted_type
        case _:
            return row
    problems = said.problems if isinstance(said, SubmissionRejected) else ()
    return SubmissionRow(
        id=said.submission_id,
        organisation=event.organisation,
        sequence=event.sequence or 0,
        status=status,
        submitted_type=type_,
        received_at=said.received_at,
        urgent=is_urgent(type_),
        code=said.code if isinstance(said, SubmissionHeld) else None,
        problem_fields=tuple(problem.field for problem in problems),
        problem_codes=tuple(problem.code for problem in problems),
        referral_id=getattr(said, "referral_id", None),
        awaits=said.awaits if isinstance(said, SubmissionHeld) else None,
    )


SUBMISSION = """create table {table} (
    id uuid primary key, organisation text not null, sequence bigint not null, status text not null,
    submitted_type text not null, received_at timestamptz not null, urgent boolean not null, code text,
    problem_fields text[] not null, problem_codes text[] not null, referral_id uuid, awaits uuid);
create index on {table} (organisation, received_at, id);
create index on {table} (organisation, status, received_at, id);
create index on {table} (awaits) where awaits is not null;
create index on {table} (referral_id) where referral_id is not null;"""


@dataclass(frozen=True, slots=True)
class RefusalRow:
    """A submission that was passed on and that a rule of another service said no to."""

    id: UUID
    organisation: str
    code: str
    refused_at: datetime


def apply_to_refusal(row: RefusalRow | None, event: Envelope) -> RefusalRow | None:
    """The refusal's row after the event."""
    said = event.data
    if isinstance(said, SubmissionRefused):
        return RefusalRow(said.submission_id, event.organisation, said.code, said.refused_at)
    return row


REFUSAL = """create table {table} (
    id uuid primary key, organisation text not null, code text not null, refused_at timestamptz not null);"""


FEEDBACK = "feedback-to-referrer"
"""The scope of what a referrer may be told."""


@dataclass(frozen=True, slots=True)
class FateRow:
    """Where a referral stands, as coarsely as a referrer may know it."""

    id: UUID
    organisation: str
    sequence: int
    submission_id: UUID | None
    referrer_role: str
    state: str
    since: datetime
    grounds: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    signposted_to: tuple[str, ...] = ()
    review_on: date | None = None
    not_known: tuple[str, ...] = ()
    returns: int = 0
    feedback_refused: bool = False
    client_refused: bool = False
    restricted: bool = False
    """Nothing of the person is passed on just now, or ever again."""


def apply_to_fate(row: FateRow | None, event: Envelope) -> FateRow | None:
    """The referral's row after the event."""
    said = event.data
    if isinstance(said, ReferralCreated):
        role, identity = said.referrer_role, said.referral_id
        row = FateRow(identity, event.organisation, 0, said.submission_id, role, "received", said.received_at)
        for consent in sorted(said.consents, key=lambda consent: consent.at):
            if consent.scope == FEEDBACK:
                row = _told_or_not(row, client_refused=not consent.given)
    if row is None:
        return None
    row = replace(row, sequence=event.sequence or 0)
    match said:
        case ReferralAccepted(decided_at=at):
            return replace(_undecided(row), state="waiting", since=at)
        case DecisionDeferred():
            asked = said.not_known if said.asked == "referrer" else ()
            return replace(row, not_known=asked, review_on=said.ask_again_on)
        case ReferralDeclined(decided_at=at):
            return replace(
                _undecided(row),
                state="declined",
                since=at,
                grounds=said.grounds,
                actions=said.actions,
                signposted_to=said.signposted_to,
                review_on=said.review_on,
            )
        case ReferralWithdrawn(withdrawn_at=at):
            return replace(_undecided(row), state="withdrawn", since=at)
        case PeerMatched(matched_at=at):
            return replace(row, state="started", since=at)
        case ServiceJoined(joined_at=at, support_began=True):
            return replace(row, state="started", since=at)
        case ServiceLeft(left_at=at, relisted=True):
            return replace(row, state="waiting", since=at)
        case MatchEnded(ended_at=at) if row.state == "started":
            return replace(row, state="waiting", since=at)
        case SupportEnded(ended_at=at):
            return replace(row, state="ended", since=at)
        case ReferralReopened(reopened_at=at):
            return replace(row, state="waiting", since=at, returns=row.returns + 1)
        case ConsentChanged(scope=scope, given=given) if scope == FEEDBACK:
            return _told_or_not(row, client_refused=not given)
        case ReferralRestricted():
            return _told_or_not(row, restricted=True)
        case ReferralRestrictionLifted():
            return _told_or_not(row, restricted=False)
    return row


def _told_or_not(row: FateRow, **changes: bool) -> FateRow:
    row = replace(row, **changes)  # type: ignore[arg-type]
    return replace(row, feedback_refused=row.client_refused or row.restricted)


def _undecided(row: FateRow) -> FateRow:
    """Nothing of an earlier decision, or of what one waited for, is left."""
    return replace(row, grounds=(), actions=(), signposted_to=(), review_on=None, not_known=())


FATE = """create table {table} (
    id uuid primary key, organisation text not null, sequence bigint not null, submission_id uuid,
    referrer_role text not null, state text not null, since timestamptz not null, grounds text[] not null,
    actions text[] not null, signposted_to text[] not null, review_on date, not_known text[] not null,
    returns bigint not null, feedback_refused boolean not null,
    client_refused boolean not null, restricted boolean not null);"""


@dataclass(frozen=True, slots=True)
class ErasedRow:
    """Somebody who was erased, and by what their submissions are found."""

    id: UUID
    organisation: str
    referral_ids: tuple[UUID, ...]
    submission_ids: tuple[UUID, ...]


def apply_to_erased(row: ErasedRow | None, event: Envelope) -> ErasedRow | None:
    """The person's row after the event."""
    said = event.data
    if isinstance(said, PersonErased):
        before = row.submission_ids if row else ()
        return ErasedRow(said.person_id, event.organisation, said.referral_ids, (*before, *said.submission_ids))
    return row


ERASED = """create table {table} (
    id uuid primary key, organisation text not null, referral_ids uuid[] not null, submission_ids uuid[] not null);"""

PROJECTIONS = (
    Projection("submission", "kith.gateway", "submission", SubmissionRow, apply, SUBMISSION),
    Projection("refusal", "kith.referrals", "submission", RefusalRow, apply_to_refusal, REFUSAL),
    Projection("erased", "kith.referrals", "person", ErasedRow, apply_to_erased, ERASED),
    Projection("referral_fate", "kith.referrals", "referral", FateRow, apply_to_fate, FATE),
)
