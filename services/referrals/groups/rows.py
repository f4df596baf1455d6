"""The read model of groups."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from shared.contracts import referrals as e
from shared.runtime.envelope import Envelope, id_of
from shared.runtime.service import Projection
from shared.runtime.tables import table_of


@dataclass(frozen=True, slots=True)
class GroupRow:
    """One group as coordinators see it; `members` are referrals, `persons` are theirs."""

    id: UUID
    organisation: str
    sequence: int
    cap: int
    format: str
    place: str
    language: str
    facilitators: tuple[str, ...]
    opened_at: datetime
    done: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    persons: tuple[str, ...] = ()
    planned: tuple[str, ...] = ()
    """What is to come: `<start>|<session>`."""
    sessions_held: int = 0
    last_held_at: datetime | None = None
    closed_at: datetime | None = None


def apply(row: GroupRow | None, event: Envelope) -> GroupRow | None:
    """The group's row after the event."""
    d, sequence = event.data, event.sequence or 0
    if isinstance(d, e.GroupOpened):
        leading = tuple(map(str, d.facilitators))
        return GroupRow(
            id_of(event.subject),
            event.organisation,
            sequence,
            d.cap,
            d.format,
            d.place,
            d.language,
            leading,
            d.opened_at,
        )
    if row is None:
        return None
    row = replace(row, sequence=sequence)
    match d:
        case e.GroupReadied(done=done):
            return replace(row, done=tuple(sorted({*row.done, *done})))
        case e.GroupJoined(referral_id=id, person_id=person):
            return replace(row, members=(*row.members, str(id)), persons=(*row.persons, str(person)))
        case e.GroupLeft(referral_id=id) if str(id) in row.members:
            at = row.members.index(str(id))
            return replace(
                row,
                members=(*row.members[:at], *row.members[at + 1 :]),
                persons=(*row.persons[:at], *row.persons[at + 1 :]),
            )
        case e.GroupSessionPlanned(session_id=id, planned_start=start):
            return replace(row, planned=(*row.planned, f"{start.isoformat()}|{id}"))
        case e.GroupSessionCalledOff(session_id=id):
            return replace(row, planned=tuple(p for p in row.planned if not p.endswith(str(id))))
        case e.GroupSessionHeld(session_id=id, started_at=at):
            return replace(
                row,
                planned=tuple(p for p in row.planned if not p.endswith(str(id))),
                sessions_held=row.sessions_held + 1,
                last_held_at=max(at, row.last_held_at) if row.last_held_at else at,
            )
        case e.GroupClosed(closed_at=at):
            return replace(row, closed_at=at, planned=())
    return row


GROUPS = Projection(
    table="peer_group",
    topic="kith.referrals",
    kind="group",
    row=GroupRow,
    apply=apply,
    ddl=table_of(GroupRow) + "create index on {table} (organisation);",
)
