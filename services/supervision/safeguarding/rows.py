"""The rows of the read models: a concern with its clocks, and an organisation's rota with the gap that was found."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from pydantic import TypeAdapter

from services.supervision.domain.safeguarding import rota
from services.supervision.domain.safeguarding.concern import evolve
from services.supervision.domain.safeguarding.concern_state import NEW, Concern
from services.supervision.domain.safeguarding.notices import wanted
from services.supervision.domain.safeguarding.rota import Rota
from shared.contracts.supervision import DutyGapFound, DutyGapSettled
from shared.runtime.envelope import Envelope, id_of

_CONCERN: TypeAdapter[Concern] = TypeAdapter(Concern)
_ROTA: TypeAdapter[Rota] = TypeAdapter(Rota)


@dataclass(frozen=True, slots=True)
class ConcernRow:
    """One concern; no word of what was seen or heard."""

    id: UUID
    organisation: str
    sequence: int
    state: str
    """All that is known of it, as its own rules know it; the rest of the row is for finding it."""
    open: bool = False
    waits: bool = False
    """Whether it is to be acknowledged here."""
    audience: str = "safeguarding"
    opened_at: datetime | None = None
    alarms: tuple[str, ...] = ()
    """Of operations, as long as nobody has it in hand: `<round>|<because>`."""
    asked: tuple[str, ...] = ()
    """Which organisations were asked to take it on and have not: `<organisation>`."""
    to_tell: int = 0
    """How many notices are to be sent now."""
    to_tell_since: datetime | None = None
    awaiting: tuple[str, ...] = ()
    """Notices of which the post has yet to say whether they arrived."""


@dataclass(frozen=True, slots=True)
class RotaRow:
    """One organisation's rota."""

    id: UUID
    organisation: str
    sequence: int
    state: str
    gap_starts_at: datetime | None = None
    gap_ends_at: datetime | None = None
    """Hours that nobody covers and nobody said so."""


def concern_of(state: str) -> Concern:
    """The concern as its rules know it."""
    return _CONCERN.validate_json(state)


def rota_of(state: str) -> Rota:
    """The rota as its rules know it."""
    return _ROTA.validate_json(state)


def apply_to_concern(row: ConcernRow | None, event: Envelope) -> ConcernRow:
    """The concern's row after the event."""
    state = evolve(concern_of(row.state) if row else NEW, event.data)
    row = row or ConcernRow(id_of(event.subject), event.organisation, 0, "")
    notices = wanted(state)
    return replace(
        row,
        sequence=event.sequence or 0,
        state=_written(_CONCERN, state),
        open=state.open,
        waits=state.waits,
        audience=state.audience,
        opened_at=state.opened_at,
        alarms=tuple(sorted(f"{state.round}|{because}" for because in state.alarms)) if state.waits else (),
        asked=tuple(sorted(set(state.asked.values()))) if state.open and not state.handed_over else (),
        to_tell=len(notices),
        to_tell_since=min((notice.since for notice in notices), default=None),
        awaiting=tuple(str(id) for id, notice in state.notices.items() if notice.status == "sent"),
    )


def apply_to_rota(row: RotaRow | None, event: Envelope) -> RotaRow:
    """The rota's row after the event."""
    state = rota.evolve(rota_of(row.state) if row else Rota(), event.data)
    row = row or RotaRow(id_of(event.subject), event.organisation, 0, "")
    match event.data:
        case DutyGapFound(starts_at=starts, ends_at=ends):
            row = replace(row, gap_starts_at=starts, gap_ends_at=ends)
        case DutyGapSettled():
            row = replace(row, gap_starts_at=None, gap_ends_at=None)
    return replace(row, sequence=event.sequence or 0, state=_written(_ROTA, state))


def _written(adapter: TypeAdapter[Any], state: Any) -> str:
    """The state as text, the same in every process."""
    said = adapter.dump_python(state, mode="json")
    if "alarms" in said:
        said["alarms"].sort()
    return orjson.dumps(said).decode()
