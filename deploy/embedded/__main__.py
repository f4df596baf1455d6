"""`python -m deploy.embedded fetch` readies the cache; `... lock` (for maintainers) writes `kafka.jars` anew."""

import asyncio
import signal
import sys

from deploy.embedded import jars, quickstart
from deploy.embedded.errors import EmbeddedError
from deploy.embedded.progress import shown


async def fetch() -> None:
    """The next start of a cluster needs no network and no preparation.

    Told to end, it ends as a cancelled task does: with its processes, and without the folder they worked in.
    """
    task, loop, steps = asyncio.current_task(), asyncio.get_running_loop(), shown()
    assert task is not None
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, task.cancel)
    await quickstart.prepare(await jars.fetch(steps), steps)


try:
    match sys.argv[1:]:
        case ["fetch"]:
            asyncio.run(fetch())
        case ["lock"]:
            jars.lock()
        case _:
            sys.exit("usage: python -m deploy.embedded fetch|lock")
except EmbeddedError as said:
    sys.exit(str(said))
except (KeyboardInterrupt, asyncio.CancelledError):
    sys.exit(130)
