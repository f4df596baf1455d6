"""Baby loss during support: no reminder is ever sent, a person is asked within seconds, and nothing cheers."""

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.journeys.conftest import Letters
from tests.rig.house import Board, House, referral
from tests.rig.referring import accept, arrived
from tests.rig.stage import until

pytestmark = pytest.mark.timeout(300)

AGREED = [
    {"scope": scope, "given": True, "at": "2026-03-01T10:00:00Z", "how": "spoken", "text_version": "c-1"}
    for scope in ("messages-text", "messages-email", "share-with-journey", "feedback-to-referrer", "evaluation")
]
POINTS = ["what-a-peer-is-and-is-not", "limits-of-confidentiality", "how-to-change-or-stop", "whom-to-call-in-a-crisis"]


WRITTEN = {"message-fell-due", "message-claimed", "reminder-sent", "reminder-failed"}


def client(email: str) -> dict[str, Any]:
    """A pregnant client who may be written to by email."""
    return referral(
        consents=AGREED,
        person={
            "given": "Invented",
            "family": "Example",
            "contact": {"emails": [email], "safe": {"channels": ["email"]}},
        },
        needs={"stage": "pregnant", "stage_weeks": 31, "care_date": {"kind": "edd", "date": "2026-05-04"}},
    )


async def in_support(board: Board, email: str) -> tuple[str, str, str]:
    """A client matched, the role explained, three sessions agreed (5, 12, 19 March), reminded a day before."""
    receipt = await arrived(board, client(email))
    referral_id, peer = receipt["referral_id"], str(uuid4())
    await accept(board, referral_id)
    match = {"match_id": str(uuid4()), "peer_id": peer, "by_role": "coordinator"}
    await tell(board, referral_id, "propose-match", **match, format="phone")
    await tell(board, referral_id, "confirm-match", **match, per_4_weeks_hundredths=400)
    explained = {"language": "en", "by_role": "peer", "text_version": "role-1", "points": POINTS}
    await tell(board, referral_id, "explain-role", **explained)
    await tell(board, referral_id, "choose-reminders", channels=["email"], hours_before=24)
    for days in (3, 10, 17):
        start = (board.house.now + timedelta(days=days)).replace(hour=18, minute=0)
        await tell(board, referral_id, "plan-session", planned_start=start.isoformat(), format="phone")
    return referral_id, peer, receipt["receipt_id"]


async def tell(board: Board, referral_id: str, do: str, **wish: Any) -> Any:
    return await board.tell("referrals", f"/referrals/{referral_id}/{do}", wish)


async def said(board: Board, referral_id: str) -> list[str]:
    """The names of all that was said of the referral."""
    rows = (await board.ask("referrals", f"/referrals/{referral_id}/timeline"))["rows"]
    return [row["type"].split(".")[1] for row in rows]


async def tasks(board: Board, referral_id: str) -> list[dict[str, Any]]:
    return [row for row in (await board.ask("referrals", "/tasks"))["rows"] if row["referral_id"] == referral_id]


