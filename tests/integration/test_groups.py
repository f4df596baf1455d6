"""Groups over the real door, on a real PostgreSQL: the last seat, who is kept apart, who is reminded."""

import asyncio
from datetime import datetime
from typing import Any
from uuid import uuid4

from shared.contracts.days import HERE
from tests.rig.desk import PEER, Desk
from tests.rig.stage import until

MEETING = datetime(2026, 3, 12, 10, 30, tzinfo=HERE)


async def opened(desk: Desk, **changes: Any) -> str:
    """A group with its venue and equipment seen to."""
    wish = {"cap": 3, "place": "toddle-and-talk", "facilitators": [PEER], "by_role": "coordinator"} | changes
    group = (await desk.post("/groups", wish, 201))["subject"].partition("/")[2]
    await desk.post(f"/groups/{group}/ready", {"done": ["venue-booked", "equipment-there"], "by_role": "coordinator"})
    return str(group)


async def spoken_with(desk: Desk, **changes: Any) -> str:
    """Somebody who waits, wishes to meet in a group, and was spoken with."""
    referral = await desk.refer(formats_wanted=["group"], **changes)
    await desk.tell(referral, "accept", by_role="coordinator")
    await desk.tell(
        referral, "record-contact", channel="phone", outcome="spoke", purpose="first", by_role="coordinator"
    )
    return referral


async def join(desk: Desk, group: str, referral: str, status: int = 200) -> Any:
    return await desk.post(f"/groups/{group}/join", {"referral_id": referral, "by_role": "coordinator"}, status)


async def test_of_many_who_want_the_last_seat_one_has_it(desks: tuple[Desk, Desk]) -> None:
    desk, _ = desks
    group, clients = await opened(desk), [await spoken_with(desk) for _ in range(7)]
    body = {"by_role": "coordinator"}
    answers = await asyncio.gather(
        *(
            desk.client.post(f"/groups/{group}/join", json={"referral_id": c, **body}, headers={"X-API-Key": desk.key})
            for c in clients
        )
    )
    codes = sorted((a.status_code, a.json().get("code")) for a in answers if a.status_code != 503)
    assert codes.count((200, None)) == 3, codes
    assert {code for code in codes if code[0] != 200} <= {(409, "group-full")}
    seen = await desk.get(f"/groups/{group}")
    assert (len(seen["members"]), seen["free"]) == (3, 0)
    async with desk.engine.database.worker() as connection:
        told = await connection.fetchval("select count(*) from journal where type = 'kith.group-membership-began.v1'")
    assert told == 3, "whoever has no seat was told of none"


async def test_somebody_speaks_with_a_client_before_the_first_class(desks: tuple[Desk, Desk]) -> None:
    desk, theirs = desks
    group, referral = await opened(desk), await desk.refer(formats_wanted=["group"])
    await desk.tell(referral, "accept", by_role="coordinator")
    assert (await join(desk, group, referral, 409))["code"] == "contact-first"
    assert (await desk.get(f"/groups/{group}"))["members"] == []
    assert (await desk.get(f"/groups/{group}/suitable"))["rows"] == []
    await theirs.get(f"/groups/{group}", 404)
    assert (await theirs.post(f"/groups/{group}/join", {"referral_id": referral, "by_role": "peer"}, 409))["code"] == (
        "unknown-referral"
    )


async def test_a_group_is_offered_to_whom_it_suits_and_never_beside_somebody_kept_apart(
    desks: tuple[Desk, Desk],
) -> None:
    desk, theirs = desks
    group = await opened(desk)
    one, other, third = [await spoken_with(desk) for _ in range(3)]
    person = [(await desk.get(f"/referrals/{each}"))["person_id"] for each in (one, other, third)]
    await spoken_with(desk, language="ti")
    await spoken_with(theirs)
    await join(desk, group, one)
    await desk.post(f"/people/{person[1]}/keep-apart", {"person_id": person[0], "reason": "A neighbour."})
    offered = [row["id"] for row in (await desk.get(f"/groups/{group}/suitable"))["rows"]]
    assert offered == [third]
    refused = await join(desk, group, other, 409)
    assert (refused["code"], "neighbour" in str(refused)) == ("group-not-suitable", False)
    await desk.post(f"/people/{person[2]}/keep-apart", {"peer_id": PEER})
    assert (await desk.get(f"/groups/{group}/suitable"))["rows"] == []
    assert (await join(desk, group, third, 409))["code"] == "group-not-suitable"


