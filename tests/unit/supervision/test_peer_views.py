"""What is read of peers is what their rules say, and what nobody gives is the provider's gap."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from services.supervision.domain.peers.absence import Supervisor
from services.supervision.domain.peers.gaps import gaps
from services.supervision.domain.peers.state import Peer
from services.supervision.domain.peers.supervisor import SUPERVISOR, TakeOn, TellSupervisor
from services.supervision.peers import rows, views
from shared.contracts import peer_updates as p
from shared.contracts import supervisor_updates as u
from shared.contracts.supervision import AbsenceRules
from shared.runtime.envelope import Envelope
from tests.unit.supervision.peers import ID, SUPERVISOR_ID, Story, day, done, held, in_order, on, one, recruited


def row_of(story: Story, apply: Any) -> Any:
    """The row that the story's events fold to."""
    row = None
    for number, event in enumerate(story.journal, 1):
        envelope = Envelope(
            id=one(number),
            type=event.type(),
            source="kith.supervision",
            subject=story.subject,
            time=day(0),
            recorded_at=day(0),
            organisation="SC000001",
            sequence=number,
            actor_role="supervisor",
            correlation_id=one(1),
            causation_id=None,
            traceparent=None,
            data=event,
        )
        row = apply(row, envelope)
    return row


RICH = (
    in_order(settings=("third-sector", "cpmht"), contract="fixed-term", funding_ends_on=on(200))
    .when(p.RequestDebrief(asked_by="clinician"), 1)
    .when(p.PlanSupervision(stream="clinical", planned_start=day(20)), 1)
    .when(p.NoteUnavailable(requirement="nes-follow-on", since=on(0)), 1)
    .when(
        p.Waive(
            requirement="nes-follow-on",
            manager_id=one(9),
            manager_role="line-manager",
            mitigation="joint-work-only",
            until=on(60),
        ),
        1,
    )
    .when(p.Rest(), 2)
    .when(p.ComeBack(steps=({"until": on(30), "places_hundredths": 200},)), 3)
)


@pytest.mark.parametrize("story", [in_order(), recruited(), RICH], ids=["in order", "recruited", "rich"])
def test_what_is_read_of_a_peer_is_what_their_rules_know(story: Story) -> None:
    assert story.refused is None
    row = row_of(story, rows.apply_to_peer)
    assert row.sequence == len(story.journal)
    known = rows.peer_of(row.state)
    assert views.peer_view(ID, 1, known, on(4)) == views.peer_view(ID, 1, story.state, on(4))
    assert (known.facts, known.planned, known.debriefs) == (
        story.state.facts,
        story.state.planned,
        story.state.debriefs,
    )


def test_what_is_read_of_a_supervisor_is_what_their_rules_know() -> None:
    rules = AbsenceRules()
    story = Story(SUPERVISOR, f"supervisor/{SUPERVISOR_ID}", SUPERVISOR.initial)
    for number in range(3):
        story = story.when(TakeOn(SUPERVISOR_ID, day(0), one(number), on(-10), rules))
    story = story.when(TellSupervisor(SUPERVISOR_ID, day(1), u.SayAway(until=on(9)), rules)).passing(3)
    known = rows.supervisor_of(row_of(story, rows.apply_to_supervisor).state)
    assert known == replace(story.state, rules=rules)
    view = views.supervisor_view(SUPERVISOR_ID, 1, story.state, on(3))
    assert (view.peers, view.away_since, view.lead_told) == (3, on(1), True)


def test_of_a_stop_nothing_is_said_but_that_it_is() -> None:
    stopped = in_order(without=["wrap"]).when(p.StopContact(by_role="service-lead"), 1)
    (seen,) = views.in_settings(stopped.state, on(1))
    assert (seen.level, seen.missing, seen.gap_owner, seen.expiring) == ("stop-contact", [], None, [])


def state(*wishes: Any, without: tuple[str, ...] = ()) -> Peer:
    story = in_order(without=without)
    for wish in wishes:
        story = story.when(wish, 1)
        assert story.refused is None
    return story.state


def test_a_course_that_nobody_gives_or_offered_is_the_providers_gap_and_one_that_was_offered_is_not() -> None:
    without = ("wrap",)
    peers = [
        state(),
        state(without=without),
        state(p.NoteUnavailable(requirement="wrap", since=on(0)), without=without),
        state(p.OfferTraining(requirement="wrap", on=on(0)), without=without),
    ]
    found = gaps(peers, on(2))["wrap"]
    assert (found.asked_of, found.held, found.unavailable, found.offered, found.not_offered) == (4, 1, 1, 1, 1)
    rows = {row.course: row for row in views.course_gaps(peers, on(2)).rows}
    assert (rows["wrap"].gap, rows["statutory"].gap) == ("provider", "none")
    assert views.course_gaps(peers, on(2)).rows[0].course == "wrap"
    assert views.course_gaps([peers[3]], on(2)).rows[0].gap == "none"


def test_a_course_is_held_until_it_ends_and_then_lacked() -> None:
    peer = in_order().when(done("statutory", -1, expires_on=on(30)), 0).state
    seen = {number: gaps([peer], on(number))["statutory"] for number in (0, 10, 31)}
    assert [each.held for each in seen.values()] == [1, 1, 0]
    assert [each.held_and_ending for each in seen.values()] == [0, 1, 0]
    assert seen[31].not_offered == 1


def test_when_supervision_is_due_and_who_is_there_for_it() -> None:
    story = in_order(seen=-1).when(p.PlanSupervision(stream="clinical", planned_start=day(20)), 1)
    row = views.supervision_due(ID, story.state, None, on(1))
    assert row is not None
    assert (row.last_on, row.due_on, row.days_left, row.overdue) == (on(-1), on(27), 26, False)
    assert row.next_planned == day(20)
    away = Supervisor(away_on=on(0), routed_to=one(3))
    late = views.supervision_due(ID, story.state, away, on(28))
    assert late is not None
    assert (late.days_left, late.overdue, late.supervisor_away, late.stands_in) == (-1, True, True, one(3))
    assert views.supervision_due(ID, recruited().state, None, on(1)) is None


def test_what_is_not_the_peers_own_is_not_in_any_line_about_them() -> None:
    told = {name for view in (views.PeerView, views.SupervisionDue, views.PlacesView) for name in view.model_fields}
    assert not {name for name in told if any(word in name for word in ("missed", "declin", "outcome", "attend", "why"))}


def test_held_supervision_counts_in_the_row() -> None:
    story = in_order(seen=None).when(held(0), 0)
    row = row_of(story, rows.apply_to_peer)
    assert isinstance(row.supervisor_id, UUID)
    assert views.peer_view(ID, 1, rows.peer_of(row.state), on(1)).clinical_due_on == on(28)
