"""What support is for: goals set with the client, and practical help until it has really arrived."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from services.referrals.domain.commands import Tell
from services.referrals.domain.state import Goal, Help, Referral
from services.referrals.domain.times import refuse_far_ahead
from shared.contracts import updates as u
from shared.contracts.days import day_of
from shared.contracts.event import Event
from shared.contracts.referrals import (
    GoalReviewed,
    GoalSet,
    PracticalHelpReceived,
    PracticalHelpReferred,
    PracticalHelpRequested,
)
from shared.runtime.service import Refusal


def set_goal(state: Referral, wish: u.SetGoal, command: Tell) -> Sequence[Event]:
    goal_id = wish.goal_id or command.fresh_id
    if goal_id in state.goals:
        raise Refusal("goal-already-set", "This goal is set already; review it instead.", "goal_id")
    return [GoalSet(goal_id=goal_id, set_at=command.at, area=wish.area, score=wish.score)]


def review_goal(state: Referral, wish: u.ReviewGoal, command: Tell) -> Sequence[Event]:
    if wish.goal_id not in state.goals:
        raise Refusal("no-such-goal", "The client has no goal with this id.", "goal_id")
    return [GoalReviewed(goal_id=wish.goal_id, reviewed_at=command.at, score=wish.score, state=wish.state)]


def request_help(state: Referral, wish: u.RequestHelp, command: Tell) -> Sequence[Event]:
    help_id = wish.help_id or command.fresh_id
    if help_id in state.help:
        raise Refusal("help-already-requested", "This help is requested already.", "help_id")
    if wish.claim_by and wish.claim_by < day_of(command.at):
        raise Refusal("claim-day-past", "The last day to claim is past. Check the date, or leave it out.", "claim_by")
    refuse_far_ahead(wish.claim_by, command, "claim_by")
    return [
        PracticalHelpRequested(
            help_id=help_id,
            requested_at=command.at,
            kind=wish.kind,
            claim_by=wish.claim_by,
            remind_on=wish.claim_by and wish.claim_by - timedelta(days=command.policy.claim_reminder_days),
        )
    ]


def refer_help(state: Referral, wish: u.ReferHelp, command: Tell) -> Sequence[Event]:
    _refuse_unless_open(state, wish)
    return [PracticalHelpReferred(help_id=wish.help_id, referred_at=command.at, to=wish.to)]


def receive_help(state: Referral, wish: u.ReceiveHelp, command: Tell) -> Sequence[Event]:
    """Help may arrive without having been passed on, as a voucher handed over."""
    _refuse_unless_open(state, wish)
    return [PracticalHelpReceived(help_id=wish.help_id, received_at=command.at)]


def _refuse_unless_open(state: Referral, wish: u.ReferHelp | u.ReceiveHelp) -> None:
    if wish.help_id not in state.help:
        raise Refusal("no-such-help", "The client asked for no help with this id.", "help_id")
    if state.help[wish.help_id].status == "received":
        raise Refusal("help-already-received", "This help has reached the client already.", "help_id")


def goals_moved(state: Referral) -> int:
    """How many goals stand higher than when they were set."""
    return sum(goal.latest > goal.first for goal in state.goals.values())


def goal_set(state: Referral, event: GoalSet) -> Referral:
    return replace(state, goals={**state.goals, event.goal_id: Goal(event.score, event.score)})


def goal_reviewed(state: Referral, event: GoalReviewed) -> Referral:
    goal = state.goals.get(event.goal_id, Goal(event.score, event.score))
    return replace(state, goals={**state.goals, event.goal_id: replace(goal, latest=event.score)})


def help_requested(state: Referral, event: PracticalHelpRequested) -> Referral:
    return replace(state, help={**state.help, event.help_id: Help("requested", event.remind_on)})


def help_referred(state: Referral, event: PracticalHelpReferred) -> Referral:
    return replace(state, help={**state.help, event.help_id: replace(state.help[event.help_id], status="referred")})


def help_received(state: Referral, event: PracticalHelpReceived) -> Referral:
    return replace(state, help={**state.help, event.help_id: Help("received")})


DECIDE = {
    u.SetGoal: set_goal,
    u.ReviewGoal: review_goal,
    u.RequestHelp: request_help,
    u.ReferHelp: refer_help,
    u.ReceiveHelp: receive_help,
}
EVOLVE = {
    GoalSet: goal_set,
    GoalReviewed: goal_reviewed,
    PracticalHelpRequested: help_requested,
    PracticalHelpReferred: help_referred,
    PracticalHelpReceived: help_received,
}
