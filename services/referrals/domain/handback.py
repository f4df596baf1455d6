"""A need above the peer's role goes back to the clinical team; it is never absorbed, and never forgotten."""

from collections.abc import Sequence
from dataclasses import replace

from services.referrals.domain.commands import Tell
from services.referrals.domain.state import Referral
from services.referrals.domain.tasks import done, opened
from services.referrals.domain.times import refuse_far_ahead
from shared.contracts import handover_updates as h
from shared.contracts.days import day_of
from shared.contracts.event import Event
from shared.contracts.referrals import HandbackAccepted, HandbackRequested
from shared.runtime.service import Refusal


def request(state: Referral, wish: h.RequestHandback, command: Tell) -> Sequence[Event]:
    """One at a time; it is a task with a day, until the clinical team has said yes."""
    if state.handback_id:
        raise Refusal("handback-open", "The clinical team is asked already.")
    if wish.accept_by < day_of(command.at):
        raise Refusal("accept-by-past", "Say a day still to come by which it is taken on.", "accept_by")
    refuse_far_ahead(wish.accept_by, command, "accept_by")
    handback_id = wish.handback_id or command.fresh_id
    asked = HandbackRequested(
        handback_id=handback_id, requested_at=command.at, by_role=wish.by_role, accept_by=wish.accept_by
    )
    return [asked, opened("handback-requested", handback_id, command.now, wish.accept_by)]


def accept(state: Referral, wish: h.AcceptHandback, command: Tell) -> Sequence[Event]:
    """By the clinical team alone; whether peer support goes on beside it is asked of a person."""
    if state.handback_id != wish.handback_id:
        raise Refusal("no-such-handback", "Nothing with this id waits for the clinical team.", "handback_id")
    accepted = HandbackAccepted(handback_id=wish.handback_id, accepted_at=command.at)
    answered = done(state, "handback-requested", wish.handback_id, command.now, wish.by_role)
    after = [opened("support-after-handback", wish.handback_id, command.now)] if state.is_open else []
    return [accepted, *answered, *after]


def requested(state: Referral, event: HandbackRequested) -> Referral:
    return replace(state, handback_id=event.handback_id)


def accepted(state: Referral, _: HandbackAccepted) -> Referral:
    return replace(state, handback_id=None)


DECIDE = {h.RequestHandback: request, h.AcceptHandback: accept}
EVOLVE = {HandbackRequested: requested, HandbackAccepted: accepted}
