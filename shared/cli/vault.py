"""`kith vault`: the keys under which persons are kept, looked at and changed; never shown."""

from pathlib import Path
from typing import Annotated, Any

import typer

from shared.cli import ask
from shared.cli import run as runs
from shared.cli.run import Run
from shared.cli.terminal import FOUND_WRONG, HOME, Fault, Home, Json, Service, Who, Why, console, print_json, print_rows
from shared.runtime.master_keys import BadMasterKeys, MasterKeys
from shared.runtime.master_keys import make_file as make

app = typer.Typer(no_args_is_help=True, help="The keys under which persons are kept.")

_COLUMNS = ("service", "current", "since", "asked", "to_wrap", "persons", "submissions", "transport_keys", "erased")


@app.command()
def status(service: Service = None, home: Home = HOME, json: Json = False) -> None:
    """How the keys of each service stand: which master key, since when, and what is still wrapped by an older one."""
    run = runs.read(home)
    _print([ask.get(run, name, "/ops/vault") | {"service": name} for name in _with_vault(run, service)], json)


@app.command()
def rotate(why: Why, who: Who, service: Service = None, home: Home = HOME, json: Json = False) -> None:
    """Change the master key while all goes on; exit status 1 when it is not done yet. Then back up the keys anew."""
    run = runs.read(home)
    rows = [
        ask.post(run, name, "/ops/vault/rotate", {"why": why, "who": who}) | {"service": name}
        for name in _with_vault(run, service)
    ]
    _print(rows, json)
    if any(row["asked"] for row in rows):
        raise typer.Exit(FOUND_WRONG)


@app.command("make-file")
def make_file(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="Where: one file for each service, for nobody else.")],
) -> None:
    """Make a service's file of master keys, if there is none; KITH_MASTER_KEYS names it."""
    try:
        MasterKeys(make(path))
    except (BadMasterKeys, OSError) as error:
        raise Fault("bad-master-keys", str(error)) from None
    console().print(str(path))


def _with_vault(run: Run, service: str | None) -> list[str]:
    found = []
    for name, answer in ask.each(run, ask.chosen(run, service), "/ops/vault"):
        if isinstance(answer, Fault) and (service is not None or answer.code != "not-found"):
            raise answer
        if not isinstance(answer, Fault):
            found.append(name)
    return found


def _print(rows: list[dict[str, Any]], json: bool) -> None:
    if json:
        print_json({"rows": rows})
    else:
        print_rows(rows, _COLUMNS, "No service keeps persons.")
