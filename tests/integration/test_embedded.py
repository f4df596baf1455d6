"""What the embedded Kafka and PostgreSQL promise, tried on real processes."""

import asyncio
import hashlib
import http.server
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import asyncpg
import psutil
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deploy.embedded import Cluster, EmbeddedError, cluster, jars
from deploy.embedded.ports import HOST, claimed

ROOT = Path(__file__).parents[2]
SAFE = ["fsync", "full_page_writes", "synchronous_commit", "data_checksums"]


@pytest.fixture
def home() -> Iterator[Path]:
    # Not below pytest's own temporary folder: every run of pytest closes that to others, while root's PostgreSQL,
    # which runs as another user, must pass through it.
    with tempfile.TemporaryDirectory(prefix="kith-") as folder:
        yield Path(folder)


async def make_topic(running: Cluster, name: str, copies: int = 1) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=running.bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(name, num_partitions=3, replication_factor=copies)])
    await admin.close()


async def say(running: Cluster, topic: str, values: list[bytes]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=running.bootstrap, acks="all", enable_idempotence=True)
    await producer.start()
    async with asyncio.timeout(60):
        for value in values:
            await producer.send_and_wait(topic, value, key=value)
    await producer.stop()


async def hear(running: Cluster, topic: str, count: int) -> list[bytes]:
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=running.bootstrap, group_id="test", auto_offset_reset="earliest"
    )
    await consumer.start()
    async with asyncio.timeout(60):
        heard = [(await consumer.getone()).value for _ in range(count)]
    await consumer.stop()
    return sorted(heard)


async def test_a_second_start_is_quick_and_finds_everything_on_the_same_ports(home: Path) -> None:
    async with cluster(home) as first:
        await make_topic(first, "kept")
        await say(first, "kept", [b"a", b"b"])
        connection = await asyncpg.connect(first.postgres.dsn())
        await connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        await connection.close()

    began = time.monotonic()
    async with cluster(home) as second:
        assert time.monotonic() - began < 10
        assert (second.bootstrap, second.postgres) == (first.bootstrap, first.postgres)
        assert await hear(second, "kept", 2) == [b"a", b"b"]
        connection = await asyncpg.connect(second.postgres.dsn())
        assert await connection.fetchval("SELECT answer FROM kept") == 42
        settings = await connection.fetch("SELECT name FROM pg_settings WHERE name = ANY($1) AND setting = 'on'", SAFE)
        assert {row["name"] for row in settings} == set(SAFE)
        await connection.close()


async def test_two_checkouts_started_at_once_run_side_by_side(home: Path) -> None:
    both_up = asyncio.Barrier(2)

    async def live(folder: Path) -> tuple[str, int]:
        async with cluster(folder) as running:
            await both_up.wait()
            await make_topic(running, "mine")
            await say(running, "mine", [folder.name.encode()])
            assert await hear(running, "mine", 1) == [folder.name.encode()]
            return running.bootstrap, running.postgres.port

    one, other = await asyncio.gather(live(home / "one"), live(home / "other"))
    assert not set(one) & set(other)


def test_a_taken_port_is_passed_over_and_the_recorded_one_used_again(home: Path) -> None:
    file = home / "ports.json"
    with socket.create_server((HOST, 0)) as taken:
        wish = taken.getsockname()[1]
        with claimed(file, {"kafka": wish}) as first, claimed(home / "other.json", {"kafka": wish}) as other:
            assert len({wish, first["kafka"], other["kafka"]}) == 3
    with claimed(file, {"kafka": wish}) as again:
        assert again == first


async def test_a_home_has_one_starter_at_a_time(home: Path) -> None:
    async with cluster(home):
        with pytest.raises(EmbeddedError, match="in use by process") as refused:
            async with cluster(home):
                pass
        assert refused.value.code == "home-in-use"


