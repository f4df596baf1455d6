"""Rebuilding a read model from a million events, and the memory that takes."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import mkdtemp

from deploy.embedded import Cluster
from tests.bench.measure import Measure, at_least, under
from tests.rig.stage import ORGANISATION, Stage, stage

EVENTS, STREAMS, ROUNDS = 1_000_000, 25_000, 2

FILL = (
    "with made as (insert into stream (topic, subject, organisation, prior, sequence) "
    "select $1, 'tally/' || gen_random_uuid(), $2, $3 - 1, $3 from generate_series(1, $4) returning id) "
    "insert into journal (stream, sequence, event_id, type, organisation, actor_role, occurred_at, recorded_at, "
    "correlation_id, causation_id, traceparent, body) "
    "select id, n, gen_random_uuid(), 'kith.counted.v1', $2, 'counter', now(), now(), gen_random_uuid(), null, null, "
    'convert_to(format(\'{"number":%s,"shared_with":null,"note":""}\', n), \'utf8\') '
    "from made, generate_series(1, $3) n"
)


async def rebuilding(ground: Cluster) -> Sequence[Measure]:
    """Events a second of a rebuild, against a hand-written fold; and the most memory the rebuild ever took."""
    ours, by_hand, memory = [], [], 0.0
    async with stage(ground, Path(mkdtemp())) as made:
        async with (await made.engine("teller")).database.owner() as connection:
            topic = made.services["teller"].topic
            await connection.execute(FILL, topic, ORGANISATION, EVENTS // STREAMS, STREAMS)
            await connection.execute("vacuum analyze journal")
            await connection.execute("vacuum analyze stream")
        for _ in range(ROUNDS):
            by_hand.append((await aside(made, "by hand"))[0])
            rate, most = await aside(made, "ours")
            ours.append(rate)
            memory = max(memory, most)
    return [
        at_least(f"rebuild of {EVENTS:,} events", ours, by_hand, 0.5, "events/s"),
        under("memory of that rebuild, at most", memory, 300, "MiB"),
    ]


async def aside(made: Stage, side: str) -> tuple[float, float]:
    """Rate and peak memory of one side, in a process of its own."""
    settings = made.settings["teller"]
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "tests.bench.rebuild_aside", side],
        env={
            **os.environ, "RIG": made.suffix, "KITH_DATABASE_HOST": settings.database_host,
            "KITH_DATABASE_PORT": str(settings.database_port),
        },
        capture_output=True, check=True, text=True,
    )  # fmt: skip
    rate, memory = done.stdout.split()
    return float(rate), float(memory)