async def test_a_person_with_two_referrals_has_one_seat_and_is_offered_no_second(desks: tuple[Desk, Desk]) -> None:
    desk, _ = desks
    group, first = await opened(desk), await spoken_with(desk)
    second = await spoken_with(desk, person_id=(await desk.get(f"/referrals/{first}"))["person_id"])
    await join(desk, group, first)
    assert (await desk.get(f"/groups/{group}/suitable"))["rows"] == []
    assert (await join(desk, group, second, 409))["code"] == "already-in-group"


async def test_members_are_reminded_of_the_next_meeting_and_attendance_is_kept(desks: tuple[Desk, Desk]) -> None:
    desk, _ = desks
    group, before, later = await opened(desk), await spoken_with(desk), await spoken_with(desk)
    for client in (before, later):
        await desk.tell(client, "choose-reminders", channels=["text"])
    await join(desk, group, before)
    session = str(uuid4())
    plan = {"session_id": session, "planned_start": MEETING.isoformat(), "by_role": "peer"}
    await desk.post(f"/groups/{group}/plan-session", plan)
    await join(desk, group, later)
    for client in (before, later):
        assert await deadlines(desk, client) == [f"message:{session}:text"], "also for who joins after it was planned"
    await desk.post(f"/groups/{group}/leave", {"referral_id": later, "because": "own-choice", "by_role": "coordinator"})
    assert await deadlines(desk, later) == []
    desk.wait(11)
    held = {
        "session_id": session,
        "started_at": MEETING.isoformat(),
        "minutes": 90,
        "attendance": [{"referral_id": before, "attendance": 1}],
        "facilitators": [PEER],
        "grounding": "with-handout",
    }
    await desk.post(f"/groups/{group}/hold-session", held)
    seen = await desk.get(f"/groups/{group}")
    assert (seen["sessions_held"], seen["planned"]) == (1, [])


async def test_whoever_ends_their_support_gives_their_seat_up(desks: tuple[Desk, Desk]) -> None:
    desk, _ = desks
    group, client = await opened(desk), await spoken_with(desk)
    await join(desk, group, client)
    await desk.tell(client, "end", by="client", planned=False, reasons=["client-choice"], future_contact_given=False)

    async def free() -> bool:
        return (await desk.get(f"/groups/{group}"))["free"] == 3

    await until(free)


async def test_a_group_that_closes_leaves_nobody_with_a_seat(desks: tuple[Desk, Desk]) -> None:
    desk, _ = desks
    group, clients = await opened(desk), [await spoken_with(desk) for _ in range(2)]
    for client in clients:
        await join(desk, group, client)
    await desk.post(f"/groups/{group}/close", {"because": "venue-lost", "by_role": "coordinator"})
    for client in clients:
        rows = (await desk.get(f"/referrals/{client}/timeline"))["rows"]
        assert rows[-1]["type"] == "kith.group-membership-ended.v1"
    assert (await desk.get(f"/groups/{group}"))["members"] == []


async def deadlines(desk: Desk, referral: str) -> list[str]:
    """What waits to remind that client."""
    async with desk.engine.database.worker() as connection:
        rows = await connection.fetch(
            "select d.name from deadline d join stream s on s.id = d.stream where s.subject = $1",
            f"referral/{referral}",
        )
    return sorted(row["name"] for row in rows if row["name"].startswith("message:"))