STARTER = """
import asyncio, pathlib, signal, sys
from deploy.embedded import cluster

# A shell starts what runs in its background with Ctrl-C ignored, and the tests may be such.
signal.signal(signal.SIGINT, signal.default_int_handler)

async def main():
    async with cluster(pathlib.Path(sys.argv[1])):
        print("ready", flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
async def test_whatever_ends_the_starter_no_process_is_left_and_the_home_starts_again(
    home: Path, number: signal.Signals
) -> None:
    words = [sys.executable, "-c", STARTER, str(home)]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE) as starter:
        assert starter.stdout is not None
        assert await asyncio.to_thread(starter.stdout.readline) == b"ready\n"
        family = psutil.Process(starter.pid).children(recursive=True)
        assert {process.name() for process in family} >= {"java", "postgres"}
        starter.send_signal(number)
        starter.wait(20)

    def left() -> list[psutil.Process]:
        return [process for process in family if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]

    until = time.monotonic() + 20
    while left() and time.monotonic() < until:
        await asyncio.sleep(0.05)
    assert left() == []
    async with cluster(home) as again:
        assert set(again.pids) == {"postgres", "kafka-1"}


@pytest.mark.parametrize(
    ("number", "doing"),
    [(signal.SIGTERM, "kafka.Kafka"), (signal.SIGINT, "-XX:AOTMode=create")],
    ids=["SIGTERM-while-watched", "SIGINT-while-learning"],
)
async def test_a_preparation_of_quick_starts_that_is_ended_leaves_no_process_and_no_folder(
    tmp_path: Path, number: signal.Signals, doing: str
) -> None:
    fetched = tmp_path / "jars"
    fetched.mkdir()
    for jar in await jars.fetch():
        (fetched / jar.name).symlink_to(jar)
    words = [sys.executable, "-m", "deploy.embedded", "fetch"]
    with subprocess.Popen(words, cwd=ROOT, env=os.environ | {"KITH_CACHE": str(tmp_path)}) as preparing:
        until = time.monotonic() + 60
        while not (busy := _children(preparing.pid, doing)):
            assert preparing.poll() is None, f"{doing} was never seen"
            assert time.monotonic() < until, f"{doing} was never seen"
            await asyncio.sleep(0.02)
        preparing.send_signal(number)
        assert await asyncio.to_thread(preparing.wait, 20) == 130
    assert [process for process in busy if process.is_running()] == []
    assert list(tmp_path.iterdir()) == [fetched]


def _children(pid: int, word: str) -> list[psutil.Process]:
    """The Java processes below a process whose command has that word."""
    found: list[psutil.Process] = []
    with suppress(psutil.NoSuchProcess):
        for process in psutil.Process(pid).children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                if word in process.cmdline() and process.name() == "java":
                    found.append(process)
    return found


async def test_a_start_right_after_a_kill_waits_for_the_dying(home: Path) -> None:
    words = [sys.executable, "-c", STARTER, str(home)]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE) as starter:
        assert starter.stdout is not None
        await asyncio.to_thread(starter.stdout.readline)
        starter.kill()
    async with cluster(home) as again:
        assert set(again.pids) == {"postgres", "kafka-1"}


async def test_three_brokers_lose_one_and_still_take_and_give_back_every_record(home: Path) -> None:
    async with cluster(home, brokers=3) as running:
        await make_topic(running, "safe", copies=3)
        await say(running, "safe", [b"before"])
        await running.kill_broker(1)
        began = time.monotonic()
        await say(running, "safe", [b"during-%d" % n for n in range(9)])
        assert time.monotonic() - began < 20, "partitions of a dead broker found new leaders"
        await running.start_broker(1)
        await running.kill_broker(2)
        assert len(await hear(running, "safe", 10)) == 10
        assert set(running.pids) == {"postgres", "kafka-1", "kafka-3"}


@pytest.mark.parametrize("mode", ["fast", "immediate", "kill"])
async def test_postgres_stopped_in_any_way_keeps_what_was_committed(home: Path, mode: str) -> None:
    async with cluster(home) as running:
        connection = await asyncpg.connect(running.postgres.dsn())
        await connection.execute("CREATE TABLE said (word text)")
        await connection.execute("INSERT INTO said VALUES ('committed')")
        async with asyncio.timeout(30):
            open_transaction = connection.transaction()
            await open_transaction.start()
            await connection.execute("INSERT INTO said VALUES ('never')")
            await running.stop_postgres(mode)  # type: ignore[arg-type]
        assert "postgres" not in running.pids
        await running.start_postgres()
        connection = await asyncpg.connect(running.postgres.dsn())
        assert [row["word"] for row in await connection.fetch("SELECT word FROM said")] == ["committed"]
        await connection.close()


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """A Maven repository on loopback that answers `right` to everything; yields the paths it was asked for."""
    asked: list[str] = []

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"right")

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer((HOST, 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("KITH_MAVEN_REPOSITORY", f"http://{HOST}:{server.server_port}")
    monkeypatch.setenv("KITH_CACHE", str(tmp_path / "cache"))
    yield asked
    server.shutdown()
    server.server_close()


RIGHT = jars.Jar("org.example:thing:1.0", hashlib.sha256(b"right").hexdigest(), 5)


async def test_jars_are_fetched_once_and_a_damaged_one_again(mirror: list[str]) -> None:
    first, second = await asyncio.gather(jars.fetch(jars=(RIGHT,)), jars.fetch(jars=(RIGHT,)))
    assert first == second
    asked_at_first = len(mirror)
    await jars.fetch(jars=(RIGHT,))
    assert len(mirror) == asked_at_first
    assert set(mirror) == {"/org/example/thing/1.0/thing-1.0.jar"}

    first[0].write_bytes(b"rotten")
    await jars.fetch(jars=(RIGHT,))
    assert first[0].read_bytes() == b"right"
    assert [path.name for path in first[0].parent.iterdir()] == ["thing-1.0.jar"], "no part files are left"


async def test_a_jar_with_another_checksum_is_refused_and_not_kept(mirror: list[str]) -> None:
    wrong = jars.Jar("org.example:thing:1.0", hashlib.sha256(b"expected").hexdigest(), 8)
    with pytest.raises(EmbeddedError, match=r"org\.example:thing:1\.0 came with sha256") as refused:
        await jars.fetch(jars=(wrong,))
    assert refused.value.code == "jar-checksum"
    assert list((jars.cache() / "jars").iterdir()) == []


def test_the_jar_list_is_pinned_and_names_no_host() -> None:
    assert "kafka_2.13-4.3.1.jar" in {jar.name for jar in jars.listed()}
    assert all(len(jar.sha256) == 64 and jar.size > 0 for jar in jars.listed())
    assert "//" not in jars.LIST.read_text()
