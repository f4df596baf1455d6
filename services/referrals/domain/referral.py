"""The referral: which rule answers a command, what each event changes, and what must be thought about when."""

from collections.abc import Mapping, Sequence
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
    matches,
    membership,
    messages,
    news,
    proposals,
    reminders,
    reviews,
    rights,
    sessions,
    support,
    tasks,
    waiting,
)
from services.referrals.domain.caseload import ChangePlace, FreePlace
from services.referrals.domain.commands import (
    FallDue,
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
from services.referrals.domain.messages import GiveMessageUp
from services.referrals.domain.reminders import LetMessageFallDue
from services.referrals.domain.services import CloseCase
from services.referrals.domain.stages import MOVES, STAYS
from services.referrals.domain.state import NEW, Referral
from services.referrals.domain.times import refuse_odd_time
from shared.contracts.event import Event
from shared.contracts.stages import STAGE_WORDS
from shared.runtime.envelope import id_of
from shared.runtime.service import Aggregate, Refusal

_SUBJECTS = (
    arrival,
    waiting,
    contact,
    proposals,
    matches,
    sessions,
    support,
    reviews,
    aims,
    ending,
    tasks,
    life,
    reminders,
    messages,
    attending,
    in_group,
    feedback,
    rights,
    membership,
    handover,
    news,
    handback,
    links,
    duplicates,
)


def _every(table: str) -> Mapping[Any, Any]:
    """What the tables of that name say, of those subjects that have one."""
    return {key: rule for subject in _SUBJECTS for key, rule in getattr(subject, table, {}).items()}


COMMANDS: Mapping[type, Any] = _every("COMMANDS")
DECIDE: Mapping[str, Any] = {wish.model_fields["do"].default: rule for wish, rule in _every("DECIDE").items()}
EVOLVE: Mapping[type, Any] = _every("EVOLVE")


def decide(state: Referral, command: Any) -> Sequence[Event]:
    """What follows from the command; raises Refusal with a stable code."""
    match command:
        case Tell():
            return _told(state, command)
        case UseLink():
            return [links.use(state, command), *_told(state, command.told)]
    rule = COMMANDS.get(type(command))
    if rule is None:
        raise TypeError(f"no referral knows the command {type(command).__name__}")
    events: Sequence[Event] = rule(state, command)
    return events


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
    due = {} if state.client_died or erased else waiting.deadlines(state) | reviews.deadlines(state)
    if match := state.match:
        if match.leaving and match.ended_at:
            due[f"settle:{match.peer_id}:{match.match_id}:{match.leaving}"] = match.ended_at
        elif match.weight != match.weight_wanted:
            due[f"weigh:{match.peer_id}:{match.match_id}:{match.weight_wanted}"] = match.weighs_from
    if state.service and state.stage == "ended" and state.ended_at:
        due[f"depart:{state.service.service_id}"] = state.ended_at
    due |= in_group.seats_to_free(state) | news.deadlines(state)
    if erased:
        return due
    due |= tasks.late_from(state) | reminders.deadlines(state) | messages.deadlines(state) | feedback.deadlines(state)
    return due | handover.deadlines(state)


def due(subject: str, name: str, now: datetime) -> Sequence[Any]:
    """The commands that a passed deadline becomes; those about a place go to the peer's caseload as well, together."""
    referral_id = id_of(subject)
    if name.startswith("partner/"):
        return news.due(referral_id, name, now)
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
        case "handover", [handover_id, _]:
            return [handover.Escalate(referral_id, now, UUID(handover_id))]
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
