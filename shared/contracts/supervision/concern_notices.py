"""Whom a concern reached, in which way and whether it arrived; who was told next; and when the alarm was raised."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.contracts import values as v
from shared.contracts.event import Event
from shared.contracts.supervision.concern_values import AlarmBecause, NoticeTo, Round, StepName
from shared.contracts.supervision.rota import NoticeChannel, OutOfHoursRoute

_NOTICE = "6a1e3d2c-8b55-5d2a-8b1f-4c907e2f3d81"
_ON_DUTY = "01958c10-1d20-7b31-8c42-6f7081920a33"
_READERS = ("supervision", "evaluation")


class ConcernNotified(
    Event, name="concern-notified", owner="supervision", subject="concern", urgent=True, readers=_READERS
):
    """Somebody was told in one way; whether it reached them is a receipt's to say."""

    notice_id: UUID
    round: Round
    step: StepName
    to: NoticeTo
    person_id: UUID | None = None
    route: OutOfHoursRoute | None = None
    attempt: Annotated[int, Field(ge=0, le=1)]
    channel: NoticeChannel
    notified_at: AwareDatetime

    model_config = v.example(
        {
            "notice_id": _NOTICE,
            "round": 1,
            "step": "first",
            "to": "first-line",
            "person_id": _ON_DUTY,
            "attempt": 0,
            "channel": "phone",
            "notified_at": "2026-03-06T16:52:02Z",
        }
    )


class ConcernNoticeReceived(
    Event, name="concern-notice-received", owner="supervision", subject="concern", urgent=True, readers=_READERS
):
    """The notice arrived; that somebody has read it is not said by that."""

    notice_id: UUID
    received_at: AwareDatetime

    model_config = v.example({"notice_id": _NOTICE, "received_at": "2026-03-06T16:52:09Z"})


class ConcernNoticeFailed(
    Event, name="concern-notice-failed", owner="supervision", subject="concern", urgent=True, readers=_READERS
):
    """The notice did not arrive, or nobody can say: another way, and the next in line, are tried at once."""

    notice_id: UUID
    because: Literal["refused", "no-receipt"]
    failed_at: AwareDatetime

    model_config = v.example({"notice_id": _NOTICE, "because": "no-receipt", "failed_at": "2026-03-06T16:53:02Z"})


class ConcernEscalated(
    Event, name="concern-escalated", owner="supervision", subject="concern", urgent=True, readers=_READERS
):
    """The next in line is told as well, once."""

    round: Round
    step: Literal["duty-begins", "second", "third"]
    to: NoticeTo
    because: Literal["not-acknowledged", "not-reached", "duty-begins"]
    escalated_at: AwareDatetime

    model_config = v.example(
        {
            "round": 1,
            "step": "second",
            "to": "deputy",
            "because": "not-acknowledged",
            "escalated_at": "2026-03-06T17:07:01Z",
        }
    )


class ConcernAlarmed(
    Event, name="concern-alarmed", owner="supervision", subject="concern", urgent=True, readers=_READERS
):
    """The line did not hold: whoever runs the service is called, and the concern stays open."""

    round: Round
    because: AlarmBecause
    alarmed_at: AwareDatetime

    model_config = v.example({"round": 1, "because": "not-acknowledged", "alarmed_at": "2026-03-06T17:37:01Z"})


class ConcernOverdue(
    Event, name="concern-overdue", owner="supervision", subject="concern", urgent=True, readers=_READERS
):
    """It was acknowledged, and what should have followed by now has not: the service lead is told."""

    round: Round
    of: Literal["decision", "outcome"]
    to: NoticeTo
    due_at: AwareDatetime
    overdue_at: AwareDatetime

    model_config = v.example(
        {
            "round": 1,
            "of": "outcome",
            "to": "service-lead",
            "due_at": "2026-03-07T17:01:00Z",
            "overdue_at": "2026-03-07T17:01:00Z",
        }
    )
