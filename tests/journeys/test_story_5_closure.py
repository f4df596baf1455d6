"""A group closes because its hall is lost: seven are back on the list once each, though the service is killed."""

import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from tests.rig.house import Board, House, referral
from tests.rig.referring import accept, arrived
from tests.rig.stage import until

pytestmark = pytest.mark.timeout(300)

AGREED = {
    "scope": "feedback-to-referrer",
    "given": True,
    "at": "2026-03-01T10:00:00Z",
    "how": "spoken",
    "text_version": "c-1",
}


def is_in(state: str) -> Callable[[dict[str, Any]], bool]:
    """Whether a receipt says that its referral stands there."""
    return lambda receipt: bool(receipt["became"]) and receipt["became"]["state"] == state


async def member(board: Board, service_id: str, day: int, *, together: bool, feedback: bool) -> tuple[str, str]:
    """One of the group, received some days before the next; answers the referral and the receipt."""
    said = referral(formats_wanted=["group"], referral_date=f"2026-02-{day:02}")
    said["consents"] = [AGREED | {"given": feedback}]
    receipt = await arrived(board, said)
    await accept(board, receipt["referral_id"])
    join = {"service_id": service_id, "by_role": "coordinator", "stay_together": together}
    await board.tell("referrals", f"/referrals/{receipt['referral_id']}/join-service", join)
    return receipt["referral_id"], receipt["receipt_id"]


async def test_toddle_and_talk_closes(board: Board, house: House) -> None:
    service_id = str(uuid4())
    here = f"/services/{service_id}"
    listing = {"title": "Toddle & Talk", "formats": ["group"], "place": "Hall by the harbour", "area": "S08000029"}
    await board.tell("referrals", f"{here}/list", {**listing, "for_whom": ["birth-parent"], "by_role": "service-lead"})
    await board.tell("referrals", f"{here}/check", {"by_role": "peer", "visited": True, "on": "2026-02-10"})
    members = [
        await member(board, service_id, 10 + number, together=number < 5, feedback=number != 6) for number in range(7)
    ]
    rows = [await board.ask("referrals", f"/referrals/{referral_id}") for referral_id, _ in members]
    apart = {"person_id": rows[1]["person_id"], "reason": "Invented."}
    await board.tell("referrals", f"/people/{rows[0]['person_id']}/keep-apart", apart)
    for _, receipt_id in members[:6]:
        await board.receipt(receipt_id, is_in("started"))

    risk = {"reason": "accommodation", "may_close_on": "2026-03-16", "by_role": "service-lead"}
    await board.tell("referrals", f"{here}/put-at-risk", risk)
    listed = await board.ask("referrals", here, "evaluator")
    assert (listed["status"], listed["freshness"]) == ("at-risk", "visited by us on 10 February 2026")

    await house.turn_to(datetime(2026, 3, 16, 9, tzinfo=UTC))
    before = house.stack.run.services["referrals"].pid
    await board.tell("referrals", f"{here}/close", {"reason": "accommodation", "by_role": "service-lead"})
    os.kill(before, signal.SIGKILL)

    async def all_back() -> Any:
        query = "select id, stage, listed_on from referral where past_service_id = $1 and stage = 'waiting'"
        found = await house.sql("referrals", query, service_id)
        return found if len(found) == 7 else None

    back = await until(all_back, 60)
    listed_before = {row["id"]: row["listed_on"] for row in rows}
    assert {str(row["id"]): row["listed_on"].isoformat() for row in back} == listed_before
    told = await house.sql(
        "referrals",
        "select s.subject, count(*) as times from journal j join stream s on s.id = j.stream "
        "where j.type = 'kith.service-left.v1' and s.subject = any($1) group by 1",
        [f"referral/{referral_id}" for referral_id, _ in members],
    )
    assert [row["times"] for row in told] == [1] * 7

    async def answers() -> Any:
        return (await board.call("GET", "referrals", here, "peer")).status_code == 200

    await until(answers, 60)
    assert (await board.ask("referrals", here, "peer"))["status"] == "closed"
    offers = (await board.ask("referrals", f"{here}/together"))["offers"]
    assert sorted(each for offer in offers for each in offer) == sorted(referral_id for referral_id, _ in members[:5])
    first, second = members[0][0], members[1][0]
    assert not any({first, second} <= set(offer) for offer in offers), "two who are kept apart are in no offer together"
    assert len(offers) == 2

    for _, receipt_id in members[:6]:
        assert (await board.receipt(receipt_id, is_in("waiting")))["became"]["feedback"] == "state"
    quiet = (await board.receipt(members[6][1], is_in("received")))["became"]
    assert quiet["feedback"] == "none", "without consent the referrer is told nothing"
    open_tasks = (await board.ask("referrals", "/tasks"))["rows"]
    assert [task["kind"] for task in open_tasks] == ["service-closed"] * 7
