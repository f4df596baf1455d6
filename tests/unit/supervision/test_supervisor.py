"""A supervisor who is not there is one finding, and somebody stands in; or the service lead hears that nobody does."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import pytest

from services.supervision.domain.peers import supervisor as c
from services.supervision.domain.peers.following import with_supervisor
from services.supervision.domain.peers.state import Peer
from shared.contracts import peer_updates as p
from shared.contracts import supervision as s
from shared.contracts import supervisor_updates as u
from tests.unit.supervision.peers import ASSIGN, DEPUTY, START, Story, day, held, in_order, on, one, recruited, tell
from tests.unit.supervision.peers import SUPERVISOR_ID as ID

RULES = s.AbsenceRules()
JANUARY = (date(2026, 1, 26) - on(0)).days


def take(number: int, last: int, now: float = -40) -> c.TakeOn:
    return c.TakeOn(ID, day(now), one(number), on(last), RULES)


def say(wish: Any, now: float) -> c.TellSupervisor:
    return c.TellSupervisor(ID, day(now), wish, RULES)


def supervised(number: int, now: float, by: s.SupervisedBy = "named") -> c.NoteHeld:
    return c.NoteHeld(ID, day(now), one(number), on(int(now)), by)


def of(*lasts: int, deputy: UUID | None = None) -> Story:
    """A supervisor of so many peers, each last supervised then, and never seen since the last of January."""
    story = Story(c.SUPERVISOR, f"supervisor/{ID}", c.SUPERVISOR.initial)
    for number, last in enumerate(lasts, 1):
        story = story.when(take(number, last))
    if deputy:
        story = story.when(say(u.AgreeDeputy(deputy_id=deputy), -39))
    return story


FIVE_OF_EIGHT = (JANUARY, JANUARY, -31, -30, -29, -10, -9, -8)
"""By 2 March, five of the eight have waited for more than 28 days."""


def test_five_of_eight_past_their_day_is_one_finding_about_the_supervisor() -> None:
    story = of(*FIVE_OF_EIGHT).passing(0)
    story.then("supervisor-away", how="suspected", peers=8, past_due=5)
    assert len(story.of(s.SupervisorAway)) == 1
    later = story.passing(1.5)
    assert later.said == (), "that more of them are past their day is the same finding"
    assert len(story.passing(400).of(s.SupervisorAway)) == 1


def test_it_shows_on_the_day_it_is_so_and_not_before() -> None:
    story = of(*FIVE_OF_EIGHT)
    assert story.due() == {"look:2026-03-02": "2026-03-02"}
    assert c.SUPERVISOR.deadlines(story.state)["look:2026-03-02"] == datetime.fromisoformat("2026-03-02T00:00:00+00:00")


def test_whoever_was_agreed_stands_in_the_same_day_and_the_break_is_counted() -> None:
    story = of(*FIVE_OF_EIGHT, deputy=DEPUTY).passing(0)
    story.then("supervisor-away", "deputy-routed", deputy_id=DEPUTY, breaks=8)
    assert story.state.breaks == 8
    assert not story.passing(30).of(s.ServiceLeadTold)


def test_a_deputy_found_later_is_routed_at_once_and_another_is_another_break() -> None:
    story = of(*FIVE_OF_EIGHT).passing(0).when(say(u.AgreeDeputy(deputy_id=DEPUTY), 1))
    story.then("deputy-agreed", "deputy-routed", breaks=8)
    story = story.when(say(u.AgreeDeputy(deputy_id=one(9)), 2)).then("deputy-agreed", "deputy-routed")
    assert story.state.breaks == 16
    story.when(say(u.AgreeDeputy(deputy_id=one(9)), 3)).then("deputy-agreed")


def test_on_the_third_day_without_a_deputy_the_service_lead_is_told_once() -> None:
    story = of(*FIVE_OF_EIGHT).passing(0)
    assert story.passing(1.5).said == ()
    story = story.passing(2).then("service-lead-told", away_since=on(0), peers=8)
    assert len(story.passing(100).of(s.ServiceLeadTold)) == 1


def test_a_deputy_who_falls_away_is_told_of_too() -> None:
    story = of(*FIVE_OF_EIGHT, deputy=DEPUTY).passing(0).when(say(u.AgreeDeputy(deputy_id=None), 5))
    story.then("deputy-agreed", "service-lead-told")


@pytest.mark.parametrize(
    ("lasts", "found"),
    [
        (FIVE_OF_EIGHT, True),
        ((-31, -30, -29, -29, -10, -9, -8, -7), False),
        ((-31, -30, -10), True),
        ((-31, -10, -9), False),
        ((-31,), False),
        ((-31, -30), True),
        ((), False),
    ],
)
def test_more_than_half_and_more_than_one_are_past_their_day(lasts: tuple[int, ...], found: bool) -> None:
    assert bool(of(*lasts).passing(0).of(s.SupervisorAway)) == found


def test_who_supervised_anybody_lately_is_there() -> None:
    story = of(*FIVE_OF_EIGHT).when(supervised(8, -5)).passing(9.5)
    assert not story.of(s.SupervisorAway)
    story.passing(10).then("supervisor-away", how="suspected")


def test_a_deputys_supervision_ends_the_peers_wait_and_is_no_sign_of_the_supervisor() -> None:
    story = of(*FIVE_OF_EIGHT, deputy=DEPUTY).passing(0).when(supervised(1, 1, "deputy"))
    story.then("supervisee-supervised")
    assert story.state.away_on is not None
    assert story.state.peers[one(1)].last_on == on(1)


def test_who_supervises_again_is_back_and_what_took_place_before_tells_nothing() -> None:
    away = of(*FIVE_OF_EIGHT).passing(0)
    away.when(c.NoteHeld(ID, day(1), one(1), on(-1), "named")).then("supervisee-supervised")
    story = away.when(supervised(1, 1)).then("supervisee-supervised", "supervisor-back")
    assert story.state.away_on is None


def test_whoever_is_said_to_be_there_is_believed_for_a_while() -> None:
    story = of(*FIVE_OF_EIGHT).passing(0).when(say(u.SayBack(), 1)).then("supervisor-back")
    assert story.passing(15.5).said == ()
    story.passing(16).then("supervisor-away", how="suspected")


def test_who_rests_does_not_wait_for_supervision() -> None:
    story = of(-31, -30, -10, -9, -8).when(c.NoteRest(ID, day(-20), one(5), True))
    story = story.when(c.NoteRest(ID, day(-20), one(1), True))
    assert not story.passing(18.5).of(s.SupervisorAway), "one of three"
    back = story.when(c.NoteRest(ID, day(0), one(1), False)).passing(0)
    assert not back.of(s.SupervisorAway), "two of four are not more than half"


def test_who_was_let_go_is_nobodys_wait() -> None:
    story = of(-31, -30).when(c.Release(ID, day(-20), one(1)))
    assert not story.passing(100).of(s.SupervisorAway)
    story.when(c.Release(ID, day(-19), one(1))).then()


def test_an_absence_that_was_said_routes_the_deputy_and_ends_on_its_day() -> None:
    story = of(-5, -4, deputy=DEPUTY).when(say(u.SayAway(until=on(10)), 0))
    story.then("supervisor-away", "deputy-routed", breaks=2)
    assert story.passing(10.5).said == ()
    story.passing(11).then("supervisor-back")


def test_an_absence_that_was_said_is_found_by_nobody_else() -> None:
    story = of(*FIVE_OF_EIGHT, deputy=DEPUTY).when(say(u.SayAway(), -2))
    assert len(story.passing(100).of(s.SupervisorAway)) == 1


@pytest.mark.parametrize(
    ("given", "wish", "code"),
    [
        (of(-1), u.SayBack(), "not-away"),
        (of(-1).when(say(u.SayAway(), 0)), u.SayAway(), "already-away"),
        (of(-1), u.SayAway(until=on(-1)), "in-the-past"),
        (of(-1), u.AgreeDeputy(deputy_id=ID), "own-deputy"),
    ],
)
def test_what_is_not_so_is_refused(given: Story, wish: Any, code: str) -> None:
    given.when(say(wish, 0)).then_refused(code)


def test_no_reason_of_an_absence_can_be_said() -> None:
    fields = {*u.SayAway.model_fields, *s.SupervisorAway.model_fields}
    assert fields == {"at", "do", "until", "supervisor_id", "how", "peers", "past_due", "away_at"}


STARTED, NAMED = in_order(), in_order().state


@pytest.mark.parametrize(
    ("state", "wish", "kinds"),
    [
        (recruited().state, ASSIGN, []),
        (recruited().when(ASSIGN).state, START, [c.TakeOn]),
        (in_order(without=["named-supervisor"]).state, ASSIGN, [c.TakeOn]),
        (
            NAMED,
            p.AssignSupervisor(supervisor_id=one(8), because="took-over", peer_says_fit=True),
            [c.Release, c.TakeOn],
        ),
        (NAMED, held(0), [c.NoteHeld]),
        (NAMED, p.HoldSupervision(stream="peer-group", held_at=day(0)), []),
        (NAMED, p.Rest(), [c.NoteRest]),
        (STARTED.when(p.Rest()).state, p.ComeBack(), [c.NoteRest]),
        (
            STARTED.when(p.Rest()).state,
            p.AssignSupervisor(supervisor_id=one(8), because="took-over", peer_says_fit=True),
            [c.Release, c.TakeOn, c.NoteRest],
        ),
        (NAMED, p.Leave(), [c.Release]),
        (recruited().when(ASSIGN).state, p.Leave(), []),
    ],
)
def test_what_is_told_of_a_peer_is_told_of_their_supervisor(state: Peer, wish: Any, kinds: list[type]) -> None:
    commands = with_supervisor(state, tell(wish))
    assert [type(command) for command in commands] == kinds
    assert all(command.subject.startswith("supervisor/") for command in commands)


def test_who_held_it_is_known_by_who_is_named() -> None:
    (named,), (deputy,) = (with_supervisor(NAMED, tell(held(0, who))) for who in (ID, DEPUTY))
    assert (named.by, deputy.by) == ("named", "deputy")  # type: ignore[attr-defined]
