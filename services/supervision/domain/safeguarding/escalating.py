"""What the clock may do to a concern: tell the next in line, raise the alarm, say that something is late.

None of it takes a concern in hand, decides, lowers or closes anything.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.supervision.domain.safeguarding.concern_commands import (
    Alarm,
    ByClock,
    Escalate,
    GrowLate,
    HearAccepted,
    LapseNotice,
    NoteGiverTold,
)
from services.supervision.domain.safeguarding.concern_state import Concern, Giver, Told
from shared.contracts import supervision as c
from shared.runtime.envelope import id_of


def escalate(state: Concern, command: Escalate) -> Sequence[c.ConcernEscalated]:
    """Each step of a round once, and only while nobody has acknowledged."""
    if not state.waits or command.round != state.round or command.step in state.reached:
        return []
    return [next_step(state, step, command.at) for step in steps_of(state) if step.step == command.step]


def next_step(state: Concern, step: c.Step, at: datetime, *, unreached: bool = False) -> c.ConcernEscalated:
    because: Any = "duty-begins" if step.step == "duty-begins" else "not-acknowledged"
    because = "not-reached" if unreached else because
    return c.ConcernEscalated(round=state.round, step=step.step, to=step.to, because=because, escalated_at=at)


def alarm(state: Concern, command: Alarm) -> Sequence[c.ConcernAlarmed]:
    """Once for each reason in a round."""
    if command.round != state.round or f"alarm:{command.round}:{command.because}" not in _alarms(state):
        return []
    return [c.ConcernAlarmed(round=state.round, because=command.because, alarmed_at=command.at)]


def grow_late(state: Concern, command: GrowLate) -> Sequence[c.ConcernOverdue]:
    """It stays open, and the service lead, or for a colleague the deputy officer, is told."""
    when = _late(state).get(f"late:{command.round}:{command.of}")
    if when is None:
        return []
    to: c.NoticeTo = "service-lead" if state.audience == "safeguarding" else "deputy-officer"
    return [c.ConcernOverdue(round=state.round, of=command.of, to=to, due_at=when, overdue_at=command.at)]


def steps_of(state: Concern) -> tuple[c.Step, ...]:
    return state.times.steps if state.times else ()


def _alarms(state: Concern) -> dict[str, datetime]:
    if not state.waits or state.times is None or state.round_at is None:
        return {}
    told = any(notice.round == state.round and notice.step == "first" for notice in state.notices.values())
    due: dict[c.AlarmBecause, datetime] = {"not-acknowledged": state.times.alarm_at}
    if not told:
        due["not-told-in-time"] = state.times.first_by
    if state.times.duty == "undeclared-gap":
        due["nobody-on-duty"] = state.round_at
    return {f"alarm:{state.round}:{because}": when for because, when in due.items() if because not in state.alarms}


def _late(state: Concern) -> dict[str, datetime]:
    if not state.open or state.handed_over or state.times is None or state.outcome is not None:
        return {}
    due: dict[str, datetime] = {}
    if state.times.decide_by and state.decision is None and "late-decision" not in state.reached:
        due[f"late:{state.round}:decision"] = state.times.decide_by
    if state.outcome_by and "late-outcome" not in state.reached:
        due[f"late:{state.round}:outcome"] = state.outcome_by
    return due


def deadlines(state: Concern) -> dict[str, datetime]:
    """All that the clock has yet to do, by name.

    `step:<round>:<step>`, `alarm:<round>:<because>`, `late:<round>:<of>`, `lapse:<notice>`; and at once
    `giver/<concern>/<handover>/<its organisation>/<ours>`.
    """
    due = _alarms(state) | _late(state)
    if state.waits:
        due |= {f"step:{state.round}:{s.step}": s.at for s in steps_of(state) if s.step not in state.reached}
    if state.open and not state.handed_over and state.times:
        wait = timedelta(seconds=state.times.receipt_seconds)
        for id, notice in state.notices.items():
            matters = state.waits or notice.step.startswith("late-")
            if notice.status == "sent" and notice.round == state.round and matters:
                due[f"lapse:{id}"] = notice.notified_at + wait
    if giver := state.giver:
        due[_giver_name(giver)] = giver.since
    return due


def _giver_name(giver: Giver) -> str:
    return f"giver/{giver.concern_id}/{giver.handover_id}/{giver.organisation}/{giver.to_organisation}"


def due(subject: str, name: str, now: datetime) -> Sequence[ByClock]:
    """The commands that a passed deadline becomes; there is none by which anybody's word is said for them."""
    concern_id = id_of(subject)
    if name.startswith("giver/"):
        _, giver, handover, organisation, ours = name.split("/")
        heard = HearAccepted(UUID(giver), now, organisation, UUID(handover), ours, concern_id)
        return [heard, NoteGiverTold(concern_id, now, UUID(handover))]
    kind, *rest = name.split(":")
    match kind, rest:
        case "step", [round, step]:
            return [Escalate(concern_id, now, int(round), step)]  # type: ignore[arg-type]
        case "alarm", [round, because]:
            return [Alarm(concern_id, now, int(round), because)]  # type: ignore[arg-type]
        case "late", [round, of]:
            return [GrowLate(concern_id, now, int(round), of)]  # type: ignore[arg-type]
        case "lapse", [id]:
            return [LapseNotice(concern_id, now, UUID(id))]
    raise ValueError(f"no concern has a deadline called {name}")


def was_escalated(state: Concern, event: c.ConcernEscalated) -> Concern:
    return replace(state, reached={**state.reached, event.step: Told(event.to, event.escalated_at)})


def was_alarmed(state: Concern, event: c.ConcernAlarmed) -> Concern:
    return replace(state, alarms=state.alarms | {event.because})


def was_late(state: Concern, event: c.ConcernOverdue) -> Concern:
    step: c.StepName = "late-decision" if event.of == "decision" else "late-outcome"
    return replace(state, reached={**state.reached, step: Told(event.to, event.overdue_at)})


COMMANDS: Mapping[type, Any] = {
    Escalate: escalate,
    Alarm: alarm,
    GrowLate: grow_late,
}
EVOLVE: Mapping[type, Any] = {
    c.ConcernEscalated: was_escalated,
    c.ConcernAlarmed: was_alarmed,
    c.ConcernOverdue: was_late,
}
