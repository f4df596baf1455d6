"""What a day makes of the facts: runs out, is overdue, another number of places, ready or not. Each is said once."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, get_args
from uuid import UUID

from services.supervision.domain.peers import places
from services.supervision.domain.peers.readiness import Readiness, is_overdue, readiness, turning_days
from services.supervision.domain.peers.state import Peer
from shared.contracts import supervision as s
from shared.contracts import values as v
from shared.contracts.days import day_of
from shared.contracts.event import Event

_NOTHING_SAID = Readiness("no-new-people")
_IN_USE = ("ready", "expiring")
_STAMPS = ("recorded_at", "ready_at", "not_ready_at", "changed_at", "overdue_at", "expired_at", "neared_at")
"""The times of ours in what is said of a peer; every other is when something happened, which may be long ago."""


def consequences(state: Peer, now: datetime) -> Sequence[Event]:
    """Everything that now has to be said, so that what was said last is what the facts say today."""
    if state.peer_id is None or state.stage in (None, "applied", "ended"):
        return []
    if state.stage == "left":
        return list(_levels(state, state.peer_id, now))
    return list(_all(state, state.peer_id, now))


def _all(state: Peer, peer_id: UUID, now: datetime) -> Iterator[Event]:
    assert state.rules is not None
    courses = {asked.code for asked in state.rules.requirements if asked.kind == "course"}
    for code, fact in state.facts.held.items():
        ran_out = fact.expires_on is not None and day_of(now) > fact.expires_on
        if code in courses and ran_out and not fact.expired:
            yield s.TrainingExpired(peer_id=peer_id, requirement=code, expired_at=now)
    if not state.facts.overdue and is_overdue(state.facts, state.rules, day_of(now)):
        yield s.SupervisionOverdue(peer_id=peer_id, overdue_at=now)
    if said := places.capacity(state, peer_id, now):
        yield said
    yield from places.funding_end(state, peer_id, now)
    yield from _levels(state, peer_id, now)


def _levels(state: Peer, peer_id: UUID, now: datetime) -> Iterator[Event]:
    assert state.rules is not None
    for setting in get_args(v.Setting):
        if setting in state.facts.settings or setting in state.said:
            found = readiness(state.facts, setting, state.rules, day_of(now))
            yield from _news(state.said.get(setting), found, peer_id, setting, now)


def _news(was: Readiness | None, found: Readiness, peer_id: UUID, setting: v.Setting, now: datetime) -> Iterator[Event]:
    """What leads from what was said to what is found.

    Up to which level, and whether alone, is only said with being ready; so that goes before what is about to end.
    """
    if found == was:
        return
    if found.level in _IN_USE:
        same_terms = was is not None and was.level in _IN_USE and terms(was) == terms(found)
        if found.level == "ready" or not same_terms:
            ceiling, lone = terms(found)
            yield s.PeerReady(peer_id=peer_id, setting=setting, ceiling=ceiling, lone_visits=lone, ready_at=now)
    if found.level != "ready":
        yield s.PeerNotReady(
            peer_id=peer_id,
            setting=setting,
            level=found.level,
            missing=found.missing,
            gap_owner=found.gap_owner,
            not_ready_at=now,
        )


def terms(of: Readiness) -> tuple[s.Level | None, bool]:
    """Up to which level, and whether alone."""
    return of.ceiling, of.lone_visits


def days_to_think(state: Peer) -> list[date]:
    """The days still to come on which something may have to be said, in order."""
    if state.rules is None or state.stage not in ("recruited", "started"):
        return []
    days = turning_days(state.facts, state.rules) | places.turning_days(state)
    return sorted(day for day in days if day > state.thought_on)


def said_ready(state: Peer, event: s.PeerReady) -> Peer:
    said = Readiness("ready", ceiling=event.ceiling, lone_visits=event.lone_visits)
    return replace(state, said={**state.said, event.setting: said})


def said_not_ready(state: Peer, event: s.PeerNotReady) -> Peer:
    was = state.said.get(event.setting, _NOTHING_SAID)
    ceiling, lone = terms(was) if event.level == "expiring" else (None, False)
    said = Readiness(event.level, event.missing, event.gap_owner, ceiling, lone)
    return replace(state, said={**state.said, event.setting: said})


def rules_set(state: Peer, event: s.RequirementsSet) -> Peer:
    return replace(state, rules=event)


def thought(state: Peer, event: Any) -> Peer:
    """With every event that bears a time of ours, all was thought of until then."""
    days = (day_of(moment) for name in _STAMPS if (moment := getattr(event, name, None)) is not None)
    latest = max(days, default=state.thought_on)
    return replace(state, thought_on=max(latest, state.thought_on))


EVOLVE = {
    s.PeerReady: said_ready,
    s.PeerNotReady: said_not_ready,
    s.RequirementsSet: rules_set,
}
