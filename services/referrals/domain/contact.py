"""Reaching the client; explaining the role; the limits a treating team asks for."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import get_args
from uuid import UUID

from services.referrals.domain.commands import Tell
from services.referrals.domain.days import Rest, is_since_return, merged
from services.referrals.domain.news import HearLimit, limit_spread
from services.referrals.domain.planned import replaced
from services.referrals.domain.state import Limit, Referral
from services.referrals.domain.times import FARTHEST, refuse_far_ahead, refuse_past_day
from shared.contracts import updates as u
from shared.contracts import values as v
from shared.contracts.event import Event
from shared.contracts.referrals import (
    ContactAttempted,
    ContactLimited,
    ContactLimitLifted,
    RoleExplained,
    UnavailabilityRecorded,
)
from shared.runtime.service import Refusal


def record_contact(state: Referral, wish: u.RecordContact, command: Tell) -> Sequence[Event]:
    return [
        ContactAttempted(
            at=command.at, channel=wish.channel, outcome=wish.outcome, purpose=wish.purpose, by_role=wish.by_role
        )
    ]


def record_unavailability(state: Referral, wish: u.RecordUnavailability, command: Tell) -> Sequence[Event]:
    if wish.end < wish.start:
        raise Refusal("ends-before-it-starts", "The last day is before the first. Check the dates.", "end")
    refuse_far_ahead(wish.end, command, "end")
    if wish.end - wish.start > FARTHEST:
        raise Refusal("too-long", "Record at most a year at a time, or pause instead.", "end")
    return [UnavailabilityRecorded(start=wish.start, end=wish.end, reason=wish.reason, recorded_at=command.at)]


def explain_role(state: Referral, wish: u.ExplainRole, command: Tell) -> Sequence[Event]:
    return [role_explained_as(state, wish, command.at)]


def role_explained_as(
    state: Referral, wish: u.ExplainRole, at: datetime, session_id: UUID | None = None
) -> RoleExplained:
    """The event; refuses an explanation that leaves a point out, or was in a language the client does not follow."""
    left_out = [point for point in get_args(v.ExplainedPoint) if point not in wish.points]
    if left_out:
        raise Refusal("explanation-incomplete", f"Also tell the client: {', '.join(left_out)}.", "points")
    same_language = wish.language.partition("-")[0].lower() == state.language.partition("-")[0].lower()
    if state.interpreter_needed and not same_language and not wish.interpreted:
        raise Refusal(
            "not-in-their-language",
            f"The client asked for an interpreter ({state.language}). Explain it in their language.",
            "language",
        )
    return RoleExplained(
        at=wish.at or at,
        language=wish.language,
        interpreted=wish.interpreted,
        by_role=wish.by_role,
        text_version=wish.text_version,
        points=wish.points,
        session_id=session_id,
    )


def limit_contact(state: Referral, wish: u.LimitContact, command: Tell) -> Sequence[Event]:
    """Planned sessions that the limit does not allow no longer stand."""
    refuse_past_day(wish.review_on, command, "review_on")
    event = ContactLimited(
        at=command.at,
        by_role=wish.by_role,
        limits=tuple(sorted(set(wish.limits))),
        offered=wish.offered,
        review_on=wish.review_on,
    )
    return [event, *_no_longer_stand(state, event)]


def _no_longer_stand(state: Referral, event: ContactLimited) -> Sequence[Event]:
    limit = _limit(event)
    return replaced(
        state,
        "contact-limited",
        event.at,
        lambda session: breaks_limit(limit, session.format, joint=session.joint, lone=session.lone),
    )


def lift_limit(state: Referral, wish: u.LiftLimit, command: Tell) -> Sequence[Event]:
    if state.limit is None:
        raise Refusal("no-limit", "No limit is in force.")
    return [ContactLimitLifted(at=command.at, by_role=wish.by_role)]


def hear_limit(state: Referral, command: HearLimit) -> Sequence[Event]:
    """As the treating team said it elsewhere on the journey; here only a clinician lifts it."""
    if state.stage is None or (state.limit and state.limit.kinds >= command.limits):
        return []
    kinds = command.limits | (state.limit.kinds if state.limit else frozenset())
    event = ContactLimited(
        at=command.at,
        by_role="clinician",
        limits=tuple(sorted(kinds)),
        offered=("phone",),
        review_on=command.review_on,
    )
    return [event, *_no_longer_stand(state, event)]


def breaks_limit(limit: Limit | None, format: v.Format, *, joint: bool, lone: bool) -> bool:
    """Whether meeting so goes against the limit; a home visit without a second professional is a lone one."""
    if limit is None or format in v.REMOTE:
        return False
    alone = lone or (format == "home" and not joint)
    return ("no-in-person" in limit.kinds and not joint) or ("no-lone" in limit.kinds and alone)


def refuse_beyond_limit(state: Referral, format: v.Format, *, joint: bool = False, lone: bool = False) -> None:
    """Raises Refusal when meeting so goes against the limit in force."""
    if breaks_limit(state.limit, format, joint=joint, lone=lone):
        raise Refusal(
            "contact-limited",
            "In-person contact is limited just now. Offer phone, a joint appointment, or a later start.",
            "format",
        )


def attempted(state: Referral, event: ContactAttempted) -> Referral:
    spoke = event.outcome == "spoke"
    counts = spoke and is_since_return(event.at, state.reopened_at)
    tried = event.at if event.purpose == "re-engage" else None
    return replace(
        state,
        spoke_at=min(filter(None, (state.spoke_at, event.at))) if counts else state.spoke_at,
        tried_again_at=max(filter(None, (tried, state.tried_again_at)), default=None),
        declines_since_talk=0 if spoke else state.declines_since_talk,
    )


def unavailable(state: Referral, event: UnavailabilityRecorded) -> Referral:
    return replace(state, rests=merged((*state.rests, Rest(event.start, event.end))))


def explained(state: Referral, event: RoleExplained) -> Referral:
    return replace(state, role_explained={**state.role_explained, event.session_id: event.at})


def limited(state: Referral, event: ContactLimited) -> Referral:
    return limit_spread(replace(state, limit=_limit(event)), event.at)


def _limit(event: ContactLimited) -> Limit:
    return Limit(frozenset(event.limits), event.at, event.review_on)


def lifted(state: Referral, _: ContactLimitLifted) -> Referral:
    return replace(state, limit=None)


COMMANDS = {HearLimit: hear_limit}
DECIDE = {
    u.RecordContact: record_contact,
    u.RecordUnavailability: record_unavailability,
    u.ExplainRole: explain_role,
    u.LimitContact: limit_contact,
    u.LiftLimit: lift_limit,
}
EVOLVE = {
    ContactAttempted: attempted,
    UnavailabilityRecorded: unavailable,
    RoleExplained: explained,
    ContactLimited: limited,
    ContactLimitLifted: lifted,
}
