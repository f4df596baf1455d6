"""What became of the records of one subject at the hearer, and waiting until it has heard them."""

from uuid import UUID

from aiokafka import AIOKafkaProducer

from deploy.embedded import Cluster
from shared.runtime.wire import Record
from tests.rig.stage import Stage, until

FATES = (
    "select i.sequence, i.fate, i.code from inbox i join stream s on s.id = i.stream "
    "where s.subject = $1 order by i.sequence, i.id"
)


def producing(ground: Cluster) -> AIOKafkaProducer:
    return AIOKafkaProducer(bootstrap_servers=ground.bootstrap, acks="all", max_request_size=1_048_588)


async def heard_up_to(rig: Stage, record: Record, within: float = 60) -> None:
    """Waits until the hearer's position is past the record."""

    async def past() -> bool:
        rows = await rig.sql(
            "hearer",
            "select next_offset from position where topic = $1 and partition = $2",
            record.topic,
            record.partition,
        )
        return bool(rows) and rows[0][0] > record.offset

    await until(past, within)


async def fates(rig: Stage, tally: UUID) -> list[tuple[int, str, str | None]]:
    return [tuple(row) for row in await rig.sql("hearer", FATES, f"tally/{tally}")]


async def sequences(rig: Stage, tally: UUID) -> list[int]:
    rows = await rig.sql("hearer", "select sequences from heard where id = $1", tally)
    return list(rows[0][0]) if rows else []


async def answers(rig: Stage, tally: UUID) -> int:
    """How often the hearer answered."""
    rows = await rig.sql("hearer", "select echoes from echo where id = $1", tally)
    return rows[0][0] if rows else 0


async def waiting_ids(rig: Stage, tally: UUID) -> list[int]:
    """The dead letters of a subject, first in order first."""
    rows = await rig.sql(
        "hearer",
        "select i.id from inbox i join stream s on s.id = i.stream where s.subject = $1 "
        "and i.fate in ('held', 'parked') order by i.sequence, i.id",
        f"tally/{tally}",
    )
    return [row[0] for row in rows]
