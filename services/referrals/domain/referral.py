"""The referral: which rule answers a command, what each event changes, and what must be thought about when."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.referrals.domain import (
    aims,
    arrival,
    attending,
    contact,
    duplicates,
    ending,
    feedback,
    handback,
    handover,
    in_group,
    life,
    links,
    matching,
    membership,
    messages,
    rights,
    sessions,
    support,
    tasks,
)
from services.referrals.domain.caseload import ChangePlace, FreePlace
from services.referrals.domain.commands import (
    Create,
    EndBarred,
    FallDue,
    GiveLink,
    GrowLate,
    PassBound,
    SettleMatch,
    Tell,
    UseLink,
    WeighMatch,
)
from services.referrals.domain.feedback import TellReferrer
from services.referrals.domain.group import FreeSeat
from services.referrals.domain.in_group import EndMembership
from services.referrals.domain.messages import GiveMessageUp, LetMessageFallDue
from services.referrals.domain.services import CloseCase
from services.referrals.domain.state import MOVES, NEW, STAYS, Referral
from services.referrals.domain.times import refuse_odd_time
from services.referrals.domain.waiting import bounds, running
from shared.contracts.days import start_of
from shared.contracts.event import Event
from shared.contracts.referrals import ReviewFellDue, WaitBoundPassed
from shared.contracts.stages import STAGE_WORDS
from shared.runtime.service import Aggregate, Refusal

_SUBJECTS = (
    arrival,
    contact,
    matching,
    sessions,
    support,
    aims,
    ending,
    tasks,
    life,
    messages,
    attending,
    in_group,
    feedback,
    rights,
    membership,
    handover,
    handback,
)
DECIDE: Mapping[str, Any] = {
    wish.model_fields["do"].default: rule for subject in _SUBJECTS for wish, rule in subject.DECIDE.items()
}
EVOLVE: Mapping[type, Any] = {
    event: change for subject in (*_SUBJECTS, links, duplicates) for event, change in subject.EVOLVE.items()
}

_COMMANDS: Mapping[type, Any] = {
    **messages.COMMANDS,
    **in_group.COMMANDS,
    **feedback.COMMANDS,
    **tasks.COMMANDS,
}


def decide(state: Referral, command: Any) -> Sequence[Event]:
    """What follows from the command; raises Refusal with a stable code."""
    match command:
        case Tell():
            return _told(state, command)
        case Create():
            return arrival.create(state, command)
        case PassBound(wait=wait, bound=bound, on=on, at=at):
            if wait not in running(state) or (wait, bound) in state.bounds_passed:
                return []
            return [WaitBoundPassed(wait=wait, bound=bound, bound_on=on, passed_at=at)]
        case FallDue(of=of, on=on, at=at, help_id=help_id):
            if help_id is None and (of, on) in state.fallen_due:
                return []
            return [ReviewFellDue(of=of, due_on=on, fell_due_at=at, help_id=help_id)]
        case GiveLink():
            return links.give(state, command)
        case duplicates.Suspect():
            return duplicates.suspect(state, command)
        case duplicates.Settle():
            return duplicates.settle(state, command)
        case rights.RestrictReferral():
            return rights.restrict(state, command)
        case rights.LiftRestriction():
            return rights.lift(state, command)
        case UseLink():
            return [links.use(state, command), *_told(state, command.told)]
        case SettleMatch():
            return matching.settle(state, command)
        case WeighMatch():
            return matching.weigh(state, command)
        case EndBarred():
            return matching.end_barred(state, command)
        case GrowLate(task_id=task_id, at=at):
            return tasks.grow_late(state, task_id, at)
    if rule := _COMMANDS.get(type(command)):
        said: Sequence[Event] = rule(state, command)
        return said
    for rules in (membership.COMMANDS, handover.COMMANDS, life.COMMANDS, contact.COMMANDS):
        if other := rules.get(type(command)):
            return other(state, command)
    raise TypeError(f"no referral knows the command {type(command).__name__}")


def _told(state: Referral, command: Tell) -> Sequence[Event]:
    do = command.wish.do
    if state.stage is None:
        raise Refusal("unknown-referral", "No referral with this id is known.")
    rights.refuse_restricted(state, do)
    if (state.stage, do) not in MOVES and state.stage not in STAYS.get(do, ()):
        raise Refusal(
            f"not-while-{state.stage}",
            f"This referral {STAGE_WORDS[state.stage]}; “{do.replace('-', ' ')}” has no meaning for it now.",
        )
    life.refuse_after_death(state, do)
    refuse_odd_time(state, command.at, command, "at")
    events: Sequence[Event] = DECIDE[do](state, command.wish, command)
    return events


def evolve(state: Referral, event: Any) -> Referral:
    """The state after the event; an event that means nothing here changes nothing."""
    match event:
        case WaitBoundPassed(wait=wait, bound=bound):
            return replace(state, bounds_passed=state.bounds_passed | {(wait, bound)})
        case ReviewFellDue(help_id=UUID() as help_id):
            return aims.reminded(state, help_id)
        case ReviewFellDue(of=of, due_on=due_on):
            return replace(state, fallen_due=state.fallen_due | {(of, due_on)})
    change = EVOLVE.get(type(event))
    after: Referral = change(state, event) if change else state
    return after


def deadlines(state: Referral) -> dict[str, datetime]:
    """Every time at which somebody or something must look at this referral again, by name.

    `wait:<wait>:<bound>:<day>`, `review:<of>:<day>`, `claim:<help>:<day>`, `task:<id>:<day>`,
    `message:<session>:<channel>`, `message-late:<id>`, `leave-group:<group>`, and what a wish leaves to
    be done about a place: `settle:<peer>:<match>:<reason>`, `weigh:<peer>:<match>:<weight>`.
    """
    erased = state.restricted == "erasure"
    due = {} if state.client_died or erased else _of_care(state)
    if match := state.match:
        if match.leaving and match.ended_at:
            due[f"settle:{match.peer_id}:{match.match_id}:{match.leaving}"] = match.ended_at
        elif match.weight != match.weight_wanted:
            due[f"weigh:{match.peer_id}:{match.match_id}:{match.weight_wanted}"] = match.weighs_from
    if state.service and state.stage == "ended" and state.ended_at:
        due[f"depart:{state.service.service_id}"] = state.ended_at
    due |= in_group.seats_to_free(state) | handover.news_due(state)
    if erased:
        return due
    due |= tasks.late_from(state) | messages.reminders_due(state) | feedback.deadlines(state)
    return due | handover.deadlines(state)


def _of_care(state: Referral) -> dict[str, datetime]:
    """What the wait and the support of a living client ask for."""
    due: dict[str, datetime] = {}
    for wait, bound, on in bounds(state):
        if (wait, bound) not in state.bounds_passed:
            due[f"wait:{wait}:{bound}:{on}"] = start_of(on)
    reviews = {
        "decision": state.decision_due_on if state.stage == "received" else None,
        "decline": state.decision_due_on if state.stage == "declined" else None,
        "support": state.review_due_on if state.stage == "supported" else None,
        "pause": state.paused_until if state.stage == "paused" else None,
        "ending": state.ending_on if state.stage == "supported" else None,
        "contact-limit": state.limit.review_on if state.limit and state.is_open else None,
    }
    for of, on_day in reviews.items():
        if on_day is not None and (of, on_day) not in state.fallen_due:
            due[f"review:{of}:{on_day}"] = start_of(on_day)
    for help_id, help in state.help.items():
        if help.remind_on is not None and state.is_open:
            due[f"claim:{help_id}:{help.remind_on}"] = start_of(help.remind_on)
    return due


def due(subject: str, name: str, now: datetime) -> Sequence[Any]:
    """The commands that a passed deadline becomes; those about a place go to the peer's caseload as well, together."""
    referral_id = UUID(subject.partition("/")[2])
    if elsewhere := handover.due(referral_id, name, now):
        return elsewhere
    kind, *rest = name.split(":")
    match kind, rest:
        case "wait", [wait, bound, on]:
            return [PassBound(referral_id, now, wait, bound, date.fromisoformat(on))]  # type: ignore[arg-type]
        case "review", [of, on]:
            return [FallDue(referral_id, now, of, date.fromisoformat(on))]  # type: ignore[arg-type]
        case "claim", [help_id, on]:
            return [FallDue(referral_id, now, "claim", date.fromisoformat(on), UUID(help_id))]
        case "task", [task_id, _]:
            return [GrowLate(referral_id, now, UUID(task_id))]
        case "message", [session_id, channel]:
            return [LetMessageFallDue(referral_id, now, UUID(session_id), channel)]  # type: ignore[arg-type]
        case "tell-referrer", [stands]:
            return [TellReferrer(referral_id, now, stands)]  # type: ignore[arg-type]
        case "leave-group", [group_id]:
            end = EndMembership(referral_id, now, UUID(group_id), "support-ended")
            return [end, FreeSeat(UUID(group_id), now, referral_id, "support-ended")]
        case "message-late", [message_id]:
            return [GiveMessageUp(referral_id, now, UUID(message_id))]
        case "depart", [service]:
            return [membership.Depart(referral_id, now, UUID(service)), CloseCase(UUID(service), now, referral_id)]
        case "settle", [peer, match_id, reason]:
            free = FreePlace(UUID(peer), now, UUID(match_id), reason)  # type: ignore[arg-type]
            return [SettleMatch(referral_id, now, UUID(match_id)), free]
        case "weigh", [peer, match_id, weight]:
            place = ChangePlace(UUID(peer), now, UUID(match_id), int(weight))
            return [WeighMatch(referral_id, now, UUID(match_id), int(weight)), place]
    raise ValueError(f"no referral has a deadline called {name}")


REFERRAL = Aggregate("referral", NEW, decide, evolve, deadlines, due)
