"""The gateway on real Kafka and PostgreSQL: either door once, a receipt for everything, and what became of it."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

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
from tests.rig.referring import accept, known
from tests.rig.stage import until

pytestmark = pytest.mark.timeout(180)


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
    parked = await board.house.raw("topic = $1 and fate = 'parked'", f"kith.intake.{board.producer}")
    assert sorted(row["code"] for row, _ in parked) == ["header-missing", "header-not-text"]
    assert b"x" in [record.body for _, record in parked]


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
        assert not any("location" in answer.headers for answer in answers)
        async with engine.database.owner() as connection:
            (kept,) = await connection.fetch("select fate, code, body from inbox")
        assert (kept["fate"], kept["code"], kept["body"]) == ("parked", "handler-failed", b'{"items":[2]}')
    finally:
        await engine.database.close()
