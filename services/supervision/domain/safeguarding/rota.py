"""An organisation's duty rota: the usual week, what holds this once, and whether hours are ahead that nobody covers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

from services.supervision.domain.safeguarding.duty_calendar import FAR, Calendar, Gap, Shift, first_undeclared
from services.supervision.domain.safeguarding.duty_policy import DutyPolicy
from shared.contracts import rota_updates as r
from shared.contracts.event import Event
from shared.contracts.supervision import (
    DutyGapDeclared,
    DutyGapFound,
    DutyGapLifted,
    DutyGapSettled,
    DutyRotaChecked,
    DutyRotaSet,
    DutyShiftCancelled,
    DutyShiftSet,
    OnDuty,
    OutOfHours,
)
from shared.runtime.envelope import id_of
from shared.runtime.service import Aggregate, Refusal, Secret

LONGEST = timedelta(days=31)
"""Of a shift or a gap of its own; what lasts longer is the usual week."""
A_MOMENT = timedelta(minutes=1)
BEYOND = timedelta(days=7)
"""Further than hours must begin to be found, so that where they end is known as well."""


NOBODY = Calendar()


@dataclass(frozen=True, slots=True)
class Rota:
    """The calendar, the gap that was found and is not settled, and through when nothing is missing."""

    calendar: Calendar = NOBODY
    found: tuple[datetime, datetime] | None = None
    looked: tuple[datetime, int] | None = None
    """Through when one looked, and how many days that was ahead."""


@dataclass(frozen=True, slots=True)
class OfRota:
    """A command about one organisation's rota, at a time."""

    rota_id: UUID
    at: datetime

    @property
    def subject(self) -> str:
        return f"rota/{self.rota_id}"


@dataclass(frozen=True, slots=True)
class TellRota(OfRota):
    """What a person says of it; `fresh_id` names what it makes, so far one looks ahead for open hours."""

    wish: r.AnyRotaUpdate
    fresh_id: UUID
    days_ahead: int

    @property
    def creates(self) -> bool:
        return not isinstance(self.wish, r.CancelDutyShift | r.LiftDutyGap)


@dataclass(frozen=True, slots=True)
class LookAhead(OfRota):
    """The time has come to look for hours left open."""

    days_ahead: int

    creates: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class KeepReach(OfRota):
    """How somebody is reached while they are on duty; that is the vault's alone, and nothing is said of it."""

    secrets: Sequence[Secret]

    creates: ClassVar[bool] = True


def tell_rota(rota_id: UUID, wish: r.AnyRotaUpdate, now: datetime, policy: DutyPolicy, fresh_id: UUID) -> TellRota:
    """The command for a wish told now."""
    return TellRota(rota_id, now, wish, fresh_id, policy.gap_days)


def decide(state: Rota, command: Any) -> Sequence[Event]:
    """What follows from the command, and at once whether hours are left open by it; raises Refusal."""
    match command:
        case TellRota():
            said: Sequence[Event] = DECIDE[command.wish.do](state, command.wish, command)
            for event in said:
                state = evolve(state, event)
            return [*said, *look(state, command.at, command.days_ahead)]
        case LookAhead():
            return look(state, command.at, command.days_ahead)
        case KeepReach():
            return []
    raise TypeError(f"no rota knows the command {type(command).__name__}")


def look(state: Rota, at: datetime, days_ahead: int) -> Sequence[Event]:
    """Whether hours are left open from now on, so many days ahead; what was found already is not found again."""
    end = at + timedelta(days=days_ahead)
    gap = first_undeclared(state.calendar, at, end + BEYOND)
    if gap and gap[0] >= end:
        gap = None
    if gap and state.found and state.found[0] <= gap[0] < state.found[1]:
        return []
    if gap:
        return [DutyGapFound(starts_at=gap[0], ends_at=gap[1], days_ahead=days_ahead, found_at=at)]
    settled = [DutyGapSettled(starts_at=state.found[0], settled_at=at)] if state.found else []
    return [*settled, DutyRotaChecked(through=end, days_ahead=days_ahead, checked_at=at)]


def set_week(_: Rota, wish: r.SetDutyRota, command: TellRota) -> Sequence[Event]:
    _refuse_one_way(*wish.shifts, *wish.gaps)
    return [DutyRotaSet(shifts=wish.shifts, gaps=wish.gaps, by_role=wish.by_role, set_at=command.at)]


def set_shift(_: Rota, wish: r.SetDutyShift, command: TellRota) -> Sequence[Event]:
    _refuse_one_way(wish)
    _refuse_odd_span(wish.starts_at, wish.ends_at, command.at)
    return [
        DutyShiftSet(
            shift_id=command.fresh_id,
            role=wish.role,
            person_id=wish.person_id,
            channels=wish.channels,
            starts_at=wish.starts_at,
            ends_at=wish.ends_at,
            by_role=wish.by_role,
            set_at=command.at,
        )
    ]


def cancel_shift(state: Rota, wish: r.CancelDutyShift, command: TellRota) -> Sequence[Event]:
    if wish.shift_id not in state.calendar.shifts:
        raise Refusal("no-such-shift", "There is no such shift; it was cancelled, or is past.", "shift_id")
    return [DutyShiftCancelled(shift_id=wish.shift_id, by_role=wish.by_role, cancelled_at=command.at)]


