"""The numbers that must come out, and the spread of durations."""

from datetime import UTC, datetime, timedelta

from demo.case import Step
from demo.day import make_day
from demo.hops import JOURNAL, WHOLE, Hops, Spread, spread
from demo.reckoning import came_to, funnel_of, funnels, refusals
from demo.sums import Sum


def steps_of(story: str) -> tuple[Step, ...]:
    day = make_day(1)
    return day.steps[next(case.number for case in day.cases if case.story == story)]


def test_a_return_stays_counted_as_ended_once() -> None:
    steps = steps_of("ended, and came back")
    found = funnel_of(steps)
    assert (found["ended"], found["returned"], found["matched"], found["sessions held"]) == (1, 1, 1, 6)
    assert came_to(steps) == "supported"


def test_an_ending_that_the_rules_refuse_is_none() -> None:
    steps = steps_of("lost touch, after trying again")
    found = funnel_of(steps)
    assert (found["ended"], found["ended-planned"], found["missed by client"]) == (1, 0, 2)


def test_the_organisations_add_up_to_the_day() -> None:
    day = make_day(3)
    assert sum(found["received"] for found in funnels(day).values()) == len(day.cases)
    assert refusals(day)["no-place-left"] == 1


def test_a_spread_is_by_nearest_rank() -> None:
    assert spread([]) == Spread(0, 0.0, 0.0)
    assert spread([3.0]) == Spread(1, 3.0, 3.0)
    assert spread([float(n) for n in range(1, 101)]) == Spread(100, 50.0, 95.0)


def test_what_is_heard_before_it_was_marked_takes_no_time() -> None:
    start = datetime(2026, 3, 2, tzinfo=UTC)
    later = [start + timedelta(milliseconds=ms) for ms in (10, 8, 12, 20, 30)]
    steps = Hops(start, *later).steps()
    assert (steps[JOURNAL], steps["Kafka -> heard by referrals"], steps[WHOLE]) == (10.0, 0.0, 30.0)


def test_a_sum_holds_only_when_it_is_what_it_must_be() -> None:
    assert Sum("x", 1, 1).holds
    assert not Sum("x", 1, 2).holds
