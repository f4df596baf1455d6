"""Who is out alone is expected back by a time, who is unsure is answered by one; neither is counted against anyone."""

from datetime import timedelta
from typing import Any

import pytest

from services.supervision.domain.peers.commands import NoteAlarmed, NoteNotBack
from services.supervision.domain.peers.peer import PEER
from services.supervision.domain.peers.policy import Policy
from services.supervision.peers import views
from shared.contracts import peer_updates as p
from tests.unit.supervision.peers import ID, Story, day, in_order, on, one, recruited, refusals, tell

VISIT, ADVICE = one(601), one(602)
HOUR = 1 / 24
STARTED = in_order()


def out(hours: float = 2, now: float = 1) -> p.StartLoneVisit:
    return p.StartLoneVisit(visit_id=VISIT, expected_back_by=day(now + hours * HOUR))


OUT = STARTED.when(out(), 1).then("lone-visit-started", visit_id=VISIT)
LATE = OUT.when(NoteNotBack(ID, day(1 + 2 * HOUR), VISIT)).then("lone-visit-overdue", visit_id=VISIT)
BACK = p.EndLoneVisit(visit_id=VISIT)


def test_at_the_moment_a_peer_is_expected_back_and_is_not_they_are_overdue() -> None:
    deadlines = PEER.deadlines(OUT.state)
    assert deadlines[f"back:{VISIT}"] == day(1 + 2 * HOUR)
    assert PEER.due(OUT.subject, f"back:{VISIT}", day(2)) == [NoteNotBack(ID, day(2), VISIT)]
    assert f"back:{VISIT}" not in PEER.deadlines(LATE.state)
    LATE.when(NoteNotBack(ID, day(2), VISIT)).then()


def test_who_is_back_is_not_overdue() -> None:
    back = OUT.when(BACK, 1 + HOUR).then("lone-visit-ended")
    assert f"back:{VISIT}" not in PEER.deadlines(back.state)
    back.when(NoteNotBack(ID, day(2), VISIT)).then()
    back.when(BACK, 2).then()
    LATE.when(BACK, 2).then("lone-visit-ended")


def test_who_stays_longer_is_expected_later_and_that_counts_again() -> None:
    longer = p.ExtendLoneVisit(visit_id=VISIT, expected_back_by=day(1 + 4 * HOUR))
    for story in (OUT, LATE):
        extended = story.when(longer, 1 + 2 * HOUR).then("lone-visit-extended")
        assert PEER.deadlines(extended.state)[f"back:{VISIT}"] == day(1 + 4 * HOUR)
        extended.when(NoteNotBack(ID, day(1 + 2 * HOUR), VISIT)).then()
        extended.when(NoteNotBack(ID, day(1 + 4 * HOUR), VISIT)).then("lone-visit-overdue")


def test_whoever_is_on_duty_is_told_once_and_not_of_somebody_who_is_back() -> None:
    LATE.when(NoteAlarmed(ID, day(2), VISIT)).then("lone-visit-alarmed").when(
        NoteAlarmed(ID, day(2), VISIT)
    ).then_refused("not-overdue")
    OUT.when(NoteAlarmed(ID, day(2), VISIT)).then_refused("not-overdue")
    LATE.when(BACK, 2).when(NoteAlarmed(ID, day(2), VISIT)).then_refused("not-overdue")


@refusals(
    [
        ("before the first day", recruited(), out(), 1, "not-at-this-stage"),
        ("the same again", OUT, out(), 1, "already-known"),
        ("out already", OUT, p.StartLoneVisit(visit_id=one(9), expected_back_by=day(1.1)), 1, "already-out"),
        ("back before they go", STARTED, out(-1), 1, "not-a-time-to-be-back"),
        ("out for days", STARTED, out(13), 1, "not-a-time-to-be-back"),
        ("back from nowhere", STARTED, BACK, 1, "no-such-visit"),
        ("longer nowhere", STARTED, p.ExtendLoneVisit(visit_id=VISIT, expected_back_by=day(1.1)), 1, "no-such-visit"),
        ("answered and not asked", STARTED, p.AnswerAdvice(advice_id=ADVICE, by_role="supervisor"), 1, "nothing-asked"),
        (
            "work of tomorrow",
            STARTED,
            p.RecordTeamWork(kind="newsletter", on=on(2), minutes=60, credited=True),
            1,
            "in-the-future",
        ),
    ]
)
def test_refused(given: Story, wish: Any, now: float, code: str) -> None:
    given.when(wish, now).then_refused(code)


def test_a_peer_who_left_may_still_be_said_to_be_back() -> None:
    LATE.when(p.Leave(), 1.2).when(BACK, 2).then("lone-visit-ended")


ASKED = STARTED.when(p.RequestAdvice(advice_id=ADVICE), 1)


def test_whoever_is_unsure_is_answered_within_the_hours_of_the_policy() -> None:
    ASKED.then("advice-requested", answer_by=(day(1) + timedelta(hours=4)).isoformat().replace("+00:00", "Z"))
    assert PEER.deadlines(ASKED.state)[f"answer:{ADVICE}"] == day(1) + timedelta(hours=4)
    sooner = STARTED.when(tell(p.RequestAdvice(advice_id=ADVICE), 1, policy=Policy(advice_hours=1)))
    assert PEER.deadlines(sooner.state)[f"answer:{ADVICE}"] == day(1) + timedelta(hours=1)


def test_what_nobody_answers_in_time_is_said_once_and_may_be_answered_all_the_same() -> None:
    late = ASKED.passing(1.5).then("advice-overdue")
    assert f"answer:{ADVICE}" not in PEER.deadlines(late.state)
    answer = p.AnswerAdvice(advice_id=ADVICE, by_role="supervisor")
    late.when(answer, 2).then("advice-answered").when(answer, 2).then_refused("nothing-asked")
    assert ASKED.when(answer, 1).passing(1.5).said == ()


@pytest.mark.parametrize("story", [ASKED, LATE], ids=["unsure", "not back"])
def test_neither_asking_nor_being_late_changes_how_ready_anybody_is(story: Story) -> None:
    assert views.in_settings(story.state, on(2)) == views.in_settings(STARTED.state, on(2))


def test_work_for_the_team_is_counted_of_all_together() -> None:
    done = [
        p.RecordTeamWork(kind="newsletter", on=on(1), minutes=60, credited=True),
        p.RecordTeamWork(kind="newsletter", on=on(1), minutes=30, credited=False),
        p.RecordTeamWork(kind="local-visit", on=on(1), minutes=45, credited=True),
    ]
    story = STARTED
    for wish in done:
        story = story.when(wish, 1).then("team-work-recorded")
    told = views.team_work([story.state, STARTED.state])
    assert [(row.kind, row.minutes) for row in told.rows] == [("newsletter", 90), ("local-visit", 45)]
