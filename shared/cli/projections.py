"""`kith projections`: the read models, folded anew from the logs, and proven equal to them."""

from typing import Annotated, Any

import typer

from shared.cli import ask
from shared.cli import run as runs
from shared.cli.terminal import (
    FOUND_WRONG,
    HOME,
    Home,
    Json,
    Service,
    Who,
    Why,
    print_found,
    print_json,
    print_rows,
)

app = typer.Typer(no_args_is_help=True, help="The read models.")

Of = Annotated[str, typer.Argument(metavar="SERVICE", help="Whose read model it is.")]
Table = Annotated[str, typer.Argument(metavar="TABLE", help="Its table, as `list` names it.")]


@app.command("list")
def list_(service: Service = None, home: Home = HOME, json: Json = False) -> None:
    """List them, with their number of rows."""
    run = runs.read(home)
    rows, faults = ask.rows(run, ask.chosen(run, service), "/ops/projections")
    print_found(rows, faults, ("service", "table", "topic", "kind", "rows"), "No read models.", json)


@app.command()
def rebuild(service: Of, table: Table, why: Why, who: Who, home: Home = HOME, json: Json = False) -> None:
    """Fold one anew from the logs while it is in use, and put it in the old one's place at once."""
    done = ask.post(runs.read(home), service, f"/ops/projections/{table}/rebuild", {"why": why, "who": who})
    if json:
        print_json(done)
    else:
        print_rows([done], ("table", "streams", "events", "seconds"), "")


@app.command()
def verify(
    service: Annotated[str | None, typer.Argument(metavar="[SERVICE]", help="Only of this service.")] = None,
    table: Annotated[str | None, typer.Argument(metavar="[TABLE]", help="Only this one.")] = None,
    home: Home = HOME,
    json: Json = False,
) -> None:
    """Prove that each row is what the logs say; exit status 1 when one is not."""
    run = runs.read(home)
    rows: list[dict[str, Any]] = []
    for name in ask.chosen(run, service):
        tables = [table] if table else [row["table"] for row in ask.get(run, name, "/ops/projections")["rows"]]
        rows += [{"service": name, **ask.post(run, name, f"/ops/projections/{each}/verify")} for each in tables]
    if json:
        print_json({"rows": rows})
    else:
        print_rows(rows, ("service", "table", "rows", "equal", "differences"), "No read models.")
    if not all(row["equal"] for row in rows):
        raise typer.Exit(FOUND_WRONG)
