"""Support changed at the client's wish, rested, reviewed; goals; practical help."""

from datetime import date
from typing import Any

import pytest

from services.referrals.domain import caseload as c
from services.referrals.domain import referral
from shared.contracts import updates as u
from tests.unit.referrals.story import (
    FRESH,
    ID,
    MATCH,
    OTHER_PEER,
    PAUSE,
    PEER,
    PROPOSE,
    RESUME,
    Story,
    day,
    ended,
    explained,
    held,
    one,
    planned,
    received,
    refusals,
    supported,
    waiting,
)


def change(*what: str, **changes: Any) -> u.ChangeSupport:
    return u.ChangeSupport(**{"asked_by": "client", "channel": "phone", "what": what} | changes)


LESS = change("less", per_4_weeks_hundredths=200)


def test_one_wish_for_less_by_phone_and_another_peer_is_met_in_all_its_parts() -> None:
    visits = supported("home").when(planned(11, format="home"), 3.5).when(planned(18, format="home"), 3.5)
    dialled = change("less", "other-peer", "other-format", per_4_weeks_hundredths=133, format="phone")
    story = visits.when(dialled, 4)
    story.then(
        "support-changed",
        "session-replaced",
        "session-replaced",
        per_4_weeks_hundredths_from=400,
        per_4_weeks_hundredths_to=133,
        format_from="home",
        format_to="phone",
        effective_on="2026-03-06",
    )
    story = story.passing(4).then("match-ended", reason="other-peer")
    assert story.state.stage == "waiting"
    assert story.state.listed_on == date(2026, 3, 2)
    assert story.state.missed_by_client_at is None
    story.when(PROPOSE, 5).then_refused("pair-set-aside")
    story.when(PROPOSE.model_copy(update={"peer_id": OTHER_PEER, "match_id": one(8)}), 5).then("match-proposed")
    told = u.ConfirmChange(change_id=FRESH, channel="phone")
    story.when(told, 5).then("change-confirmed").when(told, 6).then_refused("change-already-confirmed")


def test_less_takes_less_of_a_place_from_the_day_asked_for() -> None:
    story = supported().when(LESS, 10).then("support-changed", weight_hundredths=60)
    (name,) = [name for name in referral.deadlines(story.state) if name.startswith("weigh")]
    weigh, place = referral.due(f"referral/{ID}", name, day(10))
    assert place == c.ChangePlace(PEER, day(10), MATCH, 60)
    assert not [n for n in story.when(weigh).then("match-weighed").due() if n.startswith("weigh")]
    later = supported().when(change("less", per_4_weeks_hundredths=200, effective_on=date(2026, 4, 1)), 10)
    assert later.due()[f"weigh:{PEER}:{MATCH}:60"] == "2026-04-01"
    assert later.passing(29).said == ()
    assert later.passing(30).said[0].name == "match-weighed"


def test_sessions_before_the_day_of_the_change_stand() -> None:
    story = supported().when(planned(11), 4).when(planned(25), 4)
    changed = story.when(change("other-format", format="video", effective_on=date(2026, 3, 20)), 5)
    changed.then("support-changed", "session-replaced")
    assert changed.said[1].session_id == one(2500)


def test_a_change_wins_over_a_pause() -> None:
    story = supported().when(PAUSE, 10).when(change("other-peer"), 11).then("support-changed").passing(11)
    story.then("match-ended")
    assert story.state.stage == "paused"
    assert story.when(RESUME, 20).then("support-resumed").state.stage == "waiting"


def test_another_way_of_meeting_may_be_wished_while_waiting() -> None:
    story = waiting(formats_wanted=("home",)).when(change("other-format", format="phone"), 3)
    story.then("support-changed", format_from=None, format_to="phone", per_4_weeks_hundredths_to=None)
    story.when(PROPOSE, 4).then("match-proposed")


def test_a_pause_of_waiting_stops_the_clock_and_resuming_starts_it() -> None:
    story = waiting().when(PAUSE.model_copy(update={"until": date(2026, 3, 20)}), 4)
    story.then("support-paused", until="2026-03-20")
    assert story.due() == {"review:pause:2026-03-20": "2026-03-20"}
    story = story.passing(18).then("review-fell-due", of="pause")
    assert story.state.stage == "paused", "nobody is resumed by a clock"
    story = story.when(RESUME, 14).then("support-resumed")
    assert story.due()["wait:first-contact:red:2026-03-26"] == "2026-03-26"
    story.when(PROPOSE, 20).then("match-proposed", waiting_days=10)


