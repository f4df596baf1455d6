"""Supervision: one named, fitting person; kinds apart; overdue by its day stops new people, and moves nobody."""

from typing import Any

import pytest

from services.supervision.domain.peers.commands import SetRules
from services.supervision.domain.peers.peer import PEER
from services.supervision.domain.peers.readiness import Readiness, readiness
from shared.contracts import peer_updates as p
from shared.contracts import supervision as s
from tests.unit.supervision.peers import (
    ASSIGN,
    DEPUTY,
    ID,
    MANAGER,
    POLICY,
    SUPERVISOR_ID,
    Story,
    day,
    held,
    in_order,
    on,
    one,
    recruited,
    refusals,
)
from tests.unit.supervision.test_readiness import policy

PLAN = p.PlanSupervision(stream="clinical", supervision_id=one(1), planned_start=day(5))
PLANNED = in_order().when(PLAN)
OVERDUE = in_order(seen=0).passing(29)


def assign(who: Any, fit: bool = True) -> p.AssignSupervisor:
    return p.AssignSupervisor(supervisor_id=who, because="trained-in-it", peer_says_fit=fit)


@refusals(
    [
        ("the line manager", recruited(), assign(MANAGER), 0, "supervisor-not-appropriate"),
        ("the peer", recruited(), assign(ID), 0, "supervisor-not-appropriate"),
        (
            "somebody the peer knows from their own care",
            recruited(),
            assign(one(8), False),
            0,
            "supervisor-not-appropriate",
        ),
        ("the same again", in_order(), ASSIGN, 0, "already-assigned"),
        ("held by the line manager", in_order(), held(0, MANAGER), 0, "supervisor-not-appropriate"),
        ("held with oneself", in_order(), held(0, ID), 0, "supervisor-not-appropriate"),
        ("held with nobody", in_order(), held(0, with_id=None), 0, "with-whom"),
        ("nobody named", in_order(without=["named-supervisor"]), held(0), 0, "no-named-supervisor"),
        ("still to come", in_order(), held(1), 0, "in-the-future"),
        ("before the first day", in_order(), held(-21), 0, "before-the-start"),
        ("twice", in_order(), held(-1, supervision_id=one(900)), 0, "already-recorded"),
        (
            "as another kind",
            PLANNED,
            p.HoldSupervision(stream="peer-group", supervision_id=one(1), held_at=day(5)),
            5,
            "another-kind",
        ),
        ("planned in the past", in_order(), PLAN, 6, "plan-in-the-past"),
        ("planned twice", PLANNED, PLAN, 1, "already-known"),
        (
            "missed without a plan",
            in_order(),
            p.MissSupervision(supervision_id=one(3), missed_by="peer"),
            0,
            "no-such-supervision",
        ),
        (
            "a debrief nobody asked for",
            in_order(),
            p.HoldDebrief(debrief_id=one(3), held_at=day(0)),
            0,
            "no-such-debrief",
        ),
        ("supervision before the start", recruited(), held(0), 0, "not-at-this-stage"),
    ]
)
def test_what_is_not_supervision(given: Story, wish: Any, now: float, code: str) -> None:
    given.when(wish, now).then_refused(code)


def test_why_somebody_is_not_the_right_one_is_not_told_apart() -> None:
    told = [recruited().when(wish).refused for wish in (assign(MANAGER), assign(one(8), False))]
    assert told[0] is not None
    assert told[1] is not None
    assert (told[0].code, told[0].message, told[0].field) == (told[1].code, told[1].message, told[1].field)


def test_a_supervisor_is_named_with_a_reason_that_may_be_said() -> None:
    recruited().when(ASSIGN).then("supervisor-assigned", "peer-not-ready")
    again = in_order().when(assign(one(8))).then("supervisor-assigned", because="trained-in-it")
    assert again.state.supervisor_id == one(8)


@pytest.mark.parametrize("seen", [-10, -1, 0])
def test_overdue_begins_the_day_after_the_last_of_twenty_eight(seen: int) -> None:
    story = in_order(seen=seen)
    assert story.passing(seen + 28.5).said == ()
    assert readiness(story.state.facts, "third-sector", POLICY.peer, on(seen + 28)).level == "ready"
    story = story.passing(seen + 29).then("supervision-overdue", "peer-not-ready")
    assert story.said[-1].missing == ("clinical-supervision",)
    assert (story.said[-1].level, story.said[-1].gap_owner) == ("no-new-people", "provider")


