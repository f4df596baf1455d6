"""What each event changes in a referral's row."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.referrals.domain.days import Rest, is_since_return, merged, reached_on, rest_of
from services.referrals.domain.waiting import running
from services.referrals.rows import ReferralRow, rests_of
from shared.contracts import referrals as e
from shared.contracts.days import day_of
from shared.runtime.envelope import Envelope

Changes = Mapping[str, Any]


def _staged(stage: str, event: Envelope) -> dict[str, Any]:
    return {"stage": stage, "stage_since": event.time}


def _accepted(row: ReferralRow, said: Envelope, d: e.ReferralAccepted) -> Changes:
    return _staged("waiting", said) | {
        "decided_at": d.decided_at,
        "decided_by_role": d.decided_by_role,
        "grounds": d.rules_against,
        "accepted_because": d.accepted_because,
        "actions": (),
        "signposted_to": (),
        **_decided(row, None),
    }


def _declined(row: ReferralRow, said: Envelope, d: e.ReferralDeclined) -> Changes:
    return _staged("declined", said) | {
        "decided_at": d.decided_at,
        "decided_by_role": d.decided_by_role,
        "grounds": d.grounds,
        "actions": d.actions,
        "signposted_to": d.signposted_to,
        **_decided(row, d.review_on),
    }


def _decided(row: ReferralRow, look_again_on: date | None) -> dict[str, Any]:
    reviews = _without(row, "decision", "decline")
    return {"not_known": (), "decision_due_on": look_again_on, "reviews_to_hold": reviews}


def _deferred(row: ReferralRow, _: Envelope, d: e.DecisionDeferred) -> Changes:
    return {**_decided(row, d.ask_again_on), "not_known": d.not_known}


def _contact(row: ReferralRow, _: Envelope, d: e.ContactAttempted) -> Changes:
    first = _first_contact(row, d.at) if d.outcome == "spoke" else row.first_contact_at
    last = max(d.at, row.last_contact_at) if row.last_contact_at else d.at
    return {"first_contact_at": first, "last_contact_at": last, "contact_attempts": row.contact_attempts + 1}


def _first_contact(row: ReferralRow, at: datetime) -> datetime | None:
    counts = is_since_return(at, row.reopened_at)
    return min(filter(None, (row.first_contact_at, at))) if counts else row.first_contact_at


def _unavailable(row: ReferralRow, _: Envelope, d: e.UnavailabilityRecorded) -> Changes:
    return {"rests": _written((*_rests(row), Rest(d.start, d.end)))}


def _matched(row: ReferralRow, said: Envelope, d: e.PeerMatched) -> Changes:
    return _staged("supported", said) | {
        "proposed_match_id": None,
        "proposed_peer_id": None,
        "match_id": d.match_id,
        "peer_id": d.peer_id,
        "format": d.format,
        "per_4_weeks_hundredths": d.per_4_weeks_hundredths,
        "weight_hundredths": d.weight_hundredths,
        "matches": row.matches + 1,
        "waited_for_match_days": d.waiting_days if row.matches == 0 else row.waited_for_match_days,
        "last_peer_id": d.peer_id,
        "same_peer_wanted": True,
        "review_due_on": d.review_due_on,
    }


def _match_ended(row: ReferralRow, said: Envelope, d: e.MatchEnded) -> Changes:
    gone = ("match_id", "peer_id", "format", "per_4_weeks_hundredths", "weight_hundredths", "review_due_on")
    return {
        **({} if row.stage != "supported" else _staged("waiting", said)),
        **dict.fromkeys(gone),
        "ending_on": None,
        "reviews_to_hold": _without(row, "support", "ending"),
        "stage_before_pause": "waiting" if row.stage_before_pause == "supported" else row.stage_before_pause,
    }


def _held(row: ReferralRow, _: Envelope, d: e.SessionHeld) -> Changes:
    return {
        "sessions_held": row.sessions_held + 1,
        "last_session_at": max(d.started_at, row.last_session_at) if row.last_session_at else d.started_at,
        "first_contact_at": _first_contact(row, d.started_at),
    }


def _retracted(row: ReferralRow, _: Envelope, d: e.SessionRetracted) -> Changes:
    counted = f"sessions_{d.was}"
    return {
        counted: getattr(row, counted) - 1,
        "last_session_at": d.last_session_at,
        "first_contact_at": d.first_contact_at,
        "role_explained_at": d.role_explained_at,
    }


def _changed(row: ReferralRow, _: Envelope, d: e.SupportChanged) -> Changes:
    changes: dict[str, Any] = {
        "changes": row.changes + 1,
        "changes_to_confirm": (*row.changes_to_confirm, str(d.change_id)),
    }
    if row.match_id:
        changes |= {"format": d.format_to, "per_4_weeks_hundredths": d.per_4_weeks_hundredths_to}
    if "other-peer" in d.what and row.peer_id:
        changes["peers_set_aside"] = _with(row.peers_set_aside, row.peer_id)
    if "more" in d.what:
        changes |= {"ending_on": None, "reviews_to_hold": _without(row, "ending")}
    if d.format_to and "other-format" in d.what and d.format_to not in row.formats_wanted:
        changes["formats_wanted"] = (*row.formats_wanted, d.format_to)
    return changes


def _paused(row: ReferralRow, said: Envelope, d: e.SupportPaused) -> Changes:
    return _staged("paused", said) | {
        "stage_before_pause": row.stage,
        "paused_at": d.paused_at,
        "paused_by_client": d.asked_by == "client",
        "paused_until": d.until,
    }


def _resumed(row: ReferralRow, said: Envelope, d: e.SupportResumed) -> Changes:
    rests = _rests(row)
    if row.paused_by_client and row.paused_at:
        rests = (*rests, *rest_of(row.paused_at, day_of(d.resumed_at)))
    return _staged(row.stage_before_pause or "waiting", said) | {
        "rests": _written(rests),
        "paused_at": None,
        "paused_until": None,
        "reviews_to_hold": _without(row, "pause"),
    }


def _ended(row: ReferralRow, said: Envelope, d: e.SupportEnded) -> Changes:
    return _staged("ended", said) | {
        "proposed_match_id": None,
        "proposed_peer_id": None,
        "paused_at": None,
        "paused_until": None,
        "review_due_on": None,
        "ending_on": None,
        "reviews_to_hold": (),
        "ended_on": d.ended_on,
        "end_reasons": d.reasons,
        "return_until": d.return_until,
    }


def _reopened(row: ReferralRow, said: Envelope, d: e.ReferralReopened) -> Changes:
    return _staged("waiting", said) | {
        "listed_on": day_of(d.reopened_at),
        "first_contact_at": None,
        "bounds_passed": (),
        "ended_on": None,
        "end_reasons": (),
        "return_until": None,
        "returns": row.returns + 1,
        "same_peer_wanted": d.same_peer_wanted,
        "reopened_at": d.reopened_at,
    }


def _struck(row: ReferralRow, d: Any, what: str) -> dict[str, Any]:
    return {
        "life_events": tuple(sorted({*row.life_events, what})),
        "messages_stopped_at": d.messages_stopped_at,
    }


def _life_event_retracted(row: ReferralRow, _: Envelope, d: e.LifeEventRetracted) -> Changes:
    remain = tuple(what for what in row.life_events if what != d.what)
    return {"life_events": remain, "pathway": "loss" if "loss" in remain else "usual"}


def _service_joined(row: ReferralRow, said: Envelope, d: e.ServiceJoined) -> Changes:
    began = _staged("supported", said) if d.support_began else {}
    return began | {"service_id": d.service_id, "stay_together": d.stay_together}


def _service_left(row: ReferralRow, said: Envelope, d: e.ServiceLeft) -> Changes:
    """Whoever loses a peer with it waits again once that match has come to its end."""
    left: dict[str, Any] = {"service_id": None, "past_service_id": d.service_id}
    if not d.relisted or row.match_id:
        return left
    if row.stage == "paused":
        return left | {"stage_before_pause": "waiting"}
    return left | _staged("waiting", said)


CHANGES: Mapping[type, Callable[[ReferralRow, Envelope, Any], Changes]] = {
    e.ReferralAccepted: _accepted,
    e.ReferralDeclined: _declined,
    e.DecisionDeferred: _deferred,
    e.ReferralWithdrawn: lambda row, said, d: (
        _staged("withdrawn", said) | {"proposed_match_id": None, "proposed_peer_id": None} | _decided(row, None)
    ),
    e.ContactAttempted: _contact,
    e.UnavailabilityRecorded: _unavailable,
    e.RoleExplained: lambda row, said, d: {"role_explained_at": max(filter(None, (row.role_explained_at, d.at)))},
    e.WaitBoundPassed: lambda row, said, d: {"bounds_passed": (*row.bounds_passed, f"{d.wait}/{d.bound}")},
    e.ReviewFellDue: lambda row, said, d: {
        "reviews_to_hold": (*row.reviews_to_hold, "/".join(map(str, filter(None, (d.of, d.due_on, d.help_id)))))
    },
    e.ContactLimited: lambda row, said, d: {
        "contact_limits": d.limits,
        "contact_limit_review_on": d.review_on,
        "reviews_to_hold": _without(row, "contact-limit"),
    },
    e.ContactLimitLifted: lambda row, said, d: {
        "contact_limits": (),
        "contact_limit_review_on": None,
        "reviews_to_hold": _without(row, "contact-limit"),
    },
    e.MatchProposed: lambda row, said, d: {"proposed_match_id": d.match_id, "proposed_peer_id": d.peer_id},
    e.MatchDeclined: lambda row, said, d: {
        "proposed_match_id": None,
        "proposed_peer_id": None,
        "match_declines": row.match_declines + 1,
        "peers_set_aside": _with(row.peers_set_aside, d.peer_id),
    },
    e.PeerMatched: _matched,
    e.MatchWeighed: lambda row, said, d: {"weight_hundredths": d.weight_hundredths},
    e.MatchEnded: _match_ended,
    e.ReferralRestricted: lambda row, said, d: {"restricted": d.because},
    e.ReferralRestrictionLifted: lambda row, said, d: {"restricted": None},
    e.PreferencesRecorded: lambda row, said, d: {"preferences": d.kinds},
    e.SessionPlanned: lambda row, said, d: {"sessions_planned": row.sessions_planned + 1},
    e.SessionHeld: _held,
    e.SessionMissed: lambda row, said, d: {"sessions_missed": row.sessions_missed + 1},
    e.SessionCancelled: lambda row, said, d: {"sessions_cancelled": row.sessions_cancelled + 1},
    e.SessionRetracted: _retracted,
    e.GoalSet: lambda row, said, d: {"goals": row.goals + 1},
    e.PracticalHelpRequested: lambda row, said, d: {"help_requested": row.help_requested + 1},
    e.PracticalHelpReceived: lambda row, said, d: {
        "help_received": row.help_received + 1,
        "reviews_to_hold": tuple(review for review in row.reviews_to_hold if not review.endswith(str(d.help_id))),
    },
    e.RemindersChosen: lambda row, said, d: {"reminders_by": d.channels, "reminder_hours_before": d.hours_before},
    e.ReminderOptedOut: lambda row, said, d: {
        "reminders_by": tuple(channel for channel in row.reminders_by if channel not in d.channels)
    },
    e.TravelSupportAgreed: lambda row, said, d: {"attending": _also(row.attending, f"travel/{d.how}")},
    e.AttendanceSupportAgreed: lambda row, said, d: {"attending": _also(row.attending, d.what)},
    e.SupportChanged: _changed,
    e.ChangeConfirmed: lambda row, said, d: {
        "changes_to_confirm": tuple(c for c in row.changes_to_confirm if c != str(d.change_id))
    },
    e.SupportPaused: _paused,
    e.SupportResumed: _resumed,
    e.ReviewHeld: lambda row, said, d: {
        "review_due_on": d.next_review_on,
        "reviews_to_hold": _without(row, "support"),
    },
    e.EndingPlanned: lambda row, said, d: {"ending_on": d.ends_on, "reviews_to_hold": _without(row, "ending")},
    e.SupportEnded: _ended,
    e.CareDateChanged: lambda row, said, d: {"messages_stopped_at": d.messages_stopped_at or row.messages_stopped_at},
    e.LossRecorded: lambda row, said, d: _struck(row, d, "loss") | {"pathway": "loss"},
    e.PersonDied: lambda row, said, d: (
        _struck(row, d, "death") | {"proposed_match_id": None, "proposed_peer_id": None}
        if d.who == "client"
        else _struck(row, d, "loss") | {"pathway": "loss"}
    ),
    e.BabyLeftParentsCare: lambda row, said, d: _struck(row, d, "baby-left-care"),
    e.LifeEventRetracted: _life_event_retracted,
    e.MessagesResumed: lambda row, said, d: {"messages_stopped_at": None},
    e.ConsentChanged: lambda row, said, d: {
        "consents": tuple(sorted({*row.consents} | {d.scope} if d.given else {*row.consents} - {d.scope}))
    },
    e.ServiceJoined: _service_joined,
    e.ServiceLeft: _service_left,
    e.CompanyChosen: lambda row, said, d: {"stay_together": d.stay_together},
    e.TaskOpened: lambda row, said, d: {
        "tasks": (*row.tasks, f"{d.opened_at.isoformat()}|{d.kind}|{d.task_id}|{d.due_on or ''}|")
    },
    e.TaskAnswered: lambda row, said, d: {"tasks": tuple(t for t in row.tasks if str(d.task_id) not in t)},
    e.TaskOverdue: lambda row, said, d: {
        "tasks": tuple(f"{t.removesuffix('|')}|overdue" if str(d.task_id) in t else t for t in row.tasks)
    },
    e.ReferralReopened: _reopened,
}


def bounds_of(row: ReferralRow) -> Changes:
    """The days on which the waits that now run turn amber and red; none for a wait that is over or rests."""
    rests, waits, since = _rests(row), set(running(row)), row.listed_on
    contact, match = "first-contact" in waits, "match" in waits
    return {
        "first_contact_amber_on": reached_on(since, row.first_contact_amber_days, rests) if contact else None,
        "first_contact_red_on": reached_on(since, row.first_contact_red_days, rests) if contact else None,
        "match_amber_on": reached_on(since, row.match_amber_days, rests) if match else None,
        "match_red_on": reached_on(since, row.match_red_days, rests) if match else None,
    }


def _also(said: tuple[str, ...], one: str) -> tuple[str, ...]:
    return said if one in said else (*said, one)


def _rests(row: ReferralRow) -> tuple[Rest, ...]:
    return rests_of(row.rests)


def _written(rests: tuple[Rest, ...]) -> tuple[str, ...]:
    return tuple(f"{first}/{last}" for first, last in merged(rests))


def _with(written: tuple[str, ...], peer_id: UUID) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*written, str(peer_id))))


def _without(row: ReferralRow, *kinds: str) -> tuple[str, ...]:
    return tuple(review for review in row.reviews_to_hold if review.partition("/")[0] not in kinds)
