"""A worry about somebody's safety (`concern/<uuid>`): what was noticed, and how urgent it is; never in words.

What was seen or heard stays in the vault, and of whom a concern about a colleague is stays there too.
"""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.contracts import values as v
from shared.contracts.event import Event
from shared.contracts.supervision.concern_values import (
    About,
    AlreadyHandled,
    Audience,
    ConcernRole,
    ImmediateAction,
    SignSource,
    Times,
    Urgency,
)

_CONCERN = "5f0d2c1b-7a44-5c19-9a0e-3b8f6d1e2c70"
_PERSON = "0195557a-2f11-7b02-b4c8-9e7a60d1c3f2"
_SIGN = "01958d20-1d20-7b31-8c42-6f7081920a41"
_AT = "2026-03-06T16:52:01Z"
_READERS = ("supervision", "evaluation")

_TIMES = {
    "round": 1,
    "duty": "staffed",
    "first_to": "first-line",
    "first_by": "2026-03-06T16:53:01Z",
    "acknowledge_by": "2026-03-06T17:07:01Z",
    "steps": [
        {"step": "second", "at": "2026-03-06T17:07:01Z", "to": "deputy"},
        {"step": "third", "at": "2026-03-06T17:22:01Z", "to": "out-of-hours"},
    ],
    "alarm_at": "2026-03-06T17:37:01Z",
    "outcome": {"unit": "hours", "amount": 24},
    "receipt_seconds": 60,
}


class ConcernOpened(
    Event, name="concern-opened", owner="supervision", subject="concern", urgent=True, readers=_READERS
):
    """Somebody may come to harm: who is told of it, and by when what must happen. It closes by a person's word alone.

    Without a person when nobody knows of whom it is, and always when it is about a colleague.
    """

    concern_id: UUID
    person_id: UUID | None = None
    about: About
    audience: Audience
    setting: v.Setting | None = None
    sign_id: UUID
    """What was noticed: the same is never opened or joined twice."""
    source: SignSource
    urgency: Urgency
    completed_at: AwareDatetime | None = None
    already_handled: AlreadyHandled | None = None
    immediate_actions: Annotated[tuple[ImmediateAction, ...], Field(max_length=6)] = ()
    raised_by_role: ConcernRole
    times: Times
    opened_at: AwareDatetime

    model_config = v.example(
        {
            "concern_id": _CONCERN,
            "person_id": _PERSON,
            "about": "adult",
            "audience": "safeguarding",
            "setting": "cpmht",
            "sign_id": _SIGN,
            "source": "measure",
            "urgency": "life",
            "completed_at": "2026-03-06T15:40:00Z",
            "immediate_actions": [],
            "raised_by_role": "sender",
            "times": _TIMES,
            "opened_at": _AT,
        }
    )


class ConcernJoined(
    Event, name="concern-joined", owner="supervision", subject="concern", urgent=True, readers=_READERS
):
    """Something else was noticed that belongs to the open concern; with `times`, people are told and answer anew."""

    sign_id: UUID
    source: SignSource
    sign_urgency: Urgency
    urgency: Urgency
    """How urgent the concern is now; what joins never makes it less so."""
    times: Times | None = None
    raised_by_role: ConcernRole
    joined_at: AwareDatetime

    model_config = v.example(
        {
            "sign_id": "01958d20-1d20-7b31-8c42-6f7081920a45",
            "source": "person",
            "sign_urgency": "today",
            "urgency": "life",
            "raised_by_role": "peer",
            "joined_at": "2026-03-06T16:58:00Z",
        }
    )


class ConcernAnnotated(
    Event, name="concern-annotated", owner="supervision", subject="concern", urgent=True, readers=_READERS
):
    """Something came that changes nothing: the same again, or a score that was put right."""

    sign_id: UUID
    what: Literal["same-again", "score-corrected"]
    annotated_at: AwareDatetime

    model_config = v.example({"sign_id": _SIGN, "what": "score-corrected", "annotated_at": "2026-03-09T09:10:00Z"})


class ConcernUrgencyRaised(
    Event, name="concern-urgency-raised", owner="supervision", subject="concern", urgent=True, readers=_READERS
):
    """It is more urgent than it was; people are told and answer anew."""

    urgency: Urgency
    times: Times
    by_role: ConcernRole
    raised_at: AwareDatetime

    model_config = v.example(
        {"urgency": "life", "times": {**_TIMES, "round": 2}, "by_role": "peer", "raised_at": "2026-03-06T16:52:01Z"}
    )


class ConcernUrgencyLowered(
    Event, name="concern-urgency-lowered", owner="supervision", subject="concern", urgent=True, readers=_READERS
):
    """A clinician judged that it is less urgent than it looked; it stays open, with other times."""

    urgency: Urgency
    times: Times
    by_role: ConcernRole
    lowered_at: AwareDatetime

    model_config = v.example(
        {
            "urgency": "today",
            "times": {**_TIMES, "round": 2, "decide_by": "2026-03-06T20:52:01Z"},
            "by_role": "clinician",
            "lowered_at": "2026-03-06T16:52:01Z",
        }
    )
