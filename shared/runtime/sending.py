"""Sending: one round of events to Kafka, and what to do about those that it takes from nobody."""

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress

import asyncpg
from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    InvalidTimestampError,
    KafkaError,
    MessageSizeTooLargeError,
    PolicyViolationError,
    RecordListTooLargeError,
    UnknownError,
)
from aiokafka.structs import RecordMetadata

from shared.runtime.engine import Engine
from shared.runtime.journal import envelope_of
from shared.runtime.wire import headers_of

AGAIN_SECONDS, AGAIN_AT_MOST = 60.0, 600.0
"""How long a refused event waits before it is tried again; each refusal doubles it up to the most."""
UNSURE, UNSURE_SECONDS = "record-refused", 1.0
"""What aiokafka has no name for: INVALID_RECORD (87) among it, but a broker's passing trouble (-1) as well."""

_REFUSALS: tuple[tuple[type[KafkaError], str], ...] = (
    (MessageSizeTooLargeError, "message-too-large"),
    (RecordListTooLargeError, "message-too-large"),
    (InvalidTimestampError, "timestamp-refused"),
    (PolicyViolationError, "policy-refused"),
    (UnknownError, UNSURE),
)


def refusal(answer: object) -> str | None:
    """The stable code of an answer that is about what was sent, and would be given again; None for any other."""
    return next((code for kind, code in _REFUSALS if isinstance(answer, kind)), None)


class Doubts:
    """The streams whose next event Kafka refused, or refused together with others.

    A doubted one is sent by itself, so that its refusal is its own; one refused so waits, and its stream with it.
    """

    def __init__(self) -> None:
        self._again: dict[int, tuple[int, float]] = {}

    def parted(
        self, rows: Sequence[asyncpg.Record], now: float
    ) -> tuple[Sequence[asyncpg.Record], Sequence[asyncpg.Record]]:
        """Those of the rows to send together, and at most one to send by itself after them."""
        together = [row for row in rows if row["stream"] not in self._again]
        doubted = (row for row in rows if row["stream"] in self._again and self._again[row["stream"]][1] <= now)
        return together, [row for row in [next(doubted, None)] if row is not None]

    def doubt(self, streams: Iterable[int]) -> None:
        """One of these is at fault, and nobody knows yet which."""
        for stream in streams:
            self._again.setdefault(stream, (0, 0.0))

    def refused(self, stream: int, now: float, code: str) -> None:
        """This one is at fault."""
        times = self._again.get(stream, (0, 0.0))[0]
        first = UNSURE_SECONDS if code == UNSURE else AGAIN_SECONDS
        self._again[stream] = (times + 1, now + min(first * 2**times, AGAIN_AT_MOST))

    def taken(self, streams: Iterable[int]) -> None:
        """Kafka has these now."""
        for stream in streams:
            self._again.pop(stream, None)


async def new_producer(engine: Engine) -> AIOKafkaProducer:
    """A new idempotent producer: after any error the old one is thrown away (aiokafka#1017)."""
    producer = AIOKafkaProducer(
        bootstrap_servers=engine.settings.bootstrap,
        client_id=f"{engine.service.name}-relay",
        enable_idempotence=True,
        acks="all",
        linger_ms=0,
        request_timeout_ms=int(engine.settings.send_timeout * 1000),
    )
    try:
        async with asyncio.timeout(engine.settings.send_timeout):
            await producer.start()
    except BaseException:
        await end(producer, 1)
        raise
    return producer


async def end(producer: AIOKafkaProducer, within: float) -> None:
    """Stops the producer, or leaves it to itself when that takes too long."""
    with suppress(KafkaError, TimeoutError, OSError):
        async with asyncio.timeout(within):
            await producer.stop()


async def send(
    engine: Engine, producer: AIOKafkaProducer, rows: Sequence[asyncpg.Record]
) -> list[RecordMetadata | BaseException]:
    """Kafka's answer for each row, once all are there; raises TimeoutError.

    The wait is bounded below the lock's own timeout: an idempotent producer would otherwise try for ever.
    """
    topic = engine.service.topic

    async def one(row: asyncpg.Record) -> "asyncio.Future[RecordMetadata] | KafkaError":
        try:
            sending: asyncio.Future[RecordMetadata] = await producer.send(
                topic,
                key=row["subject"].encode(),
                value=row["body"],
                headers=headers_of(envelope_of(row, topic, None)),
            )
        except MessageSizeTooLargeError as error:
            return error
        return sending

    async with asyncio.timeout(engine.settings.send_timeout):
        begun = [await one(row) for row in rows]
        answers = iter(
            await asyncio.gather(*(b for b in begun if not isinstance(b, KafkaError)), return_exceptions=True)
        )
    return [b if isinstance(b, KafkaError) else next(answers) for b in begun]