def test_a_pause_the_service_asked_for_does_count_as_waiting() -> None:
    story = waiting().when(PAUSE.model_copy(update={"asked_by": "peer"}), 4)
    assert {"wait:first-contact:amber:2026-03-12", "wait:match:amber:2026-03-30"} <= story.due().keys()
    story.passing(11).then("wait-bound-passed", wait="first-contact", bound="amber")
    story = story.when(RESUME, 14)
    story.when(PROPOSE, 20).then("match-proposed", waiting_days=20)


def test_pausing_before_a_decision_comes_back_to_it() -> None:
    assert received().when(PAUSE, 1).when(RESUME, 2).then("support-resumed").state.stage == "received"


def test_a_pause_sets_planned_sessions_aside_without_a_mark() -> None:
    supported().when(planned(11), 4).when(PAUSE, 5).then("support-paused", "session-replaced")


def test_support_is_reviewed_at_six_weeks_and_then_every_twelve() -> None:
    story = supported().passing(44)
    assert story.said == ()
    story = story.passing(46).then("review-fell-due", of="support", due_on="2026-04-16")
    assert story.due() == {}
    story = story.when(u.HoldReview(by_role="coordinator", ground_rules_revisited=True), 50)
    story.then("review-held", next_review_on="2026-07-14", ground_rules_revisited=True)
    assert story.due() == {"review:support:2026-07-14": "2026-07-14"}


def test_a_review_that_falls_into_a_pause_waits_for_its_end() -> None:
    story = supported().when(PAUSE, 40).passing(60).then()
    story.when(RESUME, 61).passing(61).then("review-fell-due", of="support")


def test_a_goal_is_set_and_reviewed_by_its_score() -> None:
    story = supported().when(u.SetGoal(area="getting-out", score=2), 5).then("goal-set", goal_id=FRESH, score=2)
    story = story.when(u.ReviewGoal(goal_id=FRESH, score=6, state="reached"), 40).then("goal-reviewed", score=6)
    assert story.state.goals[FRESH].latest == 6


@pytest.mark.parametrize("kind", ["mbuff-claim", "mbff-claim", "mbff"])
def test_help_is_done_when_it_has_arrived(kind: str) -> None:
    story = supported().when(u.RequestHelp(kind=kind, claim_by=date(2026, 6, 20)), 5)
    story = story.then("practical-help-requested", kind="mbuff-claim", claim_by="2026-06-20")
    story = story.when(u.ReferHelp(help_id=FRESH, to="mbu-family-fund"), 6).then("practical-help-referred")
    story = story.when(u.ReceiveHelp(help_id=FRESH), 30).then("practical-help-received")
    story.when(u.ReceiveHelp(help_id=FRESH), 31).then_refused("help-already-received")


def test_help_asked_for_in_support_may_arrive_after_it() -> None:
    story = supported().when(u.RequestHelp(kind="furniture"), 5)
    from tests.unit.referrals.story import END

    story.when(END, 10).passing(10).when(u.ReceiveHelp(help_id=FRESH), 20).then("practical-help-received")


