"""Less, by phone, and somebody else, no offence: the wish wins, and nothing of it is held against anybody."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from tests.rig.house import Board, House, referral
from tests.rig.stage import until

pytestmark = pytest.mark.timeout(300)

POINTS = ["what-a-peer-is-and-is-not", "limits-of-confidentiality", "how-to-change-or-stop", "whom-to-call-in-a-crisis"]


async def tell(board: Board, referral_id: str, do: str, **wish: Any) -> Any:
    return await board.tell("referrals", f"/referrals/{referral_id}/{do}", wish)


async def test_dial_down(board: Board, house: House) -> None:
    made = await board.tell("referrals", "/referrals", referral(formats_wanted=["home", "phone"]))
    client, peer = str(made["subject"].partition("/")[2]), str(uuid4())
    match = {"match_id": str(uuid4()), "peer_id": peer, "by_role": "coordinator"}
    await tell(board, client, "accept", by_role="coordinator")
    await tell(board, client, "propose-match", **match, format="home")
    await tell(board, client, "confirm-match", **match, per_4_weeks_hundredths=400)
    said = {"language": "en", "by_role": "peer", "text_version": "role-1", "points": POINTS}
    await tell(board, client, "explain-role", **said)
    for day in (9, 16, 23):
        await tell(board, client, "plan-session", planned_start=f"2026-03-{day:02}T10:00:00Z", format="home")
    before = await board.ask("evaluation", "/journey-funnel", "evaluator")

    await house.turn_to(datetime(2026, 3, 6, 11, tzinfo=UTC))
    wish = {"asked_by": "client", "channel": "in-person", "what": ["less", "other-format", "other-peer"]}
    told = await tell(board, client, "change-support", **wish, per_4_weeks_hundredths=133, format="phone")
    names = [event["type"].split(".")[1] for event in told["events"]]
    assert names == ["support-changed", "session-replaced", "session-replaced", "session-replaced"]

    async def back() -> bool:
        return bool((await board.ask("referrals", f"/referrals/{client}"))["stage"] == "waiting")

    await until(back)
    now = await board.ask("referrals", f"/referrals/{client}")
    assert (now["sessions_cancelled"], now["sessions_missed"]) == (0, 0), "replaced, and neither cancelled nor missed"
    assert now["listed_on"] == "2026-03-02", "at their own date"
    places = await board.ask("referrals", f"/caseloads/{peer}")
    assert (places["used_hundredths"], places["clients"]) == (0, 0), "the place is free again"

    again = {"match_id": str(uuid4()), "peer_id": peer, "format": "phone", "by_role": "coordinator"}
    no = await board.call("POST", "referrals", f"/referrals/{client}/propose-match", "coordinator", json=again)
    assert no.status_code == 409, "this pair is not proposed again"
    asked = {**again, "client_asked_for_this_peer": True}
    yes = await board.call("POST", "referrals", f"/referrals/{client}/propose-match", "coordinator", json=asked)
    assert yes.is_success, "unless the client asks for this peer"

    [change_id] = now["changes_to_confirm"]
    await tell(board, client, "confirm-change", change_id=change_id, channel="phone")
    assert (await board.ask("referrals", f"/referrals/{client}"))["changes_to_confirm"] == []
    after = await board.ask("evaluation", "/journey-funnel", "evaluator")
    assert after["total"]["sessions"] == before["total"]["sessions"], "no measure of attendance has moved"
