"""What concerns are told in: closed words, and by when what must happen; never a word about anybody."""

from typing import Annotated, Literal
from uuid import UUID, uuid5

from pydantic import AwareDatetime, Field

from shared.contracts.event import Value
from shared.contracts.supervision.rota import DutyRole

Urgency = Literal["life", "today", "next-working-day", "measure-late"]
URGENCIES: tuple[Urgency, ...] = ("life", "today", "next-working-day", "measure-late")
"""From the most urgent to the least; `measure-late` is what a measure said days ago, or somebody saw to already."""
About = Literal["adult", "child", "unborn", "peer", "staff"]
Audience = Literal["safeguarding", "named-officer", "deputy-officer"]
"""Who may see it; what is about a colleague is for a named officer alone, or the deputy if it is about that one."""
SignSource = Literal["person", "measure", "risk-item", "held-measure", "handover", "lone-visit"]
"""Somebody said so; a measure, read here or by evaluation; one that cannot be read; another house; not back in time."""
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


class AlreadyHandled(Value):
    """Somebody says that they have seen to it."""

    by_role: ConcernRole
    at: AwareDatetime


def concern_about(person_id: UUID, about: Literal["adult", "child", "unborn"]) -> UUID:
    """The id of the one concern of that kind about a person, by whatever door it comes."""
    return uuid5(person_id, f"concern:{about}")
