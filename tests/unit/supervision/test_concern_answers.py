"""What people do about a concern: in hand is not done, asking is not handing over, and an outcome comes first."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.supervision.domain.safeguarding.concern import CONCERN
from services.supervision.domain.safeguarding.concern_commands import HearAccepted, NoteGiverTold, TakeOn
from shared.contracts import concern_updates as u
from tests.unit.supervision.concern_story import (
    ACKNOWLEDGE,
    CLOSE,
    DECIDE,
    FRESH,
    ID,
    OPENED,
    OUTCOME,
    PROPOSE,
    Story,
    item,
    opened,
    worry,
)
from tests.unit.supervision.duty import BOARD, POLICY

HERE, THERE = "S08000030", "S08000032"
LATER = OPENED + timedelta(minutes=9)
OTHER = UUID(int=300)
ACCEPTED = HearAccepted(ID, LATER, HERE, FRESH, THERE, OTHER)


def test_acknowledged_is_not_done_a_second_clock_runs() -> None:
    story = opened().when(ACKNOWLEDGE, LATER).then("acknowledged", outcome_by=LATER + timedelta(hours=24))
    assert story.due() == {"late:outcome": "Sat 07 Mar 17:01"}
    slow = opened(item(hours_ago=30), "2026-03-06 10:00")
    raised = slow.when(u.RaiseUrgency(urgency="life", by_role="peer"), "2026-03-06 10:01")
    assert raised.when(ACKNOWLEDGE, "2026-03-06 10:05").due() == {"late:outcome": "Sat 07 Mar 10:05"}


def test_by_when_an_outcome_is_due_counts_working_days_where_nobody_is_in_danger() -> None:
    from_late = opened(item(hours_ago=50)).when(ACKNOWLEDGE, "2026-03-30 12:00")
    assert from_late.due() == {"late:outcome": "Tue 07 Apr 12:00"}


def test_what_is_for_today_is_decided_today_and_then_has_an_outcome() -> None:
    story = opened(worry(), "2026-03-06 10:00").when(ACKNOWLEDGE, "2026-03-06 10:05")
    assert story.due() == {"late:decision": "Fri 06 Mar 14:00", "late:outcome": "Sat 07 Mar 10:05"}
    assert story.when(DECIDE, "2026-03-06 11:00").due() == {"late:outcome": "Sat 07 Mar 10:05"}
    assert story.when(OUTCOME, "2026-03-06 11:00").due() == {}


def test_what_is_late_is_told_to_the_service_lead_once_and_stays_open() -> None:
    story = opened(worry(), "2026-03-06 10:00").when(ACKNOWLEDGE, "2026-03-06 10:05").passing("2026-03-10 12:00")
    assert [(event.of, event.to) for event in story.said] == [("decision", "service-lead"), ("outcome", "service-lead")]
    assert story.wanted() == [("late-decision", "service-lead", 0), ("late-outcome", "service-lead", 0)]
    assert story.state.open
    assert story.due() == {}


def test_of_a_colleague_the_deputy_officer_is_told_and_no_service_lead() -> None:
    story = opened(worry(about="staff"), "2026-03-06 10:00").when(
        u.AcknowledgeConcern(by_role="named-officer"), "2026-03-06 10:05"
    )
    assert {event.to for event in story.passing("2026-03-10 12:00").said} == {"deputy-officer"}


def test_the_second_to_acknowledge_changes_nothing() -> None:
    opened().when(ACKNOWLEDGE, LATER).when(u.AcknowledgeConcern(by_role="safeguarding-lead"), LATER).then()


def test_somebody_whose_shift_is_over_may_still_take_it_in_hand() -> None:
    opened(at="2026-03-06 23:00").when(ACKNOWLEDGE, "2026-03-06 23:05").then("acknowledged")


@pytest.mark.parametrize("wish", [DECIDE, OUTCOME])
def test_whoever_decides_or_knows_the_outcome_has_it_in_hand(wish: Any) -> None:
    first, second = opened().when(wish, LATER).said
    assert (first.name, second.by_role) == ("concern-acknowledged", "clinician")


@pytest.mark.parametrize(
    ("by_role", "may"),
    [("clinician", True), ("safeguarding-lead", True), ("charge-nurse", False), ("named-officer", False)],
)
@pytest.mark.parametrize("wish", [DECIDE, OUTCOME, CLOSE, PROPOSE])
def test_only_a_clinician_or_a_safeguarding_lead_decides_hands_over_records_and_closes(
    wish: Any, by_role: str, may: bool
) -> None:
    story = opened().when(OUTCOME).when(wish.model_copy(update={"by_role": by_role}))
    if may:
        assert story.refused is None
    else:
        story.then_refused("not-yours-to-say")


def test_nothing_closes_without_an_outcome() -> None:
    opened().when(CLOSE).then_refused("no-outcome")
    opened().when(ACKNOWLEDGE).when(CLOSE).then_refused("no-outcome")
    closed = opened().when(OUTCOME).when(CLOSE).then("closed", outcome="safety-plan", by_role="clinician")
    assert not closed.state.open
    assert closed.due() == {}
    assert closed.wanted() == []
    closed.when(ACKNOWLEDGE).then_refused("concern-closed")


def test_what_joined_since_needs_an_outcome_of_its_own() -> None:
    opened().when(OUTCOME).when(item(2), LATER).then("joined")
    opened().when(OUTCOME).when(item(2), LATER).when(CLOSE).then_refused("no-outcome")


def test_until_another_organisation_has_accepted_the_clocks_here_run_on() -> None:
    asked = opened().when(PROPOSE, OPENED).then("handover-proposed", to_organisation=THERE)
    assert asked.due() == opened().due()
    escalated = asked.sending(OPENED).passing("2026-03-06 17:10")
    assert [event.name for event in escalated.said] == ["concern-escalated"]


def test_once_accepted_it_is_theirs_and_a_person_here_still_closes_it() -> None:
    story = opened().when(PROPOSE).when(ACCEPTED).then("handed-over", to_concern_id=OTHER)
    assert story.due() == {}
    assert story.wanted() == []
    assert story.state.open
    story.when(ACCEPTED).then()
    story.when(PROPOSE).then_refused("handed-over")
    story.when(CLOSE).then_refused("no-outcome")
    handed = u.RecordConcernOutcome(outcome="with-other-organisation", by_role="safeguarding-lead")
    story.when(handed, LATER).then("outcome-recorded").when(CLOSE, LATER).then("closed")


@pytest.mark.parametrize(
    "heard",
    [
        HearAccepted(ID, LATER, HERE, FRESH, "S08000024", OTHER),
        HearAccepted(ID, LATER, HERE, OTHER, THERE, OTHER),
    ],
    ids=["by somebody who was not asked", "what was not asked"],
)
def test_accepted_by_whoever_was_not_asked_is_not_handed_over(heard: HearAccepted) -> None:
    story = opened().when(PROPOSE)
    assert story.when(heard).then().state == story.state


def test_that_an_organisation_outside_has_accepted_is_said_by_whoever_heard_it() -> None:
    asked = opened().when(PROPOSE)
    asked.when(u.NoteHandoverAccepted(handover_id=FRESH, by_role="safeguarding-lead")).then("handed-over")
    asked.when(u.NoteHandoverAccepted(handover_id=OTHER, by_role="clinician")).then_refused("no-such-handover")
    asked.when(u.NoteHandoverAccepted(handover_id=FRESH, by_role="charge-nurse")).then_refused("not-yours-to-say")


def test_whoever_takes_it_on_has_it_in_hand_and_tells_whose_it_was_once() -> None:
    wish = u.AcceptConcernHandover(by_role="clinician")
    sign = item(int(FRESH), source="handover")
    take = TakeOn(ID, LATER, wish, sign, FRESH, HERE, OTHER, THERE, BOARD, POLICY)
    story = Story().when(take).then("opened", "acknowledged", "taken-on")
    [name] = [name for name in CONCERN.deadlines(story.state) if name.startswith("giver/")]
    heard, told = CONCERN.due(f"concern/{ID}", name, LATER)
    assert heard == HearAccepted(OTHER, LATER, HERE, FRESH, THERE, ID)
    assert told == NoteGiverTold(ID, LATER, FRESH)
    story = story.when(told).then("giver-told")
    assert story.due() == {"late:outcome": "Sat 07 Mar 17:01"}
    story.when(told).then()


def test_a_peer_takes_nothing_on() -> None:
    wish = u.AcceptConcernHandover(by_role="named-officer")
    take = TakeOn(ID, LATER, wish, item(), FRESH, HERE, OTHER, THERE, BOARD, POLICY)
    Story().when(take).then_refused("not-yours-to-say")
