"""Times that make sense: neither still to come, nor before the referral, nor so long ago that they are a slip."""

from datetime import date, datetime, timedelta

from services.referrals.domain.commands import Tell
from services.referrals.domain.state import Referral
from shared.contracts.days import day_of, start_of
from shared.runtime.service import Refusal

TOLERANCE = timedelta(minutes=5)
"""How far a sender's clock may be ahead of ours."""
FARTHEST = timedelta(days=366)


def refuse_odd_time(state: Referral, moment: datetime, command: Tell, field: str) -> None:
    """Raises Refusal unless it can have happened then."""
    if moment > command.now + TOLERANCE:
        raise Refusal("in-the-future", "That is still to come. Check the time.", field)
    if moment < start_of(state.referred_on):
        raise Refusal("before-the-referral", "That is before the referral was made. Check the time.", field)
    if moment < command.now - timedelta(days=command.policy.latest_report_days):
        raise Refusal("too-long-ago", "That is too long ago to be recorded here. Check the time.", field)


def said_at(command: Tell) -> datetime:
    """When it was said; not later than now, or the next word would be taken for an older one."""
    return min(command.at, command.now)


def refuse_past_day(day: date | None, command: Tell, field: str) -> None:
    """Raises Refusal unless the day on which somebody looks again is still to come, within a year."""
    if day is not None and day <= day_of(command.at):
        raise Refusal("review-in-the-past", "Set a day still to come on which somebody looks again.", field)
    refuse_far_ahead(day, command, field)


def refuse_far_ahead(time: date | datetime | None, command: Tell, field: str) -> None:
    """Raises Refusal for a day or a moment more than a year ahead."""
    farthest = command.now + FARTHEST
    if time is not None and time > (farthest if isinstance(time, datetime) else day_of(farthest)):
        raise Refusal("too-far-ahead", "That is more than a year ahead. Check the date.", field)
