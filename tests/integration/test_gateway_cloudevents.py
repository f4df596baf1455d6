"""CloudEvents over HTTP as they come, and as nobody should send them."""

import json
from typing import Any

import pytest

from tests.rig.house import Board, House, referral

pytestmark = pytest.mark.timeout(180)


def without(event: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in event.items() if key != name}


BAD: dict[str, tuple[Any, str, int, str]] = {
    "no id": (lambda e: without(e, "id"), "missing", 422, "id"),
    "no time": (lambda e: without(e, "time"), "missing", 422, "time"),
    "a time without zone": (lambda e: e | {"time": "2026-03-02T09:00:00"}, "bad-attribute", 422, "time"),
    "another version": (lambda e: e | {"specversion": "0.3"}, "bad-attribute", 422, "specversion"),
    "an attribute that is ours": (lambda e: e | {"producer": "boss"}, "reserved-attribute", 422, "producer"),
    "a name that is none": (lambda e: e | {"Not A Name": "x"}, "bad-attribute", 422, "Not A Name"),
    "a control character": (lambda e: e | {"id": "a\nb"}, "bad-attribute", 422, "id"),
    "a long id": (lambda e: e | {"id": "a" * 600}, "bad-attribute", 422, "id"),
    "an object for an id": (lambda e: e | {"id": {}}, "bad-attribute", 422, "id"),
    "data twice": (lambda e: e | {"data_base64": "e30="}, "contradictory", 422, "data_base64"),
    "no base64": (lambda e: without(e, "data") | {"data_base64": "%"}, "bad-attribute", 422, "data_base64"),
    "xml": (lambda e: e | {"datacontenttype": "text/xml"}, "unsupported-media-type", 415, "datacontenttype"),
    "a deep body": (lambda e: e | {"data": json.loads("[" * 400 + "]" * 400)}, "bad-attribute", 422, "data"),
    "a text": (lambda e: "event", "not-a-cloudevent", 400, "body"),
    "an empty batch": (lambda e: [], "not-a-batch", 400, "body"),
    "too large a batch": (lambda e: [e] * 501, "too-many-events", 413, ""),
}


@pytest.mark.parametrize(("change", "code", "status", "field"), BAD.values(), ids=BAD.keys())
async def test_what_is_no_cloudevent_is_refused_and_not_kept(
    house: House, change: Any, code: str, status: int, field: str
) -> None:
    board = Board(house, "SC090000", "forms-0")
    before = await house.sql("gateway", "select count(*) from inbox where topic = 'http'")
    answer = await board.submit(change(board.event("referral-submitted", referral())))
    assert (answer.status_code, answer.json()["code"], answer.json().get("field", "")) == (status, code, field)
    assert await house.sql("gateway", "select count(*) from inbox where topic = 'http'") == before


RAW = (
    b"", b"{", b"null", b"[[]]", b'"\\ud800"', b'{"id": "\\ud800"}', b"\xff\xfe",
    b"[" * 5000, b'{"a":' * 5000, b"1e999", b"NaN",
    b'{"specversion": "1.0", "id": 1e400, "source": "s", "type": "t", "time": "t"}',
    b'{"specversion": "1.0", "id": 99999999999999999999999999, "source": "s", "type": "t", "time": "t"}',
    b'{"specversion": "1.0", "id": "x", "source": "s", "type": "t", "time": "0001-01-01T00:00:00+14:00"}',
    b'{"specversion": "1.0", "id": "x", "source": "s", "type": "t", "time": "9999-12-31T23:59:59-14:00", "data": {}}',
    b'{"specversion": "1.0", "id": "\\u0000", "source": "s", "type": "t", "time": "2026-03-02T09:00:00Z"}',
    b'{"specversion": true, "": "x"}',
)  # fmt: skip


@pytest.mark.parametrize("media", ["application/cloudevents+json", "application/cloudevents-batch+json"])
@pytest.mark.parametrize("body", RAW, ids=range(len(RAW)))
async def test_no_body_at_all_is_a_fault_of_ours(house: House, media: str, body: bytes) -> None:
    board = Board(house, "SC090000", "forms-0")
    for content in (body, b"[" + body + b"]"):
        answer = await board.call(
            "POST", "gateway", "/events", "sender", content=content, headers={"Content-Type": media}
        )
        assert 400 <= answer.status_code < 500, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"]


@pytest.mark.parametrize(
    "headers",
    [
        {"ce-id": "%ff"},
        {"ce-id": "%00"},
        {"ce-id": "%ED%A0%80"},
        {"ce-time": "today"},
        {"ce-type": "%20"},
        {"ce-": "x"},
        {"ce-a_b": "x"},
        {"ce-producer": "boss"},
        {"ce-datacontenttype": "text/plain"},
        {"content-type": "text/plain"},
        {"idempotency-key": "x y"},
    ],
    ids=str,
)
async def test_no_header_at_all_is_a_fault_of_ours(house: House, headers: dict[str, str]) -> None:
    board = Board(house, "SC090000", "forms-0")
    good = {f"ce-{name}": value for name, value in board.event("referral-submitted", {}).items() if name != "data"}
    given = {"content-type": "application/json", **good, **headers}
    answer = await board.call("POST", "gateway", "/events", "sender", content=b"{}", headers=given)
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.json()["code"]


async def test_an_event_may_be_told_by_its_headers_and_not_without_them(board: Board) -> None:
    attributes = {
        "ce-specversion": "1.0",
        "ce-id": "form%20%E2%82%AC",
        "ce-source": "/forms",
        "ce-type": "kith.referral-submitted.v1",
        "ce-time": board.house.now.isoformat(),
    }
    answer = await board.call("POST", "gateway", "/events", "sender", json=referral(), headers=attributes)
    assert answer.status_code == 202, answer.text
    bare = await board.call("POST", "gateway", "/events", "sender", json=referral())
    assert (bare.status_code, bare.json()["code"]) == (400, "not-a-cloudevent")
    coordinator = await board.call("POST", "gateway", "/events", "coordinator", json=referral(), headers=attributes)
    assert coordinator.status_code == 403
