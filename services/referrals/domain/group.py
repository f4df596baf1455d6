"""A group: a small class that is made ready, joined up to its cap, led by peers together, met, and closed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from services.referrals.domain.keep_apart import Pairs, apart_from_any
from shared.contracts import group_updates as g
from shared.contracts import values as v
from shared.contracts.event import Event
from shared.contracts.referrals import (
    GroupClosed,
    GroupJoined,
    GroupLeft,
    GroupOpened,
    GroupReadied,
    GroupSessionCalledOff,
    GroupSessionHeld,
    GroupSessionPlanned,
)
from shared.runtime.service import Aggregate, Refusal

BEFORE_MEETING: tuple[v.GroupPoint, ...] = ("venue-booked", "equipment-there")
"""The points without which no session is planned; by video there is no venue."""


@dataclass(frozen=True, slots=True)
class Group:
    """One group as it stands; cap 0 before it was opened."""

    cap: int = 0
    format: v.GroupFormat = "group"
    facilitators: tuple[UUID, ...] = ()
    done: frozenset[v.GroupPoint] = frozenset()
    members: Mapping[UUID, UUID] = field(default_factory=dict)
    """The person of each referral that has a seat."""
    planned: Mapping[UUID, datetime] = field(default_factory=dict)
    held: frozenset[UUID] = frozenset()
    closed: bool = False


@dataclass(frozen=True, slots=True)
class OfGroup:
    """A command about one group, at a time."""

    group_id: UUID
    at: datetime

    @property
    def subject(self) -> str:
        return f"group/{self.group_id}"


@dataclass(frozen=True, slots=True)
class Open(OfGroup):
    """Open a group."""

    wish: g.OpenGroup

    creates: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class TakeSeat(OfGroup):
    """A client takes a seat; `apart` are those who are never to meet. Goes together with the referral."""

    referral_id: UUID
    person_id: UUID
    apart: Pairs
    meetings: tuple[tuple[UUID, datetime], ...] | None = None
    """What the client is told of, if anything: every meeting that is still to come."""


@dataclass(frozen=True, slots=True)
class FreeSeat(OfGroup):
    """A client gives their seat up; goes together with the referral."""

    referral_id: UUID
    because: v.GroupLeftBecause


@dataclass(frozen=True, slots=True)
class TellGroup(OfGroup):
    """What else may be said of a group; `now` is when it is told, `fresh_id` names what it makes."""

    wish: g.ReadyGroup | g.PlanGroupSession | g.CallOffGroupSession | g.HoldGroupSession | g.CloseGroup
    now: datetime
    fresh_id: UUID
    members: frozenset[UUID] | None = None
    """The members whose referrals hear of it in the same transaction, if any are to."""


def decide(state: Group, command: Any) -> Sequence[Event]:
    """What follows from the command; raises Refusal with a stable code."""
    if isinstance(command, Open):
        return _open(state, command)
    if isinstance(command, FreeSeat):
        if command.referral_id not in state.members:
            raise Refusal("not-in-this-group", "This client has no seat in the group.", "referral_id")
        return [GroupLeft(referral_id=command.referral_id, because=command.because, left_at=command.at)]
    if state.cap == 0:
        raise Refusal("no-such-group", "No group with this id is known.")
    if state.closed:
        raise Refusal("group-closed", "This group does not go on. Choose another.")
    if isinstance(command, TakeSeat):
        return _take(state, command)
    if command.members is not None and command.members != state.members.keys():
        raise Refusal("changed-meanwhile", "Somebody joined or left meanwhile. Look at the group, and say it again.")
    match command.wish:
        case g.ReadyGroup(done=done):
            return [GroupReadied(done=tuple(sorted(set(done))), readied_at=command.at)]
        case g.PlanGroupSession():
            return _plan(state, command.wish, command)
        case g.CallOffGroupSession(session_id=session_id):
            _refuse_unless_planned(state, session_id)
            return [GroupSessionCalledOff(session_id=session_id, called_off_at=command.at)]
        case g.HoldGroupSession():
            return _hold(state, command.wish, command)
        case g.CloseGroup(because=because):
            return [GroupClosed(because=because, closed_at=command.at)]
    raise TypeError(f"no group knows the command {type(command).__name__}")


def _open(state: Group, command: Open) -> Sequence[Event]:
    wish = command.wish
    if state.cap:
        raise Refusal("group-already-open", "This group is known already.", "group_id")
    if len(set(wish.facilitators)) != len(wish.facilitators):
        raise Refusal("facilitator-twice", "Name each peer who leads the group once.", "facilitators")
    return [
        GroupOpened(
            cap=wish.cap,
            format=wish.format,
            place=wish.place,
            language=wish.language,
            facilitators=wish.facilitators,
            opened_at=command.at,
        )
    ]


def _take(state: Group, command: TakeSeat) -> Sequence[Event]:
    """The last seat has one winner. Why a group does not suit is told to nobody: it may be somebody else's reason."""
    if command.referral_id in state.members or command.person_id in state.members.values():
        raise Refusal("already-in-group", "This client has a seat already.", "referral_id")
    if len(state.members) >= state.cap:
        raise Refusal("group-full", "Every seat is taken. Choose another group, or open one.", "referral_id")
    if apart_from_any(command.apart, command.person_id, (*state.members.values(), *state.facilitators)):
        raise Refusal("group-not-suitable", "This group is not available for this client. Choose another.")
    meetings = {id: start for id, start in state.planned.items() if start > command.at}
    if command.meetings is not None and dict(command.meetings) != meetings:
        raise Refusal("changed-meanwhile", "The group's meetings changed meanwhile. Look at it, and say it again.")
    return [GroupJoined(referral_id=command.referral_id, person_id=command.person_id, joined_at=command.at)]


