"""A returning person is found by facts, suspected, and settled by people; nobody is merged."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.referrals.people.suspecting import suspect_duplicates
from shared.runtime.health import Health
from tests.rig.desk import Desk
from tests.rig.stage import until

PHONE = {"contact": {"phones": ["07700 900123"]}}


@pytest.fixture
async def desk(desks: tuple[Desk, Desk]) -> AsyncIterator[Desk]:
    """A desk where suspecting goes on."""
    stopping = asyncio.Event()
    suspecting = asyncio.ensure_future(suspect_duplicates(desks[0].engine, Health(), stopping))
    yield desks[0]
    stopping.set()
    await asyncio.wait_for(suspecting, 20)


async def compared(desk: Desk) -> None:
    """Nobody is left to be compared."""

    async def nobody() -> bool:
        async with desk.engine.database.worker() as connection:
            return await connection.fetchval("select count(*) from to_compare") == 0

    await until(nobody)


async def listed(desk: Desk, query: str = "") -> list[dict[str, Any]]:
    await compared(desk)
    rows: list[dict[str, Any]] = (await desk.get(f"/duplicates{query}"))["rows"]
    return rows


async def test_a_returning_person_is_suspected_linked_and_unlinked_with_both_histories_intact(desk: Desk) -> None:
    first = await desk.refer(person={"given": "Abeba", **PHONE}, language="ti")
    await desk.tell(first, "accept", by_role="coordinator")
    desk.wait(14)
    gp = {"given": "Abebe", "family": "Tesfay", "chi": "9990000018", **PHONE}
    second = await desk.refer(person=gp, referral_date="2026-03-16", referrer_role="gp")
    (row,) = await listed(desk)
    assert (row["referral_id"], row["other_referral_id"], row["status"]) == (second, first, "suspected")
    assert row["facts"] == ["same-phone", "similar-name"]

    before = [await desk.get(f"/referrals/{each}") for each in (first, second)]
    await desk.tell(second, "confirm-duplicate", other_person_id=row["other_person_id"])
    assert [each["status"] for each in await listed(desk)] == ["confirmed"]
    linked = await desk.get(f"/people/{row['other_person_id']}")
    assert [twin["status"] for twin in linked["duplicates"]] == ["confirmed"]
    assert linked["identity"] == {"given": "Abeba"}

    await desk.tell(second, "unlink-duplicate", other_person_id=row["other_person_id"])
    assert [each["status"] for each in await listed(desk)] == ["unlinked"]
    after = [await desk.get(f"/referrals/{each}") for each in (first, second)]
    for then, now in zip(before, after, strict=True):
        assert {**now, "sequence": 0} == {**then, "sequence": 0}
    assert (await desk.get(f"/referrals/{second}/person"))["identity"]["chi"] == "9990000018"


async def test_what_was_dismissed_comes_back_only_with_a_fact_not_known_then(desk: Desk) -> None:
    await desk.refer(person={"given": "Abeba", "chi": "9990000018", **PHONE})
    second = await desk.refer(person={"given": "Abebe", **PHONE})
    (row,) = await listed(desk)
    await desk.tell(row["referral_id"], "dismiss-duplicate", other_person_id=row["other_person_id"])
    person = (await desk.get(f"/referrals/{second}"))["person_id"]
    await desk.post(f"/people/{person}/correct", {"contact": {"phones": ["07700900123"], "emails": ["a@example.org"]}})
    assert await listed(desk, "?status=suspected") == []
    await desk.post(f"/people/{person}/correct", {"identity": {"given": "Abebe", "chi": "9990000018"}})
    (row,) = await listed(desk, "?status=suspected")
    assert row["facts"] == ["same-chi", "same-phone", "similar-name"]


async def test_two_of_one_family_and_two_of_two_organisations_are_not_suspected(
    desk: Desk, desks: tuple[Desk, Desk]
) -> None:
    _, theirs = desks
    await desk.refer(person={"given": "Abeba", "birth_date": "1996-04-02", **PHONE})
    await desk.refer(person={"given": "Robel", "birth_date": "1994-01-01", **PHONE})
    await theirs.refer(person={"given": "Abeba", "birth_date": "1996-04-02", **PHONE})
    assert await listed(desk) == []
    assert await listed(theirs) == []
    await theirs.get("/duplicates?after=nonsense", 422)


async def test_another_organisation_settles_nothing(desk: Desk, desks: tuple[Desk, Desk]) -> None:
    _, theirs = desks
    for name in ("Abeba", "Abebe"):
        await desk.refer(person={"given": name, **PHONE})
    (row,) = await listed(desk)
    await theirs.tell(row["referral_id"], "confirm-duplicate", 404, other_person_id=row["other_person_id"])
    assert (await theirs.get("/duplicates"))["rows"] == []


async def test_a_second_number_is_as_good_as_the_first(desk: Desk) -> None:
    await desk.refer(person={"given": "Ona", "contact": {"phones": ["07700 900111", "07700 900222"]}})
    await desk.refer(person={"given": "Ona", "contact": {"phones": ["07700 900222"]}})
    assert [row["facts"] for row in await listed(desk)] == [["same-phone", "similar-name"]]
