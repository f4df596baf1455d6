"""The gateway on a Kafka of its own that stands still, and as a process that is killed."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from services.gateway.placing import place
from services.gateway.service import SERVICE
from shared.cli.key_file import KeyWish
from shared.cli.stack import stack
from shared.runtime.decisions import Cause
from shared.runtime.engine import make_engine
from shared.runtime.relay import relay_state
from shared.runtime.settings import Settings
from tests.rig.house import Board, House, emptied, form_of, referral
from tests.rig.stage import Stage, until

pytestmark = pytest.mark.timeout(240)

HERE = Path(__file__).parents[2] / "build" / "gateway"
BOUND, RATE = 3, 5
ANSWERS = {"agreed": True, "parent_role": "father", "board_of_residence": "S08000030"}


@pytest.fixture(scope="module")
async def alone() -> AsyncIterator[House]:
    """The gateway alone, on Kafka and PostgreSQL of its own; it dies once, when it has placed something again."""
    keys = [
        KeyWish("forms", "SC090000", ("sender",)),
        KeyWish(form_of("forms"), "SC090000", ("public-form",)),
    ]
    home = emptied(HERE)
    told = {
        "KITH_BACKLOG_BOUND": str(BOUND),
        "KITH_FORM_RATE": str(RATE),
        "KITH_HALT_AT": "command.appended:kill",
        "KITH_HALT_MARK": str(home / "halt"),
    }
    async with (
        stack(home, keys=keys, services=("gateway",), environment=told) as up,
        httpx.AsyncClient(timeout=20, trust_env=False) as http,
    ):
        yield House(up, http, None, datetime.now(UTC))  # type: ignore[arg-type]


@pytest.fixture
def sender(alone: House) -> Board:
    return Board(alone, "SC090000", "forms")


async def taken(board: Board, event: dict[str, Any]) -> dict[str, Any]:
    answer = await board.submit(event)
    assert answer.status_code == 202, answer.text
    receipt: dict[str, Any] = answer.json()
    return receipt


async def test_while_what_was_taken_cannot_be_passed_on_for_too_long_only_what_is_urgent_is_taken(
    sender: Board,
) -> None:
    cluster, form = sender.house.stack.cluster, f"{sender.house.url('gateway')}/forms/{sender.form}"

    async def urgent() -> None:
        receipt = await taken(sender, sender.event("measure-submitted", {"items": [1]}))
        assert receipt["urgent"]

    await taken(sender, sender.event("referral-submitted", referral()))
    await urgent()
    # Frozen, because one that is dead is started again.
    await cluster.kill_broker(1, signal.SIGSTOP)
    try:
        await taken(sender, sender.event("referral-submitted", referral()))
        assert (await sender.house.http.post(form, json=ANSWERS)).status_code == 202

        async def refused() -> httpx.Response | None:
            await urgent()
            answer = await sender.submit(sender.event("referral-submitted", referral()))
            return answer if answer.status_code == 429 else None

        answer = await until(refused, 60, pause=0.2)
        kept = len(await sender.house.sql("gateway", "select 1 from submission where status = 'received'"))
        assert answer.json()["code"] == "backlog-too-old"
        assert int(answer.headers["retry-after"]) > 0
        for body in ({"json": ANSWERS}, {"data": ANSWERS | {"agreed": "yes"}}):
            answer = await sender.house.http.post(form, **body)
            assert answer.status_code == 429, answer.text
            assert int(answer.headers["retry-after"]) > 0
            assert "phone" in answer.text
        urgent_one = sender.event("concern-raised", {})
        batch = await sender.submit([sender.event("referral-submitted", referral()), urgent_one])
        assert [result["status"] for result in batch.json()["results"]] == [429, 202]
        assert len(await sender.house.sql("gateway", "select 1 from submission where status = 'received'")) == kept
    finally:
        await cluster.kill_broker(1, signal.SIGCONT)

    async def again() -> bool:
        await urgent()
        answer = await sender.submit(sender.event("referral-submitted", referral()))
        assert answer.status_code in (202, 429), answer.text
        return answer.status_code == 202

    await until(again, 90, pause=0.2)

    async def all_sent() -> bool:
        return not await sender.house.sql("gateway", "select 1 from unsent")

    await until(all_sent, 60)


async def test_a_form_that_is_flooded_takes_so_many_a_minute_and_says_to_phone(sender: Board) -> None:
    form = f"{sender.house.url('gateway')}/forms/{sender.form}"
    bad = await sender.house.http.post(form, json={})
    assert bad.status_code == 422
    clicked = ANSWERS | {"form_id": str(uuid4())}
    first = await sender.house.http.post(form, json=clicked)
    told = [await sender.house.http.post(form, json=ANSWERS) for _ in range(RATE + 1)]
    # The test before may have used up a part of this minute.
    assert [answer.status_code for answer in told] in ([202] * n + [429] * (RATE + 1 - n) for n in range(RATE + 1))
    assert (told[-1].json()["code"], "phone" in told[-1].text) == ("too-many", True)
    assert 0 < int(told[-1].headers["retry-after"]) <= 60
    page = await sender.house.http.post(form, data=ANSWERS | {"agreed": "yes"})
    assert (page.status_code, page.headers["content-type"]) == (429, "text/html; charset=utf-8")
    assert 0 < int(page.headers["retry-after"]) <= 60
    assert "phone" in page.text.partition("<h1>")[2]
    second = await sender.house.http.post(form, json=clicked)
    assert second.status_code == first.status_code, "what was kept is not said to be refused"
    await taken(sender, sender.event("referral-submitted", referral()))


async def test_what_kafka_refuses_closes_the_door_to_nothing_else(rig: Stage) -> None:
    """It stands still until a person looks, and so does what is behind it; neither is a backlog."""
    stuck, other = uuid4(), uuid4()
    engine = await rig.engine("teller")

    async def waited() -> float:
        return (await relay_state(engine)).backlog_seconds

    for _ in range(2):
        await rig.count(stuck, 1)
    assert await waited()
    await rig.sql("teller", "update unsent set refused = 'a-code' where sequence = 1")
    assert not await waited()
    await rig.count(other, 1)
    assert await waited()


async def held(board: Board, made: dict[str, Any], number: int) -> list[str]:
    """So many updates that came before the referral they name."""
    update = {"do": "pause", "asked_by": "client", "channel": "text"}
    said = {"referral_event_id": made["id"], "update": update}
    receipts = [await taken(board, board.event("update-submitted", said)) for _ in range(number)]
    assert {receipt["status"] for receipt in receipts} == {"held"}
    return [receipt["receipt_id"] for receipt in receipts]


async def placed_once(board: Board, receipts: list[str]) -> None:
    """Each of them has been passed on, and said once."""

    async def passed_on() -> bool:
        rows = await board.house.sql("gateway", "select status from submission where id = any($1)", receipts)
        return {row["status"] for row in rows} == {"received"}

    await until(passed_on, 60)
    said = await board.house.sql(
        "gateway",
        "select s.subject, count(*) as n from journal j join stream s on s.id = j.stream "
        "where j.type = 'kith.update-received.v1' and s.subject = any($1) group by s.subject",
        [f"submission/{receipt}" for receipt in receipts],
    )
    assert {row["subject"]: row["n"] for row in said} == {f"submission/{receipt}": 1 for receipt in receipts}


async def test_what_waited_is_placed_once_though_the_gateway_is_killed_before_and_while_it_does_so(
    sender: Board,
) -> None:
    gateway, mark = sender.house.stack.kept["gateway"], sender.house.stack.home / "halt"
    made = sender.event("referral-submitted", referral())
    receipts = await held(sender, made, 5)
    os.kill(gateway.pid, signal.SIGKILL)
    await died(sender, 1)
    await taken(sender, made)
    await died(sender, 2)
    assert mark.read_text() == "command.appended"
    await placed_once(sender, receipts)


async def test_what_waited_is_placed_once_though_many_do_so_at_once(sender: Board) -> None:
    made = sender.event("referral-submitted", referral())
    receipts = await held(sender, made, 5)
    postgres = sender.house.stack.cluster.postgres
    keys = sender.house.stack.home / "master-keys" / "gateway.json"
    settings = Settings(service="gateway", database_host=postgres.host, database_port=postgres.port, master_keys=keys)
    engine = make_engine(SERVICE, settings, {sender.producer: sender.name})
    await engine.database.open()
    try:
        await taken(sender, made)
        cause = Cause(sender.name, "sender", uuid4(), None, None, datetime.now(UTC))
        await asyncio.gather(*(place(engine, UUID(receipt), cause) for receipt in receipts for _ in range(6)))
    finally:
        await engine.database.close()
    await placed_once(sender, receipts)


async def died(sender: Board, times: int) -> None:
    """The gateway has died so many times in all, and answers again."""
    gateway = sender.house.stack.kept["gateway"]

    async def again() -> bool:
        with suppress(httpx.TransportError):
            return (
                gateway.restarts == times
                and (await sender.house.http.get(f"{sender.house.url('gateway')}/ready")).is_success
            )
        return False

    await until(again, 60)
