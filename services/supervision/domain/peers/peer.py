"""The peer: which rule answers a wish, and after each what the facts now say of being ready, in time, and of places."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.supervision.domain.peers import (
    advising,
    places,
    recruiting,
    supervising,
    tags,
    thinking,
    training,
    visiting,
)
from services.supervision.domain.peers.commands import (
    Apply,
    KeepPrivate,
    NoteAlarmed,
    NoteNotBack,
    NoteUnanswered,
    OfferDebrief,
    Rethink,
    SetLimits,
    SetRules,
    SetTags,
    TellPeer,
    refuse_future,
)
from services.supervision.domain.peers.state import ALLOWED, Peer
from shared.contracts import supervision as s
from shared.contracts.days import start_of
from shared.contracts.event import Event
from shared.runtime.envelope import id_of
from shared.runtime.service import Aggregate, Refusal

_SUBJECTS = (recruiting, training, supervising, places, visiting, advising)
DECIDE: Mapping[str, Any] = {
    wish.model_fields["do"].default: rule for subject in _SUBJECTS for wish, rule in subject.DECIDE.items()
}
"""By what the wish is called: over HTTP it comes as a stricter class of its own."""
EVOLVE: Mapping[type, Any] = {
    event: change for subject in (*_SUBJECTS, tags, thinking) for event, change in subject.EVOLVE.items()
}


def decide(state: Peer, command: Any) -> Sequence[Event]:
    """What follows from the command, and from that; raises Refusal with a stable code."""
    if isinstance(command, Apply):
        return recruiting.apply(state, command)
    if state.stage is None:
        raise Refusal("unknown-peer", "No peer with this id is known.")
    match command:
        case TellPeer():
            said, now = _told(state, command), command.now
        case SetRules():
            said, now = _ruled(state, command), command.now
        case Rethink():
            said, now = [], command.at
        case SetTags():
            return tags.set_tags(state, command)
        case SetLimits():
            return tags.set_limits(state, command)
        case NoteNotBack():
            said, now = visiting.note_not_back(state, command), command.at
        case NoteAlarmed():
            said, now = visiting.note_alarmed(state, command), command.at
        case NoteUnanswered():
            said, now = advising.note_unanswered(state, command), command.at
        case OfferDebrief():
            return supervising.offer_debrief(state, command)
        case KeepPrivate():
            return []
        case _:
            raise TypeError(f"no peer knows the command {type(command).__name__}")
    after = state
    for event in said:
        after = evolve(after, event)
    return [*said, *thinking.consequences(after, now)]


def _told(state: Peer, command: TellPeer) -> Sequence[Event]:
    do = command.wish.do
    if state.stage not in ALLOWED[do]:
        raise Refusal("not-at-this-stage", "That does not fit where this peer is just now.", "do")
    refuse_future(command.at, command, "at")
    if command.seen is not None and command.seen != state.supervised:
        raise Refusal("changed-meanwhile", "Who supervises the peer changed meanwhile. Look at it, and say it again.")
    said: Sequence[Event] = DECIDE[do](state, command.wish, command)
    return said


def _ruled(state: Peer, command: SetRules) -> Sequence[Event]:
    said = s.RequirementsSet(peer_id=command.peer_id, recorded_at=command.now, **dict(command.policy.peer))
    was = state.rules
    same = was is not None and all(getattr(was, name) == getattr(said, name) for name in s.PeerRules.model_fields)
    return [] if same or state.stage in ("left", "ended") else [said]


def evolve(state: Peer, event: Any) -> Peer:
    """The state after the event; an event that means nothing here changes nothing."""
    if change := EVOLVE.get(type(event)):
        state = change(state, event)
    return thinking.thought(state, event)


def deadlines(state: Peer) -> dict[str, datetime]:
    """The next day on which the facts alone will say something else, from its first moment here: `rethink:<day>`.

    And whatever has a time of its own: to be back, to be answered.
    """
    found = {**visiting.deadlines(state), **advising.deadlines(state)}
    for day in thinking.days_to_think(state):
        if thinking.consequences(state, start_of(day)):
            return {**found, f"rethink:{day}": start_of(day)}
    return found


def due(subject: str, name: str, now: datetime) -> Sequence[Any]:
    """The peer is thought of anew, or somebody is late."""
    what, _, of = name.partition(":")
    if what == "back":
        return [NoteNotBack(id_of(subject), now, UUID(of))]
    if what == "answer":
        return [NoteUnanswered(id_of(subject), now, UUID(of))]
    return [Rethink(id_of(subject), now)]


PEER = Aggregate("peer", Peer(), decide, evolve, deadlines, due)
