"""Who is told in turn while nobody acknowledges, by which way, and when the alarm is raised: each once, none late."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.supervision.domain.safeguarding import notices
from services.supervision.domain.safeguarding.concern import CONCERN
from services.supervision.domain.safeguarding.concern_commands import Alarm, Escalate, NoteReceipt
from services.supervision.domain.safeguarding.duty_calendar import Calendar
from services.supervision.domain.safeguarding.duty_policy import DutyPolicy
from shared.contracts.concern_updates import NoteHandoverAccepted
from shared.contracts.supervision import FIRST_LINE, OnDuty, OutOfHours
from tests.unit.supervision.concern_story import (
    ACKNOWLEDGE,
    FRESH,
    ID,
    OPENED,
    PROPOSE,
    Story,
    item,
    opened,
    worry,
)
from tests.unit.supervision.duty import BOARD, CLINICIAN, DEPUTY, INSTEAD, NURSE, POLICY, on, wall, weekly

MINUTE = timedelta(minutes=1)


def names(story: Story) -> list[str]:
    return [
        ":".join(
            filter(None, (event.name.removeprefix("concern-"), getattr(event, "step", getattr(event, "because", ""))))
        )
        for event in story.said
    ]


def test_a_risk_item_on_friday_at_eight_to_five_goes_to_the_deputy_then_out_of_hours_then_to_whoever_runs_it() -> None:
    story = opened().sending(OPENED).passing("2026-03-06 17:06")
    assert names(story) == []
    story = story.passing("2026-03-06 17:07")
    assert [(event.step, event.to, event.because) for event in story.said] == [("second", "deputy", "not-acknowledged")]
    story = story.sending("2026-03-06 17:07").passing("2026-03-06 17:22")
    assert [(event.step, event.to) for event in story.said] == [("third", "out-of-hours")]
    story = story.sending("2026-03-06 17:22").passing("2026-03-06 17:37")
    assert names(story) == ["alarmed:not-acknowledged"]
    assert story.due() == {}
    assert story.state.waits, "and it waits for a person for ever"
    story.when(ACKNOWLEDGE, "2026-03-06 18:00").then("acknowledged")


def test_once_acknowledged_nobody_else_is_told() -> None:
    story = opened().sending(OPENED).when(ACKNOWLEDGE, OPENED + MINUTE).passing("2026-03-06 18:00")
    assert story.said == ()
    racing = opened().when(ACKNOWLEDGE, OPENED + 15 * MINUTE)
    racing.when(Escalate(ID, OPENED + 15 * MINUTE, 1, "second")).then()
    racing.when(Alarm(ID, OPENED + 45 * MINUTE, 1, "not-acknowledged")).then()


def test_each_step_and_each_alarm_comes_once() -> None:
    story = opened().when(Escalate(ID, OPENED + 15 * MINUTE, 1, "second")).then("escalated")
    story.when(Escalate(ID, OPENED + 15 * MINUTE, 1, "second")).then()
    story = story.when(Alarm(ID, OPENED + 45 * MINUTE, 1, "not-acknowledged")).then("alarmed")
    story.when(Alarm(ID, OPENED + 45 * MINUTE, 1, "not-acknowledged")).then()


def test_what_was_due_in_an_earlier_round_comes_no_more() -> None:
    story = opened().when(ACKNOWLEDGE).when(item(2), OPENED + MINUTE).then("joined")
    story.when(Escalate(ID, OPENED + 15 * MINUTE, 1, "second")).then()
    story.when(Alarm(ID, OPENED + 45 * MINUTE, 1, "not-acknowledged")).then()


def test_a_notice_without_a_receipt_goes_by_the_other_way_and_to_the_next_in_line() -> None:
    story = opened().sending(OPENED, arrives=None).passing(OPENED + timedelta(seconds=59))
    assert story.said == ()
    story = story.passing(OPENED + MINUTE).then("notice-failed", "escalated", because="not-reached", to="deputy")
    assert story.wanted() == [("first", "first-line", 1), ("second", "deputy", 0)]
    story = story.sending(OPENED + MINUTE)
    assert [event.channel for event in story.said if event.name == "concern-notified"] == ["text", "phone"]
    assert story.passing("2026-03-06 17:07").said == (), "the deputy was told already"


def test_where_nobody_can_be_reached_the_alarm_is_raised_at_once() -> None:
    story, at, alarms = opened(), OPENED, []
    for minute in range(6):
        at = OPENED + minute * MINUTE
        for step in (story.passing(at), story.passing(at).sending(at, arrives=False)):
            story = step
            alarms += [(minute, event.because) for event in step.said if event.name == "concern-alarmed"]
    assert alarms == [(3, "nobody-reached")], "two ways to three people, a minute each, side by side"
    tried = {(notice.step, notice.attempt) for notice in story.state.notices.values()}
    assert tried == {(step, attempt) for step in ("first", "second", "third") for attempt in (0, 1)}


def test_one_who_was_reached_is_enough_not_to_raise_the_alarm_before_its_time() -> None:
    story = opened().sending(OPENED, arrives=False).sending(OPENED + MINUTE, arrives=True)
    story = story.passing(OPENED + 3 * MINUTE)
    assert "alarmed:nobody-reached" not in names(story)


def test_somebody_who_was_reached_after_all_counts_as_reached() -> None:
    story = opened().sending(OPENED, arrives=None).passing(OPENED + MINUTE)
    [late] = story.state.notices
    for minute in range(1, 4):
        if minute == 2:
            story = story.when(NoteReceipt(ID, OPENED + 2 * MINUTE, late, True))
        story = story.sending(OPENED + minute * MINUTE, arrives=False)
        assert "nobody-reached" not in story.state.alarms
    assert len([notice for notice in story.state.notices.values() if notice.status == "failed"]) == 5


def test_where_the_route_out_of_hours_is_not_reached_nobody_waits_for_the_next_shift() -> None:
    story = opened(at="2026-03-06 20:00").sending("2026-03-06 20:00", arrives=False)
    assert [event.step for event in story.said if event.name == "concern-escalated"] == ["second"]


def test_a_notice_refused_after_somebody_has_it_in_hand_brings_in_nobody_else() -> None:
    story = opened().sending(OPENED, arrives=None).when(ACKNOWLEDGE, OPENED + MINUTE)
    [sent] = story.state.notices
    story.when(NoteReceipt(ID, OPENED + MINUTE, sent, False)).then("notice-failed")


def test_once_another_house_has_it_nobody_here_is_told_that_it_is_late() -> None:
    late = opened().when(ACKNOWLEDGE, OPENED).when(PROPOSE, OPENED).passing(OPENED + timedelta(hours=25))
    assert late.wanted() == [("late-outcome", "service-lead", 0)]
    accepted = NoteHandoverAccepted(handover_id=FRESH, by_role="clinician")
    assert late.when(accepted, OPENED + timedelta(hours=26)).then("handed-over").wanted() == []


def test_a_late_receipt_is_believed_and_a_second_one_says_nothing() -> None:
    story = opened().sending(OPENED, arrives=None).passing(OPENED + MINUTE)
    [sent] = story.state.notices
    story = story.when(NoteReceipt(ID, OPENED + 2 * MINUTE, sent, True)).then("notice-received")
    story.when(NoteReceipt(ID, OPENED + 3 * MINUTE, sent, True)).then()
    story.when(NoteReceipt(ID, OPENED + 3 * MINUTE, sent, False)).then()
    story.when(NoteReceipt(ID, OPENED, UUID(int=7), True)).then()


def test_what_is_not_told_within_a_minute_raises_the_alarm() -> None:
    story = opened().passing(OPENED + timedelta(seconds=59))
    assert story.said == ()
    assert names(opened().passing(OPENED + MINUTE)) == ["alarmed:not-told-in-time"]
    assert names(opened().sending(OPENED).passing(OPENED + MINUTE)) == []


def test_a_notice_is_wanted_until_it_is_noted_as_sent_and_is_the_same_one_told_twice() -> None:
    story = opened()
    [wanted] = notices.wanted(story.state)
    sent = notices.as_sent(ID, wanted, on(), OPENED)
    story = story.when(sent).then("notified", person_id=CLINICIAN, channel="phone", notice_id=wanted.notice_id)
    story.when(sent).then()
    assert story.wanted() == []


def test_where_nobody_is_on_duty_and_nobody_said_so_the_alarm_is_raised_at_once() -> None:
    story = opened(calendar=Calendar()).passing(OPENED)
    assert names(story) == ["alarmed:nobody-on-duty"]
    assert opened().passing(OPENED).said == ()
    assert opened(at="2026-03-06 20:00").passing("2026-03-06 20:00").said == (), "a declared gap is no fault"


def test_where_nobody_is_the_named_officer_the_alarm_is_raised_at_once() -> None:
    assert names(opened(worry(about="staff")).passing(OPENED)) == ["alarmed:nobody-on-duty"]
    named = Story().when(worry(about="staff"), policy=STANDING).then("opened")
    assert named.passing(OPENED).said == ()


def test_whoever_comes_on_duty_is_told_as_soon_as_they_do() -> None:
    story = opened(worry(), "2026-03-06 20:00")
    assert story.wanted() == [("first", "out-of-hours", 0)]
    story = story.sending("2026-03-06 20:00").passing("2026-03-09 09:00")
    assert [(event.step, event.because) for event in story.said] == [("duty-begins", "duty-begins")]
    assert story.wanted() == [("duty-begins", "first-line", 0)]
    life = opened(at="2026-03-06 20:00").sending("2026-03-06 20:00").passing("2026-03-09 09:00")
    assert names(life) == [
        "escalated:second",
        "escalated:third",
        "alarmed:not-acknowledged",
        "escalated:duty-begins",
    ]


def test_a_clock_that_jumped_over_a_weekend_does_all_that_was_due_and_nothing_twice() -> None:
    story = opened().sending(OPENED)
    late = wall("2026-03-09 09:00")
    for name in sorted(CONCERN.deadlines(story.state)):
        for command in CONCERN.due(f"concern/{ID}", name, late):
            story = story.when(command)
    assert story.due() == {}
    assert story.wanted() == [("second", "deputy", 0), ("third", "out-of-hours", 0)]


NIGHT, DAY = "2026-03-06 20:00", "2026-03-06 12:00"
LEAD, OFFICER = on("service-lead", UUID(int=9)), on("named-officer", UUID(int=10))
STANDING = DutyPolicy(standing={"service-lead": LEAD, "named-officer": OFFICER})


@pytest.mark.parametrize(
    ("case", "to", "setting", "at", "calendar", "policy", "who"),
    [
        ("on duty", "first-line", "cpmht", DAY, BOARD, POLICY, CLINICIAN),
        ("the deputy", "deputy", "cpmht", DAY, BOARD, POLICY, DEPUTY),
        ("on a ward", "first-line", "mbu", DAY, "ward", POLICY, NURSE),
        ("no nurse on the ward", "first-line", "mbu", DAY, BOARD, POLICY, CLINICIAN),
        ("no deputy at night", "deputy", "cpmht", NIGHT, BOARD, POLICY, INSTEAD.route),
        ("nobody at night", "first-line", "cpmht", NIGHT, BOARD, POLICY, INSTEAD.route),
        ("out of hours by day", "out-of-hours", None, DAY, BOARD, POLICY, POLICY.out_of_hours.route),
        ("a task held at all times", "service-lead", None, NIGHT, BOARD, STANDING, LEAD.person_id),
        ("nobody's place", "service-lead", None, DAY, BOARD, POLICY, POLICY.out_of_hours.route),
        ("an officer", "named-officer", None, DAY, BOARD, STANDING, OFFICER.person_id),
        ("no rota at all", "first-line", None, DAY, Calendar(), POLICY, POLICY.out_of_hours.route),
    ],
)
def test_there_is_always_somebody_to_tell(
    case: str, to: Any, setting: Any, at: str, calendar: Any, policy: DutyPolicy, who: Any
) -> None:
    ward = replace(BOARD, week=(weekly(), weekly(role="charge-nurse", who=NURSE)))
    found = notices.addressee(to, setting, ward if calendar == "ward" else calendar, wall(at), policy)
    assert who == (found.person_id if isinstance(found, OnDuty) else found.route)


def test_nobody_who_works_with_a_colleague_is_told_in_the_officers_place() -> None:
    for to in ("named-officer", "deputy-officer"):
        assert isinstance(notices.addressee(to, "cpmht", BOARD, wall(DAY), POLICY), OutOfHours)  # type: ignore[arg-type]
    assert not {"named-officer", "deputy-officer"} & set(FIRST_LINE)
