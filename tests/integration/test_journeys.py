"""One journey of two organisations: each sees its own part and what was granted, no longer than the client agrees."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from shared.runtime import vault
from shared.runtime.decisions import Cause
from tests.rig.desk import Desk, match
from tests.rig.stage import until

OURS, THEIRS = "SC012345", "SC054321"
AGREED = {"scope": "share-with-journey", "given": True, "at": "2026-03-01T10:00:00Z", "how": "spoken"}


async def started(ours: Desk) -> tuple[str, str]:
    """A client in support with us, and the hand-over that we proposed."""
    referral = await ours.refer(
        consents=[AGREED | {"text_version": "c-1"}], person={"given": "Invented", "family": "Example"}
    )
    await match(ours, referral)
    handover = str(uuid4())
    proposal = {"handover_id": handover, "to_organisation": THEIRS, "to_setting": "third-sector"}
    await ours.tell(referral, "propose-handover", **proposal, accept_by="2026-03-17", by_role="coordinator")
    return referral, handover


async def taken_on(theirs: Desk, handover: str) -> str:
    told = await theirs.post(f"/handovers/{handover}/accept", {"by_role": "coordinator"}, 201)
    return str(told["subject"].partition("/")[2])


async def identity(desk: Desk, organisation: str, person: str) -> Any:
    cause = Cause(organisation, "coordinator", uuid4(), None, None, datetime.now(UTC))
    return await vault.read(desk.engine, cause, organisation, [(UUID(person), "identity")], "a test")


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
    row = await ours.get(f"/referrals/{referral}")
    assert await identity(theirs, THEIRS, row["person_id"]) == {}, "who it is comes only once they have accepted"
    async with theirs.engine.database.read("SC099998") as connection:
        assert await connection.fetch("select * from journey_part") == []


async def test_both_see_both_parts_once_it_is_accepted_and_who_it_is_is_shared(desks: tuple[Desk, Desk]) -> None:
    ours, theirs = desks
    referral, handover = await started(ours)
    next_referral = await taken_on(theirs, handover)
    row = await ours.get(f"/referrals/{referral}")
    there = await theirs.get(f"/referrals/{next_referral}")
    assert (there["person_id"], there["journey_id"], there["stage"]) == (row["person_id"], row["journey_id"], "waiting")

    async def known() -> Any:
        [mine, next_part] = (await ours.get(f"/journeys/{row['journey_id']}"))["parts"]
        return mine["next_id"] == next_referral and next_part

    next_part = await until(known)
    assert (next_part["organisation"], next_part["own"], next_part["gap_days"]) == (THEIRS, False, 0)
    await until(lambda: identity(theirs, THEIRS, row["person_id"]))
    await theirs.post(f"/handovers/{handover}/accept", {"by_role": "coordinator"}, 409)
    await theirs.tell(referral, "pause", 404, asked_by="client", channel="phone")


async def test_what_cannot_be_kept_of_a_client_taken_on_is_refused_and_never_answered_as_done(
    desks: tuple[Desk, Desk],
) -> None:
    ours, theirs = desks
    referral, handover = await started(ours)
    taken = await taken_on(theirs, handover)
    person = (await ours.get(f"/referrals/{referral}"))["person_id"]
    await until(lambda: identity(theirs, THEIRS, person))
    before = (await theirs.get(f"/referrals/{taken}"))["sequence"]
    contact = {"emails": ["safe@example.org"], "safe": {"channels": ["email"]}}
    change: Any = {"by_role": "coordinator", "contact": contact}
    no = await theirs.tell(taken, "change-safe-contact", 409, **change)
    assert no["code"] == "kept-elsewhere"
    await theirs.post(f"/people/{person}/correct", {"identity": {"given": "Other"}}, 409)
    assert (await theirs.get(f"/referrals/{taken}"))["sequence"] == before, "nothing was said of it either"
    assert b"Invented" in (await identity(theirs, THEIRS, person))[UUID(person), "identity"]


async def test_a_consent_taken_back_ends_every_grant_at_once(desks: tuple[Desk, Desk]) -> None:
    ours, theirs = desks
    referral, handover = await started(ours)
    await taken_on(theirs, handover)
    row = await ours.get(f"/referrals/{referral}")
    await until(lambda: identity(theirs, THEIRS, row["person_id"]))
    assert {part["organisation"] for part in await seen(theirs, THEIRS)} == {OURS, THEIRS}

    no = {"scopes": ["share-with-journey"], "given": False, "how": "spoken", "text_version": "c-1"}
    await ours.tell(referral, "change-consent", **no)
    assert {part["organisation"] for part in await seen(theirs, THEIRS)} == {THEIRS}, "with the answer, not after it"

    async def alone() -> bool:
        return {part["organisation"] for part in await seen(ours, OURS)} == {OURS}

    await until(alone)

    async def closed() -> bool:
        return not await identity(theirs, THEIRS, row["person_id"])

    await until(closed)


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
