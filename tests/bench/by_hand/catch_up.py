"""Catching up by hand: an aiokafka and asyncpg loop that writes the same rows in the same batches."""

from datetime import datetime
from time import perf_counter
from typing import Any
from uuid import UUID

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.runtime.wire import pack
from tests.rig.language import Counted

INBOX = (
    "topic", "partition", "offset", "event_id", "stream", "sequence", "type", "organisation", "fate", "code", "detail",
    "key", "headers", "body",
)  # fmt: skip
STREAMS = (
    "insert into stream (topic, subject, organisation, sequence) "
    "select * from unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) order by 1, 2 "
    "on conflict (topic, subject) do update set sequence = excluded.sequence returning id, subject"
)
ROWS = "select id, organisation, sequences, total from heard where id = any($1)"
PUT = (
    "insert into heard (id, organisation, sequences, total) "
    "select u.id, u.organisation, u.sequences::bigint[], u.total "
    "from unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[]) u(id, organisation, sequences, total) "
    "on conflict (id) do update set sequences = excluded.sequences, total = excluded.total"
)
MOVE = (
    "insert into position (topic, partition, next_offset) select * from unnest($1::text[], $2::int[], $3::bigint[]) "
    "on conflict (topic, partition) do update set next_offset = excluded.next_offset"
)


async def catch_up(bootstrap: str, dsn: str, topic: str, partitions: int, events: int, batch: int) -> float:
    """Reads the topic from its beginning until that many events are written; the rate after the first batch."""
    connection = await asyncpg.connect(dsn)
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False, auto_offset_reset="earliest")
    await consumer.start()
    consumer.assign([TopicPartition(topic, partition) for partition in range(partitions)])
    done = first = 0
    begun = perf_counter()
    while done < events:
        got = await consumer.getmany(timeout_ms=200, max_records=batch)
        records = [record for group in got.values() for record in group]
        if records:
            await write(connection, topic, records)
            done += len(records)
            if not first:
                first, begun = done, perf_counter()
    rate = (done - first) / (perf_counter() - begun)
    await consumer.stop()
    await connection.close()
    return rate


async def write(connection: asyncpg.Connection, topic: str, records: list[Any]) -> None:
    """Writes one batch in one transaction: streams, inbox, read model and positions."""
    read = []
    for record in records:
        headers = {name: value.decode() for name, value in record.headers}
        event_id, subject, sequence = UUID(headers["ce_id"]), headers["ce_subject"], int(headers["ce_sequence"])
        datetime.fromisoformat(headers["ce_time"]), datetime.fromisoformat(headers["ce_recordedtime"])
        UUID(headers["ce_correlationid"])
        read.append((record, headers, event_id, subject, sequence, Counted.model_validate_json(record.value)))
    last = {subject: (headers["ce_organisation"], sequence) for _, headers, _, subject, sequence, _ in read}
    async with connection.transaction():
        found = await connection.fetch(
            STREAMS, [topic] * len(last), list(last), [o for o, _ in last.values()], [s for _, s in last.values()]
        )
        stream = {row["subject"]: row["id"] for row in found}
        ids = [UUID(subject[6:]) for subject in last]
        rows = {row["id"]: (row["sequences"], row["total"]) for row in await connection.fetch(ROWS, ids)}
        organisations = {}
        for _, headers, _, subject, sequence, event in read:
            tally = UUID(subject[6:])
            sequences, total = rows.get(tally, ([], 0))
            rows[tally] = ([*sequences[-49:], sequence], total + event.number)
            organisations[tally] = headers["ce_organisation"]
        await connection.copy_records_to_table(
            "inbox",
            records=[
                (
                    topic, record.partition, record.offset, event_id, stream[subject], sequence, headers["ce_type"],
                    headers["ce_organisation"], "done", None, None, record.key, pack(record.headers), record.value,
                )
                for record, headers, event_id, subject, sequence, _ in read
            ],
            columns=INBOX,
        )  # fmt: skip
        await connection.execute(
            PUT,
            list(rows),
            [organisations[tally] for tally in rows],
            ["{" + ",".join(map(str, sequences)) + "}" for sequences, _ in rows.values()],
            [total for _, total in rows.values()],
        )
        ends = {record.partition: record.offset + 1 for record in records}
        await connection.execute(MOVE, [topic] * len(ends), list(ends), list(ends.values()))
