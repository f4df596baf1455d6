"""Receipts on real Kafka and PostgreSQL: what became of what was sent, told to those it may be told to."""

from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from tests.rig.house import Board, House, referral
from tests.rig.referring import PAUSE, accept, arrived, declined, known, refused
from tests.rig.stage import until

pytestmark = pytest.mark.timeout(180)


async def test_a_decline_says_why_and_what_was_done_instead(board: Board) -> None:
    receipt = (await board.submit(board.event("referral-submitted", referral()))).json()
    await known(board, receipt["referral_id"])
    decline = {
        "by_role": "coordinator",
        "grounds": ["outside-window"],
        "actions": ["client-told", "signposted"],
        "signposted_to": ["toddler-group-example"],
    }
    await board.tell("referrals", f"/referrals/{receipt['referral_id']}/decline", decline)
    seen = await board.receipt(receipt["receipt_id"], lambda r: r["became"] and r["became"]["state"] == "declined")
    assert seen["became"]["grounds"] == ["outside-window"]
    assert seen["became"]["signposted_to"] == ["toddler-group-example"]


async def test_what_a_rule_refuses_ends_on_its_receipt_with_its_code(board: Board) -> None:
    seen = await refused(board, await declined(board), PAUSE)
    assert seen["code"] == "not-while-declined"
    assert seen["message"] == "The referral was declined; what was asked means nothing now."
    assert seen["became"]["state"] == "declined"
    old = await board.submit(board.event("referral-submitted", referral(referral_date="2024-02-29")))
    ended = await board.receipt(old.json()["receipt_id"], lambda r: r["status"] == "refused")
    assert (ended["code"], ended["became"]) == ("too-long-ago", None)
    assert [r["receipt_id"] for r in await board.receipts(status="refused")] == [
        seen["receipt_id"],
        ended["receipt_id"],
    ]
    assert len(await board.receipts(status="received")) == 1
    assert len(await board.receipts()) == 3


async def test_what_was_refused_may_be_sent_again_put_right_under_a_new_id(board: Board) -> None:
    receipt = (await board.submit(board.event("referral-submitted", referral()))).json()
    await known(board, receipt["referral_id"])
    early = PAUSE | {"at": "2026-02-01T09:00:00Z"}
    event = board.event("update-submitted", {"referral_id": receipt["referral_id"], "update": early})
    first = (await board.submit(event)).json()
    seen = await board.receipt(first["receipt_id"], lambda r: r["status"] == "refused")
    assert seen["code"] == "before-the-referral"
    # However often it comes, it is the same receipt, and said once.
    assert (await board.submit(event)).json() == seen
    await board.produce(event)
    right = board.event("update-submitted", {"referral_id": receipt["referral_id"], "update": PAUSE})
    second = (await board.submit(right)).json()

    async def paused() -> bool:
        stage = await board.ask("referrals", f"/referrals/{receipt['referral_id']}")
        return bool(stage["stage"] == "paused")

    await until(paused)
    assert (await board.ask("gateway", f"/receipts/{second['receipt_id']}", "sender"))["status"] == "received"
    said = await board.house.sql(
        "referrals",
        "select 1 from journal j join stream s on s.id = j.stream where s.subject = $1",
        f"submission/{first['receipt_id']}",
    )
    assert len(said) == 1


async def test_a_refusal_does_not_tell_anothers_referral_from_none(house: House, board: Board) -> None:
    theirs = house.board()
    nowhere, elsewhere = str(uuid4()), await declined(theirs)
    receipts = [await refused(board, referral_id, PAUSE) for referral_id in (nowhere, elsewhere)]
    told = [
        {name: value for name, value in receipt.items() if name not in ("receipt_id", "referral_id", "received_at")}
        for receipt in receipts
    ]
    assert told[0] == told[1]
    assert (told[0]["code"], told[0]["became"]) == ("not-found", None)
    for receipt in receipts:
        path = f"/receipts/{receipt['receipt_id']}"
        assert (await theirs.call("GET", "gateway", path, "coordinator")).status_code == 404
    assert await theirs.receipts(status="refused") == []


@pytest.mark.parametrize("role", ["self", "family"])
async def test_a_refusal_tells_nothing_of_a_self_referral(board: Board, role: str) -> None:
    seen = await refused(board, await declined(board, referrer_role=role), PAUSE)
    assert (seen["code"], seen["became"]["state"]) == ("not-told", "received")


@pytest.mark.parametrize("role", ["self", "family"])
async def test_of_a_self_referral_no_more_is_told(board: Board, role: str) -> None:
    receipt = (await board.submit(board.event("referral-submitted", referral(referrer_role=role)))).json()
    await known(board, receipt["referral_id"])
    await accept(board, receipt["referral_id"])

    async def accepted_here() -> Any:
        return await board.house.sql(
            "gateway",
            "select 1 from referral_fate where submission_id = $1 and state = 'waiting'",
            receipt["receipt_id"],
        )

    await until(accepted_here)
    seen = await board.ask("gateway", f"/receipts/{receipt['receipt_id']}", "sender")
    assert (seen["became"]["state"], seen["became"]["feedback"]) == ("received", "none")


