"""Somebody seeking asylum, without a CHI: taken with what is known, never texted, found again, linked and unlinked."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.journeys.conftest import Letters
from tests.rig.house import Board, House, referral
from tests.rig.referring import accept, arrived
from tests.rig.stage import until

pytestmark = pytest.mark.timeout(300)

PHONE = "07700 900123"
CHARITY = {
    "given": "Selam",
    "sender_reference": "row-17",
    "contact": {
        "phones": [PHONE],
        "address": ["Room 12, Invented Hotel"],
        "postcode": "G99 9ZZ",
        "safe": {
            "channels": ["internet-call"],
            "shared_phone": True,
            "do_not_write": ["text", "letter"],
            "own_words": "WhatsApp call only, room shared",
        },
    },
}
GP = {
    "given": "Selham",
    "family": "Example",
    "birth_date": "1996-04-02",
    "chi": "9990000018",
    "contact": {"phones": ["+44 7700 900123"], "safe": {"channels": ["phone"]}},
}
NEEDS = {"stage": "pregnant", "stage_weeks": 30, "support_needs": ["asylum-or-refugee"]}
YES = {"scopes": ["share-with-provider"], "given": True, "how": "spoken", "text_version": "c-1"}


async def person(board: Board, referral_id: str) -> dict[str, Any]:
    found: dict[str, Any] = await board.ask("referrals", f"/referrals/{referral_id}/person")
    return found


async def duplicates(board: Board) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = (await board.ask("referrals", "/duplicates"))["rows"]
    return rows


async def test_somebody_without_a_chi(board: Board, house: House, letters: Letters) -> None:
    row = referral(
        referrer_role="third-sector", language="ti", interpreter_needed=True, person=CHARITY, needs=NEEDS,
        board_of_treatment="S08000031", board_of_residence="RA2701",
    )  # fmt: skip
    first = (await arrived(board, row))["referral_id"]
    stands = await board.ask("referrals", f"/referrals/{first}")
    assert (stands["language"], stands["interpreter_needed"]) == ("ti", True)
    seen = await person(board, first)
    assert seen["identity"] == {"given": "Selam", "sender_reference": "row-17"}
    assert seen["contact"]["safe"]["own_words"] == "WhatsApp call only, room shared"
    assert (seen["needs"]["support_needs"], seen["withheld"]) == ([], ["needs.support_needs"])
    await accept(board, first)

    await house.turn_to(datetime(2026, 3, 16, 9, tzinfo=UTC))
    later = referral(referrer_role="gp", referral_date="2026-03-16", person=GP)
    second = (await arrived(board, later))["referral_id"]
    [found] = await until(lambda: duplicates(board))
    assert (found["referral_id"], found["other_referral_id"], found["status"]) == (second, first, "suspected")
    assert found["facts"] == ["same-phone", "similar-name"]

    histories = [await board.ask("referrals", f"/referrals/{each}/timeline") for each in (first, second)]
    who = {"other_person_id": found["other_person_id"]}
    await board.tell("referrals", f"/referrals/{second}/confirm-duplicate", who)
    assert [twin["status"] for twin in (await person(board, first))["duplicates"]] == ["confirmed"]
    assert "chi" not in (await person(board, first))["identity"], "linked, never merged"
    await board.tell("referrals", f"/referrals/{second}/unlink-duplicate", who)
    assert [twin["status"] for twin in (await person(board, first))["duplicates"]] == ["unlinked"]
    assert (await person(board, second))["identity"]["chi"] == "9990000018"
    for referral_id, before in zip((first, second), histories, strict=True):
        after = await board.ask("referrals", f"/referrals/{referral_id}/timeline")
        assert after["rows"][: len(before["rows"])] == before["rows"]

    await board.tell("referrals", f"/referrals/{first}/change-consent", YES)
    assert (await person(board, first))["needs"]["support_needs"] == ["asylum-or-refugee"]
    assert letters.written() == [], "nobody was written to"
