"""Fetching: the topics of a service from Kafka through FastStream, batch by batch, byte for byte as they came."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from aiokafka import ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.message import KafkaMessage

from shared.runtime.engine import Engine
from shared.runtime.header_names import read_header_names_totally
from shared.runtime.wire import Record

read_header_names_totally()

JOIN_SECONDS = 60
"""How long the others may take to finish what they hold when the group changes."""
METADATA_SECONDS = 5
"""How soon a topic made new or anew is seen; the usual five minutes leave it unheard so long."""
_POLL_MS = 5
"""FastStream sleeps this long after each empty poll: 200 ms cost 39 ms of median latency, 10 ms 19."""


async def parse(batch: tuple[ConsumerRecord[Any, Any], ...]) -> KafkaMessage:
    """A total parser: FastStream's own loses a batch without a trace when one header value is null or not UTF-8."""
    return KafkaMessage(body=b"", raw_message=batch, consumer=_NO_CONSUMER)


async def decode(message: KafkaMessage) -> list[Record]:
    """A total decoder: the records as they came, for the inbox to judge."""
    raw = message.raw_message
    assert isinstance(raw, tuple)
    return [Record(r.topic, r.partition, r.offset, r.key, tuple(r.headers), r.value) for r in raw]


class _NoConsumer:
    """FastStream's messages want something to acknowledge with; here PostgreSQL does."""

    async def commit(self) -> None: ...

    def seek(self, partition: TopicPartition, offset: int) -> None: ...


_NO_CONSUMER = _NoConsumer()


def fetching(
    engine: Engine, listener: ConsumerRebalanceListener, handle: Callable[[list[Record]], Awaitable[None]]
) -> tuple[KafkaBroker, Any]:
    """A broker that is yet to be started, and its subscriber, which gives each batch to `handle`."""
    topics = [t for t in engine.service.hears if not t.endswith("*")]
    patterns = [t for t in engine.service.hears if t.endswith("*")]
    broker = KafkaBroker(
        # FastStream takes a comma for a part of a host's name.
        engine.settings.bootstrap.split(","),
        client_id=f"{engine.service.name}-{engine.settings.instance}",
        apply_types=False,
        logger=None,
        graceful_timeout=engine.settings.drain_bound,
        allow_auto_create_topics=False,
        metadata_max_age_ms=METADATA_SECONDS * 1000,
    )
    chosen: dict[str, Any] = {"pattern": _pattern([*topics, *patterns])} if patterns else {}
    subscriber = broker.subscriber(
        *(() if patterns else topics),
        **chosen,
        group_id=f"kith.{engine.service.name}",
        batch=True,
        max_records=engine.settings.batch_size,
        batch_timeout_ms=_POLL_MS,
        ack_policy=AckPolicy.MANUAL,
        no_reply=True,
        auto_offset_reset="earliest",
        session_timeout_ms=engine.settings.session_timeout_ms,
        heartbeat_interval_ms=engine.settings.session_timeout_ms // 5,
        rebalance_timeout_ms=JOIN_SECONDS * 1000,
        isolation_level="read_committed",
        listener=listener,
        parser=parse,
        decoder=decode,
    )
    subscriber(handle)
    return broker, subscriber


def _pattern(topics: Sequence[str]) -> str:
    """FastStream's topic pattern over exact names and `kith.intake.*`."""
    return "^(" + "|".join(t.replace(".", r"\.").replace("*", ".+") for t in topics) + ")$"
