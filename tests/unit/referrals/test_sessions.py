"""Sessions as they are reported in life: late, twice, in any order, and some that were not to be."""

from datetime import UTC, datetime
from typing import Any

import pytest

from shared.contracts import session_reports as r
from shared.contracts import updates as u
from tests.unit.referrals.story import (
    END,
    EXPLANATION,
    PAUSE,
    PEER,
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


def missed(at: float, by: str = "client", **changes: Any) -> r.MissSession:
    said = {"planned_start": day(at), "format": "phone", "missed_by": by, "session_id": one(int(at * 100))}
    return r.MissSession(**said | changes)


def cancelled(at: float, by: str = "client", **changes: Any) -> r.CancelSession:
    said = {"planned_start": day(at), "format": "phone", "cancelled_by": by, "session_id": one(int(at * 100))}
    return r.CancelSession(**said | changes)


def test_a_session_that_was_planned_is_held_and_one_that_was_not_is_recorded_as_well() -> None:
    story = explained().when(planned(9), 5).then("session-planned", peer_id=PEER)
    story = story.when(held(9.01, session_id=one(900), activities=("walk", "grounding")), 9.1)
    story.then(
        "session-held",
        planned_start=day(9).isoformat().replace("+00:00", "Z"),
        attendance=1,
        new_or_return=1,
        purpose="peer-support",
        activities=["walk", "grounding"],
    )
    story.when(held(16), 16.1).then("session-held", new_or_return=2, planned_start=None)


def test_the_first_session_says_that_the_role_was_explained() -> None:
    supported().when(held(5), 6).then_refused("role-not-explained", "role_explained")
    story = supported().when(held(5, role_explained=EXPLANATION), 6)
    story.then("role-explained", "session-held", at=day(5).isoformat().replace("+00:00", "Z"))
    story.when(held(6), 7).then("session-held")


def test_an_incomplete_explanation_takes_the_session_along() -> None:
    short = EXPLANATION.model_copy(update={"points": ("whom-to-call-in-a-crisis",)})
    supported().when(held(5, role_explained=short), 6).then_refused("explanation-incomplete")


@pytest.mark.parametrize(
    ("wish", "attendance"),
    [
        (missed(5, "client"), 8),
        (missed(5, "client", could_not_wait=True), 5),
        (missed(5, "peer"), 2),
        (missed(5, "service"), 2),
    ],
)
def test_a_missed_session_says_by_whom_and_is_coded_so(wish: r.MissSession, attendance: int) -> None:
    explained().when(wish, 6).then("session-missed", attendance=attendance, missed_by=wish.missed_by)


@pytest.mark.parametrize(("by", "attendance"), [("client", 3), ("peer", 2), ("service", 2)])
def test_a_session_called_off_says_by_whom_and_is_coded_so(by: str, attendance: int) -> None:
    story = explained().when(planned(9), 5).when(cancelled(9, by), 6)
    story.then("session-cancelled", attendance=attendance, cancelled_by=by)


def test_a_session_before_the_match_ended_may_be_reported_after_it() -> None:
    story = explained().when(END, 60).passing(60)
    story.when(held(59), 61).then("session-held")
    story.when(held(61), 62).then_refused("no-peer-then")


def test_a_session_before_a_pause_may_be_reported_during_it() -> None:
    story = explained().when(PAUSE, 10)
    story.when(held(9), 12).then("session-held")
    story.when(held(11), 12).then_refused("support-paused")
    story.when(RESUME, 20).when(held(21), 22).then("session-held")


def test_summer_time_does_not_make_two_sessions_one() -> None:
    one_oclock = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    story = explained().when(held(5), 6).when(held(0, started_at=one_oclock, session_id=one(1)), day(240))
    story.then("session-held")
    again = held(0, started_at=datetime(2026, 10, 25, 1, 30, tzinfo=UTC), session_id=one(2))
    story.when(again, day(240)).then("session-held")


def retracted(at: float) -> r.RetractSession:
    return r.RetractSession(session_id=one(int(at * 100)), because="wrong-details")


def test_a_session_held_that_was_not_is_taken_back_with_all_that_it_counted_for() -> None:
    story = explained().when(held(5), 6).when(held(12), 13).when(retracted(5), 14)
    twelfth = day(12).isoformat().replace("+00:00", "Z")
    story.then(
        "session-retracted", was="held", first_session_at=twelfth, last_session_at=twelfth, first_contact_at=twelfth
    )
    assert story.state.sessions_held == 1
    story = story.when(retracted(12), 14).then("session-retracted", first_session_at=None, first_contact_at=None)
    assert story.state.first_contact_at is None


def test_what_was_explained_to_another_client_was_not_explained_to_this_one() -> None:
    first = held(5, role_explained=EXPLANATION)
    not_hers = retracted(5).model_copy(update={"because": "other-client"})
    story = supported().when(first, 6).when(not_hers, 7).then("session-retracted", role_explained_at=None)
    story.when(held(8), 9).then_refused("role-not-explained")
    slip = supported().when(first, 6).when(retracted(5), 7)
    slip.when(held(5), 8).then("session-held", planned_start=None)


def test_what_is_so_is_recorded_under_the_same_id() -> None:
    story = explained().when(held(5), 6).when(retracted(5), 7).when(missed(5), 7)
    story.then("session-missed", missed_by="client")
    story = story.when(retracted(5), 8).then("session-retracted", was="missed", missed_by="client")
    assert story.state.missed_by_client_at is None


@refusals(
    [
        ("nothing recorded", explained(), retracted(5), 6, "session-not-recorded"),
        ("only planned", explained().when(planned(9), 5), retracted(9), 6, "session-not-recorded"),
        ("twice", explained().when(held(5), 6).when(retracted(5), 7), retracted(5), 8, "session-not-recorded"),
        ("before support", received(), retracted(5), 6, "not-while-received"),
    ]
)
def test_only_what_is_recorded_can_be_taken_back(given: Story, wish: u.Update, now: float, code: str) -> None:
    given.when(wish, now).then_refused(code)


NEVER = held(5, role_explained=EXPLANATION.model_copy(update={"at": datetime.max.replace(tzinfo=UTC)}))


@refusals(
    [
        ("before a decision", received(), held(1), 2, "not-while-received"),
        ("without a peer", waiting(), held(2), 3, "no-peer-then"),
        ("before the match", explained(), held(2.5), 6, "no-peer-then"),
        ("still to come", explained(), held(9), 6, "in-the-future"),
        ("long ago", explained(), held(5), 500, "too-long-ago"),
        ("held twice", explained().when(held(5), 6), held(5), 6, "session-already-recorded"),
        ("the same under another id", explained().when(held(5), 6), held(5, session_id=one(3)), 6, "session-overlaps"),
        ("missed and held", explained().when(missed(5), 6), held(5), 6, "session-already-recorded"),
        ("missed tomorrow", explained(), missed(8), 6, "in-the-future"),
        ("missed without a peer", waiting(), missed(2), 6, "no-peer-then"),
        ("called off afterwards", explained().when(planned(9), 5), cancelled(9), 10, "already-begun"),
        ("called off in ten years", explained(), cancelled(3650), 10, "too-far-ahead"),
        ("called off after the end", ended(), cancelled(80), 61, "no-peer-then"),
        ("planned for yesterday", explained(), planned(5), 6, "plan-in-the-past"),
        ("planned for next decade", explained(), planned(4000), 6, "too-far-ahead"),
        ("planned twice", explained().when(planned(9), 5), planned(9), 6, "session-already-known"),
        ("two at once", explained().when(planned(9), 5), planned(9, session_id=one(4)), 6, "session-overlaps"),
        ("planned while waiting", waiting(), planned(9), 6, "not-while-waiting"),
        ("planned while paused", explained().when(PAUSE, 5), planned(9), 6, "not-while-paused"),
        ("explained at the end of time", supported(), NEVER, 6, "in-the-future"),
    ]
)
def test_what_no_session_can_be_is_refused_with_its_code(given: Story, wish: u.Update, now: float, code: str) -> None:
    given.when(wish, now).then_refused(code)