async def test_a_loss_during_support(board: Board, house: House, letters: Letters) -> None:
    bereaved, peer, _ = await in_support(board, "bereaved@example.org")
    other, _, _ = await in_support(board, "other@example.org")

    await house.turn_to(datetime(2026, 3, 4, 14, 5, tzinfo=UTC))
    loss = {"do": "record-loss", "at": "2026-03-04T13:50:00Z", "by_role": "clinician"}
    care = {"on": "2026-03-04", "stage_weeks": 31, "loss_kind": "stillbirth", "babies": 1, "living": 0}
    begun = time.monotonic()
    sent = await board.submit(board.event("update-submitted", {"referral_id": bereaved, "update": loss, "care": care}))
    assert sent.status_code == 202, sent.text
    [task] = await until(lambda: tasks(board, bereaved), 10)
    assert time.monotonic() - begun < 10, "a person is asked within ten seconds"
    assert (task["kind"], task["peer_id"]) == ("loss-recorded", peer)
    assert {"stay-with-this-peer", "pause", "peer-with-loss-experience"} <= set(task["choices"])
    assert "supervisor" in task["words"], "the peer is told by a person"

    now = await board.ask("referrals", f"/referrals/{bereaved}")
    assert (now["stage"], now["pathway"], now["peer_id"]) == ("supported", "loss", peer)
    window = await board.ask("referrals", f"/referrals/{bereaved}/care-window")
    assert window == {"counted_from": "loss", "on": "2026-03-04", "until": "2027-03-04"}

    for moment in (datetime(2026, 3, 4, 19, tzinfo=UTC), datetime(2026, 3, 19, 17, tzinfo=UTC)):
        await house.turn_to(moment)

    async def reminded() -> bool:
        return (await said(board, other)).count("reminder-sent") >= 1

    await until(reminded, 30)
    assert not WRITTEN & {*await said(board, bereaved)}
    assert not any("bereaved@example.org" in letter for letter in letters.written())
    assert any("other@example.org" in letter for letter in letters.written()), "others were reminded meanwhile"

    choice = {"task_id": task["task_id"], "outcome": "stay-with-this-peer"}
    await tell(board, bereaved, "answer-task", **choice, by_role="coordinator")
    assert await tasks(board, bereaved) == []
    assert not WRITTEN & {*await said(board, bereaved)}


async def test_no_exact_day_and_no_kind_of_loss_leaves_the_vault(board: Board, house: House) -> None:
    bereaved, _, _ = await in_support(board, "quiet@example.org")
    loss = {"by_role": "clinician", "care": {"on": "2026-02-17", "loss_kind": "termination", "living": 1}}
    await tell(board, bereaved, "record-loss", **loss)

    async def heard(service: str) -> bool:
        query = (
            "select 1 from inbox i join stream s on s.id = i.stream where s.subject = $1 "
            "and i.type = 'kith.loss-recorded.v1' and i.fate = 'done'"
        )
        return bool(await house.sql(service, query, f"referral/{bereaved}"))

    for service in ("gateway", "evaluation"):
        await until(lambda service=service: heard(service), 10)
    for service in ("gateway", "referrals", "evaluation"):
        for table in ("journal", "inbox"):
            held = await house.sql(service, f"select body from {table}")
            assert not any(b"termination" in row["body"] or b"2026-02-17" in row["body"] for row in held), table
    funnel = json.dumps(await board.ask("evaluation", "/journey-funnel", "evaluator"))
    assert "loss" not in funnel, "what an organisation may ask of evaluation says nothing of it"


async def test_a_consent_taken_back_counts_in_every_service_within_seconds(board: Board, house: House) -> None:
    referral_id, _, receipt_id = await in_support(board, "private@example.org")
    await board.receipt(receipt_id, lambda receipt: receipt["became"] and receipt["became"]["state"] == "started")
    scopes = ["share-with-journey", "feedback-to-referrer", "messages-email", "evaluation"]
    no = {"do": "change-consent", "scopes": scopes, "given": False, "how": "spoken", "text_version": "c-1"}
    begun = time.monotonic()
    await board.submit(board.event("update-submitted", {"referral_id": referral_id, "update": no}))

    async def not_counted() -> bool:
        rows = await house.sql("evaluation", "select may_be_used from journey where id = $1", referral_id)
        return bool(rows) and not rows[0]["may_be_used"]

    await board.receipt(receipt_id, lambda receipt: receipt["became"]["feedback"] == "none")
    await until(not_counted, 10)
    assert time.monotonic() - begun < 10
    funnel = await board.ask("evaluation", "/journey-funnel", "evaluator")
    assert funnel["total"]["stages"][0]["n"] == 0, "who said no is counted nowhere"
    now = await board.ask("referrals", f"/referrals/{referral_id}")
    assert not {*now["consents"]} & {*scopes}
    granted = await house.sql("referrals", "select granted_to from journey_part where id = $1", referral_id)
    assert [list(row["granted_to"]) for row in granted] == [[]]
    await house.turn_to(house.now + timedelta(days=11))
    assert "reminder-sent" not in await said(board, referral_id)
