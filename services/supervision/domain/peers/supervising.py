"""Supervision: one named, fitting person, kinds kept apart, and what is said in it stays there."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from services.supervision.domain.peers.commands import OfferDebrief, TellPeer, refuse_future
from services.supervision.domain.peers.readiness import Fact
from services.supervision.domain.peers.recruiting import line_manager
from services.supervision.domain.peers.requirements import SUPERVISOR
from services.supervision.domain.peers.state import Peer, Planned, ToTalk
from shared.contracts import peer_updates as p
from shared.contracts import supervision as s
from shared.contracts.days import day_of, start_of
from shared.contracts.event import Event
from shared.runtime.service import Refusal


def assign(state: Peer, wish: p.AssignSupervisor, command: TellPeer) -> Sequence[Event]:
    """One code for every reason against: which it was may be the peer's own history."""
    if not wish.peer_says_fit:
        raise _not_fitting("supervisor_id")
    _refuse_unfit(state, wish.supervisor_id, command, "supervisor_id")
    if wish.supervisor_id == state.supervisor_id:
        raise Refusal("already-assigned", "This is the peer's supervisor already.", "supervisor_id")
    return [
        s.SupervisorAssigned(
            peer_id=command.peer_id,
            supervisor_id=wish.supervisor_id,
            because=wish.because,
            recorded_at=command.now,
        )
    ]


def _refuse_unfit(state: Peer, person: UUID, command: TellPeer, field: str) -> None:
    if person in (command.peer_id, line_manager(state)):
        raise _not_fitting(field)


def _not_fitting(field: str) -> Refusal:
    return Refusal(
        "supervisor-not-appropriate", "This person is not the right one for this peer. Choose another.", field
    )


def plan(state: Peer, wish: p.PlanSupervision, command: TellPeer) -> Sequence[Event]:
    supervision_id = wish.supervision_id or command.fresh_id
    if supervision_id in state.planned or supervision_id in state.settled:
        raise Refusal("already-known", "This supervision is known already.", "supervision_id")
    if wish.planned_start <= command.now:
        raise Refusal("plan-in-the-past", "Supervision is planned ahead; report it as held.", "planned_start")
    return [
        s.SupervisionPlanned(
            peer_id=command.peer_id,
            stream=wish.stream,
            supervision_id=supervision_id,
            planned_start=wish.planned_start,
            recorded_at=command.now,
        )
    ]


def hold(state: Peer, wish: p.HoldSupervision, command: TellPeer) -> Sequence[Event]:
    """The clinical kind counts with the named supervisor or somebody fitting who stood in; no other counts as it."""
    supervision_id = wish.supervision_id or command.fresh_id
    if supervision_id in state.settled:
        raise Refusal("already-recorded", "This supervision is recorded already.", "supervision_id")
    planned = state.planned.get(supervision_id)
    if planned and planned.stream != wish.stream:
        raise Refusal("another-kind", "It was planned as supervision of another kind.", "stream")
    refuse_future(wish.held_at, command, "held_at")
    if state.facts.started_on and wish.held_at < start_of(state.facts.started_on):
        raise Refusal("before-the-start", "That is before the peer's first day. Check the time.", "held_at")
    if wish.stream != "clinical":
        return [
            s.FurtherSupervisionHeld(
                peer_id=command.peer_id,
                stream=wish.stream,
                supervision_id=supervision_id,
                held_at=wish.held_at,
                recorded_at=command.now,
            )
        ]
    if state.supervisor_id is None:
        raise Refusal("no-named-supervisor", "The peer has no named supervisor yet. Name one first.", "with_id")
    if wish.with_id is None:
        raise Refusal("with-whom", "Say with whom the peer had supervision.", "with_id")
    _refuse_unfit(state, wish.with_id, command, "with_id")
    return [
        s.SupervisionHeld(
            peer_id=command.peer_id,
            held_at=wish.held_at,
            supervision_id=supervision_id,
            by="named" if wish.with_id == state.supervisor_id else "deputy",
            recorded_at=command.now,
        )
    ]


def miss(state: Peer, wish: p.MissSupervision, command: TellPeer) -> Sequence[Event]:
    planned = state.planned.get(wish.supervision_id)
    if planned is None:
        raise Refusal("no-such-supervision", "No planned supervision has this id.", "supervision_id")
    return [
        s.SupervisionMissed(
            peer_id=command.peer_id,
            stream=planned.stream,
            supervision_id=wish.supervision_id,
            missed_by=wish.missed_by,
            recorded_at=command.now,
        )
    ]


