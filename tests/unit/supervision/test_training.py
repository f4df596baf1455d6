"""Courses, PVG, waivers: what may be recorded, what it counts for, and for how long."""

from typing import Any

import pytest

from services.supervision.domain.peers.policy import Policy
from shared.contracts import peer_updates as p
from shared.contracts import supervision as s
from tests.unit.supervision.peers import ID, MANAGER, Story, done, held, in_order, on, recruited, refusals


def waive(code: str = "wrap", until: int = 90, **changes: Any) -> p.Waive:
    said: dict[str, Any] = {
        "requirement": code,
        "manager_id": MANAGER,
        "manager_role": "line-manager",
        "mitigation": "extra-supervision",
        "until": on(until),
    }
    return p.Waive(**said | changes)


def without(code: str = "wrap", note: bool = True) -> Story:
    story = in_order(without=[code])
    return story.when(p.NoteUnavailable(requirement=code, since=on(-3))) if note else story


WAIVED = without().when(waive(until=30))
LOST = WAIVED.passing(60)


@refusals(
    [
        ("PVG is never waived", without("pvg-children", False), waive("pvg-children"), 0, "never-waived"),
        (
            "nor is the policy",
            without("safeguarding-policy", False),
            waive("safeguarding-policy"),
            0,
            "never-waived",
        ),
        ("nor the supervisor", without("named-supervisor", False), waive("named-supervisor"), 0, "never-waived"),
        ("nor a step of the induction", in_order(), waive("induction-shadowing"), 0, "never-waived"),
        ("nor what was never said to be missing", without(note=False), waive(), 0, "course-exists"),
        (
            "nor what was offered since",
            without().when(p.OfferTraining(requirement="wrap", on=on(0))),
            waive(),
            0,
            "course-exists",
        ),
        ("at most 90 days", without(), waive(until=91), 0, "waiver-too-long"),
        ("not until today", without(), waive(until=0), 0, "waiver-too-long"),
        ("once", WAIVED, waive(until=40), 1, "already-waived"),
        ("once, though it ran out", LOST, waive(until=100), 60, "already-waived"),
        ("nobody for themselves", without(), waive(manager_id=ID), 0, "own-waiver"),
        ("what nobody asks", in_order(), waive("juggling"), 0, "unknown-requirement"),
        ("a course still to come", in_order(), done("wrap", 1), 0, "in-the-future"),
        ("what nobody asks is no course", in_order(), done("juggling"), 0, "unknown-requirement"),
        ("PVG is no course", in_order(), done("pvg-children"), 0, "not-a-course"),
        ("it ends before", in_order(), done("wrap", -2, expires_on=on(-3)), 0, "ends-before-it-begins"),
        ("never done", without(), p.RetractTraining(requirement="wrap"), 0, "not-recorded"),
        ("no membership", recruited(), p.WithdrawPvg(role_type="children"), 0, "not-recorded"),
    ]
)
def test_what_may_not_be_recorded(given: Story, wish: Any, now: float, code: str) -> None:
    given.when(wish, now).then_refused(code)


@pytest.mark.parametrize("until", [1, 89, 90])
def test_a_manager_may_answer_for_a_course_that_nobody_gives_for_ninety_days(until: int) -> None:
    story = without().when(waive(until=until))
    assert [event.name for event in story.said][:2] == ["requirement-waived", "peer-ready"]
    story = story.when(held(until), until).passing(until + 0.5)
    assert story.state.said["third-sector"].level in ("ready", "expiring"), "through its last day"
    story.passing(until + 1).then("peer-not-ready", level="no-new-people", missing=["wrap"], gap_owner="provider")


def test_the_end_of_a_waiver_is_said_beforehand() -> None:
    story = without().when(waive(until=40)).when(held(12), 12)
    story.passing(13).then("peer-not-ready", level="expiring", missing=["wrap"])


def test_shorter_bounds_than_ninety_days_may_be_set_and_longer_may_not() -> None:
    rules = Policy().peer
    with pytest.raises(ValueError, match="waiver_days"):
        s.PeerRules(requirements=rules.requirements, waiver_days=91)


def test_it_counts_as_long_as_the_certificate_or_the_table_says_whichever_is_shorter() -> None:
    story = in_order()
    assert story.when(done("statutory", -1)).said[0].expires_on == on(-1).replace(year=2027)
    assert story.when(done("statutory", -1, expires_on=on(2000))).said[0].expires_on == on(-1).replace(year=2027)
    assert story.when(done("statutory", -1, expires_on=on(60))).said[0].expires_on == on(60)
    assert story.when(done("wrap", -1)).said[0].expires_on is None


def test_an_older_certificate_does_not_take_the_place_of_a_newer_one() -> None:
    story = in_order().when(done("statutory", -300, expires_on=on(5)))
    assert story.state.facts.held["statutory"].on == on(-20)


def test_a_certificate_that_had_run_out_when_it_was_recorded_is_said_to_have() -> None:
    story = in_order(without=["statutory"]).when(done("statutory", -400))
    story.then("training-completed", "training-expired", requirement="statutory")
    assert not story.due() or "2026-03-30" in next(iter(story.due()))


def test_what_was_recorded_by_mistake_does_not_count() -> None:
    story = in_order().when(p.RetractTraining(requirement="wrap"))
    story.then("training-retracted", "peer-not-ready", level="no-new-people", missing=["wrap"])


def test_a_mistake_put_right_is_no_way_to_a_second_waiver() -> None:
    story = LOST.when(done("wrap", 59), 60).when(p.RetractTraining(requirement="wrap"), 60)
    story = story.when(p.NoteUnavailable(requirement="wrap", since=on(60)), 60)
    story.when(waive(until=100), 60).then_refused("already-waived")


def test_each_expiry_is_said_once() -> None:
    story = in_order().passing(1200)
    names = [(each.requirement) for each in story.of(s.TrainingExpired)]
    assert sorted(names) == ["own-safety", "statutory", "suicide-prevention"]
    assert story.due() == {}


def test_a_course_done_long_ago_is_no_way_to_a_second_waiver() -> None:
    story = in_order(without=["suicide-prevention"]).when(done("suicide-prevention", -1200))
    story = story.when(p.NoteUnavailable(requirement="suicide-prevention", since=on(0)))
    story = story.when(waive("suicide-prevention", 30)).passing(60)
    story.when(waive("suicide-prevention", 100), 60).then_refused("already-waived")


def test_what_was_learnt_since_and_ran_out_may_be_waived_again() -> None:
    story = WAIVED.when(done("wrap", 5, expires_on=on(50)), 6).passing(60)
    story = story.when(p.NoteUnavailable(requirement="wrap", since=on(60)), 60)
    story.when(waive(until=100), 60).then("requirement-waived", "peer-not-ready")
