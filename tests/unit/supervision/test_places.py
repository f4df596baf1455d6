"""A peer's time: places by hours, rest without a reason, coming back slowly, leaving, an end of funding in sight."""

from datetime import date
from typing import Any

import pytest

from services.supervision.domain.peers.places import FallsAway, runway
from shared.contracts import peer_updates as p
from shared.contracts import supervision as s
from tests.unit.supervision.peers import ID, Story, day, held, in_order, on, recruit, recruited, refusals
from tests.unit.supervision.test_readiness import policy

REST, BACK, LEAVE = p.Rest(), p.ComeBack(), p.Leave()
RESTING = in_order().when(REST)


def step(until: int, places: int) -> s.ReturnStep:
    return s.ReturnStep(until=on(until), places_hundredths=places)


def back(*steps: s.ReturnStep) -> p.ComeBack:
    return p.ComeBack(steps=steps)


@refusals(
    [
        ("rest twice", RESTING, REST, 1, "already-resting"),
        ("back from nothing", in_order(), BACK, 1, "not-resting"),
        ("a step that is over", RESTING, back(step(0, 200)), 2, "steps-out-of-order"),
        ("later first", RESTING, back(step(9, 200), step(5, 400)), 2, "steps-out-of-order"),
        ("less room later", RESTING, back(step(5, 400), step(9, 200)), 2, "steps-out-of-order"),
        ("years of it", RESTING, back(step(400, 200)), 2, "too-far-ahead"),
        ("more meetings than hours", in_order(), p.SetCapacity(other_hours=16), 0, "more-than-contracted"),
        ("a rest still to come", in_order(), p.Rest(at=day(1)), 0, "in-the-future"),
        ("rest before the start", recruited(), REST, 0, "not-at-this-stage"),
        ("rest after leaving", in_order().when(LEAVE), REST, 0, "not-at-this-stage"),
    ]
)
def test_what_does_not_fit_a_peers_time(given: Story, wish: Any, now: float, code: str) -> None:
    given.when(wish, now).then_refused(code)


@pytest.mark.parametrize(
    ("hours", "other", "places"), [(15, 0, 600), (30, 0, 1200), (15, 5, 400), (15, 15, 0), (0, 0, 0)]
)
def test_places_go_with_the_hours_that_are_left_for_people(hours: int, other: int, places: int) -> None:
    story = in_order(contracted_hours=hours)
    story = story.when(p.SetCapacity(other_hours=other, formats=("phone",), first_languages=("pl",)))
    story.then("ways-set", "capacity-changed", contracted_hours=hours, places_hundredths=places, formats=["phone"])


def test_other_places_for_an_hour_may_be_set() -> None:
    assert in_order(policy=policy(places_hundredths_per_hour=20)).state.said_capacity.places_hundredths == 300


def test_the_same_time_is_not_said_again() -> None:
    wish = p.SetCapacity(formats=("phone",))
    in_order().when(wish).when(wish, 1).then("ways-set")


def test_a_rest_says_no_reason_and_changes_nothing_of_being_ready() -> None:
    RESTING.then("peer-paused")
    assert set(s.PeerPaused.model_fields) == {"peer_id", "paused_at"}


def test_coming_back_is_as_slow_as_the_peer_wishes_and_ends_with_all_places() -> None:
    story = RESTING.when(back(step(7, 200), step(14, 400)), 2)
    story.then("peer-returned", "capacity-changed", places_hundredths=200)
    assert story.passing(7.5).said == ()
    story = story.passing(8).then("capacity-changed", places_hundredths=400)
    story.passing(15).then("capacity-changed", places_hundredths=600)


def test_nobody_comes_back_to_more_places_than_they_have() -> None:
    story = RESTING.when(back(step(7, 900)), 2).then("peer-returned")
    assert story.state.said_capacity.places_hundredths == 600
    assert story.passing(27).said == ()


def test_who_comes_back_after_their_supervision_was_due_takes_nobody_new_before_it() -> None:
    story = RESTING.passing(60).when(BACK, 60)
    assert story.state.said["third-sector"].level == "no-new-people"
    story.when(held(60.1), 60.2).then("supervision-held", "peer-ready")


def test_who_leaves_is_not_ready_and_is_not_thought_of_any_more() -> None:
    story = in_order().when(LEAVE, 3).then("peer-left", "peer-not-ready", level="no-new-people", missing=[])
    assert story.due() == {}


def test_who_leaves_under_a_stop_leaves_under_a_stop() -> None:
    story = in_order().when(p.StopContact(by_role="named-officer"), 1).when(LEAVE, 2).then("peer-left")
    assert story.state.said["third-sector"].level == "stop-contact"


ENDS = date(2026, 10, 31)


def test_an_end_of_funding_is_spoken_of_six_months_before_and_once() -> None:
    story = recruited(contract="fixed-term", funding_ends_on=ENDS)
    near = (date(2026, 4, 30) - on(0)).days
    assert story.passing(near - 0.5).said == ()
    story = story.passing(near).then("funding-end-neared", funding_ends_on=ENDS, contracted_hours=15)
    assert story.passing(400).of(s.FundingEndNeared) == story.of(s.FundingEndNeared)


def test_another_end_of_funding_is_spoken_of_anew() -> None:
    story = recruited(contract="fixed-term", funding_ends_on=ENDS).passing(100)
    longer = recruit(contract="fixed-term", funding_ends_on=date(2027, 10, 31)).model_dump(exclude={"do"})
    story = story.when(p.ChangeContract(**longer), 101).then("contract-changed").passing(800)
    assert [each.funding_ends_on for each in story.of(s.FundingEndNeared)] == [ENDS, date(2027, 10, 31)]


def test_an_end_of_funding_near_already_is_spoken_of_at_once() -> None:
    soon = recruit(contract="fixed-term", funding_ends_on=on(60)).model_dump(exclude={"do"})
    in_order().when(p.ChangeContract(**soon), 1).then("contract-changed", "funding-end-neared")


def test_the_runway_counts_what_falls_away_by_month() -> None:
    posts = [(date(2026, 9, 30), 15, 5), (date(2026, 8, 31), 30, 9), (date(2026, 9, 1), 15, 4), (None, 40, 9)]
    assert runway(posts) == {(2026, 8): FallsAway(1, 30, 9), (2026, 9): FallsAway(2, 30, 9)}
    assert list(runway(posts)) == [(2026, 8), (2026, 9)]


def test_the_time_of_a_rest_is_when_it_began() -> None:
    story = in_order().when(p.Rest(at=day(-1)))
    assert story.said[0] == s.PeerPaused(peer_id=ID, paused_at=day(-1))
