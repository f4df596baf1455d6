"""What leaves a sender, and what an answer says became of it."""

import json
from dataclasses import replace
from typing import Any

import pytest

from demo.calendar import on
from demo.doors import BATCH, batch, record, request, submission_id
from demo.fates import answered
from demo.odd import AFTER, INSTEAD
from demo.places import BOARDS
from demo.sending import GOOD, REFERRAL, Outcome, Sending, written
from shared.runtime.reading import intake_id

TAYSIDE = next(board for board in BOARDS if board.name == "tayside")


def good(**data: Any) -> Sending:
    return written(on(0), TAYSIDE, "form-1", REFERRAL, {"sender": "S08000030"} | data, GOOD)


def odd(kind: str) -> Sending:
    return next(odd for odd in (*AFTER, *INSTEAD) if odd.kind == kind).of(good(), "odd-1")


def test_a_record_keeps_what_is_broken() -> None:
    assert ("ce_type", None) in record(odd("a header without a value")).headers
    assert [name for name, _ in record(odd("a header that stands twice")).headers].count("ce_type") == 2
    assert "ce_source" not in dict(record(odd("a header that is missing")).headers)
    assert record(odd("a record without a body")).value is None


def test_one_event_says_the_same_by_every_door() -> None:
    event = good()
    structured = json.loads(request(event).content)
    assert structured["data"] == {"sender": "S08000030"}
    assert structured["id"] == "form-1"
    binary = request(replace(event, mode="binary"))
    assert (binary.headers["ce-id"], json.loads(binary.content)) == ("form-1", structured["data"])
    both = batch([event, event])
    assert (both.headers["content-type"], json.loads(both.content)) == (BATCH, [structured, structured])
    assert submission_id(TAYSIDE, "form-1") == str(intake_id("tayside", structured["source"], "form-1"))


def test_what_comes_again_is_the_same_and_an_impostor_is_not() -> None:
    again, impostor = odd("the same form sent twice"), odd("other content under a known id")
    assert (again.attributes, again.body) == (good().attributes, good().body)
    assert impostor.attributes == good().attributes
    assert impostor.body != good().body


RECEIPT = {"receipt_id": "r1", "status": "received", "problems": [], "code": None, "message": None}
BAD = {"code": "not-json", "message": "It is not JSON."}
REJECTED = RECEIPT | {"status": "rejected", "problems": [BAD]}


@pytest.mark.parametrize(
    ("status", "said", "became"),
    [
        (202, RECEIPT, Outcome("received")),
        (202, RECEIPT | {"receipt_id": "seen"}, Outcome("again")),
        (202, RECEIPT | {"status": "held", "code": "why"}, Outcome("held", "why")),
        (422, {"code": "x", "receipt": REJECTED}, Outcome("sent back", "not-json")),
        (422, {"code": "missing", "detail": "No."}, Outcome("turned away", "missing")),
        (409, {"code": "impostor-id", "detail": "No.", "receipt": RECEIPT}, Outcome("parked", "impostor-id")),
    ],
)
def test_an_answer_is_one_fate(status: int, said: dict[str, Any], became: Outcome) -> None:
    assert answered(status, said, {"seen"}) == became
