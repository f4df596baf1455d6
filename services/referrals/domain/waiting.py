"""The service's own wait: how long the client has waited, and when that is too long."""

from collections.abc import Iterator
from datetime import date
from typing import get_args

from services.referrals.domain.days import reached_on, waited
from services.referrals.domain.state import Referral
from shared.contracts import values as v


def waiting_days(state: Referral, today: date) -> int:
    """Days on the list, less those the client asked to rest."""
    return waited(state.listed_on, today, state.rests)


def bounds(state: Referral) -> Iterator[tuple[v.Wait, v.Bound, date]]:
    """Each bound of the waits now running, with its day; a pause holds both."""
    for wait in running(state):
        days = state.first_contact_days if wait == "first-contact" else state.match_days
        for bound in get_args(v.Bound):
            on = reached_on(state.listed_on, days.amber if bound == "amber" else days.red, state.rests)
            yield wait, bound, on


def running(state: Referral) -> Iterator[v.Wait]:
    """The waits that the client is in now: for a first contact, and once accepted for a peer."""
    if state.stage in ("received", "waiting") and state.first_contact_at is None:
        yield "first-contact"
    if state.stage == "waiting":
        yield "match"
