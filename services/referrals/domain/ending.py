"""A planned ending, an ending, and coming back without being judged again."""

from collections.abc import Sequence
from dataclasses import replace

from services.referrals.domain.aims import goals_moved
from services.referrals.domain.commands import Tell
from services.referrals.domain.planned import replaced
from services.referrals.domain.state import Referral
from services.referrals.domain.times import refuse_far_ahead
from shared.contracts import updates as u
from shared.contracts.days import add_months, day_of
from shared.contracts.event import Event
from shared.contracts.referrals import EndingPlanned, ReferralReopened, SupportEnded
from shared.runtime.service import Refusal


def plan_ending(state: Referral, wish: u.PlanEnding, command: Tell) -> Sequence[Event]:
    """From now on the client takes up less of a place."""
    if state.match is None or state.match.leaving:
        raise Refusal("no-peer-yet", "There is no peer now; support can simply be ended.")
    if wish.ends_on < day_of(command.at):
        raise Refusal("ends-in-the-past", "Agree a day still to come, or end the support now.", "ends_on")
    refuse_far_ahead(wish.ends_on, command, "ends_on")
    return [
        EndingPlanned(
            planned_at=command.at,
            by_role=wish.by_role,
            ends_on=wish.ends_on,
            weight_hundredths=command.policy.weights.ending,
        )
    ]


def end(state: Referral, wish: u.End, command: Tell) -> Sequence[Event]:
    """Nobody is let go without a reason, nor for missed sessions before a person has tried again and asked why."""
    if not wish.reasons:
        raise Refusal("reasons-missing", "Say why support ends.", "reasons")
    if wish.planned and not wish.future_contact_given:
        raise Refusal(
            "contact-details-missing",
            "A planned ending gives the client contact details for support later. Give them, then say so.",
            "future_contact_given",
        )
    missed, tried = state.missed_by_client_at, state.tried_again_at
    if "lost-touch" in wish.reasons and (tried is None or (missed and tried < missed)):
        raise Refusal(
            "try-again-first",
            "Before support ends for losing touch a person tries again and asks why. Record that contact first.",
            "reasons",
        )
    if state.match and command.at < state.match.matched_at:
        raise Refusal("before-the-match", "That is before the match began. Check the time.", "at")
    ended_on = day_of(command.at)
    months = command.policy.return_months
    ended = SupportEnded(
        ended_on=ended_on,
        ended_at=command.at,
        planned=wish.planned,
        by=wish.by,
        reasons=tuple(dict.fromkeys(wish.reasons)),
        sessions_held=state.sessions_held,
        goals_moved=goals_moved(state),
        future_contact_given=wish.future_contact_given,
        return_until=None if "died" in wish.reasons else add_months(ended_on, months),
        onward=wish.onward,
    )
    return [ended, *replaced(state, "support-ended", command.at)]


def reopen(state: Referral, wish: u.Reopen, command: Tell) -> Sequence[Event]:
    """Inside the window the client comes back as they are; afterwards a new referral is the way."""
    if state.ended_on is None or state.return_until is None:
        raise Refusal("no-return", "Support did not end in a way that one comes back from.")
    today = day_of(command.at)
    if today > state.return_until:
        raise Refusal("return-window-passed", f"The return window closed on {state.return_until}. Refer again.")
    if today < state.ended_on:
        raise Refusal("before-the-end", "That is before support ended. Check the time.", "at")
    previous = state.match or (state.past_matches[-1] if state.past_matches else None)
    return [
        ReferralReopened(
            reopened_at=command.at,
            asked_by=wish.asked_by,
            channel=wish.channel,
            ended_on=state.ended_on,
            days_since=(today - state.ended_on).days,
            previous_match_id=previous.match_id if previous else None,
            previous_peer_id=previous.peer_id if previous else None,
            same_peer_wanted=wish.same_peer_wanted,
        )
    ]


def ending_planned(state: Referral, event: EndingPlanned) -> Referral:
    match = state.match and replace(state.match, weight_wanted=event.weight_hundredths, weighs_from=event.planned_at)
    return replace(state, match=match, ending_on=event.ends_on)


def ended(state: Referral, event: SupportEnded) -> Referral:
    match = state.match
    if match and not (match.leaving and match.ended_at and match.ended_at <= event.ended_at):
        match = replace(match, leaving="support-ended", ended_at=event.ended_at)
    return replace(
        state,
        stage="ended",
        match=match,
        proposal=None,
        paused_at=None,
        paused_until=None,
        review_due_on=None,
        ending_on=None,
        ended_on=event.ended_on,
        ended_at=event.ended_at,
        return_until=event.return_until,
    )


def reopened(state: Referral, event: ReferralReopened) -> Referral:
    """On the list from this day, with both waits running anew."""
    return replace(
        state,
        stage="waiting",
        listed_on=day_of(event.reopened_at),
        spoke_at=None,
        reopened_at=event.reopened_at,
        held_before_return=frozenset(id for id, session in state.sessions.items() if session.status == "held"),
        bounds_passed=frozenset(),
        same_peer_wanted=event.same_peer_wanted,
        ended_on=None,
        return_until=None,
    )


DECIDE = {u.PlanEnding: plan_ending, u.End: end, u.Reopen: reopen}
EVOLVE = {EndingPlanned: ending_planned, SupportEnded: ended, ReferralReopened: reopened}
