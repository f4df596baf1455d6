"""The read model of journeys, part by part: where each stands, since when, and who was asked to take it on.

A part is coarse: names and contacts are not in it.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.referrals.domain.news import SCOPE
from shared.contracts import referrals as e
from shared.contracts.days import day_of
from shared.runtime.envelope import Envelope, id_of
from shared.runtime.service import Projection
from shared.runtime.tables import table_of


@dataclass(frozen=True, slots=True)
class JourneyPartRow:
    """One referral as part of a journey; `granted_to` may read it besides its own organisation."""

    id: UUID
    organisation: str
    sequence: int
    granted_to: tuple[str, ...]
    journey_id: UUID
    person_id: UUID
    agreed: bool
    setting: str
    state: str
    since: datetime
    received_at: datetime
    parent_role: str
    board_of_treatment: str
    board_of_residence: str
    language: str
    interpreter_needed: bool
    formats_wanted: tuple[str, ...]
    restricted: bool = False
    partners: tuple[str, ...] = ()
    """The organisations before and after this one on the journey."""
    supported_from: date | None = None
    supported_until: date | None = None
    joint_sessions: int = 0
    handover_id: UUID | None = None
    handover_to: str | None = None
    handover_setting: str | None = None
    accept_by: date | None = None
    handover_status: str | None = None
    next_id: UUID | None = None
    """The referral that goes on from here."""
    previous_id: UUID | None = None
    consent_how: str = "spoken"
    consent_text: str = "not-known"
    consent_at: datetime | None = None


def apply(row: JourneyPartRow | None, event: Envelope) -> JourneyPartRow | None:
    """The part's row after the event."""
    d = event.data
    if isinstance(d, e.ReferralCreated):
        row = _first(event, d)
    if row is None:
        return None
    row = replace(_moved(row, d), sequence=event.sequence or 0)
    granted = row.partners if row.agreed and not row.restricted else ()
    return replace(row, granted_to=granted)


def _first(event: Envelope, d: e.ReferralCreated) -> JourneyPartRow:
    said = [consent for consent in sorted(d.consents, key=lambda consent: consent.at) if consent.scope == SCOPE]
    row = JourneyPartRow(
        id=id_of(event.subject),
        organisation=event.organisation,
        sequence=0,
        granted_to=(),
        journey_id=d.journey_id,
        person_id=d.person_id,
        agreed=bool(said) and said[-1].given,
        setting=d.setting,
        state="received",
        since=d.received_at,
        received_at=d.received_at,
        parent_role=d.parent_role,
        board_of_treatment=d.board_of_treatment,
        board_of_residence=d.board_of_residence,
        language=d.language,
        interpreter_needed=d.interpreter_needed,
        formats_wanted=d.formats_wanted,
    )
    return (
        replace(row, consent_how=said[-1].how, consent_text=said[-1].text_version, consent_at=said[-1].at)
        if said
        else row
    )


def _moved(row: JourneyPartRow, d: Any) -> JourneyPartRow:
    match d:
        case e.ReferralAccepted(decided_at=at):
            return replace(row, state="waiting", since=at)
        case e.ReferralDeclined(decided_at=at):
            return replace(row, state="declined", since=at)
        case e.ReferralWithdrawn(withdrawn_at=at):
            return _closed(replace(row, state="withdrawn", since=at))
        case e.PersonDied(who="client"):
            return _closed(row)
        case e.PeerMatched(matched_at=at) | e.ServiceJoined(joined_at=at, support_began=True):
            begun = row.supported_from or day_of(at)
            return replace(row, state="started", since=at, supported_from=begun, supported_until=None)
        case e.MatchEnded(ended_at=at) | e.ServiceLeft(left_at=at, relisted=True):
            state = "waiting" if row.state == "started" else row.state
            return replace(row, state=state, since=at, supported_until=day_of(at))
        case e.SupportEnded(ended_at=at, ended_on=on):
            return _closed(replace(row, state="ended", since=at, supported_until=on if row.supported_from else None))
        case e.ReferralReopened(reopened_at=at):
            return replace(row, state="waiting", since=at)
        case e.SessionHeld(joint_with_roles=roles) if roles:
            return replace(row, joint_sessions=row.joint_sessions + 1)
        case e.ConsentChanged(scope=scope, given=given, how=how, text_version=text, changed_at=at) if scope == SCOPE:
            return replace(row, agreed=given, consent_how=how, consent_text=text, consent_at=at)
        case e.ReferralRestricted():
            return replace(row, restricted=True)
        case e.ReferralRestrictionLifted():
            return replace(row, restricted=False)
        case e.HandoverProposed():
            return _proposed(row, d)
        case e.HandoverEscalated():
            return replace(row, handover_status="escalated")
        case e.HandoverCompleted():
            return replace(row, handover_status="completed")
        case e.HandoverLapsed() if d.to_referral_id == row.id:
            left = tuple(name for name in row.partners if name != d.from_organisation)
            return replace(row, partners=left, previous_id=None)
        case e.HandoverAccepted() if d.from_referral_id == row.id:
            return replace(row, handover_status="accepted", next_id=d.to_referral_id)
        case e.HandoverAccepted():
            return replace(row, previous_id=d.from_referral_id, partners=_with(row.partners, d.from_organisation))
    return row


def _closed(row: JourneyPartRow) -> JourneyPartRow:
    """Nobody is asked any more to take the client on."""
    if row.handover_status not in ("proposed", "escalated"):
        return row
    left = tuple(name for name in row.partners if name != row.handover_to)
    return replace(row, partners=left, handover_status="closed")


def _proposed(row: JourneyPartRow, d: e.HandoverProposed) -> JourneyPartRow:
    """Who was asked before, and did not accept, is no part of the journey any more."""
    partners = row.partners
    if row.handover_status in ("proposed", "escalated"):
        partners = tuple(name for name in partners if name != row.handover_to)
    return replace(
        row,
        partners=_with(partners, d.to_organisation),
        handover_id=d.handover_id,
        handover_to=d.to_organisation,
        handover_setting=d.to_setting,
        accept_by=d.accept_by,
        handover_status="proposed",
        next_id=None,
    )


def _with(names: tuple[str, ...], name: str) -> tuple[str, ...]:
    return names if name in names else (*names, name)


JOURNEY_PARTS = Projection(
    table="journey_part",
    topic="kith.referrals",
    kind="referral",
    row=JourneyPartRow,
    apply=apply,
    ddl=table_of(JourneyPartRow)
    + "create index on {table} (organisation); create index on {table} (journey_id);"
    + "create index on {table} using gin (granted_to); create index on {table} (handover_id);",
)
