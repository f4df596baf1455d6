"""Brokers and the database are started again when they die, later each time, for as long as somebody uses them."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial

from deploy.embedded.errors import EmbeddedError
from deploy.embedded.processes import Delay
from deploy.embedded.running import Cluster

LOOK_S = 0.2


@asynccontextmanager
async def supervised(cluster: Cluster, tell: Callable[[str], None]) -> AsyncIterator[None]:
    """Until the context ends every part that dies is started again; `tell` hears a line of each death and return."""
    starts = {"postgres": cluster.start_postgres}
    starts |= {broker.name: partial(cluster.start_broker, broker.node) for broker in cluster.brokers}
    keeping = [asyncio.create_task(_keep(cluster, name, start, tell)) for name, start in starts.items()]
    try:
        yield
    finally:
        for task in keeping:
            task.cancel()
        await asyncio.gather(*keeping, return_exceptions=True)


async def _keep(cluster: Cluster, name: str, start: Callable[[], Awaitable[None]], tell: Callable[[str], None]) -> None:
    delay = Delay()
    while True:
        begun = time.monotonic()
        while name in cluster.pids:
            await asyncio.sleep(LOOK_S)
        seconds = delay.after(time.monotonic() - begun)
        tell(f"{name} is not running; it is started again in {seconds:.1f} s. Its log: {cluster.home / 'logs'}.")
        await asyncio.sleep(seconds)
        try:
            await start()
        except (EmbeddedError, OSError) as failed:
            tell(f"{name} did not start: {failed}")
        else:
            tell(f"{name} runs again, as process {cluster.pids.get(name, 'unknown')}.")
