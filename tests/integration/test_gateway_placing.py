"""What names a referral that has not come: held, and placed by itself once it has, whichever door each took."""

import os
import signal
from typing import Any

import pytest

from tests.rig.house import Board, referral
from tests.rig.referring import PAUSE, known

pytestmark = pytest.mark.timeout(180)

ACCEPT = {"do": "accept", "by_role": "coordinator"}


async def sent(board: Board, door: str, event: dict[str, Any]) -> None:
    if door == "http":
        assert (await board.submit(event)).status_code == 202
    else:
        await board.produce(event)


@pytest.mark.parametrize("second", ["http", "kafka"])
@pytest.mark.parametrize("first", ["http", "kafka"])
async def test_an_update_that_came_first_is_placed_when_its_referral_comes(
    board: Board, first: str, second: str
) -> None:
    made = board.event("referral-submitted", referral())
    early = board.event("update-submitted", {"referral_event_id": made["id"], "update": ACCEPT})
    await sent(board, first, early)
    held = await board.seen(lambda rows: len(rows) == 1)
    assert (held[0]["status"], held[0]["code"]) == ("held", "referral-not-known-yet")
    await sent(board, second, made)
    update, came = await board.seen(lambda rows: [row["status"] for row in rows] == ["received", "received"])
    assert update["receipt_id"] == held[0]["receipt_id"]
    assert update["referral_id"] == came["referral_id"]
    assert update["received_at"] == held[0]["received_at"]
    await board.receipt(came["receipt_id"], lambda r: r["became"] and r["became"]["state"] == "waiting")


async def test_it_takes_effect_in_whatever_order_referrals_hears_of_both(board: Board) -> None:
    """Each stands on its own partition, so what waited may be heard before what it waited for."""
    made = board.event("referral-submitted", referral())
    await board.submit(board.event("update-submitted", {"referral_event_id": made["id"], "update": ACCEPT}))
    frozen = board.house.stack.kept["referrals"].pid
    os.kill(frozen, signal.SIGSTOP)
    try:
        await board.submit(made)
        await board.seen(lambda rows: rows[0]["status"] == "received")
    finally:
        os.kill(frozen, signal.SIGCONT)
    _, came = await board.receipts()
    await board.receipt(came["receipt_id"], lambda r: r["became"] and r["became"]["state"] == "waiting")


async def test_what_names_something_that_became_no_referral_is_left_to_a_person(board: Board) -> None:
    made = board.event("referral-submitted", referral())
    update = {"referral_event_id": made["id"], "update": PAUSE}
    await board.submit(board.event("update-submitted", update))
    assert (await board.submit(made | {"data": {}})).status_code == 422
    await board.seen(lambda rows: rows[0]["code"] == "referral-not-taken")


async def test_a_person_may_have_it_placed_again_and_says_why(board: Board) -> None:
    made = board.event("referral-submitted", referral())
    assert (await board.submit(made | {"data": {}})).status_code == 422
    update = {"referral_event_id": made["id"], "update": PAUSE}
    held = (await board.submit(board.event("update-submitted", update))).json()
    assert (held["status"], held["code"]) == ("held", "referral-not-taken")
    path = f"/receipts/{held['receipt_id']}/place-again"
    again = await board.tell("gateway", path, {"why": "somebody asked"})
    assert (again["status"], again["code"]) == ("held", "referral-not-taken")
    audit = await board.house.sql(
        "gateway", "select why from ops_audit where target = $1", f"submission/{held['receipt_id']}"
    )
    assert [row["why"] for row in audit] == ["somebody asked"]
    assert (await board.call("POST", "gateway", path, "coordinator", json={})).status_code == 422
    late = (await board.submit(board.event("referral-submitted", referral()))).json()
    await known(board, late["referral_id"])
    path = f"/receipts/{late['receipt_id']}/place-again"
    refused = await board.call("POST", "gateway", path, "coordinator", json={"why": "x"})
    assert (refused.status_code, refused.json()["code"]) == (409, "not-held")