@refusals(
    [
        ("less that is more", supported(), change("less", per_4_weeks_hundredths=800), 5, "not-less"),
        ("more that is as much", supported(), change("more", per_4_weeks_hundredths=400), 5, "not-more"),
        ("less and more", supported(), change("less", "more", per_4_weeks_hundredths=200), 5, "less-or-more"),
        ("less without a number", supported(), change("less"), 5, "how-often"),
        ("a number without less", supported(), change("other-peer", per_4_weeks_hundredths=200), 5, "how-often"),
        ("format unsaid", supported(), change("other-format"), 5, "which-format"),
        ("format unasked", supported(), change("other-peer", format="video"), 5, "which-format"),
        ("the same format", supported(), change("other-format", format="phone"), 5, "same-format"),
        ("another peer while waiting", waiting(), change("other-peer"), 5, "no-peer-yet"),
        ("twice another peer", supported().when(change("other-peer"), 5), change("other-peer"), 5, "no-peer-yet"),
        ("in ten years", supported(), change("other-peer", effective_on=date(2036, 1, 1)), 5, "too-far-ahead"),
        ("before a decision", received(), LESS, 5, "not-while-received"),
        ("after the end", ended(), LESS, 70, "not-while-ended"),
        ("no such change", supported(), u.ConfirmChange(change_id=one(1), channel="text"), 5, "no-such-change"),
        (
            "pause until yesterday",
            supported(),
            PAUSE.model_copy(update={"until": date(2026, 3, 1)}),
            5,
            "until-in-the-past",
        ),
        ("pause for ever and a day", supported(), PAUSE.model_copy(update={"until": date.max}), 5, "too-far-ahead"),
        ("pause twice", supported().when(PAUSE, 5), PAUSE, 6, "not-while-paused"),
        ("resume what runs", supported(), RESUME, 6, "not-while-supported"),
        (
            "resume before the pause",
            supported().when(PAUSE, 5),
            RESUME.model_copy(update={"at": day(4)}),
            6,
            "before-the-pause",
        ),
        ("goal while waiting", waiting(), u.SetGoal(area="rest", score=1), 5, "not-while-waiting"),
        (
            "goal twice",
            supported().when(u.SetGoal(area="rest", score=1), 5),
            u.SetGoal(goal_id=FRESH, area="rest", score=1),
            5,
            "goal-already-set",
        ),
        ("no such goal", supported(), u.ReviewGoal(goal_id=one(1), score=1), 5, "no-such-goal"),
        ("no such help", supported(), u.ReceiveHelp(help_id=one(1)), 5, "no-such-help"),
        (
            "help twice",
            supported().when(u.RequestHelp(kind="clothes"), 5),
            u.RequestHelp(help_id=FRESH, kind="clothes"),
            5,
            "help-already-requested",
        ),
        (
            "review of one who waits",
            waiting(),
            u.HoldReview(by_role="peer", ground_rules_revisited=True),
            5,
            "not-while-waiting",
        ),
    ]
)
def test_what_support_does_not_allow_is_refused_with_its_code(
    given: Story, wish: u.Update, now: float, code: str
) -> None:
    given.when(wish, now).then_refused(code)


CLAIM = u.RequestHelp(help_id=one(1), kind="mbuff-claim", claim_by=date(2026, 6, 20))


def test_somebody_is_reminded_of_a_claim_before_its_last_day() -> None:
    story = supported().when(CLAIM, 5).then("practical-help-requested", remind_on="2026-06-06")
    assert story.due()["claim:00000000-0000-0000-0000-000000000001:2026-06-06"] == "2026-06-06"
    story = story.when(u.ReferHelp(help_id=one(1), to="mbu-family-fund"), 6).passing(96)
    assert ("claim", one(1)) in [(e.of, e.help_id) for e in story.said if e.name == "review-fell-due"]
    assert not [name for name in story.due() if name.startswith("claim")]


def test_help_that_has_come_needs_no_reminder() -> None:
    story = supported().when(CLAIM, 5).when(u.ReceiveHelp(help_id=one(1)), 9).then("practical-help-received")
    assert not [name for name in story.due() if name.startswith("claim")]


def test_two_claims_of_one_day_are_both_reminded_of() -> None:
    story = supported().when(CLAIM, 5).when(CLAIM.model_copy(update={"help_id": one(2)}), 5).passing(96)
    assert [e.help_id for e in story.said if e.name == "review-fell-due" and e.of == "claim"] == [one(1), one(2)]


@refusals(
    [
        ("a claim of yesterday", supported(), CLAIM, 120, "claim-day-past"),
        ("in ten years", supported(), CLAIM.model_copy(update={"claim_by": date(2036, 1, 1)}), 5, "too-far-ahead"),
    ]
)
def test_a_claim_that_makes_no_sense_is_refused_with_its_code(
    given: Story, wish: u.Update, now: float, code: str
) -> None:
    given.when(wish, now).then_refused(code)


def test_attendance_is_untouched_by_a_change() -> None:
    story = explained().when(held(5), 6).when(planned(11), 6).when(LESS, 7)
    assert story.state.sessions_held == 1
    assert story.state.sessions[one(1100)].status == "replaced"