async def test_another_organisation_sees_nothing(house: House, board: Board) -> None:
    other = house.board()
    receipt = (await board.submit(board.event("referral-submitted", referral()))).json()
    await known(board, receipt["referral_id"])
    assert await other.receipts() == []
    answer = await other.call("GET", "gateway", f"/receipts/{receipt['receipt_id']}", "sender")
    assert answer.status_code == 404
    # Naming another's referral in an update of one's own tells nothing of it either.
    seen = await refused(other, receipt["referral_id"], PAUSE)
    assert (seen["code"], seen["became"]) == ("not-found", None)
    held = (await other.submit(other.event("measure-submitted", {}))).json()
    path = f"/receipts/{held['receipt_id']}/place-again"
    assert (await board.call("POST", "gateway", path, "coordinator", json={"why": "x"})).status_code == 404


async def test_the_api_role_sees_another_organisations_fate_in_no_way(house: House, board: Board) -> None:
    receipt = (await board.submit(board.event("referral-submitted", referral()))).json()
    await board.receipt(receipt["receipt_id"], lambda r: r["became"])
    submission = UUID(receipt["receipt_id"])
    no = UUID((await refused(board, str(uuid4()), PAUSE))["receipt_id"])
    connection = await asyncpg.connect(house.stack.cluster.postgres.dsn("kith_gateway", "kith_gateway_api"))
    try:
        for organisation, seen in ((None, 0), (house.board().name, 0), (board.name, 1)):
            async with connection.transaction():
                if organisation:
                    await connection.execute("select set_config('kith.organisation', $1, true)", organisation)
                for query, asked in (
                    ("select 1 from submission where id = $1", submission),
                    ("select 1 from referral_fate where submission_id = $1", submission),
                    ("select 1 from what_became($1)", submission),
                    ("select 1 from refusal where id = $1", no),
                ):
                    assert len(await connection.fetch(query, asked)) == seen, query
        for table in ("inbox", "ops_audit"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.fetch(f"select 1 from {table}")
    finally:
        await connection.close()


async def test_receipts_come_in_pages(board: Board) -> None:
    for _ in range(3):
        await board.submit(board.event("referral-submitted", referral()))
    first = await board.ask("gateway", "/receipts", "sender", limit=2)
    second = await board.ask("gateway", "/receipts", "sender", limit=2, after=first["next"])
    assert (len(first["rows"]), len(second["rows"]), second["next"]) == (2, 1, None)
    bad = await board.call("GET", "gateway", "/receipts", "sender", params={"after": f"{'9' * 16}~{'-' * 36}"})
    assert (bad.status_code, bad.json()["field"]) == (422, "after")


async def test_a_person_whom_two_organisations_know_by_the_same_id_is_each_organisation_s_own(house: House) -> None:
    board, other = house.board(), house.board()
    person_id, officer = str(uuid4()), "information-governance"
    ours = referral(person_id=person_id, person={"given": "Invented"})
    theirs = referral(person_id=person_id, person={"given": "Elsewhere"})
    mine = (await arrived(board, ours))["referral_id"]
    again = (await arrived(board, ours))["referral_id"]
    elsewhere = (await arrived(other, theirs))["referral_id"]
    at_ours, at_theirs = [
        await who.ask("referrals", f"/referrals/{each}/person") for who, each in ((board, mine), (other, elsewhere))
    ]
    assert (at_ours["identity"], at_theirs["identity"]) == ({"given": "Invented"}, {"given": "Elsewhere"})
    assert len({person_id, at_ours["person_id"], at_theirs["person_id"]}) == 3
    assert {*at_ours["referral_ids"]} == {mine, again}

    for referral_id in (mine, again):
        body = {"by": "client", "reason": "client-choice"}
        await board.tell("referrals", f"/referrals/{referral_id}/withdraw", body)
    decision = {"ground": "person-asked", "decision_ref": "ig-1", "retention_class": "peer-support"}
    await board.tell("referrals", f"/people/{at_ours['person_id']}/erase", decision, officer)
    third = (await arrived(other, theirs))["referral_id"]
    stands = await other.ask("referrals", f"/referrals/{third}")
    assert (stands["person_id"], stands["restricted"]) == (at_theirs["person_id"], None)
    kept = await other.ask("referrals", f"/referrals/{elsewhere}/person")
    assert kept["identity"] == {"given": "Elsewhere"}, "what one decides about theirs is nothing to the other"
    sent = await board.submit(board.event("referral-submitted", ours))
    refused = await board.receipt(sent.json()["receipt_id"], lambda receipt: receipt["status"] == "refused")
    assert refused["code"] == "person-erased"
