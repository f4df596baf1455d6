"""A service process over real HTTP: bad requests are answered as such, and what is away is not the caller's fault."""

import asyncio
import json
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest
from aiokafka import AIOKafkaProducer

from deploy.embedded import Cluster, cluster
from shared.runtime.auth import mint, write_keys
from shared.runtime.master_keys import make_file
from shared.runtime.migrate import migrate, provision
from shared.runtime.service import Service
from shared.runtime.settings import Settings
from tests.rig.records import counted, send, with_header
from tests.rig.stage import Process, Stage, found_whole, stage, until

HERE = Path(__file__).parents[2]
HUGE = 2**63 - 1


@pytest.fixture(scope="module")
async def standing(ground: Cluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Stage, Process]]:
    """A teller in a process of its own, for the tests that leave it well."""
    async with stage(ground, tmp_path_factory.mktemp("http")) as rig:
        yield rig, await rig.start("teller")


@pytest.fixture
async def client(standing: tuple[Stage, Process]) -> AsyncIterator[httpx.AsyncClient]:
    rig, process = standing
    async with calling(rig, process) as http:
        yield http


def calling(rig: Stage, process: Process) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=process.url, headers={"X-API-Key": rig.key}, timeout=30, trust_env=False)


def path(rest: str = "/counts") -> str:
    return f"/tallies/{uuid4()}{rest}"


def one_with(header: str, value: str) -> dict[str, Any]:
    return {"json": {"number": 1}, "headers": {header: value}}


KEY = "Idempotency-Key"
JSON = {"Content-Type": "application/json"}
BAD: tuple[tuple[str, str, str, dict[str, Any], int, str, str | None], ...] = (
    ("no JSON", "POST", path(), {"content": b"{", "headers": JSON}, 400, "bad-json", None),
    ("not UTF-8", "POST", path(), {"content": b'{"note": "\xff"}', "headers": JSON}, 400, "bad-json", None),
    ("deep", "POST", path(), {"content": b"[" * 100_000, "headers": JSON}, 400, "bad-json", None),
    ("a surrogate", "POST", path(), {"content": b'{"note": "\\ud800"}', "headers": JSON}, 400, "bad-json", None),
    ("a NUL", "POST", path(), {"json": {"number": 1, "note": "\0"}}, 422, "invalid", "note"),
    ("no object", "POST", path(), {"json": []}, 422, "invalid", "body"),
    ("nothing in it", "POST", path(), {"json": {}}, 422, "invalid", "number"),
    ("a word", "POST", path(), {"json": {"number": "many"}}, 422, "invalid", "number"),
    ("NaN", "POST", path(), {"content": b'{"number": NaN}', "headers": JSON}, 422, "invalid", "number"),
    ("too large a number", "POST", path(), {"json": {"number": 2**63}}, 422, "invalid", "number"),
    ("an unknown field", "POST", path(), {"json": {"number": 1, "more": 1}}, 422, "invalid", "more"),
    ("an id that is none", "POST", path(), {"json": {"number": 1, "shared_with": "x"}}, 422, "invalid", "shared_with"),
    ("another media type", "POST", path(), {"content": b"{}"}, 415, "unsupported-media-type", "Content-Type"),
    ("two megabytes", "POST", path(), {"json": {"number": 1, "note": "x" * 2_000_000}}, 413, "too-large", None),
    ("a rule", "POST", path(), {"json": {"number": -1}}, 409, "negative", "number"),
    ("If-Match that is none", "POST", path(), one_with("If-Match", "*"), 400, "bad-if-match", "If-Match"),
    ("If-Match that matches nothing", "POST", path(), one_with("If-Match", '"7"'), 412, "stale", "If-Match"),
    ("a key with a space", "POST", path(), one_with(KEY, "a b"), 400, "bad-idempotency-key", KEY),
    ("no key in the header", "POST", path(), one_with(KEY, ""), 400, "bad-idempotency-key", KEY),
    ("a path id that is none", "POST", "/tallies/7/counts", {"json": {"number": 1}}, 404, "not-found", None),
    ("a path id beyond", "GET", "/tallies/" + "9" * 5000, {}, 404, "not-found", None),
    ("no such path", "GET", "/nothing", {}, 404, "not-found", None),
    ("a path of percent signs", "GET", "/%00%ff%zz", {}, 404, "not-found", None),
    ("no such row", "GET", path(""), {}, 404, "not-found", None),
    ("another method", "DELETE", path(""), {}, 405, "method-not-allowed", None),
    ("an unknown parameter", "GET", path("") + "?more=1", {}, 422, "unknown-parameter", "more"),
    ("a query that is none", "GET", path("") + "?a=%ff", {}, 400, "bad-query", None),
    ("no key", "GET", path(""), {"headers": {"X-API-Key": ""}}, 401, "unknown-key", None),
    ("another's key", "GET", path(""), {"headers": {"X-API-Key": "kith_x_y"}}, 401, "unknown-key", None),
    ("a scheme that is none", "GET", path(""), {"headers": {"Authorization": "Basic eDp5"}}, 401, "unknown-key", None),
    ("a role one has not", "GET", "/ops/dead-letters", {}, 403, "role-not-allowed", None),
)  # fmt: skip


