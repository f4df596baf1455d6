"""A father refers himself late in the evening: he is a client of his own, and the peer who is a father comes first."""

from datetime import UTC, datetime

import pytest

from shared.contracts.supervision import MatchTags
from tests.journeys.conftest import Letters
from tests.rig.house import Board, House
from tests.rig.referring import accept, placed
from tests.rig.supervising import Supervision

pytestmark = pytest.mark.timeout(300)

ANSWERS = {
    "agreed": True,
    "parent_role": "father",
    "board_of_residence": "S08000030",
    "formats_wanted": ["phone"],
    "name": "Invented",
    "phone": "07700 900123",
    "ways": ["phone"],
}
WISHES = {"role": "father", "slots": ["thu-evening", "tue-evening"], "formats": ["phone", "video"]}


async def test_a_father(board: Board, house: House, letters: Letters) -> None:
    supervision = Supervision(board)
    fathers = MatchTags(role="father", gender="man", experiences=("postnatal-anxiety",))
    mothers = MatchTags(role="birth-parent", gender="woman", experiences=("postnatal-anxiety",))
    d = await supervision.peer(tags=fathers, slots=("thu-evening",), formats=("phone",), boards=("S08000030",))
    other = await supervision.peer(tags=mothers, slots=("thu-evening",), formats=("phone",), boards=("S08000030",))
    for peer in (d, other):
        await supervision.heard(peer)

    await house.turn_to(datetime(2026, 3, 2, 22, 40, tzinfo=UTC))
    answer = await house.http.post(f"{house.url('gateway')}/forms/{board.form}", json=ANSWERS)
    assert answer.status_code == 202, answer.text
    referral_id = (await placed(board, answer.json()["receipt_id"]))["referral_id"]
    here = f"/referrals/{referral_id}"

    stands = await board.ask("referrals", here)
    assert (stands["parent_role"], stands["referrer_role"]) == ("father", "self")
    assert stands["received_at"].startswith("2026-03-02T22:4")
    assert (await board.ask("referrals", f"{here}/person"))["identity"]["given"] == "Invented"
    assert len((await board.ask("referrals", "/waiting-list"))["rows"]) == 1, "no other record was made for the mother"

    await house.turn_to(datetime(2026, 3, 4, 10, tzinfo=UTC))
    await accept(board, referral_id)
    await board.tell("referrals", f"{here}/record-preferences", {"by_role": "coordinator", "preferences": WISHES})
    found = await board.ask("referrals", f"{here}/candidates")
    assert [each["peer_id"] for each in found["candidates"]][:1] == [str(d)]
    assert "is a parent in the role the client wished for" in found["candidates"][0]["shared_and_met"]

    await house.turn_to(datetime(2026, 3, 11, 18, tzinfo=UTC))
    call = {"channel": "phone", "outcome": "spoke", "purpose": "first", "by_role": "coordinator"}
    await board.tell("referrals", f"{here}/record-contact", call)
    stands = await board.ask("referrals", here)
    assert stands["first_contact_at"]
    assert "first-contact/red" not in stands["bounds_passed"]
    assert (stands["first_contact_red_on"], stands["waiting_days"]) == (None, 9)
    assert letters.written() == [], "nothing is sent that nobody confirmed"
