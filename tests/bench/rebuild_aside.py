"""One side of the rebuild measure; prints events a second and the peak of its memory in MiB."""

import asyncio
import os
import resource
import sys
from time import perf_counter

from shared.runtime.engine import make_engine
from shared.runtime.projections import rebuild
from shared.runtime.settings import Settings
from tests.bench.by_hand import rebuild as by_hand
from tests.rig.teller import teller


async def main(side: str) -> None:
    service = teller(os.environ["RIG"])
    settings = Settings(service=service.name)
    login = settings.login("owner")
    dsn = f"postgresql://{login['user']}@{login['host']}:{login['port']}/{login['database']}"
    begun = perf_counter()
    if side == "ours":
        events = (await rebuild(make_engine(service, settings, {}), "tally")).events
    else:
        events = await by_hand.rebuild(dsn, service.topic)
    rate = events / (perf_counter() - begun)
    print(rate, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
