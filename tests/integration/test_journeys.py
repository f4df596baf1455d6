"""One journey of two organisations: each sees its own part and what was granted, no longer than the client agrees."""

from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from tests.rig.desk import Desk, match
from tests.rig.stage import until

OURS, THEIRS = "SC012345", "SC054321"
RESTRICT = {"ground": "complaint", "decision_ref": "ig-1"}
AGREED = {"scope": "share-with-journey", "given": True, "at": "2026-03-01T10:00:00Z", "how": "spoken"}


async def started(ours: Desk) -> tuple[str, str]:
    """A client in support with us, and the hand-over that we proposed."""
    referral = await ours.refer(
        consents=[AGREED | {"text_version": "c-1"}], person={"given": "Invented", "family": "Example"}
    )
    await match(ours, referral)
    return referral, await proposed(ours, referral, THEIRS)


async def proposed(desk: Desk, referral: str, to: str) -> str:
    """The hand-over of our client that we proposed."""
    proposal = {"to_organisation": to, "to_setting": "third-sector", "accept_by": "2026-03-17"}
    await desk.tell(referral, "propose-handover", **proposal, by_role="coordinator")
    asked = (await desk.get("/handovers"))["asked_by_us"]
    return next(str(each["handover_id"]) for each in asked if each["referral_id"] == referral)


async def taken_on(theirs: Desk, handover: str) -> str:
    told = await theirs.post(f"/handovers/{handover}/accept", {"by_role": "coordinator"}, 201)
    return str(told["subject"].partition("/")[2])


async def heard(ours: Desk, referral: str, taken: str) -> None:
    """Once we know who has taken our client on."""
    journey = (await ours.get(f"/referrals/{referral}"))["journey_id"]

    async def so() -> bool:
        return bool((await ours.get(f"/journeys/{journey}"))["parts"][0]["next_id"] == taken)

    await until(so)


async def person(desk: Desk, referral: str) -> Any:
    return await desk.get(f"/referrals/{referral}/person")


async def seen(desk: Desk, organisation: str) -> list[asyncpg.Record]:
    """The parts that the database shows to the role of the door, straight in SQL."""
    async with desk.engine.database.read(organisation) as connection:
        return list(await connection.fetch("select organisation, granted_to from journey_part"))


async def test_a_proposal_reaches_whom_it_is_for_and_nobody_else(desks: tuple[Desk, Desk]) -> None:
    ours, theirs = desks
    referral, handover = await started(ours)
    [proposal] = (await theirs.get("/handovers"))["asked_of_us"]
    assert (proposal["handover_id"], proposal["from_organisation"]) == (handover, OURS)
    await theirs.get(f"/referrals/{referral}", 404)
    await theirs.get(f"/referrals/{referral}/timeline", 404)
    await theirs.get(f"/people/{(await person(ours, referral))['person_id']}", 404)
    async with theirs.engine.database.read("SC099998") as connection:
        assert await connection.fetch("select * from journey_part") == []


async def test_both_see_both_parts_once_it_is_accepted(desks: tuple[Desk, Desk]) -> None:
    ours, theirs = desks
    referral, handover = await started(ours)
    next_referral = await taken_on(theirs, handover)
    row = await ours.get(f"/referrals/{referral}")
    there = await theirs.get(f"/referrals/{next_referral}")
    assert (there["journey_id"], there["stage"]) == (row["journey_id"], "waiting")

    async def known() -> Any:
        [mine, next_part] = (await ours.get(f"/journeys/{row['journey_id']}"))["parts"]
        return mine["next_id"] == next_referral and next_part

    next_part = await until(known)
    assert (next_part["organisation"], next_part["own"], next_part["gap_days"]) == (THEIRS, False, 0)
    await theirs.post(f"/handovers/{handover}/accept", {"by_role": "coordinator"}, 409)
    await theirs.tell(referral, "pause", 404, asked_by="client", channel="phone")


async def test_who_the_client_is_goes_on_with_them_and_from_then_on_each_keeps_its_own(
    desks: tuple[Desk, Desk],
) -> None:
    ours, theirs = desks
    referral, handover = await started(ours)
    taken = await taken_on(theirs, handover)
    here, there = await person(ours, referral), await person(theirs, taken)
    assert here["identity"] == there["identity"] == {"given": "Invented", "family": "Example"}
    assert here["person_id"] != there["person_id"]
    async with ours.engine.database.read(OURS) as connection:
        [read] = await connection.fetch("select * from vault_read where purpose = 'handover'")
    assert (read["who"], read["person_id"]) == (f"{THEIRS} of {THEIRS}", UUID(here["person_id"])), "it is in our audit"

    contact = {"emails": ["safe@example.org"], "safe": {"channels": ["email"]}}
    await theirs.tell(taken, "change-safe-contact", by_role="coordinator", contact=contact)
    await theirs.post(f"/people/{there['person_id']}/correct", {"identity": {"given": "Other"}})
    assert (await person(theirs, taken))["contact"]["emails"] == ["safe@example.org"]
    assert (await person(ours, referral))["identity"]["given"] == "Invented"
    await theirs.post(f"/people/{there['person_id']}/restrict", RESTRICT)
    assert (await ours.get(f"/referrals/{referral}"))["restricted"] is None
    await theirs.post(f"/people/{here['person_id']}/restrict", RESTRICT, 404)


