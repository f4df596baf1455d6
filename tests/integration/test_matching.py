"""Matching through real Kafka: peers as supervision says them, candidates, the preview, the last place, and an end."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.referrals.domain.standing import NOT_AVAILABLE
from services.referrals.matching.rules import RULES
from shared.contracts import supervision as s
from shared.contracts.supervision import MatchTags
from tests.rig.house import Board, House
from tests.rig.stage import until
from tests.rig.supervising import Supervision

pytestmark = pytest.mark.timeout(180)

WISHES = {
    "experiences": ["stillbirth"],
    "role": "father",
    "formats": ["phone"],
    "slots": ["thu-evening", "wed-evening"],
    "per_4_weeks_hundredths": 400,
}


async def waiting(board: Board, wishes: Mapping[str, Any] | None = WISHES, **changes: Any) -> str:
    """A client who waits, agreed to be matched, and said what they wish."""
    consent = {
        "scope": "share-with-provider",
        "given": True,
        "at": board.house.now.isoformat(),
        "how": "spoken",
        "text_version": "consent-1",
    }
    new = {
        "board_of_treatment": "S08000030",
        "board_of_residence": "S08000030",
        "sender": "SC099999",
        "referrer_role": "self",
        "client_agreed": True,
        "referral_date": board.house.now.date().isoformat(),
        "parent_role": "father",
        "setting": "third-sector",
        "consents": [consent],
    }
    outcome = await board.tell("referrals", "/referrals", new | changes)
    where = str(outcome["subject"]).partition("/")[2]
    await board.tell("referrals", f"/referrals/{where}/accept", {"by_role": "coordinator"})
    if wishes is not None:
        body = {"by_role": "coordinator", "preferences": wishes}
        await board.tell("referrals", f"/referrals/{where}/record-preferences", body)
    return where


def proposal(peer_id: UUID, **more: Any) -> dict[str, Any]:
    return {"match_id": str(uuid4()), "peer_id": str(peer_id), "format": "phone", "by_role": "coordinator", **more}


async def propose(board: Board, referral: str, wish: Mapping[str, Any]) -> Any:
    return await board.call("POST", "referrals", f"/referrals/{referral}/propose-match", "coordinator", json=wish)


async def confirm(board: Board, referral: str, wish: Mapping[str, Any]) -> Any:
    body = {name: wish[name] for name in ("match_id", "peer_id", "by_role")} | {"per_4_weeks_hundredths": 400}
    return await board.call("POST", "referrals", f"/referrals/{referral}/confirm-match", "coordinator", json=body)


async def matched(board: Board, referral: str, peer_id: UUID) -> dict[str, Any]:
    wish = proposal(peer_id)
    for answer in (await propose(board, referral, wish), await confirm(board, referral, wish)):
        assert answer.status_code == 200, answer.text
    return wish


async def test_the_dad_on_thursday_evening_comes_first_with_that_reason_and_is_proposed_by_the_rules(
    house: House,
) -> None:
    board = house.board()
    supervision = Supervision(board)
    dad = await supervision.peer(
        slots=("thu-evening",), tags=MatchTags(role="father", experiences=("stillbirth",), gender="man")
    )
    mother = await supervision.peer(slots=("mon-morning",), tags=MatchTags(role="birth-parent"))
    elsewhere = await supervision.peer("mbu")
    for peer in (dad, mother, elsewhere):
        await supervision.heard(peer)
    referral = await waiting(board)
    found = await board.ask("referrals", f"/referrals/{referral}/candidates")
    assert [each["peer_id"] for each in found["candidates"]] == [str(dad)]
    assert [each["peer_id"] for each in found["below_the_floor"]] == [str(mother)]
    assert found["not_available"] == [{"peer_id": str(elsewhere), "because": [NOT_AVAILABLE]}]
    first = found["candidates"][0]
    assert "is a parent in the role the client wished for" in first["shared_and_met"]
    assert "shares an experience the client said matters" in first["shared_and_met"]
    assert found["you_decide"] == "You decide; nothing is sent until you confirm."
    assert "stillbirth" not in str(found)

    refused = await propose(board, referral, proposal(mother))
    assert (refused.status_code, refused.json()["code"]) == (409, "below-the-floor")
    refused = await propose(board, referral, proposal(elsewhere, by_hand_because="client-wishes-it"))
    assert (refused.status_code, refused.json()["code"]) == (409, "peer-not-available")
    assert NOT_AVAILABLE in refused.text

    await matched(board, referral, dad)
    timeline = await board.ask("referrals", f"/referrals/{referral}/timeline")
    said = {row["type"].split(".")[1]: row["data"] for row in timeline["rows"]}
    assert said["preferences-recorded"]["kinds"] == ["experiences", "formats", "slots", "role", "how-often"]
    for name in ("match-proposed", "peer-matched"):
        assert said[name]["score"] == first["score"]
        assert said[name]["ruleset_version"] == found["ruleset_version"]
        assert said[name]["matched_on_experience"] is True
        assert {f["code"]: f["points"] for f in said[name]["factors"]} == {
            f["code"]: f["points"] for f in first["factors"]
        }
    assert "stillbirth" not in str(timeline)


async def test_each_private_reason_reads_the_same_over_http_and_none_is_in_any_answer(house: House) -> None:
    board, now = house.board(), house.now
    supervision = Supervision(board)
    peers = {name: await supervision.peer() for name in ("overdue", "stopped", "limited", "unready", "apart", "fits")}
    await supervision.says(f"peer/{peers['overdue']}", s.SupervisionOverdue(peer_id=peers["overdue"], overdue_at=now))
    for name, level in (("stopped", "stop-contact"), ("unready", "no-new-people")):
        event = s.PeerNotReady(peer_id=peers[name], setting="third-sector", level=level, not_ready_at=now)
        await supervision.says(f"peer/{peers[name]}", event)
    await supervision.limits(peers["limited"], "stillbirth")
    for peer in peers.values():
        await supervision.heard(peer)
    referral = await waiting(
        board, {"experiences": ["stillbirth"], "per_4_weeks_hundredths": 400, "formats": ["phone"]}
    )
    person = (await board.ask("referrals", f"/referrals/{referral}"))["person_id"]
    apart = {"peer_id": str(peers["apart"]), "reason": "a cousin of her former partner"}
    await board.tell("referrals", f"/people/{person}/keep-apart", apart)

    answer = await board.call("GET", "referrals", f"/referrals/{referral}/candidates", "coordinator")
    found = answer.json()
    told = {each["peer_id"]: each["because"] for each in found["not_available"]}
    shut = [peer for name, peer in peers.items() if name != "fits"]
    assert told == {str(peer): [NOT_AVAILABLE] for peer in shut}
    refusals = set()
    for peer in shut:
        refused = await propose(board, referral, proposal(peer, client_asked_for_this_peer=True))
        assert refused.status_code == 409
        refusals.add((refused.json()["code"], refused.json()["detail"]))
    assert len(refusals) == 1
    words = [rule.code for rule in RULES if rule.public == NOT_AVAILABLE] + [
        "overdue",
        "stop-contact",
        "limit",
        "cousin",
    ]
    assert not [word for word in words if word in answer.text]


async def test_the_last_place_has_one_winner_and_the_other_is_told_why(house: House) -> None:
    board = house.board()
    supervision = Supervision(board)
    peer = await supervision.peer(contracted_hours=3, places_hundredths=120)
    await supervision.heard(peer)
    referrals = [await waiting(board, None) for _ in range(5)]
    wishes = {referral: proposal(peer) for referral in referrals}
    for referral, wish in wishes.items():
        assert (await propose(board, referral, wish)).status_code == 200
    answers = await asyncio.gather(*(confirm(board, referral, wish) for referral, wish in wishes.items()))
    codes = sorted((answer.status_code, answer.json().get("code", "")) for answer in answers)
    assert codes == [(200, "")] + [(409, "no-place-left")] * 4
    lost = next(answer for answer in answers if answer.status_code == 409)
    assert "not taking new people just now" in lost.json()["detail"]
    assert (await board.ask("referrals", f"/caseloads/{peer}"))["used_hundredths"] == 100


async def test_a_preview_places_the_whole_list_and_keeps_nothing(house: House) -> None:
    board = house.board()
    supervision = Supervision(board)
    roomy, narrow = await supervision.peer(), await supervision.peer(contracted_hours=3, places_hundredths=100)
    for peer in (roomy, narrow):
        await supervision.heard(peer)
    referrals = [await waiting(board, None) for _ in range(7)]
    nobody = await waiting(board, {"formats": ["video"]})
    preview = await board.ask("referrals", "/matching/preview")
    assert (preview["waiting"], preview["placed"], preview["exact"]) == (8, 7, True)
    placed = {row["referral_id"]: row["peer_id"] for row in preview["rows"]}
    assert sorted(peer for peer in placed.values() if peer) == sorted([str(roomy)] * 6 + [str(narrow)])
    (left,) = (row for row in preview["rows"] if row["peer_id"] is None)
    assert (left["referral_id"], left["without_place"]) == (nobody, "nobody-fits")
    assert await board.ask("referrals", "/matching/preview") == preview
    for referral in referrals:
        seen = await board.ask("referrals", f"/referrals/{referral}")
        assert (seen["stage"], seen["proposed_peer_id"]) == ("waiting", None)
    assert (await board.call("GET", "referrals", "/matching/preview", "peer")).status_code == 403
    described = await board.ask("referrals", "/openapi.json")
    assert {path: list(methods) for path, methods in described["paths"].items() if "matching" in path} == {
        "/matching/monitor": ["get"],
        "/matching/preview": ["get"],
    }


async def test_looking_back_tells_nothing_of_fewer_than_ten(house: House) -> None:
    board = house.board()
    supervision = Supervision(board)
    peers = [await supervision.peer() for _ in range(2)]
    for peer in peers:
        await supervision.heard(peer)
    fathers = [await waiting(board, None) for _ in range(12)]
    for _ in range(3):
        await waiting(board, None, parent_role="carer")
    await house.turn_to(house.now + timedelta(days=5))
    for number, referral in enumerate(fathers[:11]):
        await matched(board, referral, peers[number % 2])
    found = await board.ask("referrals", "/matching/monitor")
    groups = {group.pop("value"): group for group in found["groups"] if group["by"] == "parent-role"}
    of_fathers = {"few": False, "n": 12, "matched_percent": 92, "median_wait_days": 5.0}
    of_carers = {"few": True, "n": None, "matched_percent": None, "median_wait_days": None}
    assert groups == {"father": {"by": "parent-role", **of_fathers}, "carer": {"by": "parent-role", **of_carers}}
    assert not [peer for peer in peers if str(peer) in str(found)]


@pytest.mark.parametrize("what", ["stop-contact", "left"])
async def test_matches_that_are_no_longer_allowed_end_each_once_and_a_person_is_asked_the_same_day(
    house: House, what: str
) -> None:
    board, now = house.board(), house.now
    supervision = Supervision(board)
    peer = await supervision.peer()
    await supervision.heard(peer)
    referrals = [await waiting(board, None) for _ in range(3)]
    for referral in referrals:
        await matched(board, referral, peer)
    listed = [(await board.ask("referrals", f"/referrals/{referral}"))["listed_on"] for referral in referrals]
    await house.turn_to(house.now + timedelta(days=3))
    for said in (
        s.SupervisionOverdue(peer_id=peer, overdue_at=now),
        s.PeerPaused(peer_id=peer, paused_at=now),
        s.PeerNotReady(peer_id=peer, setting="third-sector", level="no-new-people", not_ready_at=now),
    ):
        await supervision.says(f"peer/{peer}", said)
    await supervision.heard(peer)
    assert (await board.ask("referrals", f"/caseloads/{peer}"))["clients"] == 3, "nobody who is there is moved"

    if what == "left":
        await supervision.says(f"peer/{peer}", s.PeerLeft(peer_id=peer, left_at=house.now))
    else:
        event = s.PeerNotReady(peer_id=peer, setting="third-sector", level="stop-contact", not_ready_at=house.now)
        await supervision.says(f"peer/{peer}", event)

    async def all_back() -> Any:
        seen = [await board.ask("referrals", f"/referrals/{referral}") for referral in referrals]
        return seen if all(row["stage"] == "waiting" for row in seen) else None

    seen = await until(all_back, 30)
    assert [row["listed_on"] for row in seen] == listed
    assert all("peer-no-longer-available" in str(row["tasks"]) for row in seen)
    assert (await board.ask("referrals", f"/caseloads/{peer}"))["used_hundredths"] == 0
    for referral in referrals:
        timeline = await board.ask("referrals", f"/referrals/{referral}/timeline")
        ended = [row["data"] for row in timeline["rows"] if row["type"] == "kith.match-ended.v1"]
        assert [each["reason"] for each in ended] == ["no-longer-allowed"]
        assert not [word for word in ("stop-contact", "overdue", "peer-left") if word in str(timeline)]


async def test_tags_that_were_withdrawn_and_another_organisations_peers_count_no_more(house: House) -> None:
    board, other = house.board(), house.board()
    supervision, theirs = Supervision(board), Supervision(other)
    peer = await supervision.peer(tags=MatchTags(experiences=("stillbirth",), role="father"))
    foreign = await theirs.peer(tags=MatchTags(experiences=("stillbirth",), role="father"))
    await supervision.heard(peer)
    await theirs.heard(foreign)
    referral = await waiting(board, {"experiences": ["stillbirth"], "role": "father"})
    before = await board.ask("referrals", f"/referrals/{referral}/candidates")
    assert [(each["peer_id"], each["score"]) for each in before["candidates"]] == [(str(peer), 100)]
    assert str(foreign) not in str(before)
    await supervision.says(f"peer/{peer}", s.MatchTagsWithdrawn(peer_id=peer, withdrawn_at=house.now))
    await supervision.heard(peer)
    after = await board.ask("referrals", f"/referrals/{referral}/candidates")
    assert after["candidates"] == []
    assert [each["score"] for each in after["below_the_floor"]] == [18]
    answer = await other.call("GET", "referrals", f"/referrals/{referral}/candidates", "coordinator")
    assert answer.status_code == 404
    await board.tell("referrals", f"/referrals/{referral}/pause", {"asked_by": "client", "channel": "phone"})
    answer = await board.call("GET", "referrals", f"/referrals/{referral}/candidates", "coordinator")
    assert (answer.status_code, answer.json()["code"]) == (409, "not-on-the-list")
