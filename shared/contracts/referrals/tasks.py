"""What a person must do about a referral: opened by a rule, answered by a person, never by a machine."""

from datetime import date
from uuid import UUID

from pydantic import AwareDatetime

from shared.contracts import values as v
from shared.contracts.event import Event

_TASK = "01958f3a-7c21-7d90-8b42-5e6f7a8b9c0d"


class TaskOpened(Event, name="task-opened", owner="referrals", subject="referral", readers=("referrals",)):
    """A person is needed; `due_on` is the last day on which that is in time."""

    task_id: UUID
    kind: v.TaskKind
    opened_at: AwareDatetime
    due_on: date | None = None

    model_config = v.example(
        {
            "task_id": _TASK,
            "kind": "handback-requested",
            "opened_at": "2026-03-10T11:00:00Z",
            "due_on": "2026-03-13",
        }
    )


class TaskAnswered(Event, name="task-answered", owner="referrals", subject="referral", readers=("referrals",)):
    """A person has done it, and what came of it, as coarsely as a code can say."""

    task_id: UUID
    answered_at: AwareDatetime
    by_role: v.Role
    outcome: v.Code

    model_config = v.example(
        {"task_id": _TASK, "answered_at": "2026-03-11T09:00:00Z", "by_role": "clinician", "outcome": "done"}
    )


class TaskOverdue(Event, name="task-overdue", owner="referrals", subject="referral", readers=("referrals",)):
    """Its last day has passed and nobody has answered: it is escalated, and stays open."""

    task_id: UUID
    due_on: date
    overdue_at: AwareDatetime

    model_config = v.example({"task_id": _TASK, "due_on": "2026-03-13", "overdue_at": "2026-03-14T00:00:00Z"})
