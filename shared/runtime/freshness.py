"""Freshness: where the logs end, how far they are heard, and how old what is not heard yet may be."""

import asyncio
from collections.abc import Iterable
from datetime import datetime

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from shared.runtime.bookmarks import Bookmarks
from shared.runtime.clock import elapsed
from shared.runtime.engine import Engine
from shared.runtime.health import Health
from shared.runtime.inbox import Verdict

MEASURE_SECONDS = 2.0


class Freshness:
    """What a consumer knows of the logs beyond what it has heard of them."""

    def __init__(self, engine: Engine, health: Health, bookmarks: Bookmarks) -> None:
        self._engine, self._health, self._bookmarks = engine, health, bookmarks
        self._measured = elapsed()
        # The last event heard of a topic is as old as the next one, or older: the freshness that can be vouched for.
        self._began = engine.clock.now()
        self._latest: dict[str, datetime] = {}

    def heard(self, verdicts: Iterable[Verdict]) -> None:
        """These are heard."""
        for verdict in verdicts:
            if verdict.reading.envelope:
                self._latest[verdict.reading.record.topic] = verdict.reading.envelope.recorded_at

    async def measure(self, kafka: AIOKafkaConsumer) -> None:
        """Asks the broker where the logs end, every so often; while it does not answer, freshness falls.

        Raises KafkaError, OSError, TimeoutError, Unavailable.
        """
        known = dict(self._bookmarks.known)
        if not known or elapsed() < self._measured + MEASURE_SECONDS:
            return
        ends = await self._ends(kafka, known)
        self._measured = elapsed()
        self._health.broker(True)
        await self._restart_what_is_shorter(kafka, ends, known)
        behind: dict[str, bool] = {}
        for where, end in ends.items():
            position = self._bookmarks.known.get(where)
            if position is None or end is None:
                continue
            self._health.moved(where.topic, where.partition, position, end)
            self._engine.metrics.consumer_lag.labels(where.topic, str(where.partition)).set(max(0, end - position))
            behind[where.topic] = behind.get(where.topic, False) or end > position
        for topic, is_behind in behind.items():
            latest = self._latest.get(topic, self._began)
            self._tell(topic, (self._engine.clock.now() - latest).total_seconds() if is_behind else 0.0)

    async def _ends(
        self, kafka: AIOKafkaConsumer, known: dict[TopicPartition, int]
    ) -> dict[TopicPartition, int | None]:
        try:
            async with asyncio.timeout(self._engine.settings.send_timeout):
                ends: dict[TopicPartition, int | None] = await kafka.end_offsets(
                    [where for where in known if where in kafka.assignment()]
                )
        except (KafkaError, OSError, TimeoutError):
            for topic in {where.topic for where in known}:
                self._tell(topic, elapsed() - self._measured)
            raise
        return ends

    async def _restart_what_is_shorter(
        self, kafka: AIOKafkaConsumer, ends: dict[TopicPartition, int | None], known: dict[TopicPartition, int]
    ) -> None:
        """A log that ends before the bookmark hands out nothing that could tell it."""
        shorter = [where for where, end in ends.items() if end is not None and end < known[where]]
        if shorter:
            async with self._engine.database.worker() as connection:
                for where in shorter:
                    await self._bookmarks.restart(kafka, connection, where)

    def _tell(self, topic: str, seconds: float) -> None:
        self._health.behind(topic, max(0.0, seconds))
        self._engine.metrics.consumer_seconds_behind.labels(topic).set(max(0.0, seconds))
