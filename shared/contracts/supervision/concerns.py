"""A worry about somebody's safety (`concern/<uuid>`): whom it reached and when, and what people decided; never words.

What was seen or heard stays in the vault, and of whom a concern about a colleague is stays there too.
"""

from typing import Annotated, Literal
from uuid import UUID, uuid5

from pydantic import AwareDatetime, Field

from shared.contracts import values as v
from shared.contracts.event import Event, Value
from shared.contracts.supervision.rota import DutyRole, NoticeChannel, OutOfHoursRoute

_CONCERN = "5f0d2c1b-7a44-5c19-9a0e-3b8f6d1e2c70"
_PERSON = "0195557a-2f11-7b02-b4c8-9e7a60d1c3f2"
_SIGN = "01958d20-1d20-7b31-8c42-6f7081920a41"
_NOTICE = "6a1e3d2c-8b55-5d2a-8b1f-4c907e2f3d81"
_HANDOVER = "01958d20-1d20-7b31-8c42-6f7081920a43"
_ON_DUTY = "01958c10-1d20-7b31-8c42-6f7081920a33"
_AT = "2026-03-06T16:52:01Z"
_READERS = ("supervision", "evaluation")

Urgency = Literal["life", "today", "next-working-day", "measure-late"]
URGENCIES: tuple[Urgency, ...] = ("life", "today", "next-working-day", "measure-late")
"""From the most urgent to the least; `measure-late` is what a measure said days ago, or somebody saw to already."""
About = Literal["adult", "child", "unborn", "peer", "staff"]
Audience = Literal["safeguarding", "named-officer", "deputy-officer"]
"""Who may see it; what is about a colleague is for a named officer alone, or the deputy if it is about that one."""
SignSource = Literal["person", "measure", "risk-item", "held-measure", "handover"]
"""Somebody said so; what a measure says, read here or by evaluation; a measure that cannot be read; another house."""
ConcernRole = Literal[
    "peer",
    "supervisor",
    "coordinator",
    "clinician",
    "charge-nurse",
    "service-lead",
    "safeguarding-lead",
    "named-officer",
    "deputy-officer",
    "client",
    "sender",
]
ImmediateAction = Literal["stayed-with-them", "phoned-999", "phoned-111", "told-by-voice", "moved-to-safety", "none"]
NoticeTo = DutyRole | Literal["first-line", "out-of-hours"]
Decision = Literal["adult-at-risk", "child-protection", "refer-on", "support-here", "no-further-action"]
"""What somebody whose task it is decided; none of it is ever derived."""
ConcernOutcome = Literal[
    "safe-now", "safety-plan", "statutory-referral", "with-other-organisation", "not-as-feared", "other"
]
AlarmBecause = Literal["not-acknowledged", "nobody-on-duty", "not-told-in-time", "nobody-reached"]
StepName = Literal["first", "duty-begins", "second", "third", "late-decision", "late-outcome"]
Round = Annotated[int, Field(ge=1, le=10_000)]


class Within(Value):
    """So many hours on the wall, or working days."""

    unit: Literal["hours", "working-days"]
    amount: Annotated[int, Field(ge=1, le=1000)]


class Step(Value):
    """Who else is told, and when, as long as nobody has acknowledged."""

    step: Literal["duty-begins", "second", "third"]
    at: AwareDatetime
    to: NoticeTo


class Times(Value):
    """By when what is to happen, as it was reckoned from the rota and the rules of that moment; no change puts it off.

    Each round begins with the first notice and ends when somebody acknowledges.
    """

    round: Round
    duty: Literal["staffed", "declared-gap", "undeclared-gap"]
    nobody_until: AwareDatetime | None = None
    """What whoever raised it was told of when somebody will read it."""
    first_to: NoticeTo
    first_by: AwareDatetime
    acknowledge_by: AwareDatetime
    steps: Annotated[tuple[Step, ...], Field(max_length=3)]
    alarm_at: AwareDatetime
    decide_by: AwareDatetime | None = None
    outcome: Within
    receipt_seconds: Annotated[int, Field(ge=1, le=100_000)]
    """How long a receipt is waited for."""


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


class AlreadyHandled(Value):
    """Somebody says that they have seen to it."""

    by_role: ConcernRole
    at: AwareDatetime


