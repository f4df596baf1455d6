"""The service's own wait: how long the client has waited, and when that is too long."""

from collections.abc import Iterator
from datetime import date
from typing import get_args

from services.referrals.domain.days import Rest, day_of, reached_on, waited
from services.referrals.domain.state import Referral
from shared.contracts import values as v


def waiting_days(state: Referral, today: date) -> int:
    """Days on the list, less those the client asked to rest."""
    return waited(state.listed_on, today, rests(state))


def rests(state: Referral) -> tuple[Rest, ...]:
    """The days that do not count, those of a pause still going on among them."""
    if state.stage == "paused" and state.paused_by_client and state.paused_at:
        return (*state.rests, Rest(day_of(state.paused_at), None))
    return state.rests


def bounds(state: Referral) -> Iterator[tuple[v.Wait, v.Bound, date]]:
    """Each bound of the waits now running, with its day; none while the client asked to rest without an end."""
    for wait in running(state):
        days = state.first_contact_days if wait == "first-contact" else state.match_days
        for bound in get_args(v.Bound):
            on = reached_on(state.listed_on, days.amber if bound == "amber" else days.red, rests(state))
            if on is not None:
                yield wait, bound, on


def running(state: Referral) -> Iterator[v.Wait]:
    """The waits that the client is in now: for a first contact, and once accepted for a peer."""
    if state.stage in ("received", "waiting") and state.first_contact_at is None:
        yield "first-contact"
    if state.stage == "waiting":
        yield "match"
