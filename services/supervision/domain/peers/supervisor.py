"""A supervisor: whose peers they are, what people say of their being there, and what that shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from services.supervision.domain.peers.absence import Supervisor, away, back, consequences, evolve, turning_days
from shared.contracts import supervision as s
from shared.contracts import supervisor_updates as u
from shared.contracts.days import day_of, start_of
from shared.contracts.event import Event
from shared.runtime.envelope import id_of
from shared.runtime.service import Aggregate, Refusal


@dataclass(frozen=True, slots=True)
class OfSupervisor:
    """A command about one supervisor, at a time, which is now."""

    supervisor_id: UUID
    at: datetime

    @property
    def subject(self) -> str:
        return f"supervisor/{self.supervisor_id}"


@dataclass(frozen=True, slots=True)
class TakeOn(OfSupervisor):
    """A peer is theirs; goes together with the peer's own stream."""

    peer_id: UUID
    last_on: date
    rules: s.AbsenceRules

    creates: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class Release(OfSupervisor):
    """A peer is not theirs any more; goes together with the peer's own stream."""

    peer_id: UUID


@dataclass(frozen=True, slots=True)
class NoteRest(OfSupervisor):
    """A peer rests, or no more does; goes together with the peer's own stream."""

    peer_id: UUID
    resting: bool


@dataclass(frozen=True, slots=True)
class NoteHeld(OfSupervisor):
    """A peer had clinical supervision; goes together with the peer's own stream."""

    peer_id: UUID
    held_on: date
    by: s.SupervisedBy


@dataclass(frozen=True, slots=True)
class TellSupervisor(OfSupervisor):
    """What a person says of the supervisor; all but that they are back may be said first of all."""

    wish: u.AnySupervisorUpdate
    rules: s.AbsenceRules

    @property
    def creates(self) -> bool:
        """Nobody is back who was never known: that is the same as of another organisation's."""
        return not isinstance(self.wish, u.SayBack)


@dataclass(frozen=True, slots=True)
class RethinkSupervisor(OfSupervisor):
    """A day has come on which it may show that nobody is there, or that nobody steps in."""


def decide(state: Supervisor, command: Any) -> Sequence[Event]:
    """What follows from the command, and what it shows; raises Refusal with a stable code."""
    said: list[Event] = []
    rules = getattr(command, "rules", None)
    if rules is not None and (state.rules is None or _numbers(rules) != _numbers(state.rules)):
        about = {"supervisor_id": command.supervisor_id, "recorded_at": command.at}
        said.append(s.AbsenceRulesSet(**_numbers(rules), **about))
    elif state.rules is None:
        raise Refusal("unknown-supervisor", "No supervisor with this id is known.")
    said += _said(state, command)
    after = state
    for event in said:
        after = evolve(after, event)
    return [*said, *consequences(after, command.supervisor_id, command.at)]


def _numbers(rules: s.AbsenceRules) -> dict[str, Any]:
    return {name: getattr(rules, name) for name in s.AbsenceRules.model_fields}


def _said(state: Supervisor, command: Any) -> list[Event]:
    of: dict[str, Any] = {"supervisor_id": command.supervisor_id, "recorded_at": command.at}
    match command:
        case TakeOn():
            return [s.SuperviseeTaken(peer_id=command.peer_id, last_on=command.last_on, **of)]
        case Release() | NoteRest() | NoteHeld() if command.peer_id not in state.peers:
            return []
        case Release():
            return [s.SuperviseeReleased(peer_id=command.peer_id, **of)]
        case NoteRest():
            return [s.SuperviseeRested(peer_id=command.peer_id, resting=command.resting, **of)]
        case NoteHeld():
            return _held(state, command, of)
        case TellSupervisor(wish=wish):
            return _told(state, wish, command, of)
        case RethinkSupervisor():
            return []
    raise TypeError(f"no supervisor knows the command {type(command).__name__}")


def _held(state: Supervisor, command: NoteHeld, of: dict[str, Any]) -> list[Event]:
    """Whoever supervises is there; what took place before they went tells nothing of now."""
    held = s.SuperviseeSupervised(peer_id=command.peer_id, held_on=command.held_on, by=command.by, **of)
    is_there = command.by == "named" and state.away_on is not None and command.held_on >= state.away_on
    return [held, *([back(command.supervisor_id, command.at)] if is_there else [])]


def _told(state: Supervisor, wish: u.AnySupervisorUpdate, command: OfSupervisor, of: dict[str, Any]) -> list[Event]:
    match wish:
        case u.SayAway(until=until):
            if until is not None and until < day_of(command.at):
                raise Refusal("in-the-past", "That day is over. Say a day still to come, or none.", "until")
            if state.away_on is not None:
                raise Refusal("already-away", "It is known already that the supervisor is away.")
            return [away(state, command.supervisor_id, command.at, "said", until)]
        case u.SayBack():
            if state.away_on is None:
                raise Refusal("not-away", "Nobody said or thinks that the supervisor is away.")
            return [back(command.supervisor_id, command.at)]
        case u.AgreeDeputy(deputy_id=deputy_id):
            if deputy_id == command.supervisor_id:
                raise Refusal("own-deputy", "Somebody else stands in for a supervisor.", "deputy_id")
            return [s.DeputyAgreed(deputy_id=deputy_id, **of)]


def deadlines(state: Supervisor) -> dict[str, datetime]:
    """The next day on which something shows by itself, from its first moment here: `look:<day>`."""
    for day in sorted(turning_days(state)):
        if day > state.thought_on and list(consequences(state, UUID(int=0), start_of(day))):
            return {f"look:{day}": start_of(day)}
    return {}


def due(subject: str, _: str, now: datetime) -> Sequence[Any]:
    """The supervisor is thought of anew."""
    return [RethinkSupervisor(id_of(subject), now)]


SUPERVISOR = Aggregate("supervisor", Supervisor(), decide, evolve, deadlines, due)
