"""Support as the client wishes it: less, more, another peer, another format, a rest; and looked at together."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from services.referrals.domain.commands import Tell
from services.referrals.domain.contact import refuse_beyond_limit
from services.referrals.domain.days import merged, rest_of
from services.referrals.domain.planned import replaced
from services.referrals.domain.reminders import confirmation
from services.referrals.domain.state import Match, Referral
from services.referrals.domain.times import refuse_far_ahead
from shared.contracts import updates as u
from shared.contracts.days import day_of, start_of
from shared.contracts.event import Event
from shared.contracts.referrals import ChangeConfirmed, ReviewHeld, SupportChanged, SupportPaused, SupportResumed
from shared.runtime.service import Refusal


def change(state: Referral, wish: u.ChangeSupport, command: Tell) -> Sequence[Event]:
    """The wish wins over every default: neither full places nor a pause stand in its way."""
    match = state.match
    _refuse_muddle(state, wish)
    if wish.format:
        refuse_beyond_limit(state, wish.format)
    refuse_far_ahead(wish.effective_on, command, "effective_on")
    effective_on = wish.effective_on or day_of(command.at)
    from_then = max(command.at, start_of(effective_on))
    per_4_weeks = wish.per_4_weeks_hundredths
    changed = SupportChanged(
        change_id=command.fresh_id,
        changed_at=command.at,
        asked_by=wish.asked_by,
        channel=wish.channel,
        what=tuple(dict.fromkeys(wish.what)),
        per_4_weeks_hundredths_from=match.per_4_weeks if match else None,
        per_4_weeks_hundredths_to=per_4_weeks or (match.per_4_weeks if match else None),
        format_from=match.format if match else None,
        format_to=wish.format or (match.format if match else None),
        weight_hundredths=command.policy.weight(per_4_weeks) if per_4_weeks else None,
        effective_on=effective_on,
    )
    replacing = replaced(state, "support-changed", from_then)
    return [changed, *replacing, *confirmation(state, changed.change_id, command)]


def _refuse_muddle(state: Referral, wish: u.ChangeSupport) -> None:
    what, match = set(wish.what), state.match
    if not match or match.leaving:
        if what != {"other-format"}:
            raise Refusal("no-peer-yet", "There is no peer now; only the way of meeting can be changed.", "what")
        match = None
    if {"less", "more"} <= what:
        raise Refusal("less-or-more", "Say either less or more.", "what")
    if bool(what & {"less", "more"}) != (wish.per_4_weeks_hundredths is not None):
        raise Refusal("how-often", "Say less or more together with how often in four weeks.", "per_4_weeks_hundredths")
    if match and wish.per_4_weeks_hundredths is not None:
        less = wish.per_4_weeks_hundredths < match.per_4_weeks
        if wish.per_4_weeks_hundredths == match.per_4_weeks or less != ("less" in what):
            raise Refusal(
                "not-less" if "less" in what else "not-more",
                f"Sessions are {match.per_4_weeks / 100:g} in four weeks now. Check how often.",
                "per_4_weeks_hundredths",
            )
    if ("other-format" in what) != (wish.format is not None):
        raise Refusal("which-format", "Say other-format together with the way of meeting.", "format")
    if match and wish.format == match.format:
        raise Refusal("same-format", "That is how they meet already.", "format")


def confirm_change(state: Referral, wish: u.ConfirmChange, command: Tell) -> Sequence[Event]:
    if wish.change_id not in state.changes:
        raise Refusal("no-such-change", "No change of support has this id.", "change_id")
    if state.changes[wish.change_id]:
        raise Refusal("change-already-confirmed", "The client was told of this change already.", "change_id")
    return [ChangeConfirmed(change_id=wish.change_id, at=command.at, channel=wish.channel)]


def pause(state: Referral, wish: u.Pause, command: Tell) -> Sequence[Event]:
    if wish.until and wish.until <= day_of(command.at):
        raise Refusal("until-in-the-past", "Say a day still to come, or leave it open.", "until")
    refuse_far_ahead(wish.until, command, "until")
    paused = SupportPaused(paused_at=command.at, asked_by=wish.asked_by, channel=wish.channel, until=wish.until)
    return [paused, *replaced(state, "support-paused", command.at)]


def resume(state: Referral, wish: u.Resume, command: Tell) -> Sequence[Event]:
    if state.paused_at and command.at < state.paused_at:
        raise Refusal("before-the-pause", "That is before the pause began. Check the time.", "at")
    return [SupportResumed(resumed_at=command.at, asked_by=wish.asked_by)]


def review(state: Referral, wish: u.HoldReview, command: Tell) -> Sequence[Event]:
    next_on = day_of(command.at) + timedelta(days=command.policy.review_days)
    return [
        ReviewHeld(
            held_at=command.at,
            by_role=wish.by_role,
            ground_rules_revisited=wish.ground_rules_revisited,
            next_review_on=next_on,
        )
    ]


def changed(state: Referral, event: SupportChanged) -> Referral:
    """The new way of meeting holds from now on; the place changes and the match is left on the day asked for."""
    from_then = max(event.changed_at, start_of(event.effective_on))
    changes = {**state.changes, event.change_id: False}
    formats = state.formats_wanted
    if event.format_to and "other-format" in event.what and event.format_to not in formats:
        formats = (*formats, event.format_to)
    state = replace(state, changes=changes, formats_wanted=formats)
    if state.match is None:
        return state
    match = _as_asked(state.match, event, from_then)
    if "other-peer" in event.what:
        match = replace(match, leaving="other-peer", ended_at=from_then)
        state = replace(state, pairs_set_aside=state.pairs_set_aside | {match.peer_id})
    return replace(state, match=match, ending_on=None if "more" in event.what else state.ending_on)


def _as_asked(match: Match, event: SupportChanged, from_then: datetime) -> Match:
    return replace(
        match,
        format=event.format_to or match.format,
        per_4_weeks=event.per_4_weeks_hundredths_to or match.per_4_weeks,
        weight_wanted=match.weight_wanted if event.weight_hundredths is None else event.weight_hundredths,
        weighs_from=match.weighs_from if event.weight_hundredths is None else from_then,
    )


def change_confirmed(state: Referral, event: ChangeConfirmed) -> Referral:
    return replace(state, changes={**state.changes, event.change_id: True})


def paused(state: Referral, event: SupportPaused) -> Referral:
    return replace(
        state,
        stage_before_pause=state.stage or "waiting",
        stage="paused",
        paused_at=event.paused_at,
        paused_by_client=event.asked_by == "client",
        paused_until=event.until,
    )


def resumed(state: Referral, event: SupportResumed) -> Referral:
    rests = state.rests
    if state.paused_by_client and state.paused_at:
        rests = merged((*rests, *rest_of(state.paused_at, day_of(event.resumed_at))))
    return replace(state, stage=state.stage_before_pause, paused_at=None, paused_until=None, rests=rests)


def reviewed(state: Referral, event: ReviewHeld) -> Referral:
    return replace(state, review_due_on=event.next_review_on)


DECIDE = {
    u.ChangeSupport: change,
    u.ConfirmChange: confirm_change,
    u.Pause: pause,
    u.Resume: resume,
    u.HoldReview: review,
}
EVOLVE = {
    SupportChanged: changed,
    ChangeConfirmed: change_confirmed,
    SupportPaused: paused,
    SupportResumed: resumed,
    ReviewHeld: reviewed,
}