async def test_a_client_who_comes_back_is_whom_we_knew(desks: tuple[Desk, Desk]) -> None:
    ours, theirs = desks
    referral, handover = await started(ours)
    taken = await taken_on(theirs, handover)
    await heard(ours, referral, taken)
    known = await person(ours, referral)
    await ours.post(f"/people/{known['person_id']}/restrict", RESTRICT)
    await ours.post(f"/people/{known['person_id']}/lift-restriction", {"decision_ref": "ig-2"})
    await ours.post(f"/people/{known['person_id']}/correct", {"identity": {"given": "Right"}})
    back = await taken_on(ours, await proposed(theirs, taken, OURS))
    again = await person(ours, back)
    assert again["person_id"] == known["person_id"]
    assert again["identity"] == {"given": "Right"}, "what they kept meanwhile does not take the place of ours"
    assert {*again["referral_ids"]} == {referral, back}


async def test_whoever_took_the_client_on_is_asked_when_we_erase_them(desks: tuple[Desk, Desk]) -> None:
    ours, theirs = desks
    referral, handover = await started(ours)
    taken = await taken_on(theirs, handover)
    await heard(ours, referral, taken)
    end = {"by": "service", "planned": True, "reasons": ["another-service-fits-better"], "future_contact_given": True}
    await ours.tell(referral, "end", **end)
    who = (await person(ours, referral))["person_id"]
    await ours.post(f"/people/{who}/erase", RESTRICT | {"ground": "person-asked", "retention_class": "peer-support"})

    async def asked() -> Any:
        return [task for task in (await theirs.get("/tasks"))["rows"] if task["kind"] == "erased-elsewhere"]

    [task] = await until(asked)
    assert (task["referral_id"], task["choices"]) == (taken, ["erased-as-well", "kept"])
    assert (await person(theirs, taken))["identity"]["given"] == "Invented", "a person decides, there"


async def test_a_consent_taken_back_ends_every_grant_at_once(desks: tuple[Desk, Desk]) -> None:
    ours, theirs = desks
    referral, handover = await started(ours)
    await heard(ours, referral, await taken_on(theirs, handover))
    assert {part["organisation"] for part in await seen(theirs, THEIRS)} == {OURS, THEIRS}

    no = {"scopes": ["share-with-journey"], "given": False, "how": "spoken", "text_version": "c-1"}
    await ours.tell(referral, "change-consent", **no)
    assert {part["organisation"] for part in await seen(theirs, THEIRS)} == {THEIRS}, "with the answer, not after it"

    async def alone() -> bool:
        return {part["organisation"] for part in await seen(ours, OURS)} == {OURS}

    await until(alone)


async def test_a_withdrawn_proposal_is_nobody_s_to_accept(desks: tuple[Desk, Desk]) -> None:
    ours, theirs = desks
    referral, handover = await started(ours)
    no = {"scopes": ["share-with-journey"], "given": False, "how": "spoken", "text_version": "c-1"}
    await ours.tell(referral, "change-consent", **no)
    assert (await theirs.get("/handovers"))["asked_of_us"] == []
    await theirs.post(f"/handovers/{handover}/accept", {"by_role": "coordinator"}, 404)


async def test_a_grant_is_to_read_and_not_to_write(desks: tuple[Desk, Desk]) -> None:
    ours, theirs = desks
    await started(ours)
    async with theirs.engine.database.api() as connection:
        await connection.execute("select set_config('kith.organisation', $1, false)", THEIRS)
        assert await connection.fetchval("select count(*) from journey_part") == 1
        assert await connection.execute("update journey_part set state = 'ended'") == "UPDATE 0"
        assert await connection.execute("delete from journey_part") == "DELETE 0"
        copy = "insert into journey_part select * from jsonb_populate_record(null::journey_part, $1)"
        row = await connection.fetchval(
            "select to_jsonb(p) || jsonb_build_object('id', $1::text) from journey_part p", str(uuid4())
        )
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(copy, row)


async def test_what_life_brings_holds_for_every_referral_of_the_person_here(desks: tuple[Desk, Desk]) -> None:
    desk, _ = desks
    first = await desk.refer(person={"given": "Invented"})
    who = (await person(desk, first))["person_id"]
    second = await desk.refer(person_id=who)
    await desk.tell(first, "record-death", who="client", by_role="coordinator")

    async def known(referral: str = second) -> Any:
        return "death" in (await desk.get(f"/referrals/{referral}"))["life_events"]

    await until(known)
    await desk.tell(second, "accept", 409, by_role="coordinator")
    third = await desk.refer(person_id=who)
    await until(lambda: known(third))