def concern_about(person_id: UUID, about: Literal["adult", "child", "unborn"]) -> UUID:
    """The id of the one concern of that kind about a person, by whatever door it comes."""
    return uuid5(person_id, f"concern:{about}")


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


class ConcernAcknowledged(
    Event, name="concern-acknowledged", owner="supervision", subject="concern", urgent=True, readers=_READERS
):
    """Somebody has it in hand, which is not done: by when there must be an outcome."""

    by_role: ConcernRole
    person_id: UUID | None = None
    acknowledged_at: AwareDatetime
    outcome_by: AwareDatetime

    model_config = v.example(
        {
            "by_role": "clinician",
            "person_id": _ON_DUTY,
            "acknowledged_at": "2026-03-06T17:01:00Z",
            "outcome_by": "2026-03-07T17:01:00Z",
        }
    )


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


class ConcernHandoverProposed(
    Event, name="concern-handover-proposed", owner="supervision", subject="concern", urgent=True, readers=_READERS
):
    """Another organisation is asked to take it on; until it has, the clocks here run on."""

    handover_id: UUID
    to_organisation: v.OrganisationCode
    by_role: ConcernRole
    proposed_at: AwareDatetime

    model_config = v.example(
        {
            "handover_id": _HANDOVER,
            "to_organisation": "S08000030",
            "by_role": "safeguarding-lead",
            "proposed_at": "2026-03-06T17:05:00Z",
        }
    )


class ConcernHandedOver(
    Event, name="concern-handed-over", owner="supervision", subject="concern", urgent=True, readers=_READERS
):
    """The other organisation has accepted it, and it is theirs to answer; here a person still closes it.

    `to_concern_id` is what it became there, if anything is known of that.
    """

    handover_id: UUID
    to_organisation: v.OrganisationCode
    to_concern_id: UUID | None = None
    accepted_at: AwareDatetime

    model_config = v.example(
        {"handover_id": _HANDOVER, "to_organisation": "S08000030", "accepted_at": "2026-03-06T17:20:00Z"}
    )


class ConcernTakenOn(
    Event, name="concern-taken-on", owner="supervision", subject="concern", urgent=True, readers=_READERS
):
    """This concern was another organisation's, which is to hear that it was accepted."""

    handover_id: UUID
    from_organisation: v.OrganisationCode
    from_concern_id: UUID
    to_organisation: v.OrganisationCode
    taken_on_at: AwareDatetime

    model_config = v.example(
        {
            "handover_id": _HANDOVER,
            "from_organisation": "SC012345",
            "from_concern_id": _CONCERN,
            "to_organisation": "S08000030",
            "taken_on_at": "2026-03-06T17:20:00Z",
        }
    )


class ConcernGiverTold(
    Event, name="concern-giver-told", owner="supervision", subject="concern", urgent=True, readers=("supervision",)
):
    """Whoever handed it over has heard that it was accepted."""

    handover_id: UUID
    told_at: AwareDatetime

    model_config = v.example({"handover_id": _HANDOVER, "told_at": "2026-03-06T17:20:01Z"})


class ConcernDecided(
    Event, name="concern-decided", owner="supervision", subject="concern", urgent=True, readers=_READERS
):
    """Somebody whose task it is decided what it is and what is done."""

    decision: Decision
    by_role: ConcernRole
    decided_at: AwareDatetime

    model_config = v.example({"decision": "support-here", "by_role": "clinician", "decided_at": "2026-03-06T17:15:00Z"})


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


class ConcernOutcomeRecorded(
    Event, name="concern-outcome-recorded", owner="supervision", subject="concern", urgent=True, readers=_READERS
):
    """What came of it, as coarsely as a code can say; the rest is in the vault."""

    outcome: ConcernOutcome
    by_role: ConcernRole
    recorded_at: AwareDatetime

    model_config = v.example({"outcome": "safety-plan", "by_role": "clinician", "recorded_at": "2026-03-07T11:00:00Z"})


class ConcernClosed(
    Event, name="concern-closed", owner="supervision", subject="concern", urgent=True, readers=_READERS
):
    """A person closed it, with its outcome; what is noticed from now on opens it anew."""

    outcome: ConcernOutcome
    by_role: ConcernRole
    closed_at: AwareDatetime

    model_config = v.example({"outcome": "safety-plan", "by_role": "clinician", "closed_at": "2026-03-07T11:05:00Z"})
