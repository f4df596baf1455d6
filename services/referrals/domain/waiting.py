"""The service's own wait: how long the client has waited, and when that is too long."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Protocol, get_args

from services.referrals.domain.commands import PassBound
from services.referrals.domain.days import reached_on, waited
from services.referrals.domain.state import Referral
from shared.contracts import values as v
from shared.contracts.days import start_of
from shared.contracts.referrals import WaitBoundPassed


class Waiter(Protocol):
    """Who may be waiting: a referral's state, or its row."""

    @property
    def stage(self) -> str | None: ...
    @property
    def stage_before_pause(self) -> str | None: ...
    @property
    def paused_by_client(self) -> bool: ...
    @property
    def client_died(self) -> bool: ...
    @property
    def first_contact_at(self) -> datetime | None: ...


def waiting_days(state: Referral, today: date) -> int:
    """Days on the list, less those the client asked to rest."""
    return waited(state.listed_on, today, state.rests)


def bounds(state: Referral) -> Iterator[tuple[v.Wait, v.Bound, date]]:
    """Each bound of the waits now running, with its day."""
    for wait in running(state):
        days = state.first_contact_days if wait == "first-contact" else state.match_days
        for bound in get_args(v.Bound):
            on = reached_on(state.listed_on, days.amber if bound == "amber" else days.red, state.rests)
            yield wait, bound, on


def running(waiter: Waiter) -> Iterator[v.Wait]:
    """The waits that the client is in now: for a first contact, and once accepted for a peer.

    They rest while the client wishes it, and go on through a pause that somebody else asked for.
    """
    stage = None if waiter.client_died else waiter.stage
    if stage == "paused" and not waiter.paused_by_client:
        stage = waiter.stage_before_pause
    if stage in ("received", "waiting") and waiter.first_contact_at is None:
        yield "first-contact"
    if stage == "waiting":
        yield "match"


def deadlines(state: Referral) -> dict[str, datetime]:
    """When each bound that is yet to be passed is: `wait:<wait>:<bound>:<day>`."""
    return {
        f"wait:{wait}:{bound}:{on}": start_of(on)
        for wait, bound, on in bounds(state)
        if (wait, bound) not in state.bounds_passed
    }


def pass_bound(state: Referral, command: PassBound) -> Sequence[WaitBoundPassed]:
    """Once; and not of a wait that is over or rests."""
    wait, bound = command.wait, command.bound
    if wait not in running(state) or (wait, bound) in state.bounds_passed:
        return []
    return [WaitBoundPassed(wait=wait, bound=bound, bound_on=command.on, passed_at=command.at)]


def passed(state: Referral, event: WaitBoundPassed) -> Referral:
    return replace(state, bounds_passed=state.bounds_passed | {(event.wait, event.bound)})


COMMANDS = {PassBound: pass_bound}
EVOLVE = {WaitBoundPassed: passed}
