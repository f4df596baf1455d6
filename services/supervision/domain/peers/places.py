"""How much of a peer's time there is: places by hours, rest without a reason, coming back slowly, leaving, funding."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from services.supervision.domain.peers.commands import TellPeer
from services.supervision.domain.peers.state import Peer, Ways
from shared.contracts import peer_updates as p
from shared.contracts import supervision as s
from shared.contracts.days import add_months, day_of
from shared.contracts.event import Event
from shared.runtime.service import Refusal

MOST = 100_000
_WAYS = ("formats", "slots", "first_languages", "fluent_languages", "boards", "area")


def places(state: Peer, on: date) -> int:
    """The places on that day, in hundredths: those of the hours left for people, fewer while the peer comes back."""
    assert state.terms is not None
    assert state.rules is not None
    hours = max(0, state.terms.contracted_hours - state.ways.other_hours)
    full = min(MOST, hours * state.rules.places_hundredths_per_hour)
    return next((min(full, step.places_hundredths) for step in state.return_steps if on <= step.until), full)


def capacity(state: Peer, peer_id: UUID, now: datetime) -> s.CapacityChanged | None:
    """What is to be said of the peer's time, if it is not what was said last."""
    if state.terms is None or state.rules is None:
        return None
    ways = {name: getattr(state.ways, name) for name in _WAYS}
    said = s.CapacityChanged(
        peer_id=peer_id,
        contracted_hours=state.terms.contracted_hours,
        places_hundredths=places(state, day_of(now)),
        changed_at=now,
        **ways,
    )
    was = state.said_capacity
    return None if was is not None and was.model_copy(update={"changed_at": now}) == said else said


def set_capacity(state: Peer, wish: p.SetCapacity, command: TellPeer) -> Sequence[Event]:
    """It is said by what it makes of the peer's time."""
    assert state.terms is not None
    if wish.other_hours > state.terms.contracted_hours:
        raise Refusal("more-than-contracted", "That is more than the contracted hours.", "other_hours")
    ways = {name: getattr(wish, name) for name in _WAYS}
    said = s.WaysSet(peer_id=command.peer_id, other_hours=wish.other_hours, recorded_at=command.now, **ways)
    return [said]


def rest(state: Peer, wish: p.Rest, command: TellPeer) -> Sequence[Event]:
    if state.resting:
        raise Refusal("already-resting", "The peer rests already.")
    return [s.PeerPaused(peer_id=command.peer_id, paused_at=command.at)]


def come_back(state: Peer, wish: p.ComeBack, command: TellPeer) -> Sequence[Event]:
    """As slowly as the peer wishes: each step to come, later than the one before, and with more room."""
    if not state.resting:
        raise Refusal("not-resting", "The peer is not resting.")
    untils = [command.today - timedelta(days=1), *(step.until for step in wish.steps)]
    rooms = [step.places_hundredths for step in wish.steps]
    if sorted(set(untils)) != untils or sorted(set(rooms)) != rooms:
        raise Refusal("steps-out-of-order", "Each step ends later than the last and has more room.", "steps")
    if wish.steps and wish.steps[-1].until > command.today + timedelta(days=366):
        raise Refusal("too-far-ahead", "That is more than a year ahead. Check the date.", "steps")
    return [s.PeerReturned(peer_id=command.peer_id, returned_at=command.at, steps=wish.steps)]


def leave(state: Peer, wish: p.Leave, command: TellPeer) -> Sequence[Event]:
    """What they agreed to be matched on goes with them."""
    withdrawn = s.MatchTagsWithdrawn(peer_id=command.peer_id, withdrawn_at=command.at)
    return [s.PeerLeft(peer_id=command.peer_id, left_at=command.at), *([withdrawn] if state.tagged else [])]


