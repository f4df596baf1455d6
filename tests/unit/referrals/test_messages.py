"""Reminders and confirmations: when they fall due, who may still be written to, and that each is claimed once."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, get_args
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.referrals.domain.hours import Quiet, Window, open_from, reminder_at
from services.referrals.domain.messages import ClaimMessage, SettleMessage
from services.referrals.domain.policy import Policy
from services.referrals.domain.referral import evolve
from services.referrals.domain.reminders import message_id, wished
from shared.contracts import attending_updates as a
from shared.contracts import referrals as e
from shared.contracts import session_reports as r
from shared.contracts import updates as u
from shared.contracts import values as v
from shared.contracts.days import HERE, is_working_day
from tests.unit.referrals.story import (
    END,
    ID,
    LIMIT,
    PAUSE,
    POLICY,
    Story,
    day,
    ended,
    explained,
    one,
    planned,
    refusals,
    supported,
)

NIGHT = Quiet(time(20), time(9))
BY_TEXT = a.ChooseReminders(channels=("text",))
STOP = a.OptOut(channel="text")
SESSION = one(1025)
START, REMINDED = 10.25, 9.25
"""The session is at three in the afternoon, and so is its reminder the day before."""
LESS = u.ChangeSupport(asked_by="client", channel="phone", what=("less",), per_4_weeks_hundredths=200)


def here(text: str) -> datetime:
    """A time on the wall in Scotland."""
    return datetime.fromisoformat(text).replace(tzinfo=HERE)


def reminded(channels: tuple[v.MessageChannel, ...] = ("text",)) -> Story:
    """A session that the client is to be reminded of a day before."""
    return explained().when(BY_TEXT.model_copy(update={"channels": channels}), 4).when(planned(START), 5)


def due() -> Story:
    return reminded().passing(REMINDED).then("message-fell-due")


def id_of(kind: v.MessageKind = "session-reminder", channel: v.MessageChannel | None = "text") -> UUID:
    return message_id(SESSION, kind, channel)


def claim(
    at: float | datetime = REMINDED, channel: v.MessageChannel = "text", *hours: Window, **changes: Any
) -> ClaimMessage:
    at = at if isinstance(at, datetime) else day(at)
    return ClaimMessage(ID, at, changes.get("id", id_of()), channel, hours, changes.get("policy", POLICY))


def settle(outcome: v.MessageOutcome, at: float = REMINDED, id: UUID | None = None) -> SettleMessage:
    return SettleMessage(ID, day(at), id or id_of(), outcome)


def messages(story: Story) -> list[str]:
    return [name for name in story.due() if name.startswith("message")]


@pytest.mark.parametrize(
    ("start", "hours", "sent"),
    [
        ("2026-03-05T19:00", 24, "2026-03-04T19:00"),
        ("2026-03-05T09:00", 24, "2026-03-04T09:00"),
        pytest.param("2026-03-05T10:00", 2, "2026-03-04T19:30", id="what falls before nine goes the evening before"),
        pytest.param("2026-03-05T20:30", 24, "2026-03-04T19:30", id="what falls after eight goes before the night"),
        pytest.param("2026-03-05T01:00", 1, "2026-03-04T19:30", id="what falls at midnight too"),
        pytest.param("2026-03-29T10:00", 24, "2026-03-28T10:00", id="over the night that loses an hour"),
        pytest.param("2026-03-29T10:30", 9, "2026-03-28T19:30", id="at an hour that is not there that night"),
        pytest.param("2026-10-25T10:00", 24, "2026-10-24T10:00", id="over the night that has an hour twice"),
        pytest.param("2026-10-25T10:30", 9, "2026-10-24T19:30", id="at the hour that comes twice"),
    ],
)
def test_a_reminder_goes_so_long_before_by_the_wall_and_never_in_the_night(start: str, hours: int, sent: str) -> None:
    assert reminder_at(here(start).astimezone(UTC), hours, NIGHT) == here(sent)


MOMENTS = st.integers(0, 1_000_000).map(lambda minutes: day(0) + timedelta(minutes=minutes))


@given(MOMENTS, st.integers(1, 168))
def test_no_reminder_is_ever_in_the_night_or_after_its_hour(start: datetime, hours: int) -> None:
    at = reminder_at(start, hours, NIGHT)
    assert time(9) <= at.astimezone(HERE).time() < time(20)
    assert at.astimezone(HERE).replace(tzinfo=None) <= start.astimezone(HERE).replace(tzinfo=None) - timedelta(
        hours=hours
    )


WINDOWS = st.lists(
    st.builds(
        Window,
        st.frozensets(st.sampled_from(("mon", "wed", "sat"))),
        st.integers(0, 12).map(time),
        st.integers(13, 23).map(time),
    ),
    max_size=3,
)


@settings(deadline=None)
@given(MOMENTS, WINDOWS, st.booleans())
def test_what_is_open_is_never_night_nor_outside_the_safe_hours(
    moment: datetime, safe: list[Window], office: bool
) -> None:
    at = open_from(moment, NIGHT, safe, working_days=office)
    if at is None:
        assert all(window.days == {"sat"} for window in safe), "no window is on a working day"
        return
    assert at >= moment
    wall = at.astimezone(HERE)
    assert time(9) <= wall.time() < time(20)
    weekday = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")[wall.weekday()]
    assert not safe or any((not w.days or weekday in w.days) and w.start <= wall.time() < w.end for w in safe)
    assert not office or is_working_day(wall.date())


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 3, 2), True),
        (date(2026, 3, 7), False),
        pytest.param(date(2026, 1, 2), False, id="2 January, which is a holiday in Scotland alone"),
        pytest.param(date(2026, 4, 3), False, id="Good Friday"),
        pytest.param(date(2026, 4, 6), True, id="Easter Monday, which is none in Scotland"),
        pytest.param(date(2026, 11, 30), False, id="St Andrew's Day"),
    ],
)
def test_public_holidays_are_those_of_scotland(day: date, works: bool) -> None:
    assert is_working_day(day) is works


def test_a_planned_session_is_reminded_of_in_each_way_that_was_chosen() -> None:
    story = reminded(("text", "email"))
    assert {name: at for name, at in story.due().items() if name.startswith("message")} == {
        f"message:{SESSION}:text": "2026-03-11",
        f"message:{SESSION}:email": "2026-03-11",
    }
    story = story.passing(REMINDED).then("message-fell-due", "message-fell-due", about=SESSION)
    assert {*messages(story)} == {f"message-late:{id_of(channel=channel)}" for channel in ("text", "email")}


def test_nobody_is_reminded_who_did_not_choose_it() -> None:
    assert messages(explained().when(planned(START), 5)) == []


@pytest.mark.parametrize(
    "wish",
    [
        pytest.param(
            r.CancelSession(session_id=SESSION, planned_start=day(START), format="phone", cancelled_by="peer")
        ),
        pytest.param(u.ChangeSupport(asked_by="client", channel="phone", what=("other-peer",))),
        PAUSE,
        END,
        STOP,
    ],
    ids=lambda wish: wish.do,
)
def test_what_is_no_longer_so_leaves_no_reminder_behind(wish: Any) -> None:
    reminder = f"message:{SESSION}:text"
    assert reminder in reminded().due()
    assert reminder not in reminded().when(wish, 8).due()
    late = due().when(wish, 9.3).when(claim(9.3))
    assert [type(event) for event in late.said] == [e.MessageDropped]
    assert not late.when(claim(9.4)).said


def test_a_limit_on_contact_takes_the_reminder_with_the_session() -> None:
    story = supported("home").when(BY_TEXT, 4).when(planned(10, format="home", lone=True), 5)
    assert messages(story.when(LIMIT, 6)) == []


def test_a_session_put_elsewhere_is_reminded_of_at_its_new_time_alone() -> None:
    cancel = r.CancelSession(session_id=SESSION, planned_start=day(START), format="phone", cancelled_by="client")
    story = reminded().when(cancel, 6).when(planned(12), 6)
    assert messages(story) == [f"message:{one(1200)}:text"]
    story = story.passing(11).then("message-fell-due", about=one(1200))


@pytest.mark.parametrize("change", ["stopped", "restricted", "consent", "opted-out"])
def test_nothing_is_sent_that_was_due_when_messages_were_stopped(change: str) -> None:
    stops: dict[str, Any] = {
        "stopped": {"messages_stopped_at": day(9)},
        "restricted": {"restricted": True},
        "consent": {"consents": {"messages-text": False}},
        "opted-out": {"opted_out": frozenset({"text"})},
    }
    story = due()
    story = Story(replace(story.state, **stops[change]))
    story.when(claim()).then("message-dropped", because=change)
    before = reminded()
    assert messages(Story(replace(before.state, **stops[change]))) == []


def test_a_message_is_claimed_once() -> None:
    story = due().when(claim()).then("message-claimed", channel="text")
    story.when(claim()).then()
    story.when(claim(9.3)).then()


def test_what_was_sent_is_said_once_and_never_due_again() -> None:
    story = due().when(claim()).when(settle("sent")).then("reminder-sent", about=SESSION)
    assert messages(story) == []
    story.when(settle("sent")).then()
    again = story.when(STOP, 9.3).when(BY_TEXT, 9.4)
    assert messages(again) == []


def test_a_claim_that_nobody_settles_is_unknown_and_opens_a_task_and_is_not_sent_again() -> None:
    story = due().when(claim()).passing(9.3).then("reminder-failed", "task-opened", because="unknown")
    assert [task.kind for task in story.state.tasks.values()] == ["message-unknown"]
    story.when(claim(9.4)).then()
    story.when(settle("sent", 9.4)).then("reminder-sent")


def test_what_is_not_taken_is_tried_again_ever_more_slowly_until_it_helps_no_more() -> None:
    story, at, rests = due(), day(REMINDED), []
    for _ in range(8):
        story = story.when(claim(at)).then("message-claimed")
        story = story.when(SettleMessage(ID, at, id_of(), "not-taken-yet")).then("message-put-off")
        story.when(claim(at)).then()
        rests.append((story.said[0].until - at) // timedelta(minutes=1))
        at = story.said[0].until
    assert rests == [1, 2, 4, 8, 16, 32, 60, 60]
    story = story.passing(START).then("reminder-failed", "task-opened", because="too-late")
    assert messages(story) == []


def test_what_is_agreed_at_night_is_reminded_of_in_the_morning_or_not_at_all() -> None:
    night = day(9.5)
    story = explained().when(BY_TEXT, 4)
    story.when(planned(10), night).passing(night).then("message-fell-due", "message-dropped")
    story.when(planned(10.2), night).passing(night).then("message-fell-due", send_from=day(10).isoformat()[:-6] + "Z")


def test_the_night_is_looked_at_once_more_when_it_is_sent() -> None:
    put_off = due().when(claim(9.6)).then("message-put-off", because="quiet-hours")
    assert put_off.said[0].until == day(10)


def test_the_safe_contacts_own_hours_count_too() -> None:
    mornings = Window(frozenset({"thu"}), time(11), time(12))
    story = due().when(claim(REMINDED, "text", mornings)).then("message-put-off")
    assert story.said[0].until == here("2026-03-12T11:00")
    none = Window(frozenset({"mon"}), time(11), time(12))
    due().when(claim(REMINDED, "text", none)).then("reminder-failed", "task-opened", because="too-late")


def test_a_change_is_confirmed_back_on_a_working_day_and_then_counts_as_confirmed() -> None:
    friday_evening = here("2026-03-27T19:50")
    story = explained().when(BY_TEXT, 4).when(LESS, friday_evening + timedelta(minutes=20))
    story.then("support-changed", "message-fell-due")
    assert story.said[1].send_from == here("2026-03-30T09:00")
    id = message_id(story.said[0].change_id, "change-confirmation", None)
    story = story.when(claim(here("2026-03-30T09:00"), "email", id=id)).then("message-claimed", channel="email")
    story = story.when(settle("sent", 28, id)).then("reminder-sent", "change-confirmed")
    assert all(story.state.changes.values())


def test_a_change_that_a_person_confirmed_is_not_confirmed_again() -> None:
    story = explained().when(BY_TEXT, 4).when(LESS, 10)
    change = story.said[0].change_id
    told = story.when(u.ConfirmChange(change_id=change, channel="phone"), 10)
    told.when(claim(10, id=message_id(change, "change-confirmation", None))).then("message-dropped")


def test_a_client_who_agreed_to_no_message_is_told_of_a_change_by_a_person() -> None:
    explained().when(LESS, 10).then("support-changed")
    explained().when(BY_TEXT, 4).when(STOP, 5).when(LESS, 10).then("support-changed")


def test_who_opted_out_and_chooses_again_is_reminded_again() -> None:
    story = due().when(STOP, 9.3).when(claim(9.3)).then("message-dropped").when(BY_TEXT, 9.31).passing(9.31)
    story.then("message-fell-due")
    assert wished(story.state) == ("text",)


def test_an_older_choice_undoes_no_later_no_and_an_older_no_undoes_no_later_choice() -> None:
    by_both = a.ChooseReminders(channels=("email", "text"))
    said = explained().when(STOP, 9).then("reminder-opted-out")
    for at in (8, 9):
        late = said.when(by_both.model_copy(update={"at": day(at)}), 10).then_refused("overtaken")
        assert late.state.opted_out == {"text", "email"}, "of two at one moment the no stands"
    again = said.when(BY_TEXT, 11).then("reminders-chosen")
    again.when(a.OptOut(channels=("text",), channel="text", at=day(10)), 12).then_refused("overtaken")
    again.when(STOP.model_copy(update={"at": day(10)}), 12).then("reminder-opted-out", channels=["email"])
    again.when(STOP.model_copy(update={"at": day(11)}), 12).then("reminder-opted-out", channels=["text", "email"])
    by_email = a.ChooseReminders(channels=("email",), at=day(10))
    explained().when(BY_TEXT, 11).when(by_email, 12).then_refused("overtaken")
    assert again.state.opted_out == {"email"}


def test_a_clock_ahead_of_ours_makes_no_word_later_than_now() -> None:
    ahead = BY_TEXT.model_copy(update={"at": day(9) + timedelta(minutes=4)})
    story = explained().when(ahead, 9).then("reminders-chosen").when(STOP, 9).then("reminder-opted-out")
    assert "text" in story.state.opted_out


def test_every_way_not_to_send_has_its_outcome() -> None:
    for outcome in get_args(v.MessageOutcome):
        story = due().when(claim()).when(settle(outcome))
        assert story.said, outcome


def test_the_policy_says_when_it_is_night() -> None:
    policy = Policy(quiet_from="14:00", quiet_until="10:00")
    story = explained().when(BY_TEXT, 4, policy=policy).when(planned(START), 5)
    story.passing(day(9.18)).then()
    story.passing(here("2026-03-11T13:30")).then("message-fell-due")


@refusals(
    [
        (
            "an interpreter for no session",
            explained(),
            a.BookInterpreter(session_id=SESSION, language="ti", by_role="coordinator"),
            5,
            "no-such-session",
        ),
        (
            "a second interpreter",
            reminded().when(a.BookInterpreter(session_id=SESSION, language="ti", by_role="coordinator"), 6),
            a.BookInterpreter(session_id=SESSION, language="ti", by_role="coordinator"),
            6,
            "interpreter-already-booked",
        ),
        (
            "a taxi to no session",
            explained(),
            a.AgreeTravelSupport(how="taxi", session_id=SESSION, by_role="peer"),
            5,
            "no-such-session",
        ),
        ("reminders after the end", ended(), BY_TEXT, 61, "not-while-ended"),
    ]
)
def test_it_is_refused(given: Story, wish: Any, now: float, code: str) -> None:
    given.when(wish, now).then_refused(code)


def test_support_to_attend_is_agreed_and_seen() -> None:
    story = reminded().when(a.AgreeTravelSupport(how="taxi", session_id=SESSION, by_role="peer"), 6)
    story.then("travel-support-agreed", how="taxi")
    story.when(a.AgreeAttendanceSupport(what="childcare", by_role="peer"), 6).then("attendance-support-agreed")
    story.when(a.BookInterpreter(session_id=SESSION, language="ti", by_role="peer"), 6).then("interpreter-booked")


def test_who_took_consent_back_is_asked_anew_first() -> None:
    state = explained(consents=()).state
    Story(replace(state, consents={"messages-text": False})).when(BY_TEXT, 5).then_refused("consent-taken-back")
    assert evolve(state, e.MessagePutOff(message_id=one(9), until=day(9), because="quiet-hours")) == state