def _plan(state: Group, wish: g.PlanGroupSession, command: TellGroup) -> Sequence[Event]:
    session_id = wish.session_id or command.fresh_id
    if session_id in state.planned or session_id in state.held:
        raise Refusal("session-already-known", "This session is known already.", "session_id")
    if wish.planned_start <= command.now:
        raise Refusal("plan-in-the-past", "A session is planned ahead; report it as held.", "planned_start")
    needed = [p for p in BEFORE_MEETING if state.format != "video" or p != "venue-booked"]
    if missing := [point for point in needed if point not in state.done]:
        raise Refusal("not-ready", f"Before the group meets, see to: {', '.join(missing)}.", "done")
    return [GroupSessionPlanned(session_id=session_id, planned_start=wish.planned_start, planned_at=command.at)]


def _hold(state: Group, wish: g.HoldGroupSession, command: TellGroup) -> Sequence[Event]:
    """Of every member it is said whether they came, and of nobody else."""
    session_id = wish.session_id or command.fresh_id
    if session_id in state.held:
        raise Refusal("session-already-recorded", "This session is recorded already.", "session_id")
    if wish.started_at > command.now:
        raise Refusal("in-the-future", "That is still to come. Check the time.", "started_at")
    told = [one.referral_id for one in wish.attendance]
    if len(told) != len(set(told)) or set(told) != state.members.keys():
        raise Refusal("attendance-incomplete", "Say of each member, once, whether they came.", "attendance")
    return [
        GroupSessionHeld(
            session_id=session_id,
            started_at=wish.started_at,
            minutes=wish.minutes,
            attendance=wish.attendance,
            facilitators=wish.facilitators,
            grounding=wish.grounding,
            activities=wish.activities,
            reported_at=command.now,
        )
    ]


def _refuse_unless_planned(state: Group, session_id: UUID) -> None:
    if session_id not in state.planned:
        raise Refusal("no-such-session", "The group has no planned session with this id.", "session_id")


def evolve(state: Group, event: Any) -> Group:
    """The state after the event."""
    match event:
        case GroupOpened(cap=cap, format=format, facilitators=facilitators):
            return replace(state, cap=cap, format=format, facilitators=facilitators)
        case GroupReadied(done=done):
            return replace(state, done=state.done | {*done})
        case GroupJoined(referral_id=id, person_id=person):
            return replace(state, members={**state.members, id: person})
        case GroupLeft(referral_id=id):
            return replace(state, members={key: person for key, person in state.members.items() if key != id})
        case GroupSessionPlanned(session_id=id, planned_start=start):
            return replace(state, planned={**state.planned, id: start})
        case GroupSessionCalledOff(session_id=id):
            return replace(state, planned={key: start for key, start in state.planned.items() if key != id})
        case GroupSessionHeld(session_id=id):
            left = {key: start for key, start in state.planned.items() if key != id}
            return replace(state, planned=left, held=state.held | {id})
        case GroupClosed():
            return replace(state, closed=True, planned={})
    return state


GROUP = Aggregate("group", Group(), decide, evolve)
