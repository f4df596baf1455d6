"""A client and their peer: what the match weighs, and that it ends without blame."""

from collections.abc import Sequence
from dataclasses import replace

from services.referrals.domain.commands import EndBarred, SettleMatch, Tell, WeighMatch
from services.referrals.domain.planned import replaced
from services.referrals.domain.state import Match, Referral
from services.referrals.domain.tasks import opened
from shared.contracts import match_updates as m
from shared.contracts import values as v
from shared.contracts.days import day_of
from shared.contracts.event import Event
from shared.contracts.referrals import (
    MatchEnded,
    MatchWeighed,
    PeerMatched,
)
from shared.runtime.service import Refusal


def end(state: Referral, wish: m.EndMatch, command: Tell) -> Sequence[Event]:
    """The peer cannot go on: the client keeps their date on the list. Goes together with freeing the place."""
    if state.match is None or (state.match.match_id, state.match.peer_id) != (wish.match_id, wish.peer_id):
        raise Refusal("not-their-match", "The client has no such match with this peer now.", "match_id")
    if command.at < state.match.matched_at:
        raise Refusal("before-the-match", "That is before the match began. Check the time.", "at")
    return [_ended(state.match, wish.reason, command), *replaced(state, "match-ended", command.at)]


def settle(state: Referral, command: SettleMatch) -> Sequence[Event]:
    """What a wish ended comes to its end, as of when the wish said."""
    match = state.match
    if match is None or match.match_id != command.match_id or match.leaving is None:
        return []
    return [
        MatchEnded(
            match_id=match.match_id,
            peer_id=match.peer_id,
            reason=match.leaving,
            ended_at=match.ended_at or command.at,
        )
    ]


def end_barred(state: Referral, command: EndBarred) -> Sequence[Event]:
    """The pair may not go on: the client is back at their old place, and a person looks after them the same day."""
    match = state.match
    if match is None or match.match_id != command.match_id:
        return []
    if match.leaving and match.ended_at and match.ended_at <= command.at:
        return settle(state, SettleMatch(command.referral_id, command.at, command.match_id))
    return [
        _ended(match, "no-longer-allowed", command),
        *replaced(state, "match-ended", command.at),
        opened("peer-no-longer-available", match.match_id, command.at, day_of(command.at)),
    ]


def weigh(state: Referral, command: WeighMatch) -> Sequence[Event]:
    match = state.match
    if match is None or match.match_id != command.match_id or match.weight == command.weight:
        return []
    return [
        MatchWeighed(
            match_id=match.match_id,
            peer_id=match.peer_id,
            weight_hundredths=command.weight,
            weighed_at=command.at,
        )
    ]


def _ended(match: Match, reason: v.MatchEndReason, command: Tell | EndBarred) -> MatchEnded:
    return MatchEnded(match_id=match.match_id, peer_id=match.peer_id, reason=reason, ended_at=command.at)


def matched(state: Referral, event: PeerMatched) -> Referral:
    match = Match(
        event.match_id,
        event.peer_id,
        event.matched_at,
        event.format,
        event.per_4_weeks_hundredths,
        weight=event.weight_hundredths,
        weight_wanted=event.weight_hundredths,
        weighs_from=event.matched_at,
    )
    return replace(
        state,
        stage="supported",
        proposal=None,
        match=match,
        declines_since_talk=0,
        same_peer_wanted=True,
        review_due_on=event.review_due_on,
    )


def weighed(state: Referral, event: MatchWeighed) -> Referral:
    return replace(state, match=state.match and replace(state.match, weight=event.weight_hundredths))


def ended(state: Referral, event: MatchEnded) -> Referral:
    if state.match is None:
        return state
    past = replace(state.match, leaving=event.reason, ended_at=event.ended_at)
    return replace(
        state,
        stage="waiting" if state.stage == "supported" else state.stage,
        stage_before_pause="waiting" if state.stage_before_pause == "supported" else state.stage_before_pause,
        match=None,
        past_matches=(*state.past_matches, past),
        review_due_on=None,
        ending_on=None,
    )


COMMANDS = {SettleMatch: settle, WeighMatch: weigh, EndBarred: end_barred}
DECIDE = {m.EndMatch: end}
EVOLVE = {PeerMatched: matched, MatchWeighed: weighed, MatchEnded: ended}
