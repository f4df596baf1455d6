"""The duty rota: what is said of it, and that hours which nobody covers are found in time, once, and settled."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import pytest

from services.supervision.domain.safeguarding.rota import ROTA, Rota, TellRota, tell_rota
from shared.contracts import rota_updates as r
from shared.contracts.supervision import rota_id
from shared.runtime.service import Refusal
from tests.unit.supervision.duty import CLINICIAN, GAPS, INSTEAD, OFFICE, POLICY, on, shown, usual_gap, wall, weekly

ID = rota_id("S08000030")
MONDAY = wall("2026-03-02 09:00")
BY: Any = {"by_role": "service-lead"}
WHOLE = r.SetDutyRota(shifts=(weekly(),), gaps=GAPS, **BY)

ONE_WAY = usual_gap(("sun",)).model_copy(update={"channels": ("phone", "phone")})


def shift(start: str, end: str) -> r.SetDutyShift:
    return r.SetDutyShift(**on().model_dump(), starts_at=wall(start), ends_at=wall(end), **BY)


def gap(start: str, end: str) -> r.DeclareDutyGap:
    return r.DeclareDutyGap(**INSTEAD.model_dump(), starts_at=wall(start), ends_at=wall(end), **BY)


@dataclass(frozen=True)
class Story:
    """A rota so far."""

    state: Rota = field(default_factory=Rota)
    said: tuple[Any, ...] = ()
    fresh: int = 0

    def when(self, wish: Any, at: datetime = MONDAY) -> "Story":
        command = wish if hasattr(wish, "subject") else tell_rota(ID, wish, at, POLICY, self.next_id)
        said = [type(e).model_validate_json(e.model_dump_json()) for e in ROTA.decide(self.state, command)]
        state = self.state
        for event in said:
            state = ROTA.evolve(state, event)
        return Story(state, tuple(said), self.fresh + 1)

    @property
    def next_id(self) -> UUID:
        return uuid5(ID, str(self.fresh))

    def passing(self, until: datetime) -> "Story":
        """Every deadline until then has passed, at its time."""
        story, said = self, []
        while passed := [(at, name) for name, at in ROTA.deadlines(story.state).items() if at <= until]:
            assert len(said) < 100, "deadlines without end"
            at, name = min(passed)
            [command] = ROTA.due(f"rota/{ID}", name, at)
            story = story.when(command)
            said += [(shown(at), event) for event in story.said]
        return Story(story.state, tuple(said), story.fresh)

    def then(self, *names: str) -> "Story":
        assert tuple(event.name for event in self.said) == names
        return self


def test_a_week_in_which_nothing_is_left_open_is_whole() -> None:
    Story().when(WHOLE).then("duty-rota-set", "duty-rota-checked")


def test_hours_left_open_are_found_in_the_moment_in_which_they_are() -> None:
    story = Story().when(WHOLE.model_copy(update={"shifts": (weekly(end="16:00"),)}))
    story.then("duty-rota-set", "duty-gap-found")
    found = story.said[1]
    assert (shown(found.starts_at), shown(found.ends_at)) == ("Mon 02 Mar 16:00", "Mon 02 Mar 17:00")


def test_an_empty_rota_is_one_long_gap() -> None:
    Story().when(r.SetDutyRota(**BY)).then("duty-rota-set", "duty-gap-found")


def test_a_gap_that_is_filled_or_declared_is_settled() -> None:
    open_hour = Story().when(WHOLE.model_copy(update={"shifts": (weekly(("mon", "tue", "wed", "thu")),)}))
    open_hour.then("duty-rota-set", "duty-gap-found")
    both = open_hour.when(shift("2026-03-06 09:00", "2026-03-06 17:00")).then("duty-shift-set", "duty-gap-found")
    assert shown(both.said[1].starts_at) == "Fri 13 Mar 09:00", "the next one"
    declared = both.when(gap("2026-03-13 09:00", "2026-03-13 17:00"))
    declared.then("duty-gap-declared", "duty-gap-settled", "duty-rota-checked")
    declared.when(r.LiftDutyGap(gap_id=both.next_id, **BY)).then("duty-gap-lifted", "duty-gap-found")


def test_what_was_found_is_not_found_again() -> None:
    story = Story().when(WHOLE.model_copy(update={"shifts": (weekly(("mon", "tue", "wed", "thu")),)}))
    story.when(shift("2026-03-09 09:00", "2026-03-09 17:00")).then("duty-shift-set")


def test_a_holiday_that_nobody_thought_of_is_found_two_weeks_before_by_itself() -> None:
    no_holidays = tuple(each for each in GAPS if "public-holiday" not in each.days)
    story = Story().when(WHOLE.model_copy(update={"gaps": no_holidays})).then("duty-rota-set", "duty-rota-checked")
    story = story.passing(wall("2026-03-20 08:00"))
    assert {event.name for _, event in story.said} <= {"duty-rota-checked"}
    story = story.passing(wall("2026-03-21 00:00"))
    [(when, found)] = story.said
    assert (found.name, shown(found.starts_at)) == ("duty-gap-found", "Fri 03 Apr 09:00")
    assert when == "Fri 20 Mar 08:01", "fourteen days of twenty-four hours, over the night in which one is lost"


def test_a_gap_that_is_over_is_settled_and_one_looks_on() -> None:
    no_holidays = tuple(each for each in GAPS if "public-holiday" not in each.days)
    story = Story().when(WHOLE.model_copy(update={"gaps": no_holidays})).passing(wall("2026-04-02 00:00"))
    story = story.passing(wall("2026-04-04 00:00"))
    assert [event.name for _, event in story.said] == ["duty-gap-settled", "duty-rota-checked"]
    may = story.passing(wall("2026-05-01 00:00"))
    assert [shown(event.starts_at) for _, event in may.said if event.name == "duty-gap-found"] == ["Mon 04 May 09:00"]


def test_one_looks_for_ever_and_not_more_often_than_a_few_times_a_month() -> None:
    story = Story().when(WHOLE).passing(MONDAY + timedelta(days=365))
    assert 10 <= len(story.said) <= 40
    assert ROTA.deadlines(story.state)


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        (shift("2026-03-06 17:00", "2026-03-06 09:00"), "ends-before-it-starts"),
        (shift("2026-02-06 09:00", "2026-02-06 17:00"), "in-the-past"),
        (gap("2026-03-06 09:00", "2026-05-06 09:00"), "too-long"),
        (gap("2026-03-06 09:00", "2026-03-06 09:00"), "ends-before-it-starts"),
        (r.CancelDutyShift(shift_id=CLINICIAN, **BY), "no-such-shift"),
        (r.SetDutyRota(gaps=(ONE_WAY,), **BY), "one-way-only"),
        (
            shift("2026-03-06 09:00", "2026-03-06 17:00").model_copy(update={"channels": ("text", "text")}),
            "one-way-only",
        ),
        (gap("2026-03-06 09:00", "2026-03-06 17:00").model_copy(update={"channels": ("text", "text")}), "one-way-only"),
        (r.LiftDutyGap(gap_id=CLINICIAN, **BY), "no-such-gap"),
    ],
)
def test_what_makes_no_sense_is_refused(wish: Any, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        Story().when(WHOLE).when(wish)
    assert refused.value.code == code


def test_what_is_cancelled_was_said_before_and_what_is_set_may_be_the_first() -> None:
    assert not TellRota(ID, MONDAY, r.CancelDutyShift(shift_id=CLINICIAN, **BY), CLINICIAN, 14).creates
    assert TellRota(ID, MONDAY, WHOLE, CLINICIAN, 14).creates


def test_the_clock_changes_a_rota_in_no_way_but_by_looking() -> None:
    story = Story().when(r.SetDutyRota(shifts=(weekly(OFFICE),), gaps=(usual_gap(("sat", "sun")),), **BY))
    later = story.passing(MONDAY + timedelta(days=60))
    assert {event.name for _, event in later.said} <= {"duty-gap-found", "duty-gap-settled", "duty-rota-checked"}
    assert later.state.calendar == story.state.calendar
