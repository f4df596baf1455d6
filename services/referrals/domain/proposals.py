"""A peer for a client, proposed and confirmed by people, one at a time; and of which kinds the client's wishes are."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from services.referrals.domain.commands import Tell
from services.referrals.domain.contact import refuse_beyond_limit
from services.referrals.domain.ranking import Ranking
from services.referrals.domain.standing import NO_PLACE
from services.referrals.domain.state import Proposal, Referral
from services.referrals.domain.waiting import waiting_days
from shared.contracts import match_updates as m
from shared.contracts.days import day_of
from shared.contracts.event import Event
from shared.contracts.preferences import RecordPreferences
from shared.contracts.referrals import MatchDeclined, MatchProposed, PeerMatched, PreferencesRecorded
from shared.runtime.service import Refusal

BY_HAND = "by-hand"
"""The ruleset of a proposal that no rules ranked."""


def propose(state: Referral, wish: m.ProposeMatch, command: Tell) -> Sequence[Event]:
    """One proposal at a time; never a pair that was set aside, unless the client asks for this peer."""
    _refuse_second_match(state)
    _refuse_without_agreement(state)
    if state.proposal:
        raise Refusal("proposal-open", "Another peer is proposed already; confirm or decline that first.")
    if state.declines_since_talk >= command.policy.declines_before_talking:
        raise Refusal(
            "talk-first",
            f"{state.declines_since_talk} proposals were not taken up. Talk with the client before proposing again.",
        )
    ranking = command.ranking
    if ranking:
        _refuse_against_rules(ranking)
        _refuse_below_floor(ranking, wish)
    if not wish.client_asked_for_this_peer:
        _refuse_unwanted_pair(state, wish.peer_id)
    if state.formats_wanted and wish.format not in state.formats_wanted:
        raise Refusal("format-not-wanted", "The client did not ask for this way of meeting.", "format")
    refuse_beyond_limit(state, wish.format)
    ranked = ranking if ranking and wish.by_hand_because is None else None
    return [
        MatchProposed(
            match_id=wish.match_id or command.fresh_id,
            referral_id=command.referral_id,
            peer_id=wish.peer_id,
            proposed_at=command.at,
            proposed_by_role=wish.by_role,
            ruleset_version=ranked.ruleset_version if ranked else BY_HAND,
            score=ranked.score if ranked else None,
            factors=ranked.factors if ranked else (),
            matched_on_experience=ranked.matched_on_experience if ranked else False,
            by_hand_because=wish.by_hand_because,
            format=wish.format,
            per_4_weeks_hundredths=wish.per_4_weeks_hundredths,
            weight_hundredths=command.policy.weight(wish.per_4_weeks_hundredths),
            client_asked_for_this_peer=wish.client_asked_for_this_peer,
            waiting_days=waiting_days(state, day_of(command.at)),
            previous_match_id=state.past_matches[-1].match_id if state.past_matches else None,
        )
    ]


def decline(state: Referral, wish: m.DeclineMatch, command: Tell) -> Sequence[Event]:
    proposal = _proposal(state, wish)
    return [
        MatchDeclined(
            match_id=proposal.match_id,
            peer_id=proposal.peer_id,
            declined_by=wish.declined_by,
            declined_at=command.at,
        )
    ]


def confirm(state: Referral, wish: m.ConfirmMatch, command: Tell) -> Sequence[Event]:
    """Goes together with taking the place; whoever comes too late for the last one changes nothing here."""
    proposal = _proposal(state, wish)
    if wish.peer_id != proposal.peer_id:
        raise Refusal("not-as-proposed", "Another peer is proposed. Look at the proposal again.", "peer_id")
    if command.at < proposal.proposed_at:
        raise Refusal("before-the-proposal", "That is before the peer was proposed. Check the time.", "at")
    _refuse_second_match(state)
    _refuse_without_agreement(state)
    if command.ranking:
        _refuse_against_rules(command.ranking)
    format = wish.format or proposal.format
    refuse_beyond_limit(state, format)
    return [
        PeerMatched(
            match_id=proposal.match_id,
            referral_id=command.referral_id,
            peer_id=proposal.peer_id,
            matched_at=command.at,
            confirmed_by_role=wish.by_role,
            ruleset_version=proposal.ruleset_version,
            score=proposal.score,
            factors=proposal.factors,
            matched_on_experience=proposal.matched_on_experience,
            format=format,
            per_4_weeks_hundredths=wish.per_4_weeks_hundredths,
            weight_hundredths=command.policy.weight(wish.per_4_weeks_hundredths),
            waiting_days=waiting_days(state, day_of(command.at)),
            previous_match_id=proposal.previous_match_id,
            review_due_on=day_of(command.at) + timedelta(days=command.policy.first_review_days),
        )
    ]


def record_preferences(state: Referral, wish: RecordPreferences, command: Tell) -> Sequence[Event]:
    """What was wished goes to the vault; of which kinds it was is said."""
    kinds = wish.preferences.kinds()
    return [PreferencesRecorded(kinds=kinds, recorded_at=command.at, by_role=wish.by_role)]


def _proposal(state: Referral, wish: m.DeclineMatch | m.ConfirmMatch) -> Proposal:
    if state.proposal is None:
        raise Refusal("nothing-proposed", "No peer is proposed for this client now.")
    if wish.match_id != state.proposal.match_id:
        raise Refusal("not-as-proposed", "Another match is proposed. Look at the proposal again.", "match_id")
    return state.proposal


def _refuse_second_match(state: Referral) -> None:
    if state.match:
        raise Refusal("match-open", "The client still has a peer; that match must come to its end first.")


def _refuse_without_agreement(state: Referral) -> None:
    """Of a peer whom the rules do not know the client's no counts as well."""
    if state.consents.get("share-with-provider") is False:
        raise Refusal("not-agreed", "The client did not agree to this. Ask them, and record what they say first.")


