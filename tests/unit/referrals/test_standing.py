"""What supervision says of a peer: who may come, who may stay, and what ends by itself."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from services.referrals.domain import caseload as c
from services.referrals.domain.commands import EndBarred, tell
from services.referrals.domain.ranking import Ranking
from services.referrals.domain.standing import NOT_AVAILABLE
from services.referrals.peers import apply_to_peer, apply_to_provider, readiness_of
from shared.contracts import supervision as s
from shared.contracts.preferences import Preferences, RecordPreferences
from shared.contracts.referrals.matching import Factor
from shared.runtime.envelope import Envelope
from shared.runtime.service import Refusal
from tests.unit.referrals.story import (
    CONFIRM,
    END,
    ID,
    MATCH,
    PAUSE,
    PEER,
    POLICY,
    PROPOSE,
    Story,
    day,
    one,
    planned,
    supported,
    waiting,
)

READY = s.PeerReady(peer_id=PEER, setting="third-sector", ready_at=day(0))
CAPACITY = s.CapacityChanged(peer_id=PEER, contracted_hours=15, places_hundredths=200, changed_at=day(0))
PAUSED = s.PeerPaused(peer_id=PEER, paused_at=day(1))
RETURNED = s.PeerReturned(peer_id=PEER, returned_at=day(2))
LEFT = s.PeerLeft(peer_id=PEER, left_at=day(1))
OVERDUE = s.SupervisionOverdue(peer_id=PEER, overdue_at=day(1))
HELD = s.SupervisionHeld(peer_id=PEER, held_at=day(2))


def not_ready(level: Any, setting: Any = "third-sector") -> s.PeerNotReady:
    return s.PeerNotReady(peer_id=PEER, setting=setting, level=level, not_ready_at=day(1))


def note(said: Any, at: float = 1) -> c.Note:
    return c.Note(PEER, day(at), said)


def take(number: int = 1, setting: Any = "third-sector") -> c.TakePlace:
    return c.TakePlace(PEER, day(1), one(number), ID, 100, 600, setting)


def after(*commands: Any) -> c.Caseload:
    state = c.Caseload()
    for command in commands:
        for event in c.decide(state, command if isinstance(command, c.OfCaseload) else note(command)):
            state = c.evolve(state, type(event).model_validate_json(event.model_dump_json()))
    return state


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ([READY], None),
        ([READY, not_ready("expiring")], None),
        ([READY, OVERDUE, HELD], None),
        ([READY, PAUSED, RETURNED], None),
        ([READY, not_ready("stop-contact", "mbu")], None),
        ([CAPACITY], "peer-not-available"),
        ([READY, not_ready("no-new-people")], "peer-not-available"),
        ([READY, not_ready("stop-contact")], "peer-not-available"),
        ([READY, OVERDUE], "peer-not-available"),
        ([READY, LEFT], "peer-not-available"),
        ([READY, PAUSED], "no-place-left"),
        ([READY, CAPACITY, take(1), take(2)], "no-place-left"),
    ],
)
def test_a_new_client_comes_only_to_a_peer_who_may_take_people_in_this_setting(said: list[Any], code: str) -> None:
    state = after(*said)
    if code is None:
        (event,) = c.decide(state, take(9))
        assert event.name == "place-taken"
        return
    with pytest.raises(Refusal) as refused:
        c.decide(state, take(9))
    assert refused.value.code == code


def test_a_peer_of_whom_nothing_was_said_has_the_places_that_people_set() -> None:
    assert c.Caseload().standing is None
    assert c.decide(c.Caseload(), take())


def test_places_are_those_that_were_said_last() -> None:
    assert after(READY, CAPACITY).places == 200
    by_hand = c.SetPlaces(PEER, day(2), 15, 600, "service-lead")
    assert after(READY, CAPACITY, by_hand, OVERDUE).places == 600, "only news of places changes places"
    assert after(READY, by_hand, CAPACITY).places == 200


def test_what_changes_nothing_is_not_said_again() -> None:
    assert c.decide(after(READY), note(READY, 5)) == []
    assert c.decide(after(READY, take()), note(s.MatchTagsWithdrawn(peer_id=PEER, withdrawn_at=day(2)), 2)) == []


@pytest.mark.parametrize("said", [not_ready("no-new-people"), not_ready("expiring"), OVERDUE, PAUSED, CAPACITY])
def test_nobody_who_is_there_is_moved_because_nobody_new_may_come(said: Any) -> None:
    assert c.deadlines(after(READY, take(), said)) == {}


@pytest.mark.parametrize("said", [not_ready("stop-contact"), LEFT])
def test_every_match_that_may_not_go_on_ends_by_a_deadline_of_its_own_due_at_once(said: Any) -> None:
    state = after(READY, take(1), take(2), said)
    due = c.deadlines(state)
    assert due == {f"bar:{ID}:{one(1)}": day(1), f"bar:{ID}:{one(2)}": day(1)}
    end, free = c.due(f"caseload/{PEER}", f"bar:{ID}:{one(1)}", day(4))
    assert end == EndBarred(ID, day(4), one(1))
    assert free == c.FreePlace(PEER, day(4), one(1), "no-longer-allowed")
    for event in c.decide(state, free):
        state = c.evolve(state, event)
    assert list(c.deadlines(state)) == [f"bar:{ID}:{one(2)}"]


def test_a_stop_in_one_setting_ends_nothing_in_another_but_what_says_no_setting() -> None:
    elsewhere = s.PeerReady(peer_id=PEER, setting="mbu", ready_at=day(0))
    state = after(READY, elsewhere, take(1), take(2, "mbu"), take(3, None), not_ready("stop-contact"))
    assert set(c.deadlines(state)) == {f"bar:{ID}:{one(1)}", f"bar:{ID}:{one(3)}"}


BARRED = EndBarred(ID, day(9), MATCH)


def test_the_client_is_back_at_their_old_place_and_a_person_is_asked_that_day() -> None:
    story = supported().when(planned(30), 4).when(BARRED)
    story.then("match-ended", "session-replaced", "task-opened", reason="no-longer-allowed")
    task = story.said[-1]
    assert (task.kind, task.due_on) == ("peer-no-longer-available", day(9).date())
    assert (story.state.stage, story.state.listed_on) == ("waiting", waiting().state.listed_on)
    assert story.when(BARRED).then().said == ()


def test_one_who_rests_comes_back_to_the_list() -> None:
    story = supported().when(PAUSE, 5).when(BARRED).then("match-ended", "task-opened")
    assert (story.state.stage, story.state.stage_before_pause) == ("paused", "waiting")


def test_what_had_ended_already_keeps_its_own_reason() -> None:
    supported().when(END, 8).when(BARRED).then("match-ended", reason="support-ended")


RANKED = Ranking(
    "matching@2026-03",
    score=78,
    factors=(Factor(code="language", points=20),),
    matched_on_experience=True,
)


def with_ranking(story: Story, wish: Any, ranking: Ranking, now: float = 3) -> Story:
    command = tell(ID, wish, day(now), POLICY, one(50))
    return story.when(replace(command, ranking=ranking))


def test_a_proposal_by_rules_carries_its_score_to_the_match() -> None:
    story = with_ranking(waiting(), PROPOSE, RANKED)
    story.then("match-proposed", ruleset_version="matching@2026-03", score=78, matched_on_experience=True)
    story = with_ranking(story, CONFIRM, RANKED, 4)
    factors = [{"code": "language", "points": 20}]
    story.then("peer-matched", ruleset_version="matching@2026-03", score=78, factors=factors)


def test_by_hand_says_why_and_has_no_score() -> None:
    by_hand = PROPOSE.model_copy(update={"by_hand_because": "they-have-met"})
    story = with_ranking(waiting(), by_hand, replace(RANKED, is_candidate=False))
    story.then("match-proposed", ruleset_version="by-hand", score=None, by_hand_because="they-have-met")


def test_below_the_floor_the_client_is_asked_first() -> None:
    low = replace(RANKED, is_candidate=False)
    with_ranking(waiting(), PROPOSE, low).then_refused("below-the-floor", "by_hand_because")
    asked = PROPOSE.model_copy(update={"client_asked_for_this_peer": True})
    with_ranking(waiting(), asked, low).then("match-proposed", score=78)


@pytest.mark.parametrize("changes", [{}, {"by_hand_because": "nobody-else-soon"}, {"client_asked_for_this_peer": True}])
def test_no_hard_rule_is_overridden_by_hand(changes: dict[str, Any]) -> None:
    wish = PROPOSE.model_copy(update=changes)
    against = replace(RANKED, against=(("peer-not-available", NOT_AVAILABLE),))
    story = with_ranking(waiting(), wish, against).then_refused("peer-not-available", "peer_id")
    assert NOT_AVAILABLE in str(story.refused)


def test_a_rule_that_came_to_stand_against_the_pair_meanwhile_stops_the_confirmation() -> None:
    against = replace(RANKED, against=(("must-not-met", "a must of the client's is not met"),))
    proposal = with_ranking(waiting(), PROPOSE, RANKED)
    with_ranking(proposal, CONFIRM, against, 4).then_refused("must-not-met")


def test_of_what_was_wished_only_the_kinds_are_said() -> None:
    wishes = Preferences(experiences=("stillbirth",), musts=("nobody-i-know",), knows=(PEER,), area="dundee")
    story = waiting().when(RecordPreferences(by_role="coordinator", preferences=wishes), 2)
    story.then("preferences-recorded", kinds=["experiences", "musts", "area"])
    assert "stillbirth" not in story.said[0].model_dump_json()
    assert story.state == waiting().state


def envelope(said: Any, sequence: int, subject: str = f"peer/{PEER}") -> Envelope:
    return Envelope(
        one(sequence), said.type(), "kith.supervision", subject, day(1), day(1), "SC012345", sequence, "supervisor",
        one(99), None, None, said,
    )  # fmt: skip


def test_a_peers_row_is_what_was_said_last_of_each_thing() -> None:
    home = s.PeerReady(peer_id=PEER, setting="mbu", ceiling="mild", lone_visits=True, ready_at=day(0))
    row = None
    for number, said in enumerate((READY, home, not_ready("expiring", "mbu"), CAPACITY, PAUSED, OVERDUE, LEFT), 1):
        row = apply_to_peer(row, envelope(said, number))
    assert row is not None
    assert readiness_of(row) == {"third-sector": ("ready", None, False), "mbu": ("expiring", "mild", True)}
    assert (row.paused, row.overdue, row.left_on, row.places_hundredths) == (True, True, day(1).date(), 200)
    for number, said in enumerate((RETURNED, HELD), 8):
        row = apply_to_peer(row, envelope(said, number))
    assert (row.paused, row.overdue, row.sequence) == (False, False, 9)


def test_a_providers_row_names_the_settings_in_which_nobody_new_is_taken() -> None:
    subject, row = f"provider/{one(7)}", None
    for number, (ready, settings) in enumerate([(False, ("mbu", "cpmht")), (True, ("mbu",))], 1):
        said = s.ProviderReadinessChanged(provider_id=UUID(int=7), ready=ready, settings=settings, changed_at=day(1))
        row = apply_to_provider(row, envelope(said, number, subject))
    assert row is not None
    assert row.not_ready == ("cpmht",)
