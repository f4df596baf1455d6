"""`make bench`: every measure of the promises about speed, each beside the same work done by hand."""

import asyncio
import sys
from pathlib import Path

import uvloop

from deploy.embedded import cluster
from shared.runtime import log
from tests.bench.hearing import catching_up, seeing
from tests.bench.idling import idling
from tests.bench.matching import matching
from tests.bench.measure import Measure, report
from tests.bench.rebuilding import rebuilding
from tests.bench.saying import answering, appending

MEASURES = {
    "catch-up": catching_up,
    "end-to-end": seeing,
    "append": appending,
    "http": answering,
    "rebuild": rebuilding,
    "memory": idling,
    "matching": matching,
}


async def main(names: list[str]) -> bool:
    """Takes the named measures, or all; says whether every bar holds."""
    log.configure("bench", form="json", level="error")
    measures: list[Measure] = []
    async with cluster(Path("build/bench")) as ground:
        for name, measure in MEASURES.items():
            if not names or name in names:
                print(f"measuring {name} ...", file=sys.stderr, flush=True)
                measures += await measure(ground)
    return report(measures, Path("build/bench.json"))


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        sys.exit(not runner.run(main(sys.argv[1:])))
