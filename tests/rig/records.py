"""Records as the teller's relay would write them, to be sent as they are or spoilt first."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID, uuid4

from aiokafka import AIOKafkaProducer

from shared.runtime.envelope import Envelope
from shared.runtime.wire import Record, headers_of
from tests.rig.language import WORDS, Counted
from tests.rig.stage import ORGANISATION

SAID_AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


def counted(
    topic: str,
    tally: UUID,
    sequence: int,
    number: int = 1,
    *,
    event_id: UUID | None = None,
    organisation: str = ORGANISATION,
    shared_with: UUID | None = None,
    note: str = "",
) -> Record:
    """A `counted` event of a tally, at no place of the topic yet."""
    data = Counted(number=number, shared_with=shared_with, note=note)
    event = Envelope(
        id=event_id or uuid4(),
        type=Counted.type(),
        source=topic,
        subject=f"tally/{tally}",
        time=SAID_AT,
        recorded_at=SAID_AT,
        organisation=organisation,
        sequence=sequence,
        actor_role="counter",
        correlation_id=uuid4(),
        causation_id=None,
        traceparent=None,
        data=data,
    )
    return Record(topic, 0, 0, event.subject.encode(), tuple(headers_of(event)), WORDS.encode(data))


def with_header(record: Record, name: str, value: str | bytes | None) -> Record:
    """The record with that header changed, or added at the end."""
    raw = value.encode() if isinstance(value, str) else value
    kept = tuple((n, raw if n == name else v) for n, v in record.headers)
    return record._replace(headers=kept if name in dict(record.headers) else (*kept, (name, raw)))


def without_header(record: Record, name: str) -> Record:
    """The record without that header."""
    return record._replace(headers=tuple((n, v) for n, v in record.headers if n != name))


def header(record: Record, name: str) -> str:
    """What a header of the record says."""
    value = dict(record.headers)[name]
    assert value is not None
    return value.decode()


async def send(producer: AIOKafkaProducer, records: Sequence[Record]) -> list[Record]:
    """Writes the records to partition 0 of their topics in their order; returns them with their places."""
    waiting = [
        await producer.send(r.topic, key=r.key, value=r.body, headers=list(r.headers), partition=0) for r in records
    ]
    return [r._replace(offset=(await place).offset) for r, place in zip(records, waiting, strict=True)]
