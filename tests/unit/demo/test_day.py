"""The day is invented from a seed alone, says nothing of anybody, and every wish in it is one that the house knows."""

from collections import Counter
from typing import Any, get_args

import pytest
from pydantic import BaseModel, TypeAdapter

from demo.calendar import on
from demo.case import SESSION_HOUR, Case, Step
from demo.day import CAST, RACE, Day, make_day
from demo.odd import AFTER, INSTEAD
from demo.places import BOARDS, CHARITIES
from demo.play import STANDSTILL_ON
from demo.sending import FATES, GOOD, LATE
from demo.stories import CHANGE, EARLY, STORIES
from services.referrals.wishes import SaidByLink
from shared.contracts.intake import ReferralSubmitted
from shared.contracts.match_updates import AnyMatchUpdate
from shared.contracts.session_reports import AnySessionUpdate
from shared.contracts.updates import AnyUpdate

SEEDS = range(1, 21)
WISHES: dict[str, type[BaseModel]] = {
    wish.model_fields["do"].default: wish
    for union in (AnyUpdate, AnySessionUpdate, AnyMatchUpdate)
    for wish in get_args(get_args(union)[0] if hasattr(union, "__metadata__") else union)
}
KNOWS = {"see", "eligibility"}


@pytest.fixture(scope="module")
def days() -> list[Day]:
    return [make_day(seed) for seed in SEEDS]


def every_step(steps: tuple[Step, ...]) -> list[Step]:
    return [one for step in steps for one in (step, *every_step(step.instead))]


def test_the_same_seed_gives_the_same_day_and_another_seed_another() -> None:
    assert make_day(7) == make_day(7)
    assert make_day(7).sendings != make_day(8).sendings


def test_the_day_comes_in_the_order_of_time_within_office_hours(days: list[Day]) -> None:
    for day in days:
        times = [sending.at for sending in day.sendings]
        assert times == sorted(times)
        assert on(0).date() == times[0].date() == times[-1].date()


def test_every_story_fate_and_oddity_is_in_every_day(days: list[Day]) -> None:
    assert set(CAST) == set(STORIES)
    kinds = Counter(odd.kind for odd in (*AFTER, *INSTEAD) for _ in range(odd.how_many))
    for day in days:
        assert {case.story for case in day.cases} == set(STORIES)
        assert {sending.must.fate for sending in day.sendings} == set(FATES)
        seen = Counter(s.kind for s in day.sendings if s.case is None)
        assert kinds <= seen
        assert {s.kind for s in day.sendings if s.case is not None} <= {GOOD, LATE}


def test_what_is_sent_well_is_a_referral_without_anything_of_a_person(days: list[Day]) -> None:
    for day in days:
        for case in day.cases:
            submitted = ReferralSubmitted.model_validate_json(TypeAdapter(dict[str, Any]).dump_json(dict(case.facts)))
            assert case.facts.keys() <= ReferralSubmitted.model_fields.keys()
            assert submitted.person_id is None


def test_every_wish_is_one_that_the_house_knows(days: list[Day]) -> None:
    for day in days:
        for number, steps in day.steps.items():
            for step in every_step(steps):
                if step.do in KNOWS:
                    continue
                wish = {name: _known(value) for name, value in step.wish.items() if name != "facts"}
                wish_of = SaidByLink if step.by == "link" else WISHES[step.do]
                wish_of.model_validate_json(TypeAdapter(dict[str, Any]).dump_json(wish))
                assert wish.keys() <= wish_of.model_fields.keys(), (number, step)


def _known(value: Any) -> Any:
    return "0195557a-2f10-7c44-8a6e-3b1d2c4f5a60" if value in (CHANGE, EARLY) else value


def test_people_work_on_weekdays_and_what_is_said_has_happened(days: list[Day]) -> None:
    for day in days:
        for steps in day.steps.values():
            assert [step.day for step in steps] == sorted(step.day for step in steps)
            for step in every_step(steps):
                assert on(step.day).weekday() < 5
                if step.do in ("hold-session", "miss-session"):
                    start = step.wish.get("started_at") or step.wish["planned_start"]
                    assert start == on(step.day, SESSION_HOUR).isoformat()


def test_somebody_is_at_a_desk_while_kafka_stands_still(days: list[Day]) -> None:
    for day in days:
        assert any(step.day == STANDSTILL_ON and step.by == "desk" for steps in day.steps.values() for step in steps)


def test_no_peer_is_ever_given_more_than_their_places(days: list[Day]) -> None:
    for day in days:
        hours = {str(peer.id): peer.hours for peer in day.peers}
        taken: Counter[str] = Counter()
        for case in day.cases:
            taken.update(_peers(case, day.steps[case.number]))
        for peer, clients in taken.items():
            raced = hours[peer] == 3
            assert clients <= (2 if raced else hours[peer] * 40 // 100), peer


def _peers(case: Case, steps: tuple[Step, ...]) -> set[str]:
    return {step.wish["peer_id"] for step in steps if step.do == "confirm-match"}


def test_the_race_is_between_two_clients_of_one_organisation(days: list[Day]) -> None:
    for day in days:
        raced = [case for case in day.cases if case.story == RACE]
        assert len(raced) == 2
        assert len({(case.sender, case.peers[0]) for case in raced}) == 1


def test_the_charities_have_numbers_that_belong_to_nobody() -> None:
    assert len(BOARDS) == 14
    assert all(charity.organisation.startswith("SC0999") for charity in CHARITIES)