@pytest.mark.parametrize(
    ("method", "where", "what", "status", "code", "field"), [b[1:] for b in BAD], ids=[b[0] for b in BAD]
)
async def test_a_bad_request_is_told_what_is_wrong(
    client: httpx.AsyncClient, method: str, where: str, what: dict[str, Any], status: int, code: str, field: str | None
) -> None:
    answer = await client.request(method, where, **what)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    told = answer.json()
    assert (told["status"], told["code"], told.get("field")) == (status, code, field)
    assert told["title"]
    assert told["detail"]


RAW = (
    b"GET / HTTP/9.9\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"POST /tallies/x/counts HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    b"POST /tallies/x/counts HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    b"POST /tallies/x/counts HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"GET /" + b"x" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X-A: " + b"y" * 200_000 + b"\r\n\r\n",
    b"GET / HTTP/1.1\r\nHo\x00st: x\r\n\r\n",
)


@pytest.mark.parametrize("raw", RAW, ids=lambda raw: repr(raw[:30]))
async def test_what_is_no_http_is_refused_or_cut_off_and_never_our_fault(
    standing: tuple[Stage, Process], raw: bytes
) -> None:
    _, process = standing
    url = httpx.URL(process.url)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(raw)
    writer.write_eof()
    answer = await asyncio.wait_for(reader.read(200), 20)
    writer.close()
    assert not answer or answer.split()[1].startswith(b"4"), answer
    assert process.running


