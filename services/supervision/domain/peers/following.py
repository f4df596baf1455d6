"""What a supervisor's stream hears of what is told of a peer, together with it, so that neither misses the other."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from services.supervision.domain.peers.commands import TellPeer
from services.supervision.domain.peers.state import Peer
from services.supervision.domain.peers.supervisor import NoteHeld, NoteRest, OfSupervisor, Release, TakeOn
from shared.contracts import peer_updates as p
from shared.contracts.days import day_of

_FOLLOWED = (p.AssignSupervisor, p.Start, p.HoldSupervision, p.Rest, p.ComeBack, p.Leave)


def together(state: Peer, command: TellPeer) -> Sequence[Any]:
    """The wish and what goes with it; should the peer stand otherwise by then, it is refused as a whole."""
    if not isinstance(command.wish, _FOLLOWED):
        return [command]
    return [replace(command, seen=state.supervised), *with_supervisor(state, command)]


def with_supervisor(state: Peer, command: TellPeer) -> Sequence[OfSupervisor]:
    """The commands that go together with this one, about a peer who stands so."""
    named, peer_id, now = state.supervisor_id, command.peer_id, command.now
    match command.wish:
        case p.AssignSupervisor(supervisor_id=supervisor_id) if started_on := state.facts.started_on:
            last_on = state.facts.clinical_on or started_on
            taken = TakeOn(supervisor_id, now, peer_id, last_on, command.policy.absence)
            resting = [NoteRest(supervisor_id, now, peer_id, True)] if state.resting else []
            return [*([Release(named, now, peer_id)] if named else []), taken, *resting]
        case p.Start(on=on) if named:
            return [TakeOn(named, now, peer_id, on, command.policy.absence)]
        case p.HoldSupervision(stream="clinical", with_id=with_id, held_at=held_at) if named:
            return [NoteHeld(named, now, peer_id, day_of(held_at), "named" if with_id == named else "deputy")]
        case p.Rest() | p.ComeBack() if named:
            return [NoteRest(named, now, peer_id, isinstance(command.wish, p.Rest))]
        case p.Leave() if named and state.facts.started_on:
            return [Release(named, now, peer_id)]
    return []
