"""The read models: a referral, its messages, a peer's caseload; the others stand with their subjects."""

from dataclasses import replace

from services.referrals.changes import CHANGES, bounds_of
from services.referrals.directory import SERVICES
from services.referrals.groups.rows import GROUPS
from services.referrals.journeys.rows import JOURNEY_PARTS
from services.referrals.peers import PEER_PROJECTIONS
from services.referrals.people.rows import PERSON_PROJECTIONS
from services.referrals.rows import CaseloadRow, MessagingRow, ReferralRow, first_row
from shared.contracts import referrals as e
from shared.runtime.envelope import Envelope, id_of
from shared.runtime.service import Projection
from shared.runtime.tables import table_of


def apply(row: ReferralRow | None, event: Envelope) -> ReferralRow | None:
    """The referral's row after the event."""
    if isinstance(event.data, e.ReferralCreated):
        row = first_row(event, event.data)
    elif row is not None and (change := CHANGES.get(type(event.data))):
        row = replace(row, **change(row, event, event.data))
    return row and replace(row, sequence=event.sequence or 0, **bounds_of(row))


def apply_to_caseload(row: CaseloadRow | None, event: Envelope) -> CaseloadRow:
    """The caseload's row after the event."""
    row = row or CaseloadRow(id_of(event.subject), event.organisation, 0)
    row = replace(row, sequence=event.sequence or 0)
    match event.data:
        case e.PlacesSet(contracted_hours=hours, places_hundredths=places):
            return replace(row, contracted_hours=hours, places_hundredths=places)
        case e.PlaceTaken(used_hundredths=used, taken_at=at):
            last = max(at, row.last_taken_at) if row.last_taken_at else at
            return replace(row, used_hundredths=used, clients=row.clients + 1, last_taken_at=last)
        case e.AvailabilityNoted(places_hundredths=int() as places) if places != row.places_said:
            return replace(row, places_hundredths=places, places_said=places)
        case e.PlaceChanged(used_hundredths=used):
            return replace(row, used_hundredths=used)
        case e.PlaceFreed(used_hundredths=used):
            return replace(row, used_hundredths=used, clients=row.clients - 1)
    return row


def apply_to_messaging(row: MessagingRow | None, event: Envelope) -> MessagingRow | None:
    """What is to be sent about one referral after the event."""
    d = event.data
    if isinstance(d, e.ReferralCreated):
        row = MessagingRow(id_of(event.subject), event.organisation, 0, d.person_id)
    if row is None:
        return None
    row = replace(row, sequence=event.sequence or 0)
    match d:
        case e.MessageFellDue(message_id=id, send_from=at) | e.MessagePutOff(message_id=id, until=at):
            return row.without(id, waiting=f"{at.isoformat()}|{id}")
        case e.MessageClaimed(message_id=id):
            return row.without(id, claimed=str(id))
        case e.MessageDropped() | e.ReminderSent() | e.ReminderFailed():
            return row.without(d.message_id)
    return row


REFERRAL_INDEXES = """
create index on {table} (organisation, stage, listed_on);
create index on {table} (organisation, review_due_on) where review_due_on is not null;
create index on {table} (person_id);
"""

PROJECTIONS = (
    Projection(
        table="referral",
        topic="kith.referrals",
        kind="referral",
        row=ReferralRow,
        apply=apply,
        ddl=table_of(ReferralRow) + REFERRAL_INDEXES,
    ),
    Projection(
        table="messaging",
        topic="kith.referrals",
        kind="referral",
        row=MessagingRow,
        apply=apply_to_messaging,
        ddl=table_of(MessagingRow)
        + "create index on {table} (next_at) where next_at is not null;"
        + "create index on {table} (id) where claimed <> '{}';",
    ),
    Projection(
        table="caseload",
        topic="kith.referrals",
        kind="caseload",
        row=CaseloadRow,
        apply=apply_to_caseload,
        ddl=table_of(CaseloadRow) + "create index on {table} (organisation);",
    ),
    *PEER_PROJECTIONS,
    SERVICES,
    GROUPS,
    JOURNEY_PARTS,
    *PERSON_PROJECTIONS,
)
