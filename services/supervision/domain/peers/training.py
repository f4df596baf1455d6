"""What a peer learns and holds: courses offered, not to be had, done, run out, waived; PVG; induction; texts read."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Literal

from services.supervision.domain.peers.commands import TellPeer, refuse_future_day
from services.supervision.domain.peers.readiness import Fact, Waiver, may_be_waived
from services.supervision.domain.peers.requirements import PVG, SAFEGUARDING, induction, role_by
from services.supervision.domain.peers.state import Peer
from shared.contracts import peer_updates as p
from shared.contracts import supervision as s
from shared.contracts import values as v
from shared.contracts.days import add_months, day_of
from shared.contracts.event import Event
from shared.runtime.service import Refusal


def offer(state: Peer, wish: p.OfferTraining, command: TellPeer) -> Sequence[Event]:
    _course(state, wish.requirement)
    refuse_future_day(wish.on, command, "on")
    said = s.TrainingOffered(
        peer_id=command.peer_id, requirement=wish.requirement, offered_on=wish.on, recorded_at=command.now
    )
    return [said]


def note_unavailable(state: Peer, wish: p.NoteUnavailable, command: TellPeer) -> Sequence[Event]:
    _course(state, wish.requirement)
    refuse_future_day(wish.since, command, "since")
    said = s.TrainingUnavailable(
        peer_id=command.peer_id, requirement=wish.requirement, unavailable_since=wish.since, recorded_at=command.now
    )
    return [said]


def complete(state: Peer, wish: p.CompleteTraining, command: TellPeer) -> Sequence[Event]:
    """It counts as long as the certificate says or the table says, whichever is shorter."""
    asked = _course(state, wish.requirement)
    refuse_future_day(wish.on, command, "on")
    return [
        s.TrainingCompleted(
            peer_id=command.peer_id,
            requirement=wish.requirement,
            source=wish.source,
            completed_on=wish.on,
            expires_on=_ends(asked, wish.on, wish.expires_on),
            recorded_at=command.now,
        )
    ]


def retract(state: Peer, wish: p.RetractTraining, command: TellPeer) -> Sequence[Event]:
    _course(state, wish.requirement)
    if wish.requirement not in state.facts.held:
        raise Refusal("not-recorded", "It is not recorded that the peer has done this course.", "requirement")
    return [s.TrainingRetracted(peer_id=command.peer_id, requirement=wish.requirement, recorded_at=command.now)]


def waive(state: Peer, wish: p.Waive, command: TellPeer) -> Sequence[Event]:
    """Once until it was learnt, for so many days at most, only a course that nobody gives; some things never."""
    asked = _asked(state, wish.requirement)
    if not may_be_waived(asked):
        raise Refusal("never-waived", "Nobody may answer for doing without this. See to it.", "requirement")
    if state.facts.courses.get(asked.code) != "unavailable":
        raise Refusal("course-exists", "Only a course that is not to be had is waived. Offer it.", "requirement")
    before, learnt = state.facts.waived.get(asked.code), state.facts.held.get(asked.code)
    if before is not None and (learnt is None or learnt.on < before.since):
        raise Refusal("already-waived", "This was waived once. Find the course, or another way to it.", "requirement")
    assert state.rules is not None
    if not command.today < wish.until <= command.today + timedelta(days=state.rules.waiver_days):
        days = state.rules.waiver_days
        raise Refusal("waiver-too-long", f"A waiver ends on a day to come, within {days} days.", "until")
    if wish.manager_id == command.peer_id:
        raise Refusal("own-waiver", "A manager answers for a waiver, and nobody for themselves.", "manager_id")
    return [
        s.RequirementWaived(
            peer_id=command.peer_id,
            requirement=asked.code,
            manager_id=wish.manager_id,
            manager_role=wish.manager_role,
            mitigation=wish.mitigation,
            until=wish.until,
            recorded_at=command.now,
        )
    ]


def confirm_pvg(state: Peer, wish: p.ConfirmPvg, command: TellPeer) -> Sequence[Event]:
    refuse_future_day(wish.on, command, "on")
    return [
        s.PvgConfirmed(
            peer_id=command.peer_id,
            role_type=wish.role_type,
            confirmed_on=wish.on,
            expires_on=_ends(None, wish.on, wish.expires_on),
            recorded_at=command.now,
        )
    ]


def withdraw_pvg(state: Peer, wish: p.WithdrawPvg, command: TellPeer) -> Sequence[Event]:
    if PVG[wish.role_type] not in state.facts.held:
        raise Refusal("not-recorded", "No membership is recorded for this type of role.", "role_type")
    return [s.PvgWithdrawn(peer_id=command.peer_id, role_type=wish.role_type, recorded_at=command.now)]


def complete_step(state: Peer, wish: p.CompleteInductionStep, command: TellPeer) -> Sequence[Event]:
    refuse_future_day(wish.on, command, "on")
    said = s.InductionStepCompleted(
        peer_id=command.peer_id, step=wish.step, completed_on=wish.on, recorded_at=command.now
    )
    return [said]


def acknowledge_role(state: Peer, wish: p.AcknowledgeRole, command: TellPeer) -> Sequence[Event]:
    said = s.RoleAcknowledged(
        peer_id=command.peer_id, by=wish.by, text_version=wish.text_version, recorded_at=command.now
    )
    return [said]


def acknowledge_policy(state: Peer, wish: p.AcknowledgePolicy, command: TellPeer) -> Sequence[Event]:
    refuse_future_day(wish.on, command, "on")
    return [
        s.PolicyAcknowledged(
            peer_id=command.peer_id,
            text_version=wish.text_version,
            acknowledged_on=wish.on,
            expires_on=_ends(_asked(state, SAFEGUARDING), wish.on, None),
            recorded_at=command.now,
        )
    ]


def _asked(state: Peer, code: v.Code) -> s.Requirement:
    assert state.rules is not None
    for asked in state.rules.requirements:
        if asked.code == code:
            return asked
    raise Refusal("unknown-requirement", "Nothing of that name is asked here. Check the code.", "requirement")


def _course(state: Peer, code: v.Code) -> s.Requirement:
    asked = _asked(state, code)
    if asked.kind != "course":
        raise Refusal("not-a-course", "This is no course; it is recorded in its own way.", "requirement")
    return asked


def _ends(asked: s.Requirement | None, on: date, said: date | None) -> date | None:
    if said is not None and said <= on:
        raise Refusal("ends-before-it-begins", "It ends before it began. Check the dates.", "expires_on")
    by_table = add_months(on, asked.months) if asked and asked.months else None
    return min((end for end in (said, by_table) if end), default=None)


def _with(state: Peer, code: v.Code, fact: Fact) -> Peer:
    """An older one does not take the place of a newer one."""
    other = state.facts.held.get(code)
    if other is not None and other.on > fact.on:
        return state
    return replace(state, facts=replace(state.facts, held={**state.facts.held, code: fact}))


def _without(state: Peer, code: v.Code) -> Peer:
    held = {other: fact for other, fact in state.facts.held.items() if other != code}
    return replace(state, facts=replace(state.facts, held=held))


def _course_is(state: Peer, code: v.Code, how: Literal["offered", "unavailable"]) -> Peer:
    return replace(state, facts=replace(state.facts, courses={**state.facts.courses, code: how}))


def completed(state: Peer, event: s.TrainingCompleted) -> Peer:
    """Whatever was offered or not to be had is over; if it runs out, somebody offers it anew."""
    courses = {code: how for code, how in state.facts.courses.items() if code != event.requirement}
    state = replace(state, facts=replace(state.facts, courses=courses))
    return _with(state, event.requirement, Fact(event.completed_on, event.expires_on))


def expired(state: Peer, event: s.TrainingExpired) -> Peer:
    fact = replace(state.facts.held[event.requirement], expired=True)
    return replace(state, facts=replace(state.facts, held={**state.facts.held, event.requirement: fact}))


def waived(state: Peer, event: s.RequirementWaived) -> Peer:
    waiver = Waiver(day_of(event.recorded_at), event.until)
    return replace(state, facts=replace(state.facts, waived={**state.facts.waived, event.requirement: waiver}))


DECIDE = {
    p.OfferTraining: offer,
    p.NoteUnavailable: note_unavailable,
    p.CompleteTraining: complete,
    p.RetractTraining: retract,
    p.Waive: waive,
    p.ConfirmPvg: confirm_pvg,
    p.WithdrawPvg: withdraw_pvg,
    p.CompleteInductionStep: complete_step,
    p.AcknowledgeRole: acknowledge_role,
    p.AcknowledgePolicy: acknowledge_policy,
}
EVOLVE = {
    s.TrainingOffered: lambda state, said: _course_is(state, said.requirement, "offered"),
    s.TrainingUnavailable: lambda state, said: _course_is(state, said.requirement, "unavailable"),
    s.TrainingCompleted: completed,
    s.TrainingRetracted: lambda state, said: _without(state, said.requirement),
    s.TrainingExpired: expired,
    s.RequirementWaived: waived,
    s.PvgConfirmed: lambda state, said: _with(state, PVG[said.role_type], Fact(said.confirmed_on, said.expires_on)),
    s.PvgWithdrawn: lambda state, said: _without(state, PVG[said.role_type]),
    s.InductionStepCompleted: lambda state, said: _with(state, induction(said.step), Fact(said.completed_on)),
    s.RoleAcknowledged: lambda state, said: _with(
        state, role_by(said.by), Fact(day_of(said.recorded_at), text_version=said.text_version)
    ),
    s.PolicyAcknowledged: lambda state, said: _with(
        state, SAFEGUARDING, Fact(said.acknowledged_on, said.expires_on, said.text_version)
    ),
}
