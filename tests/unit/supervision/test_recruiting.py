"""From an application to the first day: steps by people, the team briefed before, and a post that is what it says."""

from typing import Any

import pytest

from services.supervision.domain.peers.commands import Apply, KeepPrivate
from services.supervision.domain.peers.peer import PEER, decide
from services.supervision.domain.peers.state import ALLOWED, Peer
from shared.contracts import peer_updates as p
from shared.contracts import supervision as s
from shared.runtime.service import Refusal, Secret
from tests.unit.supervision.peers import (
    ASSIGN,
    ID,
    MANAGER,
    POLICY,
    START,
    STEPS,
    SUPERVISOR_ID,
    Story,
    applied,
    day,
    in_order,
    on,
    one,
    recruit,
    recruited,
    refusals,
    tell,
)


def change(**changes: Any) -> p.ChangeContract:
    return p.ChangeContract(**recruit(**changes).model_dump(exclude={"do"}))


STEPPED = applied().when(STEPS[0]).when(STEPS[1]).when(STEPS[2])


@refusals(
    [
        ("an offer before the visit", applied().when(STEPS[1]).when(STEPS[2]), recruit(), 0, "steps-missing"),
        ("an offer before the panel", applied().when(STEPS[0]).when(STEPS[1]), recruit(), 0, "steps-missing"),
        (
            "a panel without a peer",
            applied(),
            STEPS[2].model_copy(update={"with_peer": False}),
            0,
            "panel-without-peer",
        ),
        (
            "a panel of whom nobody says",
            applied(),
            STEPS[2].model_copy(update={"with_peer": None}),
            0,
            "panel-without-peer",
        ),
        ("which description", applied(), STEPS[1].model_copy(update={"text_version": None}), 0, "which-version"),
        ("a step still to come", applied(), STEPS[0].model_copy(update={"on": on(1)}), 0, "in-the-future"),
        ("a start still to come", recruited(), START.model_copy(update={"on": on(1)}), 0, "in-the-future"),
        (
            "a team not briefed",
            recruited(),
            START.model_copy(update={"team_briefed_on": on(-19)}),
            0,
            "team-not-briefed",
        ),
        ("a start before the offer", STEPPED, START, 0, "not-at-this-stage"),
        ("a second offer", recruited(), recruit(), 0, "not-at-this-stage"),
        ("a fixed term without an end", STEPPED, recruit(contract="fixed-term"), 0, "when-does-it-end"),
        ("a paid volunteer", STEPPED, recruit(contract="volunteer"), 0, "contract-does-not-fit"),
        ("one's own manager", STEPPED, recruit(line_manager_id=ID), 0, "manager-not-appropriate"),
        (
            "the supervisor as manager",
            recruited().when(ASSIGN),
            change(line_manager_id=SUPERVISOR_ID),
            0,
            "manager-not-appropriate",
        ),
        ("who left", in_order().when(p.Leave(), 1), START, 2, "not-at-this-stage"),
        ("who does not go on", applied().when(p.EndApplication(by="applicant")), STEPS[0], 0, "not-at-this-stage"),
    ]
)
def test_what_does_not_make_a_peer(given: Story, wish: Any, now: float, code: str) -> None:
    given.when(wish, now).then_refused(code)


def test_nobody_is_known_before_they_apply() -> None:
    with pytest.raises(Refusal) as refused:
        decide(Peer(), tell(START))
    assert refused.value.code == "unknown-peer"
    applied().when(Apply(ID, day(0), "paid", day(0), POLICY)).then_refused("already-known")


def test_the_panels_peer_is_said_of_the_panel_alone() -> None:
    story = applied().when(STEPS[0].model_copy(update={"with_peer": True}))
    assert story.said[0].with_peer is None


def test_being_recruited_is_not_being_ready_and_says_what_is_missing() -> None:
    story = recruited().then("peer-recruited", "capacity-changed", "peer-not-ready", level="no-new-people")
    assert "started" in story.said[-1].missing


def test_what_a_peer_needs_at_work_goes_to_the_vault_and_nothing_is_said() -> None:
    secret = Secret(ID, "adjustments", b"a quiet room")
    assert recruited().when(KeepPrivate(ID, day(0), [secret])).then().said == ()
    assert PEER.decide(recruited().state, KeepPrivate(ID, day(0), [secret])) == []


def test_another_contract_is_another_number_of_places_and_other_settings() -> None:
    story = in_order().when(change(contracted_hours=30, settings=("mbu",)), 1)
    assert [event.name for event in story.said] == [
        "contract-changed",
        "capacity-changed",
        "peer-ready",
        "peer-not-ready",
    ]
    assert story.said[1].places_hundredths == 1200
    assert story.state.said["third-sector"].missing == ("in-post",)
    assert story.state.said["mbu"].level == "ready", "what is asked there was done before"


def test_a_volunteers_post_is_a_volunteers() -> None:
    assert recruited(post="volunteer").state.stage == "recruited"


def test_the_line_manager_may_change_to_anybody_else() -> None:
    in_order().when(change(line_manager_id=one(7))).then("contract-changed")
    assert one(7) != MANAGER


def test_every_wish_has_its_rule_and_its_stages() -> None:
    from services.supervision.domain.peers.peer import DECIDE

    assert set(DECIDE) == set(ALLOWED)


def test_every_event_of_a_peer_is_known_to_their_state() -> None:
    from services.supervision.domain.peers.peer import EVOLVE

    told = {event for event in vars(s).values() if isinstance(event, type) and getattr(event, "subject", "") == "peer"}
    assert told - EVOLVE.keys() == {s.MatchLimitsSet}, "limits are for matching alone"
