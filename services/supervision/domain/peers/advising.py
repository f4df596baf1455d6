"""A peer is unsure and asks: somebody answers in time, and that they asked is never counted against them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from services.supervision.domain.peers.commands import NoteUnanswered, TellPeer, refuse_future_day
from services.supervision.domain.peers.state import Asked, Peer
from shared.contracts import peer_updates as p
from shared.contracts import supervision as s
from shared.contracts.event import Event
from shared.runtime.service import Refusal


def request(state: Peer, wish: p.RequestAdvice, command: TellPeer) -> Sequence[Event]:
    advice_id = wish.advice_id or command.fresh_id
    if advice_id in state.asked or advice_id in state.settled:
        raise Refusal("already-known", "This was asked already.", "advice_id")
    return [
        s.AdviceRequested(
            peer_id=command.peer_id,
            advice_id=advice_id,
            answer_by=command.now + timedelta(hours=command.policy.advice_hours),
            recorded_at=command.now,
        )
    ]


def answer(state: Peer, wish: p.AnswerAdvice, command: TellPeer) -> Sequence[Event]:
    if wish.advice_id not in state.asked:
        raise Refusal("nothing-asked", "Nothing is asked with this id, or it was answered.", "advice_id")
    return [
        s.AdviceAnswered(
            peer_id=command.peer_id, advice_id=wish.advice_id, by_role=wish.by_role, recorded_at=command.now
        )
    ]


def note_unanswered(state: Peer, command: NoteUnanswered) -> Sequence[Event]:
    asked = state.asked.get(command.advice_id)
    if asked is None or asked.overdue:
        return []
    return [s.AdviceOverdue(peer_id=command.peer_id, advice_id=command.advice_id, recorded_at=command.at)]


def record_team_work(state: Peer, wish: p.RecordTeamWork, command: TellPeer) -> Sequence[Event]:
    """What is done for the team in quieter weeks is the role's real work, and is counted."""
    refuse_future_day(wish.on, command, "on")
    return [
        s.TeamWorkRecorded(
            peer_id=command.peer_id,
            kind=wish.kind,
            done_on=wish.on,
            minutes=wish.minutes,
            credited=wish.credited,
            recorded_at=command.now,
        )
    ]


def deadlines(state: Peer) -> dict[str, datetime]:
    """By when each is to be answered: `answer:<advice>`."""
    return {f"answer:{id}": asked.answer_by for id, asked in state.asked.items() if not asked.overdue}


def requested(state: Peer, event: s.AdviceRequested) -> Peer:
    return replace(state, asked={**state.asked, event.advice_id: Asked(event.recorded_at, event.answer_by)})


def answered(state: Peer, event: s.AdviceAnswered) -> Peer:
    left = {id: asked for id, asked in state.asked.items() if id != event.advice_id}
    return replace(state, asked=left, settled=state.settled | {event.advice_id})


def overdue(state: Peer, event: s.AdviceOverdue) -> Peer:
    asked = state.asked[event.advice_id]._replace(overdue=True)
    return replace(state, asked={**state.asked, event.advice_id: asked})


def recorded(state: Peer, event: s.TeamWorkRecorded) -> Peer:
    minutes = state.team_minutes.get(event.kind, 0) + event.minutes
    return replace(state, team_minutes={**state.team_minutes, event.kind: minutes})


DECIDE = {p.RequestAdvice: request, p.AnswerAdvice: answer, p.RecordTeamWork: record_team_work}
EVOLVE = {
    s.AdviceRequested: requested,
    s.AdviceAnswered: answered,
    s.AdviceOverdue: overdue,
    s.TeamWorkRecorded: recorded,
}
