"""Days on which a person must look again: at a decision, at support, at a pause, at a claim for help."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from services.referrals.domain.commands import FallDue
from services.referrals.domain.state import Referral
from shared.contracts import values as v
from shared.contracts.days import start_of
from shared.contracts.referrals import ReviewFellDue


def deadlines(state: Referral) -> dict[str, datetime]:
    """When each is due: `review:<of>:<day>`, `claim:<help>:<day>`."""
    reviews: dict[v.ReviewOf, date | None] = {
        "decision": state.decision_due_on if state.stage == "received" else None,
        "decline": state.decision_due_on if state.stage == "declined" else None,
        "support": state.review_due_on if state.stage == "supported" else None,
        "pause": state.paused_until if state.stage == "paused" else None,
        "ending": state.ending_on if state.stage == "supported" else None,
        "contact-limit": state.limit.review_on if state.limit and state.is_open else None,
    }
    due = {
        f"review:{of}:{on}": start_of(on)
        for of, on in reviews.items()
        if on is not None and (of, on) not in state.fallen_due
    }
    for help_id, help in state.help.items():
        if help.remind_on is not None and state.is_open:
            due[f"claim:{help_id}:{help.remind_on}"] = start_of(help.remind_on)
    return due


def fall_due(state: Referral, command: FallDue) -> Sequence[ReviewFellDue]:
    of, on, help_id = command.of, command.on, command.help_id
    if help_id is None and (of, on) in state.fallen_due:
        return []
    return [ReviewFellDue(of=of, due_on=on, fell_due_at=command.at, help_id=help_id)]


def fell_due(state: Referral, event: ReviewFellDue) -> Referral:
    """A claim is reminded of once, with the help that it is for."""
    if event.help_id is None:
        return replace(state, fallen_due=state.fallen_due | {(event.of, event.due_on)})
    claimed = replace(state.help[event.help_id], remind_on=None)
    return replace(state, help={**state.help, event.help_id: claimed})


COMMANDS = {FallDue: fall_due}
EVOLVE = {ReviewFellDue: fell_due}
