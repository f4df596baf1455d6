"""The referrals service on a real PostgreSQL: every question answered, over its own door, for one organisation only."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.runtime.projections import verify
from tests.rig.desk import PEER, POINTS, Desk, match
from tests.rig.stage import until


async def test_a_journey_from_referral_to_return(desks: tuple[Desk, Desk]) -> None:
    desk, theirs = desks
    referral = await desk.refer()
    seen = await desk.get(f"/referrals/{referral}")
    assert (seen["stage"], seen["board_of_residence"], seen["waiting_days"]) == ("received", "S08000030", 0)
    assert (seen["first_contact_colour"], seen["match_colour"]) == ("green", None)
    proposal = await desk.tell(referral, "eligibility", care=[{"kind": "birth", "on": "2024-03-02"}])
    assert (proposal["proposed"], proposal["against"]) == ("decline", ["outside-window"])

    desk.wait(12)
    away = {"start": "2026-03-10", "end": "2026-03-12", "reason": "away"}
    await desk.tell(referral, "record-unavailability", **away)
    seen = await desk.get(f"/referrals/{referral}")
    assert (seen["waiting_days"], seen["first_contact_colour"]) == (9, "green")
    desk.wait(2)
    assert (await desk.get(f"/referrals/{referral}"))["first_contact_colour"] == "amber"
    waiting = await desk.get("/waiting-list?colour=amber")
    assert [row["id"] for row in waiting["rows"]] == [referral]
    assert waiting["counts"] == [{"stage": "received", "total": 1, "amber": 1, "red": 0, "resting": 0}]
    assert (await theirs.get("/waiting-list"))["rows"] == []

    await match(desk, referral)
    told = {"language": "en", "by_role": "peer", "text_version": "role-1", "points": POINTS}
    held = {"started_at": desk.engine.clock.now().isoformat(), "minutes": 60, "format": "home"}
    await desk.tell(referral, "hold-session", 409, **held)
    await desk.tell(referral, "hold-session", **held, role_explained=told)
    planned = (desk.engine.clock.now() + timedelta(days=7)).isoformat()
    await desk.tell(referral, "plan-session", planned_start=planned, format="home")
    assert (await desk.get(f"/caseloads/{PEER}"))["free_hundredths"] == 500

    await desk.tell(
        referral,
        "change-support",
        asked_by="client",
        channel="phone",
        what=["less", "other-peer", "other-format"],
        per_4_weeks_hundredths=133,
        format="phone",
    )

    async def freed() -> bool:
        return (await desk.get(f"/caseloads/{PEER}"))["used_hundredths"] == 0

    await until(freed, 10)
    seen = await desk.get(f"/referrals/{referral}")
    assert (seen["stage"], seen["listed_on"], seen["sessions_cancelled"]) == ("waiting", "2026-03-02", 0)
    timeline = await desk.get(f"/referrals/{referral}/timeline")
    names = [row["type"].removeprefix("kith.").removesuffix(".v1") for row in timeline["rows"]]
    assert names[-3:] == ["support-changed", "session-replaced", "match-ended"]
    page = await desk.get(f"/referrals/{referral}/timeline?limit=2")
    assert (len(page["rows"]), page["next"]) == (2, 2)

    end = {"by": "client", "planned": True, "reasons": ["goals-met"], "future_contact_given": True}
    await desk.tell(referral, "end", **end)
    desk.wait(100)
    await desk.tell(referral, "reopen", asked_by="client", channel="phone", same_peer_wanted=False)
    assert (await desk.get(f"/referrals/{referral}"))["returns"] == 1
    for table in ("referral", "caseload"):
        assert (await verify(desk.engine, table)).equal


async def test_the_last_place_has_one_winner(desks: tuple[Desk, Desk]) -> None:
    desk, _ = desks
    await desk.post(f"/caseloads/{PEER}/set-places", {"contracted_hours": 5, "by_role": "service-lead"})
    for _ in range(2):
        await match(desk, await desk.refer())
    referrals = [await desk.refer() for _ in range(6)]
    await desk.post(f"/caseloads/{PEER}/set-places", {"contracted_hours": 8, "by_role": "service-lead"})
    matches = {}
    for referral in referrals:
        await desk.tell(referral, "accept", by_role="coordinator")
        matches[referral] = str(uuid4())
        wish = {"match_id": matches[referral], "peer_id": PEER, "format": "phone", "by_role": "coordinator"}
        await desk.tell(referral, "propose-match", **wish)

    async def confirm(referral: str) -> tuple[int, str]:
        answer = await desk.client.post(
            f"/referrals/{referral}/confirm-match",
            json={
                "match_id": matches[referral],
                "peer_id": PEER,
                "per_4_weeks_hundredths": 400,
                "by_role": "coordinator",
            },
            headers={"X-API-Key": desk.key},
        )
        return answer.status_code, answer.json().get("code", "")

    answers = await asyncio.gather(*(confirm(referral) for referral in referrals))
    assert sorted(answers) == [(200, "")] + [(409, "no-place-left")] * 5
    assert (await desk.get(f"/caseloads/{PEER}"))["used_hundredths"] == 300


async def test_reviews_fall_due_and_another_organisation_sees_nothing(desks: tuple[Desk, Desk]) -> None:
    desk, theirs = desks
    referral = await desk.refer()
    await match(desk, referral)
    desk.wait(42)

    async def due() -> list[Any]:
        return (await desk.get("/reviews"))["rows"]

    (row,) = await until(due, 10)
    assert (row["id"], row["reviews_to_hold"]) == (referral, ["support/2026-04-13"])
    assert (await theirs.get("/reviews"))["rows"] == []
    await theirs.get(f"/referrals/{referral}", 404)
    await theirs.get(f"/referrals/{referral}/timeline", 404)
    await theirs.get(f"/caseloads/{PEER}", 404)
    await theirs.tell(referral, "eligibility", 404)
    await theirs.tell(referral, "pause", 404, asked_by="client", channel="phone")
    await theirs.tell(referral, "hold-review", 404, by_role="peer", ground_rules_revisited=True)
    await desk.tell(referral, "hold-review", by_role="peer", ground_rules_revisited=True)
    assert await due() == []


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/waiting-list?colour=blue", 422, None),
        ("/waiting-list?after=2026-99-99~" + "0" * 36, 422, "bad-cursor"),
        ("/waiting-list?limit=0", 422, None),
        ("/referrals/not-an-id", 404, "not-found"),
        (f"/referrals/{UUID(int=1)}/timeline?after=-1", 422, None),
    ],
)
async def test_a_question_that_cannot_be_answered_is_refused_with_its_code(
    desks: tuple[Desk, Desk], path: str, status: int, code: str | None
) -> None:
    answer = await desks[0].get(path, status)
    assert code is None or answer["code"] == code


async def test_who_rests_is_still_on_the_list_and_only_their_own_wish_stops_the_wait(desks: tuple[Desk, Desk]) -> None:
    desk, _ = desks
    rests, waits = await desk.refer(), await desk.refer()
    desk.wait(4)
    await desk.tell(rests, "pause", asked_by="client", channel="phone")
    await desk.tell(waits, "pause", asked_by="peer", channel="phone")
    desk.wait(8)
    rows = {row["id"]: row for row in (await desk.get("/waiting-list"))["rows"]}
    seen = {name: (row["stage"], row["paused"], row["waiting_days"], row["colour"]) for name, row in rows.items()}
    assert seen == {rests: ("received", True, 4, None), waits: ("received", True, 12, "amber")}
    counts = (await desk.get("/waiting-list"))["counts"]
    assert counts == [{"stage": "received", "total": 2, "amber": 1, "red": 0, "resting": 1}]
    assert (await desk.get(f"/referrals/{rests}"))["waiting_days"] == 4
    await desk.tell(rests, "resume", asked_by="client")
    assert (await desk.get(f"/referrals/{rests}"))["waiting_days"] == 4


async def test_what_is_due_comes_page_by_page_longest_ago_first(desks: tuple[Desk, Desk]) -> None:
    desk, _ = desks
    referrals = [await desk.refer() for _ in range(5)]
    day = desk.engine.clock.now().date()
    for number, referral in enumerate(referrals):
        wish = {"by_role": "coordinator", "not_known": ["window"], "asked": "referrer"}
        on = str(day + timedelta(days=5 - number // 2))
        await desk.tell(referral, "defer-decision", **wish, ask_again_on=on)
    desk.wait(6)

    async def due() -> bool:
        return len((await desk.get("/reviews"))["rows"]) == len(referrals)

    await until(due, 10)
    pages, after = [], ""
    while True:
        page = await desk.get(f"/reviews?limit=2{after}")
        pages.append([row["id"] for row in page["rows"]])
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert [len(ids) for ids in pages] == [2, 2, 1]
    flat = [identity for ids in pages for identity in ids]
    assert flat[0] == referrals[4]
    assert sorted(flat[1:3]) == sorted(referrals[2:4])
    assert sorted(flat[3:]) == sorted(referrals[:2])
