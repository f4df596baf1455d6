"""By when what must happen to a concern: on the wall for a life, in duty time for the rest."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from services.supervision.domain.safeguarding.clocks import after, duty_after, sooner, times_of, working_days_after
from services.supervision.domain.safeguarding.duty_calendar import Calendar
from services.supervision.domain.safeguarding.duty_policy import DutyPolicy, Pace
from shared.contracts.supervision import Urgency, Within
from tests.unit.supervision.duty import BOARD, GAPS, NURSE, OFFICE, POLICY, gap_once, shown, usual_gap, wall, weekly

SHUT = Calendar((), (usual_gap((*OFFICE, "sat", "sun")),))


def times(urgency: Urgency, at: str, calendar: Calendar = BOARD, **changes: Any) -> Any:
    return times_of(urgency, "safeguarding", wall(at), calendar, DutyPolicy(**changes))


@pytest.mark.parametrize(
    ("case", "urgency", "opened", "acknowledge", "second", "third", "alarm"),
    [
        ("Friday, late", "life", "2026-03-06 16:52", "17:07", "17:07", "17:22", "Fri 06 Mar 17:37"),
        ("life, in the night the clocks go forward", "life", "2026-03-29 00:50", "02:05", "02:05", "02:20", "02:35"),
        ("life, in the night they go back", "life", "2026-10-25 01:50", "01:05", "01:05", "01:20", "01:35"),
        ("life, at midnight", "life", "2026-03-06 23:55", "Sat 07 Mar 00:10", "00:10", "00:25", "00:40"),
        ("today", "today", "2026-03-06 10:00", "11:00", "11:00", "12:00", "Fri 06 Mar 13:00"),
        ("today, before nine", "today", "2026-03-06 07:00", "10:00", "10:00", "11:00", "Fri 06 Mar 12:00"),
        ("today, after five", "today", "2026-03-06 17:05", "10:00", "10:00", "11:00", "Mon 09 Mar 12:00"),
        ("today ends with the day", "today", "2026-03-06 15:30", "16:30", "16:30", "17:00", "Fri 06 Mar 17:00"),
        ("never faster than a life", "today", "2026-03-06 16:52", "17:07", "17:07", "17:22", "Fri 06 Mar 17:37"),
        ("four working hours", "next-working-day", "2026-03-05 15:00", "11:00", "11:00", "13:00", "Fri 06 Mar 15:00"),
        ("over Easter", "next-working-day", "2026-04-02 15:00", "11:00", "11:00", "13:00", "Mon 06 Apr 15:00"),
        ("over the lost hour", "next-working-day", "2026-03-27 16:00", "12:00", "12:00", "14:00", "Mon 30 Mar 16:00"),
        ("over the hour gained", "next-working-day", "2026-10-23 16:00", "12:00", "12:00", "14:00", "Mon 26 Oct 16:00"),
        ("over Hogmanay", "next-working-day", "2026-12-31 16:00", "12:00", "12:00", "14:00", "Tue 05 Jan 16:00"),
        ("a late measure", "measure-late", "2026-03-06 16:00", "Mon 09 Mar 16:00", "16:00", None, "Tue 10 Mar 16:00"),
        ("a late measure on Sunday", "measure-late", "2026-03-08 16:00", "Tue 10 Mar 00:00", "00:00", None, "Wed 11"),
    ],
)
def test_when(
    case: str, urgency: Urgency, opened: str, acknowledge: str, second: str, third: str | None, alarm: str
) -> None:
    said = times(urgency, opened)
    steps = {step.step: shown(step.at) for step in said.steps}
    for found, wanted in (
        (shown(said.acknowledge_by), acknowledge),
        (steps.get("second"), second),
        (steps.get("third"), third),
        (shown(said.alarm_at), alarm),
    ):
        assert found == wanted if wanted is None else wanted in (found or ""), said


def test_the_clock_of_a_life_stands_still_in_no_night_and_for_no_gap() -> None:
    for opened, fold in (("2026-03-29 00:50", 0), ("2026-10-25 01:50", 0), ("2026-10-25 01:50", 1)):
        at = wall(opened, fold)
        said = times_of("life", "safeguarding", at, SHUT, POLICY)
        steps = [step.at - at for step in said.steps]
        assert [said.acknowledge_by - at, *steps, said.alarm_at - at] == [
            timedelta(minutes=minutes) for minutes in (15, 15, 30, 45)
        ]


@pytest.mark.parametrize(
    ("opened", "by"),
    [
        ("2026-03-06 10:00", "Fri 06 Mar 14:00"),
        ("2026-03-06 14:00", "Fri 06 Mar 17:00"),
        ("2026-03-06 20:00", "Mon 09 Mar 13:00"),
        ("2026-03-06 16:58", "Fri 06 Mar 17:13"),
    ],
)
def test_what_is_for_today_is_decided_within_four_hours_on_the_working_day_on_which_it_begins(
    opened: str, by: str
) -> None:
    assert shown(times("today", opened).decide_by) == by


@pytest.mark.parametrize("urgency", ["life", "today", "next-working-day"])
def test_while_nobody_is_on_duty_the_agreed_route_is_told_at_once_and_whoever_comes_on_duty_then(
    urgency: Urgency,
) -> None:
    said = times(urgency, "2026-03-06 20:00")
    assert (said.duty, said.first_to, shown(said.nobody_until)) == ("declared-gap", "out-of-hours", "Mon 09 Mar 09:00")
    assert said.first_by == wall("2026-03-06 20:01")
    [begins] = [step for step in said.steps if step.step == "duty-begins"]
    assert (shown(begins.at), begins.to) == ("Mon 09 Mar 09:00", "first-line")


def test_a_late_measure_wakes_nobody() -> None:
    said = times("measure-late", "2026-03-06 20:00")
    assert (said.first_to, [step.step for step in said.steps]) == ("first-line", ["second"])


def test_of_a_colleague_only_officers_are_told_whatever_the_rota_says() -> None:
    for audience, roles in (
        ("named-officer", ["named-officer", "deputy-officer"]),
        ("deputy-officer", ["deputy-officer"]),
    ):
        for at in ("2026-03-06 12:00", "2026-03-06 20:00"):
            said = times_of("life", audience, wall(at), BOARD, POLICY)  # type: ignore[arg-type]
            assert [said.first_to, *(step.to for step in said.steps)] == roles


@pytest.mark.parametrize("urgency", ["today", "next-working-day"])
def test_hours_that_nobody_declared_stop_no_clock(urgency: Urgency) -> None:
    pace = POLICY.paces[urgency]
    said = times(urgency, "2026-03-07 12:00", Calendar())
    assert said.duty == "undeclared-gap"
    assert said.acknowledge_by == wall("2026-03-07 12:00") + timedelta(minutes=pace.acknowledge)
    open_lunch = Calendar((weekly(end="12:00"), weekly(start="13:00")), GAPS)
    assert shown(duty_after(open_lunch, wall("2026-03-06 11:50"), 60)) == "Fri 06 Mar 12:50"


def test_a_declared_gap_stops_the_clock_for_what_is_not_a_life() -> None:
    calendar = replace(BOARD, gaps={NURSE: gap_once("2026-03-06 12:00", "2026-03-06 15:00")})
    assert shown(duty_after(calendar, wall("2026-03-06 11:30"), 60)) == "Fri 06 Mar 15:30"


def test_whoever_rests_for_longer_than_a_week_stops_no_clock() -> None:
    assert shown(times("next-working-day", "2026-03-06 12:00", SHUT).acknowledge_by) == "Fri 06 Mar 16:00"
    fortnight = replace(BOARD, gaps={NURSE: gap_once("2026-03-06 09:00", "2026-03-20 09:00")})
    assert shown(duty_after(fortnight, wall("2026-03-06 12:00"), 60)) == "Fri 06 Mar 13:00"
    saturdays = Calendar((weekly(("sat",)),), (usual_gap(OFFICE), usual_gap(("sat", "sun"))))
    assert shown(duty_after(saturdays, wall("2026-03-06 12:00"), 60)) == "Fri 06 Mar 13:00"


def test_time_across_midnight_counts_on_both_days() -> None:
    calendar = Calendar((weekly(("thu",), "22:00", "06:00"),), (usual_gap((*OFFICE, "sat", "sun")),))
    assert shown(duty_after(calendar, wall("2026-03-05 23:30"), 60)) == "Fri 06 Mar 00:30"


@pytest.mark.parametrize(
    ("within", "at", "by"),
    [
        (Within(unit="hours", amount=24), "2026-03-28 12:00", "Sun 29 Mar 13:00"),
        (Within(unit="working-days", amount=5), "2026-03-06 12:00", "Fri 13 Mar 12:00"),
        (Within(unit="working-days", amount=5), "2026-04-01 12:00", "Thu 09 Apr 12:00"),
        (Within(unit="working-days", amount=1), "2026-04-03 12:00", "Tue 07 Apr 00:00"),
        (Within(unit="working-days", amount=1), "2026-03-27 16:30", "Mon 30 Mar 16:30"),
    ],
)
def test_by_when_there_is_to_be_an_outcome(within: Within, at: str, by: str) -> None:
    assert shown(after(within, wall(at))) == by


def test_a_whole_working_day_of_rest_is_counted_from_its_beginning() -> None:
    assert shown(working_days_after(wall("2026-03-07 23:59"), 1)) == "Tue 10 Mar 00:00"


def test_what_grows_more_urgent_gains_no_time_by_it() -> None:
    old = times("next-working-day", "2026-03-06 09:00")
    new = sooner(times("today", "2026-03-06 12:50"), old)
    assert shown(new.acknowledge_by) == "Fri 06 Mar 13:00"
    assert [shown(step.at) for step in new.steps] == ["Fri 06 Mar 13:00", "Fri 06 Mar 14:50"]
    assert shown(new.alarm_at) == "Fri 06 Mar 15:50"
    assert sooner(new, new) == new


@pytest.mark.parametrize(
    "said",
    [
        {"paces": {"life": POLICY.paces["life"]}},
        {"lines": {"safeguarding": ("first-line",)}},
        {"lines": {**POLICY.lines, "named-officer": ()}},
        {"first_line": {"mbu": "deputy"}},
        {"paces": {**POLICY.paces, "life": POLICY.paces["life"].model_copy(update={"time": "duty"})}},
        {"nobody_knows_this": 1},
    ],
)
def test_a_policy_that_leaves_something_out_is_refused(said: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        DutyPolicy(**said)


@pytest.mark.parametrize("said", [{"steps": (15, 60)}, {"steps": (30, 15)}, {"acknowledge": 50}, {"decide": 10}])
def test_a_pace_whose_steps_do_not_follow_each_other_is_refused(said: dict[str, Any]) -> None:
    life = POLICY.paces["life"].model_dump()
    assert Pace(**life)
    with pytest.raises(ValidationError):
        Pace(**life | said)
