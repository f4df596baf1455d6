"""Peers through real Kafka: what their organisation tells supervision over HTTP, matching acts on."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.integration.test_matching import WISHES, matched, waiting
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
    (row,) = await ask(board, "/places", "coordinator")
    assert (row["free_hundredths"], row["clients"], row["places_hundredths"]) == (0, 0, 600)
    assert "resting" not in row
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


async def ask(board: Board, path: str, role: str = "service-lead") -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = (await board.ask("supervision", path, role))["rows"]
    return rows


async def test_a_loss_is_told_to_whoever_supports_the_client_by_their_supervisor_who_offers_to_talk(
    house: House,
) -> None:
    board = house.board()
    await provide(board)
    peer_id, other = await dad(board), await ready_peer(board)
    referral = await waiting(board, WISHES)
    await where(board, referral, peer_id, "candidates")
    await matched(board, referral, peer_id)

    async def placed() -> bool:
        rows = {row["peer_id"]: row for row in await ask(board, "/places")}
        mine, theirs = rows[str(peer_id)], rows[str(other)]
        return (mine["clients"], mine["free_hundredths"], theirs["free_hundredths"]) == (1, 500, 600)

    await until(placed)
    assert await ask(board, "/debriefs", "supervisor") == []
    wish = {"by_role": "clinician"}
    answer = await board.call("POST", "referrals", f"/referrals/{referral}/record-loss", "clinician", json=wish)
    assert answer.status_code == 200, answer.text

    async def offered() -> list[dict[str, Any]]:
        return await ask(board, "/debriefs", "supervisor")

    (found,) = await until(offered)
    assert (found["peer_id"], found["referral_id"], found["asked_by"]) == (str(peer_id), referral, None)
    assert "loss" not in str(found)
    assert "stillbirth" not in str(found)
    held_at = house.now.isoformat()
    await manage(board, peer_id, "hold-debrief", debrief_id=found["debrief_id"], held_at=held_at)
    assert await ask(board, "/debriefs", "supervisor") == []


async def test_a_supervisor_of_many_who_is_away_is_one_finding_and_somebody_stands_in_the_same_day(
    house: House,
) -> None:
    board = house.board()
    await provide(board)
    supervisor_id, deputy_id = uuid4(), uuid4()
    peers = [await recruit(board) for _ in range(3)]
    for peer_id in peers:
        await get_ready(board, peer_id, supervisor_id)
    deputy = {"deputy_id": str(deputy_id)}
    await board.tell("supervision", f"/supervisors/{supervisor_id}/agree-deputy", deputy, "service-lead")
    await house.turn_to(house.now + timedelta(days=29))

    async def found() -> bool:
        rows = await ask(board, "/supervisors")
        return [(r["peers"], r["past_due"], r["stands_in"], r["breaks"]) for r in rows] == [(3, 3, str(deputy_id), 3)]

    await until(found)
    query = "select count(*) from journal where type = 'kith.supervisor-away.v1' and organisation = $1"
    assert (await house.sql("supervision", query, board.name))[0][0] == 1
    due = await ask(board, "/supervision-due", "supervisor")
    assert [(row["overdue"], row["supervisor_away"], row["stands_in"]) for row in due] == [
        (True, True, str(deputy_id))
    ] * 3
    for peer_id in peers:
        await manage(board, peer_id, "hold-supervision", **held(board, deputy_id))
    assert not any(row["overdue"] for row in await ask(board, "/supervision-due"))


async def test_what_lead_and_managers_read(house: House) -> None:
    board = house.board()
    await provide(board, "third-sector", "cpmht")
    funded = {"contract": "fixed-term", "funding_ends_on": day(board, 30)}
    peer_id = await recruit(board, "third-sector", "cpmht", **funded)
    await get_ready(board, peer_id)
    await manage(board, peer_id, "retract-training", requirement="nes-follow-on")
    await manage(board, peer_id, "note-unavailable", requirement="nes-follow-on", since=day(board, -1))
    (row,) = await ask(board, "/readiness")
    levels = {each["setting"]: (each["level"], each["missing"], each["gap_owner"]) for each in row["settings"]}
    assert levels["third-sector"] == ("ready", [], None)
    assert levels["cpmht"] == ("no-new-people", ["nes-follow-on"], "provider")
    gaps = await ask(board, "/training-gaps")
    assert (gaps[0]["course"], gaps[0]["unavailable"], gaps[0]["gap"]) == ("nes-follow-on", 1, "provider")
    assert str(peer_id) not in str(gaps)
    (month,) = await ask(board, "/runway")
    assert (month["month"], month["posts"], month["hours"]) == (day(board, 30)[:7], 1, 15)
    provider = await board.ask("supervision", "/provider", "service-lead")
    assert [each["ready"] for each in provider["settings"]] == [True, True]
    for path in ("/readiness", "/training-gaps", "/runway", "/supervision-due", "/provider"):
        assert (await board.call("GET", "supervision", path, "coordinator")).status_code == 403


async def test_a_stop_is_covered_the_same_day_and_its_reason_is_nowhere(house: House) -> None:
    board = house.board()
    await provide(board)
    peer_id = await dad(board)
    referral = await waiting(board, WISHES)
    await where(board, referral, peer_id, "candidates")
    await matched(board, referral, peer_id)
    word = f"canary-{uuid4().hex[:8]}"
    await manage(board, peer_id, "stop-contact", by_role="service-lead", reason=word)

    async def covered() -> bool:
        return (await board.ask("referrals", f"/referrals/{referral}"))["peer_id"] is None

    await until(covered)
    tables = "select tablename from pg_tables where schemaname = 'public'"
    for (table,) in await house.sql("supervision", tables):
        seen = await house.sql("supervision", f'select count(*) from "{table}" t where t::text like $1', f"%{word}%")
        assert seen[0][0] == 0, table
    for name in ("supervision", "referrals"):
        assert word not in (house.stack.home / "logs" / f"{name}.log").read_text()


async def test_a_peers_key_speaks_for_that_peer_alone(house: House) -> None:
    board = house.board()
    peer_id = await recruit(board)
    for method, path, body in (
        ("GET", f"/peers/{peer_id}", None),
        ("GET", f"/peers/{peer_id}/tags", None),
        ("POST", f"/peers/{peer_id}/set-limits", {"limits": {"codes": []}}),
        ("POST", f"/peers/{peer_id}/set-capacity", {}),
    ):
        answer = await board.call(method, "supervision", path, "peer", json=body)
        assert (answer.status_code, answer.json()["code"]) == (403, "not-yourself"), path


async def test_nobody_speaks_in_a_role_that_is_not_theirs(house: House) -> None:
    board = house.board()
    peer_id = await recruit(board)
    for path, wish in (
        (
            f"/peers/{peer_id}/start",
            {"on": day(board, -1), "team_briefed_on": day(board, -1), "by_role": "workforce-lead"},
        ),
        (f"/peers/{peer_id}/stop-contact", {"by_role": "named-officer"}),
        ("/provider/register", {"settings": ["mbu"], "by_role": "information-governance"}),
    ):
        answer = await board.call("POST", "supervision", path, "service-lead", json=wish)
        assert (answer.status_code, answer.json()["code"]) == (403, "not-your-role"), path


async def test_who_is_not_back_from_a_lone_visit_is_a_concern_and_where_they_went_is_read_only_then(
    house: House,
) -> None:
    board = house.board()
    peer_id = await recruit(board)
    await get_ready(board, peer_id)
    where_to = f"canary-{uuid4().hex[:8]}"
    for hours in (1, 2):
        visit_id = uuid4()
        back_by = (house.now + timedelta(hours=hours)).isoformat()
        await manage(
            board, peer_id, "start-lone-visit", visit_id=str(visit_id), expected_back_by=back_by, where=where_to
        )
        if hours == 1:
            await manage(board, peer_id, "end-lone-visit", visit_id=str(visit_id))
    (out,) = await ask(board, "/lone-visits")
    assert (out["visit_id"], out["overdue"]) == (str(visit_id), False)
    await house.turn_to(house.now + timedelta(hours=3))

    async def raised() -> list[dict[str, Any]]:
        return await ask(board, "/concerns", "safeguarding-lead")

    (concern,) = await until(raised)
    assert (concern["id"], concern["urgency"], concern["audience"]) == (str(visit_id), "life", "safeguarding")
    said = await board.ask("supervision", f"/peers/{peer_id}/lone-visits/{visit_id}", "safeguarding-lead")
    assert said["where"] == where_to
    assert where_to not in str(concern)
    await manage(board, peer_id, "end-lone-visit", visit_id=str(visit_id))
    answer = await board.call("GET", "supervision", f"/peers/{peer_id}/lone-visits/{visit_id}", "safeguarding-lead")
    assert answer.status_code == 404
    assert len(await ask(board, "/concerns", "safeguarding-lead")) == 1, "only people close it"


async def test_what_a_peer_asks_is_read_by_whoever_answers_and_the_answer_by_the_peer(house: House) -> None:
    board = house.board()
    peer_id, advice_id = await recruit(board), str(uuid4())
    await manage(board, peer_id, "request-advice", advice_id=advice_id, words="What do I say to that?")
    (asked,) = await ask(board, "/advice", "supervisor")
    assert (asked["advice_id"], asked["overdue"]) == (advice_id, False)
    await house.turn_to(house.now + timedelta(hours=5))

    async def late() -> bool:
        return (await ask(board, "/advice", "supervisor"))[0]["overdue"]

    await until(late)
    answer = {"advice_id": advice_id, "by_role": "supervisor", "words": "That you will ask, and come back to it."}
    await manage(board, peer_id, "answer-advice", "supervisor", **answer)
    told = await board.ask("supervision", f"/peers/{peer_id}/advice/{advice_id}", "supervisor")
    assert (told["asked"], told["answered"]) == ("What do I say to that?", answer["words"])
    assert await ask(board, "/advice", "supervisor") == []