def _refuse_against_rules(ranking: Ranking) -> None:
    """A hard rule is not overridden by hand; of several, the first is named."""
    for code, words in ranking.against:
        if code == "no-place-left":
            raise Refusal(code, NO_PLACE, "peer_id")
        raise Refusal(code, f"This peer is {words}. Look for another peer, or wait with the client.", "peer_id")


def _refuse_below_floor(ranking: Ranking, wish: m.ProposeMatch) -> None:
    if not (ranking.is_candidate or wish.by_hand_because or wish.client_asked_for_this_peer):
        raise Refusal(
            "below-the-floor",
            "Little of what the client said matters would be met. Ask the client, then say why this peer all the same.",
            "by_hand_because",
        )


def _refuse_unwanted_pair(state: Referral, peer_id: UUID) -> None:
    if peer_id in state.pairs_set_aside:
        raise Refusal(
            "pair-set-aside",
            "This pair is not proposed again unless the client asks for this peer.",
            "peer_id",
        )
    if not state.same_peer_wanted and peer_id in {match.peer_id for match in state.past_matches[-1:]}:
        raise Refusal("same-peer-not-wanted", "The client came back without asking for the earlier peer.", "peer_id")


def proposed(state: Referral, event: MatchProposed) -> Referral:
    proposal = Proposal(
        event.match_id,
        event.peer_id,
        event.proposed_at,
        event.format,
        event.waiting_days,
        event.previous_match_id,
        event.ruleset_version,
        event.score,
        event.factors,
        event.matched_on_experience,
    )
    return replace(state, proposal=proposal)


def declined(state: Referral, event: MatchDeclined) -> Referral:
    return replace(
        state,
        proposal=None,
        pairs_set_aside=state.pairs_set_aside | {event.peer_id},
        declines_since_talk=state.declines_since_talk + 1,
    )


DECIDE = {
    RecordPreferences: record_preferences,
    m.ProposeMatch: propose,
    m.DeclineMatch: decline,
    m.ConfirmMatch: confirm,
}
EVOLVE = {
    MatchProposed: proposed,
    MatchDeclined: declined,
    PreferencesRecorded: lambda state, _: state,
}
