"""A planned ending, an ending, and coming back."""

from datetime import date

import pytest

from services.referrals.domain.days import Rest, merged, reached_on, waited
from shared.contracts import updates as u
from shared.contracts.days import add_months
from tests.unit.referrals.story import (
    ACCEPT,
    CONFIRM,
    END,
    FRESH,
    MATCH,
    PAUSE,
    PEER,
    PROPOSE,
    REOPEN,
    TRIED,
    Story,
    day,
    ended,
    explained,
    held,
    one,
    planned,
    proposed,
    received,
    refusals,
    supported,
    waiting,
)
from tests.unit.referrals.test_sessions import missed

LOST = u.End(by="service", planned=False, reasons=("lost-touch",), future_contact_given=False)
PLAN = u.PlanEnding(ends_on=date(2026, 4, 30), agreed_with_client=True, by_role="peer")


def test_a_planned_ending_says_what_was_achieved_and_until_when_to_come_back() -> None:
    story = explained().when(u.SetGoal(area="rest", score=3), 5).when(u.ReviewGoal(goal_id=FRESH, score=7), 50)
    story = story.when(u.SetGoal(area="feeding", score=4), 6, fresh=one(44))
    story = story.when(held(5), 6).when(held(12), 13).when(planned(70), 59).when(END, 60)
    story.then(
        "support-ended",
        "session-replaced",
        ended_on="2026-05-01",
        planned=True,
        sessions_held=2,
        goals_moved=1,
        future_contact_given=True,
        return_until="2026-11-01",
        onward="none",
    )
    story = story.passing(60).then("match-ended", reason="support-ended")
    assert story.due() == {}


def test_an_agreed_ending_takes_less_of_a_place_and_is_remembered() -> None:
    story = supported().when(PLAN, 30).then("ending-planned", ends_on="2026-04-30", weight_hundredths=30)
    story = story.passing(31)
    assert [event.name for event in story.said] == ["match-weighed"]
    story = story.passing(59)
    assert [(event.name, event.of) for event in story.said] == [
        ("review-fell-due", "support"),
        ("review-fell-due", "ending"),
    ]
    assert story.state.stage == "supported", "nothing ends by itself"


def test_wanting_more_after_all_takes_the_agreed_ending_back() -> None:
    story = supported().when(PLAN, 30).passing(30)
    more = u.ChangeSupport(asked_by="client", channel="phone", what=("more",), per_4_weeks_hundredths=600)
    story = story.when(more, 31).then("support-changed", weight_hundredths=100).passing(31).then("match-weighed")
    assert "review:ending:2026-04-30" not in story.due()


def test_coming_back_needs_no_new_judgement() -> None:
    story = ended().when(REOPEN, 100)
    story.then("referral-reopened", days_since=40, previous_peer_id=PEER, same_peer_wanted=True)
    assert story.state.stage == "waiting"
    assert "wait:first-contact:red:2026-06-24" in story.due()
    again = PROPOSE.model_copy(update={"match_id": one(7)})
    story = story.when(again, 101).then("match-proposed", waiting_days=1, previous_match_id=MATCH)
    story.when(CONFIRM.model_copy(update={"match_id": one(7)}), 102).then("peer-matched")


def test_bounds_passed_before_count_anew_after_a_return() -> None:
    story = waiting().passing(100).when(PROPOSE, 100).when(CONFIRM, 101).when(END, 150).passing(150)
    story = story.when(REOPEN, 160).then("referral-reopened")
    assert [name.rpartition(":")[0] for name in story.due()] == [
        "wait:first-contact:amber",
        "wait:first-contact:red",
        "wait:match:amber",
        "wait:match:red",
    ]


def test_the_return_window_is_open_on_its_last_day() -> None:
    story = ended()
    story.when(REOPEN, day(60).replace(month=11, day=1, hour=23)).then("referral-reopened")
    story.when(REOPEN, day(60).replace(month=11, day=2)).then_refused("return-window-passed")


def test_who_comes_back_at_once_waits_while_the_match_still_ends() -> None:
    story = supported().when(END, 60).when(REOPEN, 60.1).then("referral-reopened").passing(61)
    story.then("match-ended", reason="support-ended")
    assert story.state.stage == "waiting"


@pytest.mark.parametrize("story", [waiting(), proposed(), supported(), supported().when(PAUSE, 9)])
def test_support_ends_from_wherever_it_is(story: Story) -> None:
    after = story.when(END, 60)
    assert after.said[0].name == "support-ended"
    assert after.passing(60).state.match is None
    assert after.passing(60).state.stage == "ended"


def test_nobody_is_let_go_for_missing_sessions_before_somebody_tried_again() -> None:
    story = explained().when(missed(10), 11)
    story.when(LOST, 20).then_refused("try-again-first")
    said_of_the_client = LOST.model_copy(update={"by": "client"})
    story.when(said_of_the_client, 20).then_refused("try-again-first")
    story = story.when(TRIED, 12)
    story.when(LOST, 20).then("support-ended")
    story.when(missed(15), 16).when(LOST, 20).then_refused("try-again-first")


@refusals(
    [
        ("no reason", supported(), END.model_copy(update={"reasons": ()}), 60, "reasons-missing"),
        (
            "no contact details",
            supported(),
            END.model_copy(update={"future_contact_given": False}),
            60,
            "contact-details-missing",
        ),
        ("before the match", supported(), END.model_copy(update={"at": day(1)}), 60, "before-the-match"),
        ("before a decision", received(), END, 5, "not-while-received"),
        ("twice", ended(), END, 61, "not-while-ended"),
        (
            "agreed for the past",
            supported(),
            PLAN.model_copy(update={"ends_on": date(2026, 3, 3)}),
            30,
            "ends-in-the-past",
        ),
        ("agreed for another age", supported(), PLAN.model_copy(update={"ends_on": date.max}), 30, "too-far-ahead"),
        ("come back from waiting", waiting(), REOPEN, 5, "not-while-waiting"),
        ("come back before leaving", ended(), REOPEN.model_copy(update={"at": day(50)}), 61, "before-the-end"),
        (
            "come back from death",
            supported().when(END.model_copy(update={"reasons": ("died",)}), 60),
            REOPEN,
            61,
            "no-return",
        ),
        ("accept again", ended(), ACCEPT, 61, "not-while-ended"),
    ]
)
def test_what_ending_and_return_do_not_allow_is_refused_with_its_code(
    given: Story, wish: u.Update, now: float, code: str
) -> None:
    given.when(wish, now).then_refused(code)


@pytest.mark.parametrize(
    ("start", "months", "then"),
    [
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2027, 8, 31), 6, date(2028, 2, 29)),
        (date(2026, 3, 4), 12, date(2027, 3, 4)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
    ],
)
def test_months_later_is_the_same_day_or_the_last_of_a_shorter_month(start: date, months: int, then: date) -> None:
    assert add_months(start, months) == then


def test_waiting_and_the_day_a_bound_is_reached_agree() -> None:
    since = date(2026, 3, 2)
    rests = [Rest(date(2026, 3, 5), date(2026, 3, 9)), Rest(date(2026, 3, 8), date(2026, 3, 12))]
    assert merged(rests) == (Rest(date(2026, 3, 5), date(2026, 3, 12)),)
    reached = reached_on(since, 14, rests)
    assert reached == date(2026, 3, 24)
    assert waited(since, reached, rests) == 14
    assert reached_on(since, 3, [Rest(date(2026, 3, 10), date(2026, 3, 12))]) == date(2026, 3, 5)
    assert reached_on(since, 3, [Rest(date(2026, 2, 1), date(2026, 3, 1))]) == date(2026, 3, 5)
