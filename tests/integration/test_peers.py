"""Peers through real Kafka: what their organisation tells supervision over HTTP, matching acts on."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from tests.integration.test_matching import WISHES, waiting
from tests.rig.house import Board, House
from tests.rig.recruiting import candidates, day, get_ready, held, manage, provide, ready_peer, recruit, tag
from tests.rig.stage import until

pytestmark = pytest.mark.timeout(180)


async def dad(board: Board) -> UUID:
    """A father who is ready, meets people on Thursday evenings, and agreed to be matched on that he is a father."""
    peer_id = await ready_peer(board, slots=["thu-evening"])
    await tag(board, peer_id, kind="role", role="father")
    await tag(board, peer_id, kind="experience", code="stillbirth")
    return peer_id


async def where(board: Board, referral: str, peer_id: UUID, among: str) -> None:
    """Once the peer is among those of the client; `nowhere` is among none of them."""

    async def so() -> bool:
        found = [name for name, peers in (await candidates(board, referral)).items() if str(peer_id) in peers]
        return found == ([] if among == "nowhere" else [among])

    await until(so)


async def test_a_peer_recruited_over_http_is_a_candidate_and_no_more_once_they_have_left(house: House) -> None:
    board = house.board()
    await provide(board)
    peer_id = await dad(board)
    referral = await waiting(board, WISHES)
    await where(board, referral, peer_id, "candidates")
    await manage(board, peer_id, "leave")
    await where(board, referral, peer_id, "nowhere")


async def test_who_rests_is_no_candidate_until_they_are_back(house: House) -> None:
    board = house.board()
    await provide(board)
    peer_id = await dad(board)
    referral = await waiting(board, WISHES)
    await where(board, referral, peer_id, "candidates")
    await manage(board, peer_id, "rest")
    await where(board, referral, peer_id, "not_available")
    await manage(board, peer_id, "come-back")
    await where(board, referral, peer_id, "candidates")


async def test_overdue_supervision_stops_new_people_by_itself_and_supervision_ends_that(house: House) -> None:
    board = house.board()
    await provide(board)
    peer_id = await recruit(board)
    supervisor_id = await get_ready(board, peer_id)
    await manage(board, peer_id, "set-capacity", formats=["phone"], slots=["thu-evening"])
    await tag(board, peer_id, kind="role", role="father")
    referral = await waiting(board, WISHES)
    await where(board, referral, peer_id, "candidates")
    await house.turn_to(house.now + timedelta(days=29))
    await where(board, referral, peer_id, "not_available")
    await manage(board, peer_id, "hold-supervision", **held(board, supervisor_id))
    await where(board, referral, peer_id, "candidates")


async def test_a_provider_whose_policy_lapses_takes_nobody_new(house: House) -> None:
    board = house.board()
    await provide(board)
    peer_id = await dad(board)
    referral = await waiting(board, WISHES)
    await where(board, referral, peer_id, "candidates")
    post = {"by_role": "service-lead", "post_id": str(uuid4()), "setting": "third-sector"}
    await board.tell("supervision", "/provider/set-post-bodies", post, "service-lead")
    await where(board, referral, peer_id, "not_available")


async def test_a_course_that_is_missing_keeps_a_peer_from_new_people(house: House) -> None:
    board = house.board()
    await provide(board)
    peer_id = await dad(board)
    referral = await waiting(board, WISHES)
    await where(board, referral, peer_id, "candidates")
    await manage(board, peer_id, "retract-training", requirement="suicide-prevention")
    await where(board, referral, peer_id, "not_available")
    done = {"requirement": "suicide-prevention", "source": "provider", "on": day(board, -1)}
    await manage(board, peer_id, "complete-training", **done)
    await where(board, referral, peer_id, "candidates")


async def test_what_a_peer_takes_back_is_matched_on_no_more(house: House) -> None:
    board = house.board()
    await provide(board)
    peer_id = await dad(board)
    referral = await waiting(board, WISHES)
    await where(board, referral, peer_id, "candidates")
    await manage(board, peer_id, "withdraw-all-tags", "supervisor")
    await where(board, referral, peer_id, "below_the_floor")
    kept = await board.ask("supervision", f"/peers/{peer_id}/tags", "supervisor")
    assert kept == {"experiences": [], "communities": [], "gender": None, "age": None, "role": None}
