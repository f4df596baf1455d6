"""With a service, and back on the list when it closes: once, at one's own date, and together with whom one wishes."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.referrals.domain.membership import ComeBack
from services.referrals.domain.services import DIRECTORY_SERVICE, CloseCase, OpenCase, PutInDirectory, SayOfService
from services.referrals.domain.together import offers
from shared.contracts import service_updates as s
from shared.contracts import updates as u
from shared.runtime.service import Refusal
from tests.unit.referrals.story import END, ID, PAUSE, RESUME, Story, day, one, received, refusals, supported, waiting

HALL, OTHER = one(50), one(51)
JOIN = s.JoinService(service_id=HALL, by_role="coordinator", stay_together=True)
LEAVE = s.LeaveService(service_id=HALL, by_role="coordinator", reason="client-choice")
LISTED = s.ListService(title="Toddle", formats=("group",), place="Hall", area="S08000029", by_role="service-lead")


def member() -> Story:
    return waiting().when(JOIN, 5).then("service-joined", support_began=True)


def closed(story: Story, at: float = 14) -> Story:
    return story.when(ComeBack(ID, day(at), HALL))


def test_a_client_with_a_service_is_supported_and_waits_for_nobody() -> None:
    story = member()
    assert story.state.stage == "supported"
    assert not [name for name in story.due() if name.startswith("wait:match")]


def test_when_it_closes_the_client_waits_since_they_always_did_and_a_person_is_asked() -> None:
    before = waiting()
    story = closed(member()).then("service-left", "task-opened", relisted=True, reason="service-closed")
    assert (story.state.stage, story.state.listed_on) == ("waiting", before.state.listed_on)
    assert {name for name in story.due() if name.startswith("wait")} == set(before.due())
    closed(story).then()


def test_a_peer_of_the_service_goes_with_it_and_their_place_is_freed_as_ever() -> None:
    story = closed(supported().when(JOIN.model_copy(update={"with_peer": True}), 5))
    assert [name.split(":")[-1] for name in story.due() if name.startswith("settle")] == ["service-closed"]
    story = story.passing(14)
    assert "match-ended" in [event.name for event in story.said]
    assert story.state.stage == "waiting"


def test_a_peer_from_elsewhere_stays() -> None:
    story = closed(supported().when(JOIN, 5)).then("service-left", "task-opened", relisted=False)
    assert (story.state.stage, bool(story.state.match)) == ("supported", True)


def test_who_rests_meanwhile_is_on_the_list_when_they_come_back() -> None:
    story = closed(member().when(PAUSE, 6)).when(RESUME, 20)
    assert story.state.stage == "waiting"


def test_support_that_ends_leaves_the_service() -> None:
    story = member().when(END, 30).passing(30).then("service-left", reason="support-ended", relisted=False)
    assert (story.state.stage, story.due()) == ("ended", {})


def test_company_is_chosen_before_and_after_it_closes() -> None:
    choose = s.ChooseCompany(stay_together=False)
    assert member().when(choose, 6).then("company-chosen").state.service.stay_together is False  # type: ignore[union-attr]
    story = closed(member()).when(choose, 15).then("company-chosen")
    assert story.state.past_service.stay_together is False  # type: ignore[union-attr]


@refusals(
    [
        ("with two at once", member(), JOIN.model_copy(update={"service_id": OTHER}), 6, "with-a-service"),
        ("of a peer there is none of", waiting(), JOIN.model_copy(update={"with_peer": True}), 6, "no-peer-yet"),
        ("leaving another", member(), LEAVE.model_copy(update={"service_id": OTHER}), 6, "not-with-it"),
        ("choosing without one", waiting(), s.ChooseCompany(stay_together=True), 6, "not-with-it"),
        ("before a decision", received(), JOIN, 6, "not-while-received"),
    ]
)
def test_what_makes_no_sense_is_refused_with_its_code(given: Story, wish: u.Update, now: float, code: str) -> None:
    given.when(wish, now).then_refused(code)


def told(*commands: Any) -> Any:
    """The service's state after the commands."""
    state = DIRECTORY_SERVICE.initial
    for command in commands:
        for event in DIRECTORY_SERVICE.decide(state, command):
            state = DIRECTORY_SERVICE.evolve(state, event)
    return state


OPEN = (PutInDirectory(HALL, day(0), LISTED), OpenCase(HALL, day(1), one(1)), OpenCase(HALL, day(1), one(2)))
CLOSE = SayOfService(HALL, day(14), s.CloseService(by_role="service-lead", reason="funding"))


def test_closing_is_one_event_and_a_deadline_for_each_case() -> None:
    [event] = DIRECTORY_SERVICE.decide(told(*OPEN), CLOSE)
    assert event.open_cases == 2
    due = DIRECTORY_SERVICE.deadlines(told(*OPEN, CLOSE))
    assert due == {f"relist:{one(1)}": day(14), f"relist:{one(2)}": day(14)}
    for name in due:
        back, gone = DIRECTORY_SERVICE.due(f"service/{HALL}", name, day(15))
        assert (back.subject, gone.subject) == (f"referral/{name[7:]}", f"service/{HALL}")
    left = told(*OPEN, CLOSE, CloseCase(HALL, day(15), one(1)))
    assert DIRECTORY_SERVICE.deadlines(left) == {f"relist:{one(2)}": day(14)}


@pytest.mark.parametrize(
    ("commands", "last", "code"),
    [
        ((), OpenCase(HALL, day(1), one(1)), "not-listed"),
        ((), CLOSE, "not-listed"),
        (OPEN, OPEN[1], "already-there"),
        ((*OPEN, CLOSE), CLOSE, "service-closed"),
        ((*OPEN, CLOSE), OpenCase(HALL, day(15), one(3)), "service-closed"),
        (
            OPEN,
            SayOfService(HALL, day(0), s.CheckService(by_role="peer", visited=True, on=day(9).date())),
            "in-the-future",
        ),
    ],
)
def test_a_service_says_no_with_a_code(commands: tuple[Any, ...], last: Any, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        DIRECTORY_SERVICE.decide(told(*commands), last)
    assert refused.value.code == code


people = st.lists(st.integers(1, 12).map(one), unique=True)
pairs = st.frozensets(st.frozensets(st.integers(1, 12).map(one), min_size=2, max_size=2), max_size=20)


@given(people, pairs)
def test_everybody_is_offered_once_and_nobody_with_whom_they_are_kept_apart(persons: Any, apart: Any) -> None:
    made = offers(persons, apart)
    assert sorted(each for offer in made for each in offer) == sorted(persons)
    assert not [pair for pair in apart for offer in made if pair <= set(offer)]
    if not apart:
        assert len(made) <= 1
