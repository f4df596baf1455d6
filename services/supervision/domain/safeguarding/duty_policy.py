"""What each organisation has decided about concerns: how fast, who in turn, which numbers. Every one is a default."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, model_validator

from shared.contracts import values as v
from shared.contracts.event import Value
from shared.contracts.people import Email
from shared.contracts.people import Phone as PhoneNumber
from shared.contracts.supervision import (
    FIRST_LINE,
    Audience,
    ConcernRole,
    DutyRole,
    NoticeChannel,
    NoticeTo,
    OnDuty,
    OutOfHours,
    OutOfHoursRoute,
    Urgency,
    Within,
)

Positive = Annotated[int, Field(ge=1, le=100_000)]


class Pace(Value):
    """How soon: in minutes of the wall or of duty, or in working days."""

    time: Literal["wall", "duty", "working-days"]
    acknowledge: Positive
    steps: Annotated[tuple[Positive, ...], Field(max_length=2)]
    """When the second and the third in line are told."""
    alarm: Positive
    decide: Positive | None = None
    same_day: bool = False
    """All of it within the working day on which it begins, though never sooner than what concerns a life."""
    outcome: Within
    out_of_hours: bool = True
    """Whether the agreed route is told at once while nobody is on duty."""

    @model_validator(mode="after")
    def _goes_on(self) -> "Pace":
        if list(self.steps) != sorted(self.steps) or max((self.acknowledge, *self.steps)) > self.alarm:
            raise ValueError("Steps come one after the other, and the alarm after them all.")
        if self.decide is not None and self.decide < self.acknowledge:
            raise ValueError("Nobody decides before it is acknowledged.")
        return self


class Phone(Value):
    """A number to phone now, as it is read out, and when somebody last made sure that it answers."""

    title: Annotated[str, Field(min_length=1, max_length=60)]
    number: Annotated[str, Field(pattern=r"^[+0-9 ]{3,20}$")]
    last_checked: date


class Reach(Value):
    """By which number and address somebody on duty, or an agreed route, is reached."""

    phone: PhoneNumber | None = None
    email: Email | None = None

    def by(self, channel: NoticeChannel) -> str | None:
        """Where to write or to call."""
        return self.email if channel == "email" else self.phone


_A_DAY, _FIVE_DAYS = Within(unit="hours", amount=24), Within(unit="working-days", amount=5)


def _paces() -> Mapping[Urgency, Pace]:
    return {
        "life": Pace(time="wall", acknowledge=15, steps=(15, 30), alarm=45, outcome=_A_DAY),
        "today": Pace(
            time="duty", acknowledge=60, steps=(60, 120), alarm=180, decide=240, same_day=True, outcome=_A_DAY
        ),
        "next-working-day": Pace(time="duty", acknowledge=240, steps=(240, 360), alarm=480, outcome=_FIVE_DAYS),
        "measure-late": Pace(
            time="working-days", acknowledge=1, steps=(1,), alarm=2, outcome=_FIVE_DAYS, out_of_hours=False
        ),
    }


def _lines() -> Mapping[Audience, tuple[NoticeTo, ...]]:
    return {
        "safeguarding": ("first-line", "deputy", "out-of-hours"),
        "named-officer": ("named-officer", "deputy-officer"),
        "deputy-officer": ("deputy-officer",),
    }


def _first_line() -> Mapping[v.Setting, DutyRole]:
    return {"mbu": "charge-nurse", "cpmht": "duty-clinician", "third-sector": "safeguarding-lead"}


def _lower_roles() -> Mapping[v.Setting, tuple[ConcernRole, ...]]:
    return {"mbu": ("charge-nurse",)}


class DutyPolicy(Value):
    """One organisation's settings about concerns and its duty rota, frozen."""

    model_config = ConfigDict(extra="forbid")

    organisation_name: Annotated[str, Field(min_length=1, max_length=80)] = "this service"
    paces: Mapping[Urgency, Pace] = Field(default_factory=_paces)
    lines: Mapping[Audience, tuple[NoticeTo, ...]] = Field(default_factory=_lines)
    """Who is told first, and who next; who hears of a colleague is nobody that works with them."""
    lower_roles: Mapping[v.Setting, tuple[ConcernRole, ...]] = Field(default_factory=_lower_roles)
    """Who besides a clinician lowers how urgent it is."""
    no_danger: Urgency = "today"
    """What is raised by somebody who rates no risk, and in which nobody is in danger now."""

    standing: Mapping[DutyRole, OnDuty] = Field(default_factory=dict)
    """Who holds a task at all times, and is told where the rota names nobody for it."""
    out_of_hours: OutOfHours = OutOfHours(route="social-work-out-of-hours", channels=("phone", "email"))
    """Who is told where nobody is on duty and no gap says whom instead."""

    reach: Mapping[OutOfHoursRoute, Reach] = Field(default_factory=dict)
    """Where the agreed routes are reached."""

    first_notice_seconds: Positive = 60
    receipt_seconds: Positive = 60
    """How long one waits for a receipt before another way and the next in line are tried."""
    gap_days: Annotated[int, Field(ge=1, le=28)] = 14
    """How far ahead the rota is looked through for hours that nobody covers."""

    emergency: Phone = Phone(title="emergency", number="999", last_checked=date(2026, 3, 1))
    advice: Phone = Phone(title="NHS 24", number="111", last_checked=date(2026, 3, 1))
    social_work: Phone | None = None
    """Out of hours, of this area; where none is named, NHS 24 is."""
    check_numbers_days: Positive = 180
    first_line: Mapping[v.Setting, DutyRole] = Field(default_factory=_first_line)
    """Who of those on duty is told first, where one of them is there."""

    @model_validator(mode="after")
    def _leaves_nothing_out(self) -> "DutyPolicy":
        for kind, wanted, named in (
            ("pace", _paces(), self.paces),
            ("line", _lines(), self.lines),
        ):
            if lost := wanted.keys() - named.keys():
                raise ValueError(f"No {kind} is named for {', '.join(sorted(lost))}. Name one for each.")
        if self.paces["life"].time != "wall":
            raise ValueError("What concerns a life waits for nobody's hours. Give its pace on the wall.")
        if any(not line for line in self.lines.values()):
            raise ValueError("A line in which nobody stands tells nobody. Name somebody.")
        if odd := [role for role in self.first_line.values() if role not in FIRST_LINE]:
            raise ValueError(f"{', '.join(odd)} answers no concerns. Name one of {', '.join(FIRST_LINE)}.")
        return self


class DutyPolicies(Value):
    """The settings of each organisation, and those of one not named."""

    model_config = ConfigDict(extra="forbid")

    default: DutyPolicy = DutyPolicy()
    organisations: Mapping[str, DutyPolicy] = Field(default_factory=dict)

    def of(self, organisation: str) -> DutyPolicy:
        """That organisation's settings."""
        return self.organisations.get(organisation, self.default)
