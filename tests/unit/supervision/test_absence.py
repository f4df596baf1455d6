"""A supervisor of eight peers is not there: one finding, somebody stands in that day, and no client is moved."""

from dataclasses import replace

from services.supervision.domain.peers.following import with_supervisor
from services.supervision.domain.peers.supervisor import SUPERVISOR, TellSupervisor
from shared.contracts import supervision as s
from shared.contracts import supervisor_updates as u
from tests.unit.supervision.peers import ASSIGN, DEPUTY, SUPERVISOR_ID, Story, day, held, in_order, one, tell

FOUND = 60
"""The day, counted from when the eight were given to this supervisor."""
BY_THE_SUPERVISOR = (-35, -35, -31, -30, -29)
BY_A_COLLEAGUE = (-10, -9, -8)

NEW, GIVEN = in_order(without=["named-supervisor"], seen=None), in_order(seen=None)
HELD = [tell(held(FOUND + last), FOUND + last) for last in BY_THE_SUPERVISOR]
HELD += [tell(held(FOUND + last, DEPUTY), FOUND + last) for last in BY_A_COLLEAGUE]


def supervisor() -> Story:
    """What the supervisor's stream heard of the eight until then."""
    story = Story(SUPERVISOR, f"supervisor/{SUPERVISOR_ID}", SUPERVISOR.initial)
    story = story.when(TellSupervisor(SUPERVISOR_ID, day(0), u.AgreeDeputy(deputy_id=DEPUTY), s.AbsenceRules()))
    for told in [tell(ASSIGN)] * 8:
        (taken,) = with_supervisor(NEW.state, told)
        story = story.when(replace(taken, peer_id=one(len(story.state.peers))))  # type: ignore[call-arg]
    for number, told in enumerate(HELD):
        (noted,) = with_supervisor(GIVEN.state, told)
        story = story.when(replace(noted, peer_id=one(number)))  # type: ignore[call-arg]
    return story


def test_it_is_one_finding_about_the_supervisor_and_the_deputy_is_routed_the_same_day() -> None:
    story = supervisor().passing(FOUND - 0.5)
    assert not story.of(s.SupervisorAway)
    story = story.passing(FOUND).then("supervisor-away", "deputy-routed", deputy_id=DEPUTY, breaks=8)
    assert [(each.how, each.peers, each.past_due) for each in story.of(s.SupervisorAway)] == [("suspected", 8, 5)]


def test_new_people_stop_for_the_five_overdue_and_nobody_who_is_there_is_moved() -> None:
    today = [GIVEN.when(told).passing(FOUND) for told in HELD]
    assert {event.name for peer in today for event in peer.said} == {"supervision-overdue", "peer-not-ready"}
    levels = [peer.state.said["third-sector"] for peer in today]
    assert [each.level for each in levels] == ["no-new-people"] * 5 + ["ready"] * 3
    assert {(each.missing, each.gap_owner) for each in levels[:5]} == {(("clinical-supervision",), "provider")}
