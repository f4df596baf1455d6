"""`kith lag`: how far behind each partition is heard, in records and in seconds."""

import typer

from shared.cli import ask
from shared.cli import run as runs
from shared.cli.terminal import HOME, UNREACHABLE, Home, Json, Service, print_fault, print_json, print_rows

_COLUMNS = ("service", "topic", "partition", "position", "end", "behind", "seconds")


def lag(service: Service = None, home: Home = HOME, json: Json = False) -> None:
    """How far behind each partition is heard."""
    run = runs.read(home)
    rows, faults = ask.rows(run, ask.chosen(run, service), "/ops/lag")
    if json:
        print_json({"rows": rows, "faults": [fault.as_json()["error"] for fault in faults]})
    else:
        print_rows(rows, _COLUMNS, "No partition has been heard yet.")
        for fault in faults:
            print_fault(fault, as_json=False)
    if faults:
        raise typer.Exit(UNREACHABLE)
