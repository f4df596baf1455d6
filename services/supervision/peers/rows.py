"""The rows of the read models: a peer and a supervisor as their own rules know them, and a peer's clients."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

import orjson
from pydantic import TypeAdapter

from services.supervision.domain.peers.absence import Supervisor
from services.supervision.domain.peers.absence import evolve as evolve_supervisor
from services.supervision.domain.peers.peer import evolve as evolve_peer
from services.supervision.domain.peers.state import Peer
from shared.contracts import referrals as r
from shared.runtime.envelope import Envelope, id_of

_PEER: TypeAdapter[Peer] = TypeAdapter(Peer)
_SUPERVISOR: TypeAdapter[Supervisor] = TypeAdapter(Supervisor)


@dataclass(frozen=True, slots=True)
class PeerRow:
    """One peer."""

    id: UUID
    organisation: str
    sequence: int
    state: str = ""
    """All that is known of them, as their own rules know it; the rest of the row is for finding it."""
    stage: str | None = None
    supervisor_id: UUID | None = None
    funding_ends_on: date | None = None
    not_back: tuple[str, ...] = ()
    """Lone visits from which they are not back in time, and of which nobody on duty was told yet."""


@dataclass(frozen=True, slots=True)
class SupervisorRow:
    """One supervisor."""

    id: UUID
    organisation: str
    sequence: int
    state: str = ""


@dataclass(frozen=True, slots=True)
class ClientsRow:
    """How many people one peer supports, and how much of their time those take up, as referrals says."""

    id: UUID
    organisation: str
    sequence: int
    clients: int = 0
    used_hundredths: int = 0


def peer_of(state: str) -> Peer:
    """The peer as their rules know them."""
    return _PEER.validate_json(state)


def supervisor_of(state: str) -> Supervisor:
    """The supervisor as their rules know them."""
    return _SUPERVISOR.validate_json(state)


def apply_to_peer(row: PeerRow | None, event: Envelope) -> PeerRow:
    """The peer's row after the event."""
    state = evolve_peer(peer_of(row.state) if row else Peer(), event.data)
    row = row or PeerRow(id_of(event.subject), event.organisation, 0)
    return replace(
        row,
        sequence=event.sequence or 0,
        state=_written(_PEER, state),
        stage=state.stage,
        supervisor_id=state.supervisor_id,
        funding_ends_on=state.terms.funding_ends_on if state.terms else None,
        not_back=tuple(str(id) for id, visit in state.visits.items() if visit.overdue and not visit.alarmed),
    )


def apply_to_supervisor(row: SupervisorRow | None, event: Envelope) -> SupervisorRow:
    """The supervisor's row after the event."""
    state = evolve_supervisor(supervisor_of(row.state) if row else Supervisor(), event.data)
    row = row or SupervisorRow(id_of(event.subject), event.organisation, 0)
    return replace(row, sequence=event.sequence or 0, state=_written(_SUPERVISOR, state))


def apply_to_clients(row: ClientsRow | None, event: Envelope) -> ClientsRow:
    """What is known of the peer's clients after the event."""
    row = row or ClientsRow(id_of(event.subject), event.organisation, 0)
    row = replace(row, sequence=event.sequence or 0)
    match event.data:
        case r.PlaceTaken(used_hundredths=used):
            return replace(row, clients=row.clients + 1, used_hundredths=used)
        case r.PlaceFreed(used_hundredths=used):
            return replace(row, clients=row.clients - 1, used_hundredths=used)
        case r.PlaceChanged(used_hundredths=used):
            return replace(row, used_hundredths=used)
    return row


def _written(adapter: TypeAdapter[Any], state: Any) -> str:
    """The state as text, the same in every process."""
    said = adapter.dump_python(state, mode="json")
    if "settled" in said:
        said["settled"].sort()
    return orjson.dumps(said).decode()
