"""The gateway on real Kafka and PostgreSQL: either door once, a receipt for everything, and what became of it."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from services.gateway.service import SERVICE
from shared.runtime.auth import keys_of, mint
from shared.runtime.door import door
from shared.runtime.engine import make_engine
from shared.runtime.migrate import migrate, provision
from shared.runtime.service import Reaction
from shared.runtime.settings import Settings
from tests.rig.house import Board, House, referral
from tests.rig.stage import until

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def board(house: House) -> Board:
    return house.board()


async def accept(board: Board, referral_id: str) -> None:
    await board.tell("referrals", f"/referrals/{referral_id}/accept", {"by_role": "coordinator"})


async def known(board: Board, referral_id: str) -> None:
    """Once referrals has heard of it."""

    async def heard() -> bool:
        return (await board.call("GET", "referrals", f"/referrals/{referral_id}", "coordinator")).status_code == 200

    await until(heard)


async def test_a_referral_by_http_ends_on_its_receipt(board: Board) -> None:
    answer = await board.submit(board.event("referral-submitted", referral()))
    assert answer.status_code == 202, answer.text
    receipt = answer.json()
    assert receipt["status"] == "received"
    assert answer.headers["location"] == f"/receipts/{receipt['receipt_id']}"
    await known(board, receipt["referral_id"])
    await accept(board, receipt["referral_id"])
    seen = await board.receipt(receipt["receipt_id"], lambda r: r["became"] and r["became"]["state"] == "waiting")
    assert seen["became"]["feedback"] == "state"


async def test_a_referral_by_kafka_ends_on_its_receipt(board: Board) -> None:
    await board.produce(board.event("referral-submitted", referral()))
    (receipt,) = await until(board.receipts)
    assert receipt["status"] == "received"
    await known(board, receipt["referral_id"])
    await accept(board, receipt["referral_id"])
    await board.receipt(receipt["receipt_id"], lambda r: r["became"] and r["became"]["state"] == "waiting")


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


async def test_the_same_event_again_is_one_submission(board: Board) -> None:
    event = board.event("referral-submitted", referral())
    answers = [await board.submit(event, **{"Idempotency-Key": "one"}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [202] * 3
    assert len({answer.json()["receipt_id"] for answer in answers}) == 1
    await board.produce(event)
    await board.produce(event)
    after = board.event("referral-submitted", referral())
    await board.produce(after)

    async def both() -> list[dict[str, Any]] | None:
        rows = await board.receipts()
        return rows if len(rows) >= 2 else None

    rows = await until(both)
    assert len(rows) == 2
    await known(board, rows[1]["referral_id"])
    assert len(await board.house.sql("referrals", "select 1 from referral where organisation = $1", board.name)) == 2


async def test_the_same_event_many_times_at_once_is_one_submission(board: Board) -> None:
    event = board.event("referral-submitted", referral())
    answers = await asyncio.gather(*(board.submit(event) for _ in range(12)), *(board.produce(event) for _ in range(3)))
    assert {answer.status_code for answer in answers if answer} == {202}
    assert len({answer.json()["receipt_id"] for answer in answers if answer}) == 1
    assert len(await board.receipts()) == 1


async def test_other_bytes_under_a_known_id_are_refused(board: Board) -> None:
    event = board.event("referral-submitted", referral())
    first = (await board.submit(event)).json()
    impostor = await board.submit(event | {"data": referral(setting="mbu")})
    assert (impostor.status_code, impostor.json()["code"], impostor.json()["field"]) == (409, "impostor-id", "id")
    await board.produce(event | {"data": referral(setting="mbu")})

    async def refused() -> Any:
        return await board.house.sql(
            "gateway",
            "select 1 from inbox where organisation = $1 and fate = 'refused' and code = 'impostor-id'",
            board.name,
        )

    await until(refused)
    assert [row["receipt_id"] for row in await board.receipts()] == [first["receipt_id"]]


async def test_a_key_used_for_another_event_is_refused(board: Board) -> None:
    key = {"Idempotency-Key": f"k-{uuid4()}"}
    assert (await board.submit(board.event("referral-submitted", referral()), **key)).status_code == 202
    other = await board.submit(board.event("referral-submitted", referral()), **key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
    assert len(await board.receipts()) == 1


async def test_a_broken_body_is_rejected_with_its_fields_and_never_its_values(board: Board) -> None:
    body = referral(board_of_treatment="S99secret", referral_date="yesterday")
    del body["setting"]
    answer = await board.submit(board.event("referral-submitted", body))
    problem = answer.json()
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["field"] == "board_of_treatment"
    assert "secret" not in answer.text
    receipt = await board.ask("gateway", answer.headers["location"], "sender")
    assert receipt["status"] == "rejected"
    assert [(p["field"], p["code"]) for p in receipt["problems"]] == [
        ("board_of_treatment", "not-a-board"),
        ("referral_date", "not-a-date"),
        ("setting", "missing"),
    ]
    await board.produce(board.event("referral-submitted", None), body=b"\xff{")

    async def two() -> bool:
        return len(await board.receipts(status="rejected")) == 2

    await until(two)


async def test_an_update_names_its_referral_by_the_event_that_made_it(board: Board) -> None:
    made = board.event("referral-submitted", referral())
    early = board.event(
        "update-submitted",
        {"referral_event_id": made["id"], "update": {"do": "accept", "by_role": "coordinator"}},
    )
    held = (await board.submit(early)).json()
    assert (held["status"], held["code"]) == ("held", "referral-not-known-yet")
    await board.submit(made)
    (first, second) = await board.receipts()
    await known(board, second["referral_id"])
    placed = await board.tell(
        "gateway", f"/receipts/{held['receipt_id']}/place-again", {"why": "the referral has come"}
    )
    assert (placed["status"], placed["referral_id"]) == ("received", second["referral_id"])
    assert placed["received_at"] == first["received_at"]
    await board.receipt(second["receipt_id"], lambda r: r["became"] and r["became"]["state"] == "waiting")
    again = await board.call(
        "POST", "gateway", f"/receipts/{held['receipt_id']}/place-again", "coordinator", json={"why": "x"}
    )
    assert (again.status_code, again.json()["code"]) == (409, "not-held")


async def test_a_measure_is_held_and_marked_urgent(board: Board) -> None:
    receipt = (await board.submit(board.event("measure-submitted", {"items": [1]}))).json()
    assert (receipt["status"], receipt["code"], receipt["urgent"]) == ("held", "measure-not-taken-yet", True)
    assert "999" in receipt["message"]


async def test_a_batch_answers_for_each_of_its_events(board: Board) -> None:
    good = board.event("referral-submitted", referral())
    answer = await board.submit(
        [good, good, {"specversion": "1.0"}, board.event("referral-submitted", {}), board.event("tea-poured", {})]
    )
    assert answer.status_code == 202, answer.text
    results = answer.json()["results"]
    assert [result["status"] for result in results] == [202, 202, 422, 422, 422]
    assert results[0]["receipt"]["receipt_id"] == results[1]["receipt"]["receipt_id"]
    assert results[2]["problem"]["field"] == "id"
    assert results[4]["problem"]["code"] == "unknown-type"
    none = await board.submit([{"specversion": "1.0"}])
    assert (none.status_code, none.json()["code"], len(none.json()["results"])) == (422, "nothing-taken", 1)


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


async def test_binary_mode(board: Board) -> None:
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


async def test_an_event_from_the_future_is_rejected(board: Board) -> None:
    later = board.house.now + timedelta(hours=1)
    answer = await board.submit(board.event("referral-submitted", referral(), time=later.isoformat()))
    assert (answer.status_code, answer.json()["field"], answer.json()["code"]) == (422, "time", "in-the-future")


async def test_poison_at_intake_is_parked_with_its_bytes_and_good_ones_pass(board: Board) -> None:
    poison = board.event("referral-submitted", referral())
    del poison["specversion"]
    await board.produce(poison)
    await board.house.kafka.send_and_wait(f"kith.intake.{board.producer}", b"x", headers=[("ce_id", b"\xff")])
    await board.produce(board.event("referral-submitted", referral()))
    await until(board.receipts)
    parked = await board.house.sql(
        "gateway",
        "select code, body from inbox where topic = $1 and fate = 'parked' order by code",
        f"kith.intake.{board.producer}",
    )
    assert [row["code"] for row in parked] == ["header-missing", "header-not-text"]
    assert b"x" in [row["body"] for row in parked]


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


async def test_a_fault_of_ours_keeps_what_came_and_says_so(house: House) -> None:
    def fails(*_: Any) -> Any:
        raise RuntimeError("a rule with a fault in it")

    address = house.stack.cluster.postgres
    settings = Settings(
        service="gateway", database_host=address.host, database_port=address.port, database_name=f"faulty_{uuid4().hex}"
    )
    service = replace(SERVICE, intake=Reaction(lambda event: [event.subject], fails))
    key, record = mint("forms-x", "SC090000", ["sender"])
    await provision({"dsn": address.dsn()}, settings)
    engine = make_engine(service, settings, {"forms-x": "SC090000"})
    await engine.database.open()
    try:
        async with engine.database.owner() as connection:
            await migrate(connection, service, settings)
        transport = httpx.ASGITransport(door(engine, keys_of([record]), service.routes))
        headers = {"X-API-Key": key, "Content-Type": "application/cloudevents+json"}
        event = Board(house, "SC090000", "forms-x").event("measure-submitted", {"items": [2]})
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway", headers=headers) as http:
            answers = [await http.post("/events", json=event) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [202, 202]
        assert {(answer.json()["status"], answer.json()["code"]) for answer in answers} == {("held", "parked")}
        assert all(answer.json()["urgent"] for answer in answers)
        async with engine.database.owner() as connection:
            (kept,) = await connection.fetch("select fate, code, body from inbox")
        assert (kept["fate"], kept["code"], kept["body"]) == ("parked", "handler-failed", b'{"items":[2]}')
    finally:
        await engine.database.close()


async def test_receipts_come_in_pages(board: Board) -> None:
    for _ in range(3):
        await board.submit(board.event("referral-submitted", referral()))
    first = await board.ask("gateway", "/receipts", "sender", limit=2)
    second = await board.ask("gateway", "/receipts", "sender", limit=2, after=first["next"])
    assert (len(first["rows"]), len(second["rows"]), second["next"]) == (2, 1, None)
    bad = await board.call("GET", "gateway", "/receipts", "sender", params={"after": f"{'9' * 16}~{'-' * 36}"})
    assert (bad.status_code, bad.json()["field"]) == (422, "after")
