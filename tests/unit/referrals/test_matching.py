"""Matches by hand, and the caseload as the one who says whether there is room."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from services.referrals.domain import caseload as c
from services.referrals.domain.policy import Policy
from shared.contracts import life_updates as life
from shared.contracts import match_updates as m
from shared.contracts import updates as u
from shared.runtime.service import Refusal
from tests.unit.referrals.story import (
    CONFIRM,
    END,
    ID,
    MATCH,
    OTHER_PEER,
    PAUSE,
    PEER,
    PROPOSE,
    REOPEN,
    Story,
    day,
    ended,
    one,
    planned,
    proposed,
    refusals,
    supported,
    waiting,
)

DECLINE = m.DeclineMatch(match_id=MATCH, declined_by="client")
END_MATCH = m.EndMatch(match_id=MATCH, peer_id=PEER, reason="peer-not-available", by_role="coordinator")


def test_proposed_and_confirmed_by_people() -> None:
    story = (
        waiting()
        .when(PROPOSE, 9)
        .then("match-proposed", ruleset_version="by-hand", score=None, waiting_days=9, weight_hundredths=100)
    )
    assert story.state.stage == "waiting"
    story = story.when(CONFIRM, 10).then(
        "peer-matched", peer_id=PEER, waiting_days=10, review_due_on="2026-04-23", confirmed_by_role="coordinator"
    )
    assert story.state.stage == "supported"
    assert story.due() == {"review:support:2026-04-23": "2026-04-23"}


def test_who_took_their_agreement_back_is_matched_with_nobody_even_by_hand() -> None:
    no = life.ChangeConsent(scopes=("share-with-provider",), given=False, how="spoken", text_version="consent-1")
    waiting().when(no, 1).when(PROPOSE, 2).then_refused("not-agreed")
    proposed().when(no, 3).when(CONFIRM, 3).then_refused("not-agreed")
    yes = no.model_copy(update={"given": True})
    waiting().when(no, 1).when(yes, 2).when(PROPOSE, 3).then("match-proposed")


def test_what_is_confirmed_rules_over_what_was_proposed() -> None:
    rarely = CONFIRM.model_copy(update={"per_4_weeks_hundredths": 200, "format": "video"})
    proposed().when(rarely, 3).then("peer-matched", format="video", weight_hundredths=60)


def test_declining_says_something_about_this_pair_only() -> None:
    story = proposed().when(DECLINE, 3).then("match-declined", peer_id=PEER, declined_by="client")
    assert story.state.stage == "waiting"
    assert story.state.listed_on == waiting().state.listed_on
    story.when(PROPOSE, 4).then_refused("pair-set-aside")
    story.when(PROPOSE.model_copy(update={"client_asked_for_this_peer": True}), 4).then("match-proposed")
    story.when(PROPOSE.model_copy(update={"peer_id": OTHER_PEER, "match_id": one(9)}), 4).then("match-proposed")


def test_a_peer_who_cannot_go_on_leaves_the_client_on_the_list_at_the_old_date() -> None:
    story = supported().when(planned(30), 4).when(END_MATCH, 20)
    story.then("match-ended", "session-replaced", reason="peer-not-available")
    assert story.state.stage == "waiting"
    assert story.state.listed_on == waiting().state.listed_on
    story.when(PROPOSE, 21).then("match-proposed", previous_match_id=MATCH)


@refusals(
    [
        ("before a decision", Story().when(PROPOSE), PROPOSE, 1, "unknown-referral"),
        ("two at a time", proposed(), PROPOSE, 3, "proposal-open"),
        ("while in support", supported(), PROPOSE, 5, "not-while-supported"),
        ("while paused", waiting().when(PAUSE, 2), PROPOSE, 3, "not-while-paused"),
        ("a format nobody wants", waiting(formats_wanted=("home",)), PROPOSE, 3, "format-not-wanted"),
        ("nothing to confirm", waiting(), CONFIRM, 3, "nothing-proposed"),
        ("nothing to decline", waiting(), DECLINE, 3, "nothing-proposed"),
        ("another peer", proposed(), CONFIRM.model_copy(update={"peer_id": OTHER_PEER}), 3, "not-as-proposed"),
        ("another match", proposed(), CONFIRM.model_copy(update={"match_id": one(5)}), 3, "not-as-proposed"),
        ("before it was proposed", proposed(), CONFIRM.model_copy(update={"at": day(1)}), 3, "before-the-proposal"),
        ("confirm twice", supported(), CONFIRM, 4, "not-while-supported"),
        ("end another's", supported(), END_MATCH.model_copy(update={"peer_id": OTHER_PEER}), 9, "not-their-match"),
        ("end before it began", supported(), END_MATCH.model_copy(update={"at": day(2)}), 9, "before-the-match"),
        ("end a match of one who waits", waiting(), END_MATCH, 9, "not-while-waiting"),
        (
            "the earlier peer unasked",
            ended().when(REOPEN.model_copy(update={"same_peer_wanted": False}), 70),
            PROPOSE.model_copy(update={"match_id": one(7)}),
            71,
            "same-peer-not-wanted",
        ),
    ]
)
def test_what_a_match_does_not_allow_is_refused_with_its_code(
    given: Story, wish: u.Update, now: float, code: str
) -> None:
    given.when(wish, now).then_refused(code)


def take(weight: int, match: UUID = MATCH, places: int = 600) -> c.TakePlace:
    return c.TakePlace(PEER, day(0), match_id=match, referral_id=ID, weight=weight, places_if_unset=places)


def after(*commands: Any) -> c.Caseload:
    state = c.Caseload()
    for command in commands:
        for event in c.decide(state, command):
            state = c.evolve(state, type(event).model_validate_json(event.model_dump_json()))
    return state


def test_six_places_for_fifteen_hours() -> None:
    assert Policy().places(15) == 600
    assert Policy().places(30) == 1200
    assert [Policy().weight(n) for n in (800, 400, 300, 200, 133)] == [100, 100, 100, 60, 60]


def test_weights_add_up_exactly() -> None:
    state = after(*(take(weight, one(n)) for n, weight in enumerate((100, 100, 100, 100, 60, 60, 30, 30, 20))))
    assert state.used == 600


def test_the_last_place_has_one_winner() -> None:
    state = after(*(take(100, one(n)) for n in range(5)))
    (event,) = c.decide(state, take(100, one(8)))
    assert (event.name, event.used_hundredths) == ("place-taken", 600)
    with pytest.raises(Refusal) as refused:
        c.decide(c.evolve(state, event), take(30, one(9)))
    assert refused.value.code == "no-place-left"
    assert "not taking new people" in str(refused.value)


def test_a_match_has_one_place() -> None:
    with pytest.raises(Refusal) as refused:
        c.decide(after(take(100)), take(100))
    assert refused.value.code == "place-already-taken"


def test_whoever_shares_no_peer_with_the_client_has_no_place_beside_them_and_nobody_is_told_why() -> None:
    beside = replace(take(100, one(8)), referral_id=one(30), kept_from=frozenset({ID}))
    c.decide(after(take(100, MATCH)), replace(beside, kept_from=frozenset({one(31)})))
    with pytest.raises(Refusal, match="not available for this setting just now") as refused:
        c.decide(after(take(100, MATCH)), beside)
    assert refused.value.code == "peer-not-available"


def test_hours_set_the_places_from_then_on() -> None:
    state = after(c.SetPlaces(PEER, day(0), 5, 200, "service-lead"), take(100, one(1)), take(100, one(2)))
    with pytest.raises(Refusal):
        c.decide(state, take(30, one(3)))
    fewer = after(take(100), c.SetPlaces(PEER, day(0), 0, 0, "service-lead"))
    assert fewer.used == 100, "those who are there stay"


def test_a_running_client_is_never_refused_more() -> None:
    state = after(*(take(100, one(n)) for n in range(5)), take(60), c.ChangePlace(PEER, day(1), MATCH, 300))
    assert state.used == 800


def test_freeing_twice_frees_once() -> None:
    state = after(take(100), c.FreePlace(PEER, day(1), MATCH, "other-peer"))
    assert state.used == 0
    assert c.decide(state, c.FreePlace(PEER, day(1), MATCH, "other-peer")) == []
    assert c.decide(state, c.ChangePlace(PEER, day(1), MATCH, 60)) == []


def test_an_ended_match_frees_its_place_by_itself() -> None:
    from services.referrals.domain import referral

    story = supported().when(END, 60).then("support-ended", sessions_held=0)
    (name,) = referral.deadlines(story.state)
    settle, free = referral.due(f"referral/{ID}", name, day(60))
    assert free == c.FreePlace(PEER, day(60), MATCH, "support-ended")
    story.when(settle).then("match-ended", reason="support-ended")
    assert story.when(settle).due() == {}
