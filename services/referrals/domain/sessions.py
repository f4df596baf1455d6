"""Sessions: agreed, held, missed, called off; reported in any order, late, and sometimes wrongly."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Literal
from uuid import UUID

from services.referrals.domain.commands import Tell
from services.referrals.domain.contact import breaks_limit, refuse_beyond_limit, role_explained_as
from services.referrals.domain.state import Match, Referral, Session
from services.referrals.domain.times import refuse_far_ahead, refuse_odd_time
from shared.contracts import session_reports as r
from shared.contracts import values as v
from shared.contracts.event import Event
from shared.contracts.referrals import (
    SessionCancelled,
    SessionHeld,
    SessionMissed,
    SessionPlanned,
    SessionReplaced,
    SessionRetracted,
)
from shared.runtime.service import Refusal


def plan(state: Referral, wish: r.PlanSession, command: Tell) -> Sequence[Event]:
    session_id = wish.session_id or command.fresh_id
    if session_id in state.sessions:
        raise Refusal("session-already-known", "This session is known already.", "session_id")
    if wish.planned_start < command.at:
        raise Refusal("plan-in-the-past", "A session is planned ahead; report it as held or missed.", "planned_start")
    match = state.match
    if match is None or not _during(match, wish.planned_start):
        raise Refusal("no-peer-then", "No peer is matched with the client at that time.", "planned_start")
    refuse_far_ahead(wish.planned_start, command, "planned_start")
    _refuse_overlap(state, session_id, wish.planned_start)
    refuse_beyond_limit(state, wish.format, joint=bool(wish.joint_with_roles), lone=wish.lone)
    return [
        SessionPlanned(
            session_id=session_id,
            match_id=match.match_id,
            peer_id=match.peer_id,
            planned_at=command.at,
            planned_start=wish.planned_start,
            format=wish.format,
            joint_with_roles=wish.joint_with_roles,
            lone=wish.lone,
        )
    ]


def hold(state: Referral, wish: r.HoldSession, command: Tell) -> Sequence[Event]:
    """What happened is recorded, also against a limit, and then says so; the first session says the role was told."""
    session_id, known = _reported(state, wish.session_id, command)
    refuse_odd_time(state, wish.started_at, command, "started_at")
    match = _match_at(state, wish.started_at)
    _refuse_overlap(state, session_id, wish.started_at)
    told: list[Event] = []
    if wish.role_explained:
        refuse_odd_time(state, wish.role_explained.at or wish.started_at, command, "role_explained.at")
        told = [role_explained_as(state, wish.role_explained, wish.started_at, session_id)]
    elif state.role_explained_at is None and not state.sessions_held:
        raise Refusal(
            "role-not-explained",
            "Before or at the first session the client is told what a peer is, the limits of confidentiality, how to "
            "change or stop, and whom to call in a crisis. Record that in `role_explained`.",
            "role_explained",
        )
    limit = state.limit if state.limit and wish.started_at >= state.limit.since else None
    held = SessionHeld(
        session_id=session_id,
        match_id=match.match_id,
        peer_id=match.peer_id,
        planned_start=wish.planned_start or (known.start if known else None),
        started_at=wish.started_at,
        reported_at=command.now,
        minutes=wish.minutes,
        format=wish.format,
        activities=wish.activities,
        practical_help=wish.practical_help,
        new_or_return=2 if state.sessions_held else 1,
        joint_with_roles=wish.joint_with_roles,
        lone=wish.lone,
        outside_contact_limit=breaks_limit(limit, wish.format, joint=bool(wish.joint_with_roles), lone=wish.lone),
    )
    return [*told, held]


def miss(state: Referral, wish: r.MissSession, command: Tell) -> Sequence[Event]:
    session_id, _ = _reported(state, wish.session_id, command)
    refuse_odd_time(state, wish.planned_start, command, "planned_start")
    match = _match_at(state, wish.planned_start)
    _refuse_overlap(state, session_id, wish.planned_start)
    return [
        SessionMissed(
            session_id=session_id,
            match_id=match.match_id,
            peer_id=match.peer_id,
            planned_start=wish.planned_start,
            reported_at=command.now,
            format=wish.format,
            missed_by=wish.missed_by,
            attendance=2 if wish.missed_by != "client" else 5 if wish.could_not_wait else 8,
        )
    ]


def cancel(state: Referral, wish: r.CancelSession, command: Tell) -> Sequence[Event]:
    session_id, _ = _reported(state, wish.session_id, command)
    if command.at > wish.planned_start:
        raise Refusal("already-begun", "A session is called off before it begins; afterwards it was missed.", "at")
    refuse_far_ahead(wish.planned_start, command, "planned_start")
    match = _match_at(state, wish.planned_start)
    _refuse_overlap(state, session_id, wish.planned_start)
    return [
        SessionCancelled(
            session_id=session_id,
            match_id=match.match_id,
            peer_id=match.peer_id,
            planned_start=wish.planned_start,
            cancelled_at=command.at,
            reported_at=command.now,
            format=wish.format,
            cancelled_by=wish.cancelled_by,
            attendance=3 if wish.cancelled_by == "client" else 2,
        )
    ]


def retract(state: Referral, wish: r.RetractSession, command: Tell) -> Sequence[Event]:
    """A slip is taken back, never overwritten: both what was recorded and that it was not so stay on the timeline."""
    known = state.sessions.get(wish.session_id)
    if known is None or known.status not in ("held", "missed", "cancelled"):
        raise Refusal("session-not-recorded", "Nothing is recorded of a session with this id.", "session_id")
    without = _without(state, wish.session_id, wish.because)
    held_at = without.held_at
    return [
        SessionRetracted(
            session_id=wish.session_id,
            was=known.status,
            missed_by=known.missed_by,
            because=wish.because,
            retracted_at=command.at,
            first_session_at=held_at[0] if held_at else None,
            last_session_at=held_at[-1] if held_at else None,
            first_contact_at=without.first_contact_at,
            role_explained_at=without.role_explained_at,
        )
    ]


def _reported(state: Referral, session_id: UUID | None, command: Tell) -> tuple[UUID, Session | None]:
    session_id = session_id or command.fresh_id
    known = state.sessions.get(session_id)
    if known and known.status not in ("planned", "replaced", "retracted"):
        raise Refusal("session-already-recorded", f"This session is recorded already, as {known.status}.", "session_id")
    return session_id, known if known and known.status != "retracted" else None


def _match_at(state: Referral, moment: datetime) -> Match:
    """The match that the client had then: sessions may be reported after it ended."""
    for match in (*state.past_matches, *filter(None, [state.match])):
        if _during(match, moment):
            if state.stage == "paused" and state.paused_at and moment >= state.paused_at:
                raise Refusal("support-paused", "Support rests at that time; resume it first if the client wishes.")
            return match
    raise Refusal("no-peer-then", "No peer was matched with the client at that time. Check the time.")


def _during(match: Match, moment: datetime) -> bool:
    return match.matched_at <= moment and (match.ended_at is None or moment <= match.ended_at)


def _refuse_overlap(state: Referral, session_id: UUID, start: datetime) -> None:
    for other_id, other in state.sessions.items():
        if other_id != session_id and other.start == start and other.status in ("planned", "held", "missed"):
            raise Refusal("session-overlaps", "Another session of this client has the same start.", "session_id")


def planned(state: Referral, event: SessionPlanned) -> Referral:
    joint = bool(event.joint_with_roles)
    session = Session("planned", event.planned_start, event.format, joint=joint, lone=event.lone)
    return replace(state, sessions=_with(state, event.session_id, session))


def held(state: Referral, event: SessionHeld) -> Referral:
    return replace(state, sessions=_with(state, event.session_id, Session("held", event.started_at, event.format)))


def missed(state: Referral, event: SessionMissed) -> Referral:
    session = Session("missed", event.planned_start, event.format, event.missed_by)
    return replace(state, sessions=_with(state, event.session_id, session))


def cancelled(state: Referral, event: SessionCancelled) -> Referral:
    session = Session("cancelled", event.planned_start, event.format)
    return replace(state, sessions=_with(state, event.session_id, session))


def replaced_(state: Referral, event: SessionReplaced) -> Referral:
    return _as(state, event.session_id, "replaced")


def retracted(state: Referral, event: SessionRetracted) -> Referral:
    return _without(state, event.session_id, event.because)


def _without(state: Referral, session_id: UUID, because: v.RetractedBecause) -> Referral:
    """With a session that was not this client's, or was not at all, goes what was explained in it."""
    explained = state.role_explained
    if because != "wrong-details":
        explained = {with_: at for with_, at in explained.items() if with_ != session_id}
    before = state.held_before_return - {session_id}
    return replace(_as(state, session_id, "retracted"), role_explained=explained, held_before_return=before)


def _as(state: Referral, session_id: UUID, status: Literal["replaced", "retracted"]) -> Referral:
    known = state.sessions.get(session_id)
    return state if known is None else replace(state, sessions=_with(state, session_id, replace(known, status=status)))


def _with(state: Referral, session_id: UUID, session: Session) -> Mapping[UUID, Session]:
    return {**state.sessions, session_id: session}


DECIDE = {
    r.PlanSession: plan,
    r.HoldSession: hold,
    r.MissSession: miss,
    r.CancelSession: cancel,
    r.RetractSession: retract,
}
EVOLVE = {
    SessionPlanned: planned,
    SessionHeld: held,
    SessionMissed: missed,
    SessionCancelled: cancelled,
    SessionReplaced: replaced_,
    SessionRetracted: retracted,
}
