"""`kith lag`: how far behind each partition is heard, in records and in seconds."""

from shared.cli import ask
from shared.cli import run as runs
from shared.cli.terminal import HOME, Home, Json, Service, print_found

_COLUMNS = ("service", "topic", "partition", "position", "end", "behind", "seconds")


def lag(service: Service = None, home: Home = HOME, json: Json = False) -> None:
    """How far behind each partition is heard."""
    run = runs.read(home)
    rows, faults = ask.rows(run, ask.chosen(run, service), "/ops/lag")
    print_found(rows, faults, _COLUMNS, "No partition has been heard yet.", json)
