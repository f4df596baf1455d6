"""Lone visits: expected back by a time; whoever is not, is overdue at that moment, and whoever is on duty is told."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from services.supervision.domain.peers.commands import NoteAlarmed, NoteNotBack, TellPeer
from services.supervision.domain.peers.state import Peer, Visit
from shared.contracts import peer_updates as p
from shared.contracts import supervision as s
from shared.contracts.event import Event
from shared.runtime.service import Refusal

LONGEST = timedelta(hours=12)
"""Whoever is out longer is not alone on one visit, or has mistaken the day."""


def start(state: Peer, wish: p.StartLoneVisit, command: TellPeer) -> Sequence[Event]:
    """One at a time, so that nobody is thought to be back from another."""
    visit_id = wish.visit_id or command.fresh_id
    if visit_id in state.visits or visit_id in state.settled:
        raise Refusal("already-known", "This visit is known already.", "visit_id")
    if state.visits:
        raise Refusal("already-out", "The peer is out already. Say first that they are back.")
    by = _expected(wish.expected_back_by, command)
    said = s.LoneVisitStarted(peer_id=command.peer_id, visit_id=visit_id, expected_back_by=by, recorded_at=command.now)
    return [said]


def extend(state: Peer, wish: p.ExtendLoneVisit, command: TellPeer) -> Sequence[Event]:
    _refuse_unknown(state, wish.visit_id)
    by = _expected(wish.expected_back_by, command)
    said = s.LoneVisitExtended(
        peer_id=command.peer_id, visit_id=wish.visit_id, expected_back_by=by, recorded_at=command.now
    )
    return [said]


def end(state: Peer, wish: p.EndLoneVisit, command: TellPeer) -> Sequence[Event]:
    if wish.visit_id in state.settled:
        return []
    _refuse_unknown(state, wish.visit_id)
    return [s.LoneVisitEnded(peer_id=command.peer_id, visit_id=wish.visit_id, recorded_at=command.now)]


def _refuse_unknown(state: Peer, visit_id: UUID) -> None:
    if visit_id not in state.visits:
        raise Refusal("no-such-visit", "The peer is on no visit with this id.", "visit_id")


def _expected(by: datetime, command: TellPeer) -> datetime:
    if not command.now < by <= command.now + LONGEST:
        hours = LONGEST // timedelta(hours=1)
        raise Refusal("not-a-time-to-be-back", f"Say a time within the next {hours} hours.", "expected_back_by")
    return by


def note_not_back(state: Peer, command: NoteNotBack) -> Sequence[Event]:
    """Once for each time that was said."""
    visit = state.visits.get(command.visit_id)
    if visit is None or visit.overdue or command.at < visit.expected_back_by:
        return []
    return [
        s.LoneVisitOverdue(
            peer_id=command.peer_id,
            visit_id=command.visit_id,
            expected_back_by=visit.expected_back_by,
            recorded_at=command.at,
        )
    ]


def note_alarmed(state: Peer, command: NoteAlarmed) -> Sequence[Event]:
    """Refused where it is not so any more, together with the alarm itself."""
    visit = state.visits.get(command.visit_id)
    if visit is None or not visit.overdue or visit.alarmed:
        raise Refusal("not-overdue", "Nobody is to be alarmed of this visit now.")
    return [s.LoneVisitAlarmed(peer_id=command.peer_id, visit_id=command.visit_id, recorded_at=command.at)]


def deadlines(state: Peer) -> dict[str, datetime]:
    """The moment at which each is expected back: `back:<visit>`."""
    return {f"back:{id}": visit.expected_back_by for id, visit in state.visits.items() if not visit.overdue}


def started(state: Peer, event: s.LoneVisitStarted | s.LoneVisitExtended) -> Peer:
    return _with(state, {**state.visits, event.visit_id: Visit(event.expected_back_by)})


def ended(state: Peer, event: s.LoneVisitEnded) -> Peer:
    left = {id: visit for id, visit in state.visits.items() if id != event.visit_id}
    return replace(_with(state, left), settled=state.settled | {event.visit_id})


def overdue(state: Peer, event: s.LoneVisitOverdue) -> Peer:
    return _with(state, {**state.visits, event.visit_id: Visit(event.expected_back_by, overdue=True)})


def alarmed(state: Peer, event: s.LoneVisitAlarmed) -> Peer:
    visit = state.visits[event.visit_id]
    return _with(state, {**state.visits, event.visit_id: visit._replace(alarmed=True)})


def _with(state: Peer, visits: Mapping[UUID, Visit]) -> Peer:
    return replace(state, visits=visits)


DECIDE = {p.StartLoneVisit: start, p.ExtendLoneVisit: extend, p.EndLoneVisit: end}
EVOLVE = {
    s.LoneVisitStarted: started,
    s.LoneVisitExtended: started,
    s.LoneVisitEnded: ended,
    s.LoneVisitOverdue: overdue,
    s.LoneVisitAlarmed: alarmed,
}
