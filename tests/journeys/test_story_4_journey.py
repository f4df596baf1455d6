"""Mother and baby unit, community team, charity: one journey, three organisations, each with its own part."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from tests.rig.house import Board, House, referral
from tests.rig.stage import until

pytestmark = pytest.mark.timeout(300)

AGREED = {
    "scope": "share-with-journey",
    "given": True,
    "at": "2026-02-10T10:00:00Z",
    "how": "spoken",
    "text_version": "c-1",
}
POINTS = ["what-a-peer-is-and-is-not", "limits-of-confidentiality", "how-to-change-or-stop", "whom-to-call-in-a-crisis"]


def at(month: int, day: int, hour: int = 9) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


async def tell(board: Board, referral_id: str, do: str, **wish: Any) -> Any:
    return await board.tell("referrals", f"/referrals/{referral_id}/{do}", wish)


async def with_peer(board: Board, referral_id: str) -> str:
    """The client has a peer there, who has said what a peer is."""
    match = {"match_id": str(uuid4()), "peer_id": str(uuid4()), "by_role": "coordinator"}
    await tell(board, referral_id, "propose-match", **match, format="phone")
    await tell(board, referral_id, "confirm-match", **match, per_4_weeks_hundredths=400)
    said = {"language": "en", "by_role": "peer", "text_version": "role-1", "points": POINTS}
    await tell(board, referral_id, "explain-role", **said)
    return match["peer_id"]


async def on_the_unit(board: Board) -> tuple[str, str]:
    """A client on the mother and baby unit, with a peer there; answers the referral and the journey."""
    said = referral(setting="mbu", board_of_treatment="S08000031", board_of_residence="S08000032", consents=[AGREED])
    made = await board.tell("referrals", "/referrals", said)
    referral_id = str(made["subject"].partition("/")[2])
    await tell(board, referral_id, "accept", by_role="clinician")
    await with_peer(board, referral_id)
    return referral_id, (await board.ask("referrals", f"/referrals/{referral_id}"))["journey_id"]


async def asked(board: Board, referral_id: str, to: Board, setting: str, accept_by: str) -> str:
    """The hand-over that is proposed."""
    proposal = {"to_organisation": to.name, "to_setting": setting, "accept_by": accept_by, "by_role": "coordinator"}
    await tell(board, referral_id, "propose-handover", **proposal)
    asked = (await board.ask("referrals", "/handovers"))["asked_by_us"]
    return next(str(each["handover_id"]) for each in asked if each["referral_id"] == referral_id)


async def taken_on(board: Board, handover_id: str) -> str:
    told = await board.tell("referrals", f"/handovers/{handover_id}/accept", {"by_role": "clinician"})
    return str(told["subject"].partition("/")[2])


async def parts(board: Board, journey_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await board.ask("referrals", f"/journeys/{journey_id}"))["parts"]
    return found


async def test_one_journey_of_three_organisations(house: House) -> None:
    unit, team, charity = house.board(), house.board(), house.board()
    first, journey_id = await on_the_unit(unit)

    await house.turn_to(at(3, 10))
    handover_id = await asked(unit, first, team, "cpmht", "2026-03-17")
    [proposal] = (await team.ask("referrals", "/handovers"))["asked_of_us"]
    assert (proposal["handover_id"], proposal["from_setting"]) == (handover_id, "mbu")
    assert (await charity.ask("referrals", "/handovers"))["asked_of_us"] == []
    assert (await charity.call("GET", "referrals", f"/journeys/{journey_id}", "coordinator")).status_code == 404

    await house.turn_to(at(3, 13))
    second = await taken_on(team, handover_id)
    await with_peer(team, second)

    async def both() -> bool:
        return [part["id"] for part in await parts(unit, journey_id)] == [first, second]

    await until(both)

    await house.turn_to(at(3, 18, 15))
    joint = {"started_at": at(3, 18, 14).isoformat(), "minutes": 50, "format": "phone"}
    await tell(unit, first, "hold-session", **joint, joint_with_roles=["peer"])
    await tell(team, second, "hold-session", **joint, joint_with_roles=["peer"])

    await house.turn_to(at(4, 3, 12))
    await tell(unit, first, "complete-handover", handover_id=handover_id, by_role="coordinator")
    end = {"by": "service", "planned": True, "reasons": ["another-service-fits-better"], "future_contact_given": True}
    await tell(unit, first, "end", **end, onward="cpmht")

    before, after = await parts(team, journey_id)
    assert (before["own"], after["own"]) == (False, True)
    assert (before["supported_until"], after["supported_from"]) == ("2026-04-03", "2026-03-13")
    assert (before["joint_sessions"], after["joint_sessions"], after["gap_days"]) == (1, 1, 0)
    assert (await team.call("GET", "referrals", f"/referrals/{first}", "clinician")).status_code == 404
    assert (await unit.call("GET", "referrals", f"/referrals/{second}/timeline", "clinician")).status_code == 404

    await tell(team, second, "request-help", kind="mbuff-claim", claim_by="2026-06-20")
    onward = await asked(team, second, charity, "third-sector", "2026-04-20")
    third = await taken_on(charity, onward)

    async def two_and_three() -> bool:
        return [part["id"] for part in await parts(charity, journey_id)] == [second, third]

    await until(two_and_three)
    assert {part["id"] for part in await parts(unit, journey_id)} == {first, second}, (
        "the charity's part is not granted"
    )

    no = {"scopes": ["share-with-journey"], "given": False, "how": "spoken", "text_version": "c-1"}
    await tell(charity, third, "change-consent", **no)
    for board, own in ((unit, first), (team, second), (charity, third)):

        async def alone(board: Board = board, own: str = own) -> bool:
            return [part["id"] for part in await parts(board, journey_id)] == [own]

        await until(alone, 10)

    await house.turn_to(at(6, 7))

    async def reminded() -> bool:
        due = [review for row in (await team.ask("referrals", "/reviews"))["rows"] for review in row["reviews_to_hold"]]
        return any(review.startswith("claim/") for review in due)

    await until(reminded, 10)


async def test_what_the_community_team_does_not_accept_is_escalated_and_the_peer_stays(house: House) -> None:
    unit, team = house.board(), house.board()
    first, _ = await on_the_unit(unit)
    last_day = house.now.date().replace(day=17, month=house.now.month + 1)
    await asked(unit, first, team, "cpmht", last_day.isoformat())
    await house.turn_to(datetime(last_day.year, last_day.month, 17, 20, tzinfo=UTC))
    assert (await unit.ask("referrals", "/tasks"))["rows"] == []
    await house.turn_to(datetime(last_day.year, last_day.month, 18, 1, tzinfo=UTC))

    async def escalated() -> Any:
        return (await unit.ask("referrals", "/tasks"))["rows"]

    [task] = await until(escalated, 10)
    assert (task["kind"], task["referral_id"]) == ("handover-not-accepted", first)
    now = await unit.ask("referrals", f"/referrals/{first}")
    assert now["stage"] == "supported"
    assert now["peer_id"], "the old peer stays"
    [proposal] = (await team.ask("referrals", "/handovers"))["asked_of_us"]
    assert proposal["status"] == "escalated"
