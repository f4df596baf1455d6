"""Concerns in the whole house: what is decided over HTTP is said on Kafka, in order, and without a word of it."""

from typing import Any
from uuid import uuid4

from tests.rig.house import Board
from tests.rig.stage import until

WORDS = "She said Canary would be better off without her."


async def test_a_concern_raised_over_http_is_published_in_order_and_the_rest_of_the_house_goes_on(
    board: Board,
) -> None:
    body = {"about": "adult", "danger_now": "yes", "by_role": "peer", "words": WORDS, "person_id": str(uuid4())}
    said = await board.tell("supervision", "/concerns", body, "peer")
    concern = said["concern_id"]
    await board.tell("supervision", f"/concerns/{concern}/acknowledge-concern", {"by_role": "clinician"}, "clinician")
    query = (
        "select j.sequence, j.type, convert_from(j.body, 'UTF8') as body from journal j "
        "join stream s on s.id = j.stream "
        "join sent n on n.stream = j.stream and n.sequence = j.sequence where s.subject = $1 order by j.sequence"
    )

    async def sent() -> Any:
        rows = await board.house.sql("supervision", query, f"concern/{concern}")
        return rows if any(row["type"] == "kith.concern-acknowledged.v1" for row in rows) else None

    rows = await until(sent)
    assert "kith.concern-opened.v1" in [row["type"] for row in rows]
    assert "Canary" not in str(rows)
    answer = await board.call("GET", "supervision", f"/concerns/{concern}", "coordinator")
    assert answer.status_code == 403
