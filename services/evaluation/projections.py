"""The read model: one row per referral's journey. No peer is in it: nothing here is ever counted per peer."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from shared.contracts.referrals import (
    ConsentChanged,
    ContactAttempted,
    PeerMatched,
    ReferralAccepted,
    ReferralCreated,
    ReferralDeclined,
    ReferralReopened,
    ReferralWithdrawn,
    SessionCancelled,
    SessionHeld,
    SessionMissed,
    SessionRetracted,
    SupportEnded,
)
from shared.runtime.envelope import Envelope
from shared.runtime.service import Projection

COUNTED = "evaluation"
"""The scope of being counted."""


@dataclass(frozen=True, slots=True)
class JourneyRow:
    """One journey: when it first reached each stage, and what happened in it. A return adds and resets nothing."""

    id: UUID
    organisation: str
    sequence: int
    setting: str
    parent_role: str
    received_at: datetime
    spoke_at: datetime | None = None
    accepted_at: datetime | None = None
    declined_at: datetime | None = None
    withdrawn_at: datetime | None = None
    matched_at: datetime | None = None
    first_session_at: datetime | None = None
    sessions_held: int = 0
    sessions_missed_by_client: int = 0
    sessions_missed_by_service: int = 0
    sessions_cancelled: int = 0
    ended_at: datetime | None = None
    ended_planned: bool | None = None
    returns: int = 0
    may_be_used: bool = True
    """False once the client said no to being counted: the row is in no answer any more."""


def apply(row: JourneyRow | None, event: Envelope) -> JourneyRow | None:
    """The journey's row after the event."""
    said = event.data
    if isinstance(said, ReferralCreated):
        row = JourneyRow(said.referral_id, event.organisation, 0, said.setting, said.parent_role, said.received_at)
        for consent in sorted(said.consents, key=lambda consent: consent.at):
            if consent.scope == COUNTED:
                row = replace(row, may_be_used=consent.given)
    if row is None:
        return None
    row = replace(row, sequence=event.sequence or 0)
    match said:
        case ContactAttempted(outcome="spoke", at=at):
            return replace(row, spoke_at=_first(row.spoke_at, at))
        case ReferralAccepted(decided_at=at):
            return replace(row, accepted_at=_first(row.accepted_at, at), declined_at=None)
        case ReferralDeclined(decided_at=at):
            return replace(row, declined_at=at)
        case ReferralWithdrawn(withdrawn_at=at):
            return replace(row, withdrawn_at=at)
        case PeerMatched(matched_at=at):
            return replace(row, matched_at=_first(row.matched_at, at))
        case SessionHeld(started_at=at):
            return replace(
                row,
                first_session_at=_first(row.first_session_at, at),
                sessions_held=row.sessions_held + 1,
            )
        case SessionMissed(missed_by="client"):
            return replace(row, sessions_missed_by_client=row.sessions_missed_by_client + 1)
        case SessionMissed():
            return replace(row, sessions_missed_by_service=row.sessions_missed_by_service + 1)
        case SessionCancelled():
            return replace(row, sessions_cancelled=row.sessions_cancelled + 1)
        case SessionRetracted():
            counted = f"sessions_{said.was}"
            if said.was == "missed":
                counted += "_by_client" if said.missed_by == "client" else "_by_service"
            return replace(row, first_session_at=said.first_session_at, **{counted: getattr(row, counted) - 1})
        case SupportEnded(ended_at=at, planned=planned):
            return replace(row, ended_at=at, ended_planned=planned)
        case ReferralReopened():
            return replace(row, returns=row.returns + 1)
        case ConsentChanged(scope=scope, given=given) if scope == COUNTED:
            return replace(row, may_be_used=given)
    return row


def _first(known: datetime | None, at: datetime) -> datetime:
    return at if known is None else min(known, at)


JOURNEY = """create table {table} (
    id uuid primary key, organisation text not null, sequence bigint not null, setting text not null,
    parent_role text not null, received_at timestamptz not null, spoke_at timestamptz,
    accepted_at timestamptz, declined_at timestamptz, withdrawn_at timestamptz, matched_at timestamptz,
    first_session_at timestamptz, sessions_held bigint not null, sessions_missed_by_client bigint not null,
    sessions_missed_by_service bigint not null, sessions_cancelled bigint not null, ended_at timestamptz,
    ended_planned boolean, returns bigint not null, may_be_used boolean not null);
create index on {table} (organisation, received_at);"""

PROJECTIONS = (Projection("journey", "kith.referrals", "referral", JourneyRow, apply, JOURNEY),)
