"""What a supervisor hears of a peer is said together with it, or not at all."""

from typing import Any

import pytest

from services.supervision.domain.peers.following import together
from services.supervision.domain.peers.supervisor import NoteHeld, NoteRest, Release, TakeOn
from shared.contracts import peer_updates as p
from tests.unit.supervision.peers import ASSIGN, START, SUPERVISOR_ID, Story, held, in_order, one, recruited, tell

OTHER = ASSIGN.model_copy(update={"supervisor_id": one(7)})


@pytest.mark.parametrize(
    ("story", "wish", "kinds"),
    [
        (in_order(), OTHER, [Release, TakeOn]),
        (recruited().when(ASSIGN, -20), START, [TakeOn]),
        (in_order(), held(0, supervision_id=one(950)), [NoteHeld]),
        (in_order(), p.Rest(), [NoteRest]),
        (in_order(), p.Leave(), [Release]),
        (in_order(), p.RequestDebrief(asked_by="peer"), []),
        (recruited(), p.SetCapacity(), []),
    ],
    ids=lambda value: getattr(value, "do", None),
)
def test_what_goes_together(story: Story, wish: Any, kinds: list[type]) -> None:
    command, *others = together(story.state, tell(wish, 1))
    assert [type(other) for other in others] == kinds
    assert all(other.supervisor_id in (SUPERVISOR_ID, one(7)) for other in others)
    assert story.when(command).refused is None


@pytest.mark.parametrize("meanwhile", [OTHER, p.Rest(), held(0, supervision_id=one(950))], ids=lambda wish: wish.do)
def test_what_was_made_for_a_peer_who_stood_otherwise_is_refused_as_a_whole(meanwhile: Any) -> None:
    story = in_order()
    command, *_ = together(story.state, tell(p.Leave(), 1))
    moved = story.when(meanwhile, 0.5)
    assert moved.refused is None
    moved.when(command).then_refused("changed-meanwhile")


def test_what_nobody_else_hears_of_is_told_whatever_happened_meanwhile() -> None:
    story = in_order()
    (command,) = together(story.state, tell(p.RequestDebrief(asked_by="peer"), 1))
    story.when(p.Rest(), 0.5).when(command).then("debrief-requested")
