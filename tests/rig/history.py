"""The history check: what one service said and what another made of it, compared event by event."""

import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from shared.runtime import projections
from tests.rig.hearer import REFUSED
from tests.rig.stage import PARTITIONS, Stage, until

COUNTED, REMINDED, ECHOED = "kith.counted.v1", "kith.reminded.v1", "kith.echoed.v1"

_JOURNAL = (
    "select s.subject, j.sequence, j.event_id, j.type, j.causation_id, j.organisation, j.body, s.sequence as last "
    "from journal j join stream s on s.id = j.stream order by s.subject, j.sequence"
)
_INBOX = (
    "select s.subject, i.sequence, i.event_id, i.fate, i.code from inbox i left join stream s on s.id = i.stream "
    "where i.topic = $1 order by s.subject, i.sequence, i.id"
)
_UNFINISHED = "select (select count(*) from unsent) as unsent, (select count(*) from journal) as said"
_TAKEN = "select count(*) from inbox where topic = $1 and fate in ('done', 'refused')"


async def settled(rig: Stage, within: float = 90.0) -> None:
    """Returns once all that was said is sent, heard and answered; raises AssertionError saying what is missing."""

    async def quiet() -> bool:
        # In this order: what is taken after the answers were counted may have brought more of them.
        taken = await rig.sql("hearer", _TAKEN, rig.services["teller"].topic)
        teller, hearer = await rig.sql("teller", _UNFINISHED), await rig.sql("hearer", _UNFINISHED)
        return not (teller[0]["unsent"] or hearer[0]["unsent"]) and bool(taken[0]["count"] == teller[0]["said"])

    try:
        await until(quiet, within, pause=0.1)
    except TimeoutError:
        raise AssertionError(f"not settled within {within:.0f} s\n{await _state(rig)}") from None


async def _state(rig: Stage) -> str:
    told = []
    for name in ("teller", "hearer"):
        told.append(f"{name}: {dict((await rig.sql(name, _UNFINISHED))[0])}")
    fates = "select topic, fate, code, count(*) from inbox group by 1, 2, 3"
    told += [str(dict(row)) for row in await rig.sql("hearer", fates)]
    told += [str(dict(row)) for row in await rig.sql("hearer", "select * from position order by 1, 2")]
    for process in rig.processes:
        tail = process.log.read_text(errors="replace").splitlines()[-15:]
        told += [f"--- {process.log.name} ({process.child.returncode})", *tail]
    return "\n".join(told)


async def check_history(
    rig: Stage, acknowledged: Mapping[str, str] | None = None, within: float = 90.0, *, whole_topic: bool = True
) -> int:
    """Every event said is heard exactly once in effect, in order, by every projection, and none is invented.

    `acknowledged` are the notes of the wishes that were answered, with the id of the event each answer named;
    `whole_topic` is False when somebody made the topic anew, not as it was. Returns how many events
    that was. Raises AssertionError.
    """
    await settled(rig, within)
    said = await rig.sql("teller", _JOURNAL)
    counts = [(row, json.loads(row["body"])) for row in said if row["type"] == COUNTED]
    _in_sequence(said)
    _once(said, counts, acknowledged or {})
    await _sent_in_order(rig, "teller", said, whole_topic)

    topic = rig.services["teller"].topic
    heard = [row for row in await rig.sql("hearer", _INBOX, topic) if row["fate"] in ("done", "refused")]
    assert _identities(heard) == _identities(said), "what was heard is not what was said"
    refused = {row["event_id"] for row in heard if row["fate"] == "refused"}
    assert refused == {row["event_id"] for row, body in counts if body["number"] == REFUSED}

    echoes = await rig.sql("hearer", _JOURNAL)
    _in_sequence(echoes)
    await _sent_in_order(rig, "hearer", echoes, whole=True)
    answered = {
        row["event_id"]: (row["subject"], -body["number"], _echo_of(row["subject"], None))
        if row["event_id"] in refused
        else (row["subject"], body["number"], _echo_of(row["subject"], body["shared_with"]))
        for row, body in counts
    }
    assert len({row["causation_id"] for row in echoes}) == len(echoes), "an event was answered twice"
    assert {
        row["causation_id"]: (f"tally/{(body := json.loads(row['body']))['tally']}", body["number"], row["subject"])
        for row in echoes
    } == answered, "the answers are not those to what was said"

    await _rows_are_sums(rig, counts, said, answered)
    for name in ("teller", "hearer"):
        for projection in rig.services[name].projections:
            verified = await projections.verify(await rig.engine(name), projection.table)
            assert verified.equal, verified
    return len(said)


def _echo_of(subject: str, shared_with: str | None) -> str:
    return f"echo/{shared_with or subject.partition('/')[2]}"