def request_debrief(state: Peer, wish: p.RequestDebrief, command: TellPeer) -> Sequence[Event]:
    """Open to anybody who works there, whatever else is planned."""
    debrief_id = wish.debrief_id or command.fresh_id
    if debrief_id in state.debriefs or debrief_id in state.settled:
        raise Refusal("already-known", "This debrief is known already.", "debrief_id")
    return [
        s.DebriefRequested(
            peer_id=command.peer_id, debrief_id=debrief_id, asked_by=wish.asked_by, recorded_at=command.now
        )
    ]


def hold_debrief(state: Peer, wish: p.HoldDebrief, command: TellPeer) -> Sequence[Event]:
    refuse_future(wish.held_at, command, "held_at")
    if wish.debrief_id not in state.debriefs:
        raise Refusal("no-such-debrief", "Nobody asked for this debrief, or it was held.", "debrief_id")
    return [
        s.DebriefHeld(
            peer_id=command.peer_id, debrief_id=wish.debrief_id, held_at=wish.held_at, recorded_at=command.now
        )
    ]


def offer_debrief(state: Peer, command: OfferDebrief) -> Sequence[Event]:
    """Once for what happened, and to nobody who has gone."""
    known = command.debrief_id in state.debriefs or command.debrief_id in state.settled
    if known or state.stage != "started":
        return []
    return [
        s.DebriefOffered(
            peer_id=command.peer_id,
            debrief_id=command.debrief_id,
            referral_id=command.referral_id,
            offered_at=command.at,
        )
    ]


def assigned(state: Peer, event: s.SupervisorAssigned) -> Peer:
    held = {**state.facts.held, SUPERVISOR: Fact(day_of(event.recorded_at))}
    return replace(state, supervisor_id=event.supervisor_id, facts=replace(state.facts, held=held))


def was_planned(state: Peer, event: s.SupervisionPlanned) -> Peer:
    planned = Planned(event.stream, event.planned_start)
    return replace(state, planned={**state.planned, event.supervision_id: planned})


def settled(state: Peer, event: s.FurtherSupervisionHeld | s.SupervisionMissed | s.SupervisionHeld) -> Peer:
    left = {id: planned for id, planned in state.planned.items() if id != event.supervision_id}
    done = state.settled | {event.supervision_id} if event.supervision_id else state.settled
    return replace(state, planned=left, settled=done)


def was_held(state: Peer, event: s.SupervisionHeld) -> Peer:
    """Whoever hears this takes it that nothing is overdue, so what still is, is said again."""
    on = day_of(event.held_at)
    latest = max(on, state.facts.clinical_on or on)
    return replace(settled(state, event), facts=replace(state.facts, clinical_on=latest, overdue=False))


def overdue(state: Peer, _: s.SupervisionOverdue) -> Peer:
    return replace(state, facts=replace(state.facts, overdue=True))


def debrief_requested(state: Peer, event: s.DebriefRequested) -> Peer:
    return replace(state, debriefs={**state.debriefs, event.debrief_id: ToTalk(event.recorded_at, event.asked_by)})


def debrief_held(state: Peer, event: s.DebriefHeld) -> Peer:
    left = {id: asked for id, asked in state.debriefs.items() if id != event.debrief_id}
    return replace(state, debriefs=left, settled=state.settled | {event.debrief_id})


def debrief_offered(state: Peer, event: s.DebriefOffered) -> Peer:
    offered = ToTalk(event.offered_at, referral_id=event.referral_id)
    return replace(state, debriefs={**state.debriefs, event.debrief_id: offered})


DECIDE = {
    p.AssignSupervisor: assign,
    p.PlanSupervision: plan,
    p.HoldSupervision: hold,
    p.MissSupervision: miss,
    p.RequestDebrief: request_debrief,
    p.HoldDebrief: hold_debrief,
}
EVOLVE = {
    s.SupervisorAssigned: assigned,
    s.SupervisionPlanned: was_planned,
    s.SupervisionHeld: was_held,
    s.FurtherSupervisionHeld: settled,
    s.SupervisionMissed: settled,
    s.SupervisionOverdue: overdue,
    s.DebriefRequested: debrief_requested,
    s.DebriefHeld: debrief_held,
    s.DebriefOffered: debrief_offered,
}
