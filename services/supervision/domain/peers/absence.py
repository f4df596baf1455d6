"""Whether a supervisor is there: found once, for all their peers; somebody stands in, or the lead is told."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from shared.contracts import supervision as s
from shared.contracts.days import day_of
from shared.contracts.event import Event

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Supervisee:
    """A peer of theirs: when last supervised, and whether they rest."""

    last_on: date
    resting: bool = False


@dataclass(frozen=True, slots=True)
class Supervisor:
    """Whose supervisor somebody is, and whether they are there."""

    rules: s.AbsenceRules | None = None
    peers: Mapping[UUID, Supervisee] = field(default_factory=dict)
    seen_on: date | None = None
    """When they last supervised anybody, or were said to be there."""
    away_on: date | None = None
    until: date | None = None
    deputy_id: UUID | None = None
    routed_to: UUID | None = None
    breaks: int = 0
    """How often a peer came to be supervised by somebody else."""
    lead_told: bool = False
    thought_on: date = date.min


def past_due(state: Supervisor, on: date) -> int:
    """How many of the peers who do not rest are past the day by which they should have been supervised."""
    days = timedelta(days=state.rules.clinical_days if state.rules else 28)
    return sum(1 for peer in state.peers.values() if not peer.resting and on > peer.last_on + days)


def is_suspected(state: Supervisor, on: date) -> bool:
    """Whether so many peers are past their day, and nobody was supervised for so long, that nobody may be there."""
    rules, past = state.rules, past_due(state, on)
    if rules is None or past < rules.least:
        return False
    waiting = sum(1 for peer in state.peers.values() if not peer.resting)
    quiet = state.seen_on is None or on > state.seen_on + timedelta(days=rules.quiet_days)
    return quiet and past * 100 > rules.share * waiting


def away(
    state: Supervisor, supervisor_id: UUID, now: datetime, how: Literal["said", "suspected"], until: date | None = None
) -> s.SupervisorAway:
    """It is said once, with how many peers it is about."""
    return s.SupervisorAway(
        supervisor_id=supervisor_id,
        how=how,
        peers=len(state.peers),
        past_due=past_due(state, day_of(now)),
        until=until,
        away_at=now,
    )


def back(supervisor_id: UUID, now: datetime) -> s.SupervisorBack:
    """The supervisor is there."""
    return s.SupervisorBack(supervisor_id=supervisor_id, back_at=now)


def consequences(state: Supervisor, supervisor_id: UUID, now: datetime) -> Iterator[Event]:
    """One finding, however many peers; then whoever was agreed stands in the same day, or the lead is told."""
    on = day_of(now)
    if state.until is not None and on > state.until:
        yield back(supervisor_id, now)
        state = evolve(state, back(supervisor_id, now))
    if state.away_on is None and is_suspected(state, on):
        yield (found := away(state, supervisor_id, now, "suspected"))
        state = evolve(state, found)
    if state.away_on is None or state.rules is None:
        return
    if state.deputy_id is not None and state.deputy_id != state.routed_to:
        breaks = len(state.peers)
        yield s.DeputyRouted(supervisor_id=supervisor_id, deputy_id=state.deputy_id, breaks=breaks, routed_at=now)
    elif state.deputy_id is None and state.peers and not state.lead_told and on >= _lead_on(state):
        peers = len(state.peers)
        yield s.ServiceLeadTold(supervisor_id=supervisor_id, away_since=state.away_on, peers=peers, told_at=now)


def _lead_on(state: Supervisor) -> date:
    """The day without a deputy on which the service lead is told."""
    assert state.away_on is not None
    assert state.rules is not None
    return state.away_on + timedelta(days=state.rules.deputy_days - 1)


def evolve(state: Supervisor, event: Any) -> Supervisor:
    """The state after the event; an event that means nothing here changes nothing."""
    for name in ("recorded_at", "away_at", "back_at", "routed_at", "told_at"):
        if (at := getattr(event, name, None)) is not None:
            state = replace(state, thought_on=max(state.thought_on, day_of(at)))
    match event:
        case s.AbsenceRulesSet():
            return replace(state, rules=event)
        case s.SuperviseeTaken(peer_id=peer_id, last_on=last_on):
            return replace(state, peers={**state.peers, peer_id: Supervisee(last_on)})
        case s.SuperviseeReleased(peer_id=peer_id):
            return replace(state, peers={id: peer for id, peer in state.peers.items() if id != peer_id})
        case s.SuperviseeRested(peer_id=peer_id, resting=resting):
            return replace(state, peers={**state.peers, peer_id: replace(state.peers[peer_id], resting=resting)})
        case s.SuperviseeSupervised(peer_id=peer_id, held_on=held_on, by=by):
            peer = state.peers[peer_id]
            peer = replace(peer, last_on=max(peer.last_on, held_on))
            seen = max(held_on, state.seen_on or held_on) if by == "named" else state.seen_on
            return replace(state, peers={**state.peers, peer_id: peer}, seen_on=seen)
        case s.SupervisorAway(away_at=away_at, until=until):
            return replace(state, away_on=day_of(away_at), until=until, routed_to=None, lead_told=False)
        case s.SupervisorBack(back_at=back_at):
            seen = max(day_of(back_at), state.seen_on or date.min)
            return replace(state, away_on=None, until=None, routed_to=None, lead_told=False, seen_on=seen)
        case s.DeputyAgreed(deputy_id=deputy_id):
            return replace(state, deputy_id=deputy_id, routed_to=state.routed_to if deputy_id else None)
        case s.DeputyRouted(deputy_id=deputy_id, breaks=breaks):
            return replace(state, routed_to=deputy_id, breaks=state.breaks + breaks)
        case s.ServiceLeadTold():
            return replace(state, lead_told=True)
    return state


def turning_days(state: Supervisor) -> set[date]:
    """The days on which something may show though nothing is told."""
    if state.rules is None:
        return set()
    if state.away_on is not None:
        return {_lead_on(state)} | ({state.until + _ONE_DAY} if state.until else set())
    after = timedelta(days=state.rules.clinical_days + 1)
    days = {peer.last_on + after for peer in state.peers.values()}
    return days | ({state.seen_on + timedelta(days=state.rules.quiet_days + 1)} if state.seen_on else set())
