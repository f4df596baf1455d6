"""What a person must do: opened beside the event that asks for it, answered by a person, escalated when it is late."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from services.referrals.domain.commands import AskPerson, GrowLate, Tell
from services.referrals.domain.state import Referral, Task
from shared.contracts import updates as u
from shared.contracts import values as v
from shared.contracts.days import day_of, start_of
from shared.contracts.event import Event
from shared.contracts.referrals import TaskAnswered, TaskOpened, TaskOverdue
from shared.runtime.service import Refusal


class Kind(NamedTuple):
    """What the task asks of a person, in plain words, and what may be answered."""

    words: str
    choices: tuple[v.Code, ...] = ("done", "not-needed")


TASKS: Mapping[v.TaskKind, Kind] = {
    "birth-recorded": Kind(
        "A birth was recorded and messages rest. Ask the client what suits now, then let messages go on."
    ),
    "loss-recorded": Kind(
        "A loss was recorded and messages rest. Make sure that the peer is told by her supervisor. Ask the client, "
        "when the time is right, whether to stay with this peer, pause, or meet a peer with experience of loss.",
        ("stay-with-this-peer", "pause", "peer-with-loss-experience", "ask-again-later", "no-support-wanted"),
    ),
    "client-died": Kind(
        "The client has died, and nothing is written to the family. Make sure that the peer is told by her supervisor. "
        "End the support, gently and by hand."
    ),
    "baby-left-care": Kind(
        "The baby is not in the parents' care, and messages rest. Make sure that the peer is told by her supervisor. "
        "Ask the client what would help now."
    ),
    "consent-withdrawn": Kind(
        "The client took an agreement back, and sharing has stopped. Tell them by their safe channel that it is done."
    ),
    "peer-no-longer-available": Kind(
        "The peer is not available any more. Tell the client by their safe channel, and look for another peer."
    ),
    "message-unknown": Kind("It is not known whether a message reached the client. Find out by their safe channel."),
    "message-not-sent": Kind("A message could not be sent. Tell the client what it was to say, by their safe channel."),
    "service-closed": Kind(
        "The service that the client was with has closed; they are back on the list, at their own date. Tell them, "
        "and ask whether they wish to stay together with others from there.",
        ("told", "no-support-wanted"),
    ),
    "handover-not-accepted": Kind(
        "The hand-over was not accepted by its day, so the peer stays. Ask the other organisation, or find a way.",
        ("proposed-again", "stays-here", "other-organisation"),
    ),
    "erased-elsewhere": Kind(
        "Whoever handed this client on has erased its record of them. Ask your data protection officer whether yours "
        "is to be erased as well.",
        ("erased-as-well", "kept"),
    ),
    "restricted-elsewhere": Kind(
        "Whoever handed this client on has restricted what it keeps of them. Ask your data protection officer whether "
        "yours is to be restricted as well.",
        ("restricted-as-well", "kept"),
    ),
    "handover-lapsed": Kind(
        "The client was accepted when the other organisation no longer asked for it, or no longer could. Ask them what "
        "is so, and decide whether support goes on here; who the client is came with the acceptance.",
        ("goes-on", "ends"),
    ),
    "kept-apart-and-handed-over": Kind(
        "The client is never to meet somebody, and goes to an organisation that does not know it. Ask the client what "
        "may be told there, and tell it before a peer or a group is chosen.",
        ("told", "client-says-no"),
    ),
    "handback-requested": Kind(
        "The client needs more than a peer can give. The clinical team takes this on, and says so by accepting.",
        (),
    ),
    "kept-apart-and-together": Kind(
        "The client is never to meet somebody with whom they share a peer, a proposal or a group now. Talk with them "
        "today, and part the two.",
        ("parted", "not-so"),
    ),
    "known-person-referred-again": Kind(
        "Somebody known here was referred again, and what was kept of them before stands. Compare it with what the "
        "referrer says now; ask the client by their safe channel, and put right what is not so any more.",
        ("nothing-new", "put-right"),
    ),
    "support-after-handback": Kind(
        "The clinical team has the client. Decide with them whether peer support goes on.", ("goes-on", "ends")
    ),
}


def opened(kind: v.TaskKind, cause: UUID, at: datetime, due_on: date | None = None) -> TaskOpened:
    """A task of that kind; the same kind and cause is always the same task."""
    return TaskOpened(task_id=uuid5(cause, kind), kind=kind, opened_at=at, due_on=due_on)


def ask(state: Referral, command: AskPerson) -> Sequence[Event]:
    """A person is asked today, unless the same is asked of them already."""
    asked = opened(command.kind, command.cause, command.at, day_of(command.at))
    return [] if asked.task_id in state.tasks else [asked]


def done(state: Referral, kind: v.TaskKind, cause: UUID, at: datetime, by_role: v.Role) -> list[TaskAnswered]:
    """The task is answered by what a person has done elsewhere; nothing if it is not open."""
    task_id = uuid5(cause, kind)
    if task_id not in state.tasks:
        return []
    return [TaskAnswered(task_id=task_id, answered_at=at, by_role=by_role, outcome="done")]


def answer(state: Referral, wish: u.AnswerTask, command: Tell) -> Sequence[Event]:
    """Only what is open, and only with one of its own answers."""
    task = state.tasks.get(wish.task_id)
    if task is None:
        raise Refusal("no-such-task", "There is no open task with this id.", "task_id")
    choices = TASKS[task.kind].choices
    if not choices:
        raise Refusal("answered-elsewhere", "This is answered by doing it: the clinical team accepts.", "task_id")
    if wish.outcome not in choices:
        raise Refusal("not-an-answer", f"Answer with one of: {', '.join(choices)}.", "outcome")
    return [TaskAnswered(task_id=wish.task_id, answered_at=command.at, by_role=wish.by_role, outcome=wish.outcome)]


def grow_late(state: Referral, command: GrowLate) -> Sequence[TaskOverdue]:
    """Its day has passed; whatever follows by hand, the task stays open."""
    task = state.tasks.get(command.task_id)
    if task is None or task.due_on is None or task.overdue:
        return []
    return [TaskOverdue(task_id=command.task_id, due_on=task.due_on, overdue_at=command.at)]


def late_from(state: Referral) -> dict[str, datetime]:
    """When each task with a last day is late: as soon as that day is over."""
    return {
        f"task:{task_id}:{task.due_on}": start_of(task.due_on + timedelta(days=1))
        for task_id, task in state.tasks.items()
        if task.due_on is not None and not task.overdue
    }


def was_opened(state: Referral, event: TaskOpened) -> Referral:
    return replace(state, tasks={**state.tasks, event.task_id: Task(event.kind, event.due_on)})


def was_answered(state: Referral, event: TaskAnswered) -> Referral:
    return replace(state, tasks={id: task for id, task in state.tasks.items() if id != event.task_id})


def is_late(state: Referral, event: TaskOverdue) -> Referral:
    task = state.tasks.get(event.task_id)
    return replace(state, tasks={**state.tasks, event.task_id: replace(task, overdue=True)}) if task else state


DECIDE = {u.AnswerTask: answer}
COMMANDS: Mapping[type, Any] = {AskPerson: ask, GrowLate: grow_late}
EVOLVE = {TaskOpened: was_opened, TaskAnswered: was_answered, TaskOverdue: is_late}
