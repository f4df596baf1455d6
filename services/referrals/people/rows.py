"""The read models of people: what was decided about each, and who may be whom."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from shared.contracts import referrals as e
from shared.runtime.envelope import Envelope, id_of
from shared.runtime.service import Projection
from shared.runtime.tables import table_of


@dataclass(frozen=True, slots=True)
class PersonRow:
    """What was decided about one person's data; nobody of whom nothing was decided has one."""

    id: UUID
    organisation: str
    sequence: int
    restricted_at: datetime | None = None
    erased_at: datetime | None = None
    holds: tuple[str, ...] = ()
    """What keeps the record from being erased: `<hold>/<kind>`."""
    apart_from: tuple[str, ...] = ()
    """Whom they are never to meet: `person/<id>`, `peer/<id>`."""
    corrected_at: datetime | None = None


def apply_to_person(row: PersonRow | None, event: Envelope) -> PersonRow | None:
    """The person's row after the event."""
    if row is None and isinstance(event.data, e.PersonReferred):
        return None
    row = row or PersonRow(id_of(event.subject), event.organisation, 0)
    row = replace(row, sequence=event.sequence or 0)
    match event.data:
        case e.PersonErased(erased_at=at):
            return replace(row, erased_at=at)
        case e.PersonCorrected(corrected_at=at):
            return replace(row, corrected_at=at)
        case e.ProcessingRestricted(restricted_at=at):
            return replace(row, restricted_at=at)
        case e.ProcessingRestrictionLifted():
            return replace(row, restricted_at=None)
        case e.ErasureHeld(hold_id=hold_id, kind=kind):
            return replace(row, holds=(*row.holds, f"{hold_id}/{kind}"))
        case e.ErasureHoldLifted(hold_id=hold_id):
            return replace(row, holds=tuple(h for h in row.holds if not h.startswith(str(hold_id))))
        case e.KeepApartSet(apart_from=other, who=who):
            return replace(row, apart_from=(*row.apart_from, f"{who}/{other}"))
        case e.KeepApartLifted(apart_from=other, who=who):
            return replace(row, apart_from=tuple(a for a in row.apart_from if a != f"{who}/{other}"))
    return row


@dataclass(frozen=True, slots=True)
class DuplicateRow:
    """Who may be the person of one referral; a referral of which that was never asked has none."""

    id: UUID
    organisation: str
    sequence: int
    person_id: UUID
    others: tuple[str, ...] = ()
    """`<person>/<their referral>/<status>/<since>/<facts, joined by +>`."""


def apply_to_duplicate(row: DuplicateRow | None, event: Envelope) -> DuplicateRow | None:
    """The referral's row after the event."""
    d = event.data
    if isinstance(d, e.DuplicateSuspected):
        row = row or DuplicateRow(id_of(event.subject), event.organisation, 0, d.person_id)
        said = f"{d.other_person_id}/{d.other_referral_id}/suspected/{d.suspected_at.isoformat()}/{'+'.join(d.facts)}"
        row = replace(row, others=(*_without(row, d.other_person_id), said))
    elif row is None:
        return None
    elif isinstance(d, e.DuplicateConfirmed):
        row = _settled(row, d.other_person_id, "confirmed", d.confirmed_at)
    elif isinstance(d, e.DuplicateDismissed):
        row = _settled(row, d.other_person_id, "dismissed", d.dismissed_at)
    elif isinstance(d, e.DuplicateUnlinked):
        row = _settled(row, d.other_person_id, "unlinked", d.unlinked_at)
    return replace(row, sequence=event.sequence or 0)


def _without(row: DuplicateRow, other: UUID) -> tuple[str, ...]:
    return tuple(said for said in row.others if not said.startswith(str(other)))


def _settled(row: DuplicateRow, other: UUID, status: str, at: datetime) -> DuplicateRow:
    (said,) = (said for said in row.others if said.startswith(str(other)))
    person, referral, _, _, facts = said.split("/")
    return replace(row, others=(*_without(row, other), f"{person}/{referral}/{status}/{at.isoformat()}/{facts}"))


PERSON_PROJECTIONS = (
    Projection(
        table="person",
        topic="kith.referrals",
        kind="person",
        row=PersonRow,
        apply=apply_to_person,
        ddl=table_of(PersonRow)
        + "create index on {table} (organisation) where apart_from <> '{}';"
        + "create index on {table} (organisation) where erased_at is not null;",
    ),
    Projection(
        table="duplicate",
        topic="kith.referrals",
        kind="referral",
        row=DuplicateRow,
        apply=apply_to_duplicate,
        ddl=table_of(DuplicateRow) + "create index on {table} (organisation); create index on {table} (person_id);",
    ),
)
