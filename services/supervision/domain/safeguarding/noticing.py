"""How urgent what was noticed is, and whether it opens a concern or joins one. How bad a score is, nobody asks here."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.supervision.domain.safeguarding.clocks import after, more_urgent, sooner, times_of
from services.supervision.domain.safeguarding.concern_commands import NoteCorrection, Raise, Sign, Tell
from services.supervision.domain.safeguarding.concern_state import Concern, Told
from services.supervision.domain.safeguarding.duty_policy import DutyPolicy
from shared.contracts import concern_updates as u
from shared.contracts import supervision as c
from shared.contracts import values as v
from shared.contracts.event import Event
from shared.runtime.service import Refusal

FRESH = timedelta(hours=24)


def sign_of_person(wish: u.RaiseConcern, sign_id: UUID, person_id: UUID | None, policy: DutyPolicy) -> Sign:
    """What somebody says they noticed; that they are not sure whether anyone is in danger counts as danger."""
    about_client = wish.about not in ("peer", "staff")
    return Sign(
        sign_id=sign_id,
        source="person",
        about=wish.about,
        urgency=policy.no_danger if wish.danger_now == "no" else "life",
        raised_by_role=wish.by_role,
        person_id=person_id if about_client else None,
        setting=wish.setting,
        immediate_actions=wish.immediate_actions,
        about_named_officer=wish.about_named_officer,
    )


def urgency_of_item(
    completed_at: datetime | None,
    at: datetime,
    handled: c.AlreadyHandled | None,
    setting: v.Setting | None,
    policy: DutyPolicy,
) -> c.Urgency:
    """How urgent a risk item is, by its age alone; late it is, or seen to by whoever may say how urgent things are."""
    if handled and may_lower(handled.by_role, setting, policy):
        return "measure-late"
    return "life" if completed_at is None or at - completed_at <= FRESH else "measure-late"


def may_lower(role: str, setting: v.Setting | None, policy: DutyPolicy) -> bool:
    """Whether somebody of that role says how urgent something is: a clinician, and whom the setting names besides."""
    return role == "clinician" or (setting is not None and role in policy.lower_roles.get(setting, ()))


def audience_of(sign: Sign) -> c.Audience:
    """Who may see it: of a colleague a named officer alone, or, where it is about that one, the deputy."""
    if sign.about not in ("peer", "staff"):
        return "safeguarding"
    return "deputy-officer" if sign.about_named_officer else "named-officer"


def concern_id_of(sign: Sign, fresh_id: UUID) -> UUID:
    """Which concern it belongs to: a person has one of each kind; of nobody known, or a colleague, each is its own."""
    if sign.person_id is None or sign.about == "peer" or sign.about == "staff":
        return fresh_id
    return c.concern_about(sign.person_id, sign.about)


def raised(state: Concern, command: Raise) -> Sequence[Event]:
    """It opens a concern, or joins the open one; what was noticed before is known, unless it has grown more urgent."""
    sign = command.sign
    if state.times and (sign.about, audience_of(sign)) != (state.about, state.audience):
        raise Refusal("another-concern", "That is about somebody else; it is raised as a concern of its own.", "about")
    before = state.signs.get(sign.sign_id)
    if before is not None and not more_urgent(sign.urgency, before):
        return [c.ConcernAnnotated(sign_id=sign.sign_id, what="same-again", annotated_at=command.at)]
    return [_joined(state, command) if state.open else _opened(state, command)]


def _opened(state: Concern, command: Raise) -> c.ConcernOpened:
    sign, audience = command.sign, audience_of(command.sign)
    times = times_of(sign.urgency, audience, command.at, command.calendar, command.policy, state.round + 1)
    return c.ConcernOpened(
        concern_id=command.concern_id,
        person_id=sign.person_id if audience == "safeguarding" else None,
        about=sign.about,
        audience=audience,
        setting=sign.setting,
        sign_id=sign.sign_id,
        source=sign.source,
        urgency=sign.urgency,
        completed_at=sign.completed_at,
        already_handled=sign.already_handled,
        immediate_actions=sign.immediate_actions,
        raised_by_role=sign.raised_by_role,
        times=times,
        opened_at=command.at,
    )


def _joined(state: Concern, command: Raise) -> c.ConcernJoined:
    sign = command.sign
    grown = more_urgent(sign.urgency, state.urgency)
    urgency = sign.urgency if grown else state.urgency
    return c.ConcernJoined(
        sign_id=sign.sign_id,
        source=sign.source,
        sign_urgency=sign.urgency,
        urgency=urgency,
        times=None if state.waits and not grown else _anew(state, urgency, command),
        raised_by_role=sign.raised_by_role,
        joined_at=command.at,
    )


def _anew(state: Concern, urgency: c.Urgency, command: Raise | Tell) -> c.Times:
    """The times of another round: people are told and answer again, and none waits longer than they would have."""
    assert state.times is not None
    times = times_of(urgency, state.audience, command.at, command.calendar, command.policy, state.round + 1)
    return sooner(times, state.times) if state.waits else times


def corrected(state: Concern, command: NoteCorrection) -> Sequence[Event]:
    """Written down, and nothing else: how urgent it is stays a clinician's to say."""
    if command.sign_id not in state.signs:
        return []
    return [c.ConcernAnnotated(sign_id=command.sign_id, what="score-corrected", annotated_at=command.at)]


