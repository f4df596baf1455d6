"""The read models: one row per referral, one per peer's caseload."""

from dataclasses import replace
from uuid import UUID

from services.referrals.changes import CHANGES, bounds_of
from services.referrals.rows import CaseloadRow, ReferralRow, first_row, table_of
from shared.contracts import referrals as e
from shared.runtime.envelope import Envelope
from shared.runtime.service import Projection


def apply(row: ReferralRow | None, event: Envelope) -> ReferralRow | None:
    """The referral's row after the event."""
    if isinstance(event.data, e.ReferralCreated):
        row = first_row(event, event.data)
    elif row is not None and (change := CHANGES.get(type(event.data))):
        row = replace(row, **change(row, event, event.data))
    return row and replace(row, sequence=event.sequence or 0, **bounds_of(row))


def apply_to_caseload(row: CaseloadRow | None, event: Envelope) -> CaseloadRow:
    """The caseload's row after the event."""
    row = row or CaseloadRow(UUID(event.subject.partition("/")[2]), event.organisation, 0)
    row = replace(row, sequence=event.sequence or 0)
    match event.data:
        case e.PlacesSet(contracted_hours=hours, places_hundredths=places):
            return replace(row, contracted_hours=hours, places_hundredths=places)
        case e.PlaceTaken(used_hundredths=used):
            return replace(row, used_hundredths=used, clients=row.clients + 1)
        case e.PlaceChanged(used_hundredths=used):
            return replace(row, used_hundredths=used)
        case e.PlaceFreed(used_hundredths=used):
            return replace(row, used_hundredths=used, clients=row.clients - 1)
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
        table="caseload",
        topic="kith.referrals",
        kind="caseload",
        row=CaseloadRow,
        apply=apply_to_caseload,
        ddl=table_of(CaseloadRow) + "create index on {table} (organisation);",
    ),
)