def test_supervision_counts_from_the_first_day() -> None:
    story = in_order(seen=None)
    assert story.passing(8.5).said == ()
    story.passing(9).then("supervision-overdue", "peer-not-ready", missing=["clinical-supervision"])


def test_being_overdue_says_nothing_that_moves_anybody_who_is_there() -> None:
    assert {event.name for event in OVERDUE.said} == {"supervision-overdue", "peer-not-ready"}
    assert OVERDUE.said[-1].level == "no-new-people"
    assert OVERDUE.due() != {"rethink:2026-03-31": "2026-03-31"}


@pytest.mark.parametrize("who", [SUPERVISOR_ID, DEPUTY])
def test_supervision_by_the_named_one_or_a_deputy_ends_it(who: Any) -> None:
    story = OVERDUE.when(held(29.1, who), 29.2).then("supervision-held", "peer-ready")
    assert story.said[0].by == ("named" if who == SUPERVISOR_ID else "deputy")


def test_supervision_recorded_late_that_was_too_long_ago_leaves_it_overdue() -> None:
    """Whoever hears of supervision takes it that nothing is overdue any more."""
    story = OVERDUE.when(held(1), 40).then("supervision-held", "supervision-overdue")
    assert story.state.said["third-sector"].level == "no-new-people"


def test_an_older_supervision_recorded_later_brings_nothing_forward() -> None:
    story = in_order(seen=0).when(held(-5), 1)
    assert story.state.facts.clinical_on == day(0).date()


@pytest.mark.parametrize("stream", ["line-management", "peer-group"])
def test_no_other_kind_of_supervision_counts_as_clinical(stream: Any) -> None:
    wish = p.HoldSupervision(stream=stream, held_at=day(29.1))
    story = OVERDUE.when(wish, 29.2).then("further-supervision-held", stream=stream)
    assert story.state.said["third-sector"].missing == ("clinical-supervision",)


def test_planned_is_held_or_missed_and_nobody_is_asked_why() -> None:
    PLANNED.when(held(5, supervision_id=one(1)), 5).then("supervision-held", supervision_id=one(1))
    missed = p.MissSupervision(supervision_id=one(1), missed_by="supervisor")
    story = PLANNED.when(missed, 5.1).then("supervision-missed", stream="clinical")
    assert set(type(story.said[0]).model_fields) == {"peer_id", "stream", "supervision_id", "missed_by", "recorded_at"}
    assert story.state.said["third-sector"].level == "ready", "missing one is not being overdue"


@pytest.mark.parametrize("who", ["peer", "clinician", "coordinator", "line-manager", "other"])
def test_a_debrief_is_open_to_anybody_of_the_team(who: Any) -> None:
    asked = in_order().when(p.RequestDebrief(debrief_id=one(4), asked_by=who)).then("debrief-requested", asked_by=who)
    asked.when(p.HoldDebrief(debrief_id=one(4), held_at=day(1)), 1).then("debrief-held")


def test_a_debrief_is_no_clinical_supervision() -> None:
    story = OVERDUE.when(p.RequestDebrief(debrief_id=one(4), asked_by="peer"), 29.1)
    story = story.when(p.HoldDebrief(debrief_id=one(4), held_at=day(29.2)), 29.3)
    assert story.state.said["third-sector"] == Readiness("no-new-people", ("clinical-supervision",), "provider")


def test_being_overdue_is_said_once() -> None:
    story = in_order(seen=0).passing(400)
    assert len(story.of(s.SupervisionOverdue)) == 1
    assert PEER.deadlines(story.state) != {}


def test_longer_cadences_set_later_do_not_end_what_was_overdue() -> None:
    """Nobody hears that something is not overdue any more but by supervision that took place."""
    sooner, later = policy(clinical_days=14), policy(clinical_days=28)
    story = in_order(seen=0).when(SetRules(ID, day(1), sooner, day(1))).passing(15)
    story.then("supervision-overdue", "peer-not-ready", missing=["clinical-supervision"])
    story = story.when(SetRules(ID, day(16), later, day(16))).then("requirements-set")
    story.when(held(16), 16.1).then("supervision-held", "peer-ready")