async def test_the_same_key_twice_is_one_effect_and_with_another_body_is_refused(client: httpx.AsyncClient) -> None:
    tally, key = uuid4(), {"Idempotency-Key": str(uuid4())}
    first, again = [await client.post(f"/tallies/{tally}/counts", json={"number": 3}, headers=key) for _ in "12"]
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.content == again.content
    other = await client.post(f"/tallies/{tally}/counts", json={"number": 4}, headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
    elsewhere = await client.post(f"/tallies/{uuid4()}/counts", json={"number": 3}, headers=key)
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (422, "idempotency-key-reused")
    assert (await client.get(f"/tallies/{tally}")).json() == {"id": str(tally), "sequence": 1, "total": 3}


async def test_a_refused_request_keeps_its_key_free(client: httpx.AsyncClient) -> None:
    tally, key = uuid4(), {"Idempotency-Key": str(uuid4())}
    assert (await client.post(f"/tallies/{tally}/counts", json={"number": -1}, headers=key)).status_code == 409
    assert (await client.post(f"/tallies/{tally}/counts", json={"number": 1}, headers=key)).status_code == 200


async def test_what_was_changed_meanwhile_is_stale(client: httpx.AsyncClient) -> None:
    tally = uuid4()
    etag = (await client.post(f"/tallies/{tally}/counts", json={"number": 1})).headers["etag"]
    assert (await client.get(f"/tallies/{tally}")).headers["etag"] == etag == '"1"'
    told = [await client.post(f"/tallies/{tally}/counts", json={"number": 1}, headers={"If-Match": etag}) for _ in "12"]
    assert [answer.status_code for answer in told] == [200, 412]
    assert (told[1].json()["code"], told[1].json()["field"]) == ("stale", "If-Match")
    assert (await client.get(f"/tallies/{tally}")).json()["sequence"] == 2


async def test_what_adds_up_to_more_than_the_database_holds_is_the_callers_fault(client: httpx.AsyncClient) -> None:
    tally = uuid4()
    assert (await client.post(f"/tallies/{tally}/counts", json={"number": HUGE})).status_code == 200
    answer = await client.post(f"/tallies/{tally}/counts", json={"number": HUGE})
    assert (answer.status_code, answer.json()["code"]) == (422, "not-storable"), answer.text
    assert (await client.get(f"/tallies/{tally}")).json()["total"] == HUGE


async def test_an_urgent_record_that_waits_is_counted_for_the_pager(
    standing: tuple[Stage, Process], ground: Cluster
) -> None:
    rig, _ = standing
    hearer = await rig.start("hearer")
    topic = rig.services["hearer"].hears[0]
    alarms = [with_header(counted(topic, uuid4(), n), "ce_type", "kith.alarmed.v1") for n in (1, 1, 2)]
    alarms.append(with_header(alarms[0], "ce_time", None))
    async with (
        AIOKafkaProducer(bootstrap_servers=ground.bootstrap) as producer,
        httpx.AsyncClient(trust_env=False) as http,
    ):
        await send(producer, alarms)

        async def paged() -> bool:
            return "kith_inbox_urgent_unheard 4.0" in (await http.get(f"{hearer.url}/metrics")).text

        await until(paged, 60)
    await hearer.kill()


async def test_schemathesis_finds_nothing(standing: tuple[Stage, Process], tmp_path: Path) -> None:
    """Every operation of the description, with what fits it and what does not."""
    rig, process = standing
    await searched(process.url, rig.key, tmp_path, "examples,coverage,fuzzing", 10)


async def knows_its_topic(service: Service, settings: Settings) -> None:
    """Whether the topic is there or not, what stands on it is of other tests: none of it is to be taken back."""
    connection = await asyncpg.connect(**settings.login("owner"))
    try:
        await migrate(connection, service, settings)
        await found_whole(connection)
        await connection.execute(
            'insert into sent (stream, sequence, partition, "offset") select 0, p + 1, p, 1::bigint << 60 '
            "from generate_series(0, 11) p"
        )
    finally:
        await connection.close()


@pytest.mark.parametrize("name", ["gateway", "referrals", "evaluation", "supervision"])
async def test_schemathesis_finds_nothing_in_a_service(name: str, ground: Cluster, tmp_path: Path) -> None:
    key, record = mint(
        "somebody", "SC000001", ["coordinator", "service-lead", "clinician", "evaluator", "sender", "supervisor"]
    )
    (tmp_path / "keys.json").write_bytes(write_keys([record]))
    settings = Settings(
        service=name,
        database_name=f"{name}_{uuid4().hex[:8]}",
        database_host=ground.postgres.host,
        database_port=ground.postgres.port,
    )
    await provision({"dsn": ground.postgres.dsn()}, settings)
    await knows_its_topic(import_module(f"services.{name}.service").SERVICE, settings)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        f"services.{name}.service",
        env={
            **os.environ,
            "KITH_PORT": str(port),
            "KITH_DATABASE_NAME": settings.database,
            "KITH_DATABASE_HOST": settings.database_host,
            "KITH_DATABASE_PORT": str(settings.database_port),
            "KITH_BOOTSTRAP": ground.bootstrap,
            "KITH_API_KEYS": str(tmp_path / "keys.json"),
            "KITH_MASTER_KEYS": str(make_file(tmp_path / "master-keys.json")),
            "KITH_LOG_FORMAT": "json",
        },
        stdout=(tmp_path / "log").open("wb"),
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        url = f"http://127.0.0.1:{port}"
        async with httpx.AsyncClient(trust_env=False) as http:

            async def ready() -> bool:
                with suppress(httpx.TransportError):
                    return (await http.get(f"{url}/ready")).status_code == 200
                return False

            await until(ready, 60)
        await searched(url, key, tmp_path, "examples,fuzzing", 4)
        assert child.returncode is None
    finally:
        child.terminate()
        await asyncio.wait_for(child.wait(), 30)


async def searched(url: str, key: str, folder: Path, phases: str, examples: int) -> None:
    """Lets Schemathesis look for answers that the description does not allow; raises with what it found."""
    child = await asyncio.create_subprocess_exec(
        Path(sys.executable).with_name("schemathesis"),
        "run",
        f"{url}/openapi.json",
        "--header",
        f"X-API-Key: {key}",
        "--checks",
        "not_a_server_error,content_type_conformance,response_schema_conformance,negative_data_rejection",
        "--phases",
        phases,
        "--max-examples",
        str(examples),
        "--seed",
        "1",
        "--no-color",
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    told, _ = await asyncio.wait_for(child.communicate(), 90)
    assert child.returncode == 0, told.decode()[-6000:]


# What is away


@pytest.fixture(scope="module")
async def breakable() -> AsyncIterator[Cluster]:
    """Kafka and PostgreSQL that may be stopped."""
    async with cluster(HERE / "build" / "promises") as running:
        yield running


@asynccontextmanager
async def both(breakable: Cluster, folder: Path) -> AsyncIterator[tuple[Stage, Process, Process, httpx.AsyncClient]]:
    async with stage(breakable, folder) as rig:
        teller, hearer = await rig.start("teller"), await rig.start("hearer")
        async with calling(rig, teller) as http:
            yield rig, teller, hearer, http


async def test_kafka_stopped_commands_are_accepted_nothing_restarts_and_all_arrives_later(
    breakable: Cluster, tmp_path: Path
) -> None:
    async with both(breakable, tmp_path) as (rig, teller, hearer, http):
        tally = uuid4()
        assert (await http.post(f"/tallies/{tally}/counts", json={"number": 1})).status_code == 200
        await until(lambda: heard(rig, 1), 60)
        pids = [process.child.pid for process in (teller, hearer)]
        await breakable.kill_broker(1)
        try:
            for number in range(2, 12):
                answer = await http.post(f"/tallies/{tally}/counts", json={"number": 1})
                assert answer.status_code == 200, answer.text
                assert answer.json()["sequence"] == number
            assert (await http.get(f"/tallies/{tally}")).json()["total"] == 11

            async def noticed() -> bool:
                told = [
                    (await http.get(f"{process.url}/ops/health", headers={"X-API-Key": rig.operator})).json()
                    for process in (teller, hearer)
                ]
                assert all(each["live"] and each["serve"] for each in told), told
                return "Kafka does not answer." in told[1]["reasons"]

            await until(noticed, 60)
            for process in (teller, hearer):
                for probe in ("/live", "/ready"):
                    assert (await http.get(process.url + probe)).status_code == 200
        finally:
            await breakable.start_broker(1)
        await until(lambda: heard(rig, 11), 90)
        rows = await rig.sql("hearer", "select sequences from heard")
        assert [list(row[0]) for row in rows] == [list(range(1, 12))]
        assert [process.child.pid for process in (teller, hearer) if process.running] == pids, "nothing restarted"


async def heard(rig: Stage, number: int) -> bool:
    rows = await rig.sql("hearer", "select sum(total) from heard")
    return bool(rows[0][0] == number)


async def test_postgres_stopped_is_said_with_a_time_to_try_again_and_nothing_is_lost(
    breakable: Cluster, tmp_path: Path
) -> None:
    async with both(breakable, tmp_path) as (rig, teller, hearer, http):
        tally = uuid4()
        told = await http.post(f"/tallies/{tally}/counts", json={"number": 1})
        assert told.status_code == 200
        await breakable.stop_postgres("immediate")
        try:
            for ask in (
                http.post(f"/tallies/{tally}/counts", json={"number": 1}),
                http.get(f"/tallies/{tally}"),
                http.get("/ops/dead-letters", headers={"X-API-Key": rig.operator}),
                http.get("/ops/relay", headers={"X-API-Key": rig.operator}),
            ):
                answer = await ask
                assert (answer.status_code, answer.json()["code"]) == (503, "database-unavailable"), answer.text
                assert int(answer.headers["retry-after"]) > 0

            async def unready() -> bool:
                codes = [(await http.get(process.url + "/ready")).status_code for process in (teller, hearer)]
                assert [(await http.get(p.url + "/live")).status_code for p in (teller, hearer)] == [200, 200]
                return codes == [503, 503]

            await until(unready, 60)
        finally:
            await breakable.start_postgres()

        async def again() -> bool:
            return (await http.get(teller.url + "/ready")).status_code == 200

        await until(again, 60)
        answer = await http.post(f"/tallies/{tally}/counts", json={"number": 1})
        assert (answer.status_code, answer.json()["sequence"]) == (200, 2)
        await until(lambda: heard(rig, 2), 90)
        assert teller.running
        assert hearer.running


def test_the_table_of_bad_requests_is_not_all_of_one_kind() -> None:
    assert {bad[4] for bad in BAD} >= {400, 401, 403, 404, 405, 409, 412, 413, 415, 422}
    assert json.dumps(sorted({bad[5] for bad in BAD}))