def stop(state: Peer, wish: p.StopContact, command: TellPeer) -> Sequence[Event]:
    """Not by whom either: an office would tell the reason."""
    if state.facts.stopped:
        return []
    return [s.ContactStopped(peer_id=command.peer_id, recorded_at=command.now)]


def lift(state: Peer, wish: p.LiftStop, command: TellPeer) -> Sequence[Event]:
    if not state.facts.stopped:
        return []
    return [s.ContactStopLifted(peer_id=command.peer_id, recorded_at=command.now)]


def funding_end(state: Peer, peer_id: UUID, now: datetime) -> Sequence[Event]:
    """That the post's last paid day is near, once for each such day."""
    ends_on = state.terms.funding_ends_on if state.terms else None
    if state.terms is None or ends_on is None or ends_on == state.said_funding or day_of(now) < near_from(state):
        return []
    hours = state.terms.contracted_hours
    return [s.FundingEndNeared(peer_id=peer_id, funding_ends_on=ends_on, contracted_hours=hours, neared_at=now)]


def near_from(state: Peer) -> date:
    """From which day the end of the funding is near; the end of time when there is none."""
    if state.rules is None or state.terms is None or state.terms.funding_ends_on is None:
        return date.max
    return add_months(state.terms.funding_ends_on, -state.rules.runway_months)


def turning_days(state: Peer) -> set[date]:
    """The days on which places or the nearness of the funding's end may become otherwise by themselves."""
    days = {step.until + timedelta(days=1) for step in state.return_steps}
    near = near_from(state)
    return days if near == date.max else days | {near}


class FallsAway(NamedTuple):
    """What ends with the funding in one month."""

    posts: int
    hours: int
    clients: int


def runway(posts: Iterable[tuple[date | None, int, int]]) -> Mapping[tuple[int, int], FallsAway]:
    """Per year and month, the posts, hours and clients that fall away; from (last paid day, hours, clients) of each."""
    found: dict[tuple[int, int], FallsAway] = {}
    for ends_on, hours, clients in posts:
        if ends_on is not None:
            month = (ends_on.year, ends_on.month)
            was = found.get(month, FallsAway(0, 0, 0))
            found[month] = FallsAway(was.posts + 1, was.hours + hours, was.clients + clients)
    return dict(sorted(found.items()))


def ways_set(state: Peer, event: s.WaysSet) -> Peer:
    ways = {name: getattr(event, name) for name in _WAYS}
    return replace(state, ways=Ways(other_hours=event.other_hours, **ways))


def capacity_changed(state: Peer, event: s.CapacityChanged) -> Peer:
    return replace(state, said_capacity=event)


def paused(state: Peer, _: s.PeerPaused) -> Peer:
    return replace(state, resting=True, return_steps=())


def returned(state: Peer, event: s.PeerReturned) -> Peer:
    return replace(state, resting=False, return_steps=event.steps)


def left(state: Peer, _: s.PeerLeft) -> Peer:
    return replace(state, stage="left", facts=replace(state.facts, left=True))


def stopped(state: Peer, _: s.ContactStopped) -> Peer:
    return replace(state, facts=replace(state.facts, stopped=True))


def lifted(state: Peer, _: s.ContactStopLifted) -> Peer:
    return replace(state, facts=replace(state.facts, stopped=False))


def funding_neared(state: Peer, event: s.FundingEndNeared) -> Peer:
    return replace(state, said_funding=event.funding_ends_on)


DECIDE = {
    p.SetCapacity: set_capacity,
    p.Rest: rest,
    p.ComeBack: come_back,
    p.Leave: leave,
    p.StopContact: stop,
    p.LiftStop: lift,
}
EVOLVE = {
    s.WaysSet: ways_set,
    s.CapacityChanged: capacity_changed,
    s.PeerPaused: paused,
    s.PeerReturned: returned,
    s.PeerLeft: left,
    s.ContactStopped: stopped,
    s.ContactStopLifted: lifted,
    s.FundingEndNeared: funding_neared,
}
