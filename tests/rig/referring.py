"""What senders and coordinators do to a referral in a test, and that the services have heard of it."""

from collections.abc import Mapping
from typing import Any

from tests.rig.house import Board, referral
from tests.rig.stage import until


async def accept(board: Board, referral_id: str) -> None:
    await board.tell("referrals", f"/referrals/{referral_id}/accept", {"by_role": "coordinator"})


async def known(board: Board, referral_id: str) -> None:
    """Once referrals has heard of it."""

    async def heard() -> bool:
        return (await board.call("GET", "referrals", f"/referrals/{referral_id}", "coordinator")).status_code == 200

    await until(heard)


PAUSE = {"do": "pause", "asked_by": "client", "channel": "text"}


async def refused(board: Board, referral_id: str, update: dict[str, Any]) -> dict[str, Any]:
    """The receipt of an update that was passed on, once a rule has said no to it."""
    sent = await board.submit(board.event("update-submitted", {"referral_id": referral_id, "update": update}))
    assert (sent.status_code, sent.json()["status"], sent.json()["code"]) == (202, "received", None), sent.text
    return await board.receipt(sent.json()["receipt_id"], lambda r: r["status"] == "refused")


async def declined(board: Board, **changes: Any) -> str:
    """A referral that was declined, and the gateway knows."""
    receipt = (await board.submit(board.event("referral-submitted", referral(**changes)))).json()
    await known(board, receipt["referral_id"])
    decline = {"by_role": "coordinator", "grounds": ["outside-window"], "actions": ["client-told"]}
    await board.tell("referrals", f"/referrals/{receipt['referral_id']}/decline", decline)

    async def heard() -> Any:
        return await board.house.sql(
            "gateway", "select 1 from referral_fate where id = $1 and state = 'declined'", receipt["referral_id"]
        )

    await until(heard)
    return str(receipt["referral_id"])


async def arrived(board: Board, said: Mapping[str, Any]) -> dict[str, Any]:
    """The receipt of a referral that was submitted, once referrals has heard of it; sealed or not."""
    return await placed(board, (await board.submit(board.event("referral-submitted", said))).json()["receipt_id"])


async def placed(board: Board, receipt_id: str) -> dict[str, Any]:
    """The receipt, once it names its referral and referrals has heard of it."""

    def found(receipts: list[dict[str, Any]]) -> dict[str, Any] | None:
        return next((r for r in receipts if r["receipt_id"] == receipt_id and r["referral_id"]), None)

    receipt = found(await board.seen(found))
    assert receipt
    await known(board, receipt["referral_id"])
    return receipt