def _identities(rows: Sequence[Any]) -> list[tuple[str, int, Any]]:
    return [(row["subject"], row["sequence"], row["event_id"]) for row in rows]


def _in_sequence(said: Sequence[Any]) -> None:
    """Each stream's sequences are 1, 2, 3 ... and end where the stream says it stands."""
    by_subject: dict[str, list[int]] = defaultdict(list)
    for row in said:
        by_subject[row["subject"]].append(row["sequence"])
        assert row["last"] >= row["sequence"]
    for row in said:
        assert by_subject[row["subject"]] == list(range(1, row["last"] + 1)), row["subject"]
    assert len({row["event_id"] for row in said}) == len(said)


def _once(
    said: Sequence[Any], counts: Sequence[tuple[Any, Mapping[str, Any]]], acknowledged: Mapping[str, str]
) -> None:
    """Every answered wish is in the journal, every wish at most once, every deadline once."""
    notes = Counter((row["subject"], body["note"]) for row, body in counts if body["note"])
    assert all(times == 1 for times in notes.values()), "a wish was carried out twice"
    by_note = {body["note"]: str(row["event_id"]) for row, body in counts}
    assert acknowledged.items() <= by_note.items(), "an answered wish is not in the journal"
    reminders = Counter(
        (row["subject"], json.loads(row["body"])["name_of_deadline"]) for row in said if row["type"] == REMINDED
    )
    assert all(times == 1 for times in reminders.values()), reminders


async def _sent_in_order(rig: Stage, name: str, said: Sequence[Any], whole: bool) -> None:
    """On Kafka each event of the journal stands at least once, first appearances are in sequence, none is invented."""
    assert not await rig.sql(name, "select * from unsent")
    marked = await rig.sql(
        name, "select s.subject, t.sequence from sent t join stream s on s.id = t.stream order by 1, 2"
    )
    assert [tuple(row) for row in marked] == [(row["subject"], row["sequence"]) for row in said]
    ids = {str(row["event_id"]) for row in said}
    first: dict[str, list[int]] = defaultdict(list)
    seen = set()
    for record in await records_of(rig.settings[name].bootstrap, rig.services[name].topic):
        headers = {key: value.decode() for key, value in record.headers}
        assert headers["ce_id"] in ids, "an event stands on Kafka that was never committed"
        if headers["ce_id"] not in seen:
            seen.add(headers["ce_id"])
            first[headers["ce_subject"]].append(int(headers["ce_sequence"]))
    assert seen == ids or not whole, "events that were committed are not on Kafka"
    for subject, sequences in first.items():
        assert sequences == sorted(sequences) or not whole, f"{subject} was sent out of order"


async def _rows_are_sums(
    rig: Stage, counts: Sequence[tuple[Any, Mapping[str, Any]]], said: Sequence[Any], answered: Mapping[Any, Any]
) -> None:
    totals: Counter[str] = Counter()
    for row, body in counts:
        totals[row["subject"]] += body["number"]
    assert {f"tally/{row['id']}": row["total"] for row in await rig.sql("teller", "select * from tally")} == totals
    sequences: dict[str, list[int]] = defaultdict(list)
    for row in said:
        sequences[row["subject"]].append(row["sequence"])
    assert {
        f"tally/{row['id']}": (row["total"], row["sequences"]) for row in await rig.sql("hearer", "select * from heard")
    } == {subject: (totals[subject], heard[-50:]) for subject, heard in sequences.items()}
    echoed: dict[str, tuple[int, int]] = {}
    for _, number, echo in answered.values():
        before = echoed.get(echo, (0, 0))
        echoed[echo] = (before[0] + 1, before[1] + number)
    assert {
        f"echo/{row['id']}": (row["echoes"], row["total"]) for row in await rig.sql("hearer", "select * from echo")
    } == echoed


async def records_of(bootstrap: str, topic: str) -> list[ConsumerRecord]:
    """Every record that stands on the topic, in order within each partition."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False, auto_offset_reset="earliest")
    async with asyncio.timeout(60):
        await consumer.start()
        try:
            partitions = [TopicPartition(topic, number) for number in range(PARTITIONS)]
            consumer.assign(partitions)
            ends = await consumer.end_offsets(partitions)
            begins = await consumer.beginning_offsets(partitions)
            records: list[ConsumerRecord] = []
            left = {where for where in partitions if ends[where] > begins[where]}
            while left:
                for where, batch in (await consumer.getmany(timeout_ms=500)).items():
                    records += [record for record in batch if record.offset < ends[where]]
                    if await consumer.position(where) >= ends[where]:
                        left.discard(where)
            return records
        finally:
            await consumer.stop()