def raise_urgency(state: Concern, wish: u.RaiseUrgency, command: Tell) -> Sequence[Event]:
    """By anybody."""
    if not more_urgent(wish.urgency, state.urgency):
        raise Refusal("not-more-urgent", "It counts as that urgent already. Only a clinician lowers it.", "urgency")
    times = _anew(state, wish.urgency, command)
    return [c.ConcernUrgencyRaised(urgency=wish.urgency, times=times, by_role=wish.by_role, raised_at=command.at)]


def lower_urgency(state: Concern, wish: u.LowerUrgency, command: Tell) -> Sequence[Event]:
    """By a clinician, or whom the setting names besides."""
    if not may_lower(wish.by_role, state.setting, command.policy):
        raise Refusal("only-a-clinician-lowers", "Only a clinician lowers how urgent it is.", "by_role")
    if not more_urgent(state.urgency, wish.urgency):
        raise Refusal("not-less-urgent", "That is no less urgent than it counts as now.", "urgency")
    times = times_of(wish.urgency, state.audience, command.at, command.calendar, command.policy, state.round + 1)
    return [c.ConcernUrgencyLowered(urgency=wish.urgency, times=times, by_role=wish.by_role, lowered_at=command.at)]


def was_opened(state: Concern, event: c.ConcernOpened) -> Concern:
    opened = Concern(
        open=True,
        concern_id=event.concern_id,
        person_id=event.person_id,
        about=event.about,
        audience=event.audience,
        setting=event.setting,
        urgency=event.urgency,
        opened_at=event.opened_at,
        signs={**state.signs, event.sign_id: event.urgency},
        notices=state.notices,
        giver=state.giver,
    )
    return _in_round(opened, event.times, event.opened_at)


def was_joined(state: Concern, event: c.ConcernJoined) -> Concern:
    state = replace(state, urgency=event.urgency, signs={**state.signs, event.sign_id: event.sign_urgency})
    return _in_round(state, event.times, event.joined_at) if event.times else state


def was_raised(state: Concern, event: c.ConcernUrgencyRaised) -> Concern:
    return _in_round(replace(state, urgency=event.urgency), event.times, event.raised_at)


def was_lowered(state: Concern, event: c.ConcernUrgencyLowered) -> Concern:
    """What somebody has in hand they keep in hand; what nobody has is told anew, at the other pace."""
    acknowledged_at = state.acknowledged_at
    decision, outcome, handed_over = state.decision, state.outcome, state.handed_over
    state = _in_round(replace(state, urgency=event.urgency), event.times, event.lowered_at)
    outcome_by = after(event.times.outcome, acknowledged_at) if acknowledged_at else None
    return replace(
        state,
        acknowledged_at=acknowledged_at,
        outcome_by=outcome_by,
        decision=decision,
        outcome=outcome,
        handed_over=handed_over,
    )


def _in_round(state: Concern, times: c.Times, at: datetime) -> Concern:
    return replace(
        state,
        times=times,
        round_at=at,
        reached={"first": Told(times.first_to, at)},
        alarms=frozenset(),
        acknowledged_at=None,
        outcome_by=None,
        decision=None,
        outcome=None,
        handed_over=False,
    )


DECIDE: Mapping[type, Any] = {u.RaiseUrgency: raise_urgency, u.LowerUrgency: lower_urgency}
COMMANDS: Mapping[type, Any] = {Raise: raised, NoteCorrection: corrected}
EVOLVE: Mapping[type, Any] = {
    c.ConcernOpened: was_opened,
    c.ConcernJoined: was_joined,
    c.ConcernUrgencyRaised: was_raised,
    c.ConcernUrgencyLowered: was_lowered,
}