def declare_gap(_: Rota, wish: r.DeclareDutyGap, command: TellRota) -> Sequence[Event]:
    _refuse_one_way(wish)
    _refuse_odd_span(wish.starts_at, wish.ends_at, command.at)
    return [
        DutyGapDeclared(
            gap_id=command.fresh_id,
            route=wish.route,
            channels=wish.channels,
            starts_at=wish.starts_at,
            ends_at=wish.ends_at,
            by_role=wish.by_role,
            declared_at=command.at,
        )
    ]


def lift_gap(state: Rota, wish: r.LiftDutyGap, command: TellRota) -> Sequence[Event]:
    if wish.gap_id not in state.calendar.gaps:
        raise Refusal("no-such-gap", "There is no such gap; it was lifted, or is past.", "gap_id")
    return [DutyGapLifted(gap_id=wish.gap_id, by_role=wish.by_role, lifted_at=command.at)]


def _refuse_one_way(*whom: OnDuty | OutOfHours) -> None:
    if any(len(set(each.channels)) < 2 for each in whom):
        raise Refusal("one-way-only", "Name two different ways, so that one may fail.", "channels")


def _refuse_odd_span(start: datetime, end: datetime, now: datetime) -> None:
    if end <= start:
        raise Refusal("ends-before-it-starts", "It ends before it starts. Check the times.", "ends_at")
    if end <= now:
        raise Refusal("in-the-past", "That is over already. Check the times.", "ends_at")
    if end - start > LONGEST:
        raise Refusal("too-long", "That is more than a month. Change the usual week instead.", "ends_at")


def week_set(state: Rota, event: DutyRotaSet) -> Rota:
    return replace(state, calendar=replace(state.calendar, week=event.shifts, usual_gaps=event.gaps))


def shift_set(state: Rota, event: DutyShiftSet) -> Rota:
    who = OnDuty(role=event.role, person_id=event.person_id, channels=event.channels)
    kept = {key: shift for key, shift in state.calendar.shifts.items() if shift.end > event.set_at}
    shifts = {**kept, event.shift_id: Shift(event.starts_at, event.ends_at, who)}
    return replace(state, calendar=replace(state.calendar, shifts=shifts))


def shift_cancelled(state: Rota, event: DutyShiftCancelled) -> Rota:
    shifts = {key: shift for key, shift in state.calendar.shifts.items() if key != event.shift_id}
    return replace(state, calendar=replace(state.calendar, shifts=shifts))


def gap_declared(state: Rota, event: DutyGapDeclared) -> Rota:
    instead = OutOfHours(route=event.route, channels=event.channels)
    kept = {key: gap for key, gap in state.calendar.gaps.items() if gap.end > event.declared_at}
    gaps = {**kept, event.gap_id: Gap(event.starts_at, event.ends_at, instead)}
    return replace(state, calendar=replace(state.calendar, gaps=gaps))


def gap_lifted(state: Rota, event: DutyGapLifted) -> Rota:
    gaps = {key: gap for key, gap in state.calendar.gaps.items() if key != event.gap_id}
    return replace(state, calendar=replace(state.calendar, gaps=gaps))


def gap_found(state: Rota, event: DutyGapFound) -> Rota:
    found = (event.starts_at, event.ends_at)
    return replace(state, found=found, looked=(event.ends_at, event.days_ahead))


def gap_settled(state: Rota, _: DutyGapSettled) -> Rota:
    return replace(state, found=None)


def checked(state: Rota, event: DutyRotaChecked) -> Rota:
    return replace(state, looked=(event.through, event.days_ahead))


def evolve(state: Rota, event: Any) -> Rota:
    """The state after the event."""
    change = EVOLVE.get(type(event))
    after: Rota = change(state, event) if change else state
    return after


def deadlines(state: Rota) -> dict[str, datetime]:
    """When hours left open are looked for again: `look:<days ahead>:<through>`.

    That is when those that were found are over, or as soon as the first that were left open come within sight.
    """
    if state.looked is None:
        return {}
    through, ahead = state.looked
    when = through
    if state.found is None and (gap := first_undeclared(state.calendar, through, through + timedelta(days=FAR))):
        when = gap[0] + A_MOMENT - timedelta(days=ahead)
    return {f"look:{ahead}:{through.isoformat()}": when}


def due(subject: str, name: str, now: datetime) -> Sequence[LookAhead]:
    """The command that a passed deadline becomes."""
    match name.split(":", 2):
        case ["look", days_ahead, _]:
            return [LookAhead(id_of(subject), now, int(days_ahead))]
    raise ValueError(f"no rota has a deadline called {name}")


DECIDE: Mapping[str, Callable[[Rota, Any, TellRota], Sequence[Event]]] = {
    "set-duty-rota": set_week,
    "set-duty-shift": set_shift,
    "cancel-duty-shift": cancel_shift,
    "declare-duty-gap": declare_gap,
    "lift-duty-gap": lift_gap,
}
EVOLVE: Mapping[type, Callable[[Rota, Any], Rota]] = {
    DutyRotaSet: week_set,
    DutyShiftSet: shift_set,
    DutyShiftCancelled: shift_cancelled,
    DutyGapDeclared: gap_declared,
    DutyGapLifted: gap_lifted,
    DutyGapFound: gap_found,
    DutyGapSettled: gap_settled,
    DutyRotaChecked: checked,
}


ROTA = Aggregate("rota", Rota(), decide, evolve, deadlines, due)
