"""The journey funnel, from what referrals says over real Kafka."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.rig.house import Board, House, referral
from tests.rig.stage import until

pytestmark = pytest.mark.timeout(180)


async def refer(board: Board) -> str:
    """A referral through the gateway, once referrals knows it."""
    receipt = (await board.submit(board.event("referral-submitted", referral()))).json()
    where = f"/referrals/{receipt['referral_id']}"

    async def heard() -> bool:
        return (await board.call("GET", "referrals", where, "coordinator")).status_code == 200

    await until(heard)
    return where


async def support(board: Board, where: str) -> None:
    """Accepted, matched and seen once."""
    match_id, peer_id = str(uuid4()), str(uuid4())
    await board.tell("referrals", f"{where}/accept", {"by_role": "coordinator"})
    about = {"match_id": match_id, "peer_id": peer_id, "by_role": "coordinator", "format": "phone"}
    await board.tell("referrals", f"{where}/propose-match", about)
    await board.tell("referrals", f"{where}/confirm-match", about | {"per_4_weeks_hundredths": 400})
    points = ["what-a-peer-is-and-is-not", "limits-of-confidentiality", "how-to-change-or-stop"]
    explained = {
        "language": "en",
        "by_role": "peer",
        "text_version": "role-2026-01",
        "points": [*points, "whom-to-call-in-a-crisis"],
    }
    await board.house.turn_to(board.house.now + timedelta(hours=1))
    started_at = board.house.now.isoformat()
    held = {
        "started_at": started_at,
        "minutes": 50,
        "format": "phone",
        "activities": ["walk"],
        "role_explained": explained,
    }
    await board.tell("referrals", f"{where}/hold-session", held, "peer")


def counts(funnel: dict[str, Any]) -> dict[str, int]:
    return {each["stage"]: each["n"] for each in funnel["stages"]} | {
        each["what"]: each["n"] for each in funnel["beside"]
    }


async def test_the_funnel_counts_each_journey_where_it_has_come_to(house: House) -> None:
    board, other = house.board(), house.board()
    first, second, third = [await refer(board) for _ in range(3)]
    await refer(other)
    decline = {"by_role": "coordinator", "grounds": ["outside-area"], "actions": ["client-told"]}
    await board.tell("referrals", f"{third}/decline", decline)
    month = f"{house.now:%Y-%m}"
    await house.turn_to(house.now + timedelta(days=3))
    contact = {"channel": "phone", "outcome": "spoke", "purpose": "first", "by_role": "coordinator"}
    await board.tell("referrals", f"{first}/record-contact", contact)
    await house.turn_to(house.now + timedelta(days=2))
    await support(board, first)
    await board.tell("referrals", f"{second}/accept", {"by_role": "coordinator"})

    async def heard() -> dict[str, Any] | None:
        found = await board.ask("evaluation", "/journey-funnel", "evaluator", **{"from": month, "to": month})
        n = counts(found["total"])
        return found if n["first-session"] == 1 and n["accepted"] == 2 else None

    found = await until(heard)
    assert found["organisation"] == board.name
    assert [each["month"] for each in found["months"]] == [month]
    assert counts(found["total"]) == counts(found["months"][0])
    assert counts(found["total"]) == {
        "received": 3,
        "accepted": 2,
        "contacted": 1,
        "matched": 1,
        "first-session": 1,
        "ended": 0,
        "declined": 1,
        "withdrawn": 0,
        "undecided": 0,
        "ended-planned": 0,
        "returned": 0,
    }
    assert found["total"]["waits"] == [
        {"wait": "first-contact", "n": 1, "median_days": 3.0},
        {"wait": "match", "n": 1, "median_days": 5.0},
        {"wait": "first-session", "n": 1, "median_days": 5.0},
    ]
    assert found["total"]["sessions"] == {"held": 1, "missed_by_client": 0, "missed_by_service": 0, "cancelled": 0}
    year = await other.ask("evaluation", "/journey-funnel", "evaluator")
    assert len(year["months"]) == 12
    assert counts(year["total"])["received"] == 1
    assert {wait["median_days"] for wait in year["total"]["waits"]} == {None}


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"from": "2026-05", "to": "2026-03"}, "from"),
        ({"from": "2001-01", "to": "2026-03"}, "from"),
        ({"from": "2026-13"}, "from"),
        ({"to": "March"}, "to"),
        ({"peer": "x"}, "peer"),
    ],
)
async def test_months_that_cannot_be_asked_for(house: House, params: dict[str, str], field: str) -> None:
    board = Board(house, "SC090000", "forms-0")
    answer = await board.call("GET", "evaluation", "/journey-funnel", "evaluator", params=params)
    assert (answer.status_code, answer.json()["field"]) == (422, field)


async def test_a_peer_sees_no_funnel(house: House) -> None:
    board = Board(house, "SC090000", "forms-0")
    assert (await board.call("GET", "evaluation", "/journey-funnel", "peer")).status_code == 403


async def test_every_read_model_is_the_fold_of_its_streams(house: House) -> None:
    operator = {"Authorization": f"Bearer {house.key('operator')}"}
    for service, table in (("gateway", "submission"), ("gateway", "referral_fate"), ("evaluation", "journey")):
        for change in ("rebuild", "verify"):
            url = f"{house.url(service)}/ops/projections/{table}/{change}"
            answer = await house.http.post(url, json={"why": "a test"}, headers=operator)
            assert answer.is_success, answer.text
        assert answer.json()["equal"], answer.text
