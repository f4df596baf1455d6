"""What whoever raises a concern reads: whom to phone first, who will read it and when; in plain words."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from services.supervision.domain.safeguarding.duty_policy import DutyPolicy, Phone
from shared.contracts.days import HERE, day_of
from shared.contracts.supervision import Times

OFFICERS: Mapping[str, str] = {"named-officer": "The named officer", "deputy-officer": "The deputy officer"}


def first_line_of_every_form(policy: DutyPolicy) -> str:
    """Rule 0: what to do before telling anybody here."""
    emergency, advice = policy.emergency, policy.advice
    return (
        f"If someone may come to harm now, phone {emergency.number}. {advice.title} is {advice.number}, day and night. "
        "Do that first, then tell us here."
    )


def what_the_raiser_reads(times: Times, at: datetime, policy: DutyPolicy) -> str:
    """Who reads it and when; where nobody is there, until when nobody is, and whom to phone instead."""
    name = policy.organisation_name
    if times.duty == "staffed" and times.first_to in OFFICERS:
        return f"{OFFICERS[times.first_to]} of {name} is being told now, and nobody who works with them sees it."
    if times.duty == "staffed":
        return f"Somebody from {name} is on duty and is being told now."
    numbers = [policy.advice, *([policy.social_work] if policy.social_work else [])]
    phones = " or ".join(f"{phone.title} on {phone.number} (checked {_day(phone.last_checked)})" for phone in numbers)
    until = f"before {_moment(times.nobody_until, at)}" if times.nobody_until else "for now"
    told = " Out of hours, the agreed service is being told as well." if times.first_to == "out-of-hours" else ""
    if times.duty == "undeclared-gap":
        told = " Whoever runs the service is being called, because this should not be so."
    return f"Nobody from {name} will read this {until}. Phone {phones} now.{told}"


def unchecked(policy: DutyPolicy, on: date) -> Sequence[Phone]:
    """The numbers that nobody has made sure of for too long."""
    known = [policy.emergency, policy.advice, *([policy.social_work] if policy.social_work else [])]
    return [phone for phone in known if (on - phone.last_checked).days > policy.check_numbers_days]


def _moment(when: datetime, at: datetime) -> str:
    here = when.astimezone(HERE)
    if day_of(when) == day_of(at):
        return f"{here:%H:%M} today"
    return (
        f"{here:%A %H:%M}" if (day_of(when) - day_of(at)).days < 7 else f"{here:%A} {_day(day_of(when))} {here:%H:%M}"
    )


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
