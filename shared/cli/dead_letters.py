"""`kith dead-letters`: what was heard and could not be taken, shown, tried again, or given up."""

from typing import Annotated, Any

import typer

from shared.cli import ask
from shared.cli import run as runs
from shared.cli.run import Run
from shared.cli.terminal import (
    FOUND_WRONG,
    HOME,
    REFUSED,
    UNREACHABLE,
    Fault,
    Home,
    Json,
    Service,
    Who,
    Why,
    console,
    print_fields,
    print_found,
    print_json,
    print_rows,
)
from shared.runtime.inbox import SETTLED

app = typer.Typer(no_args_is_help=True, help="What was heard and could not be taken.")

_COLUMNS = ("service", "id", "fate", "urgent", "code", "type", "heard_at", "subject", "sequence", "organisation")
_PAGE = 500

Of = Annotated[str, typer.Argument(metavar="SERVICE", help="Whose dead letter it is.")]
Id = Annotated[int, typer.Argument(metavar="ID", min=1, help="The number that `list` gives it.")]
Topic = Annotated[str | None, typer.Option("--topic", help="Only of this topic.")]
Code = Annotated[str | None, typer.Option("--code", help="Only with this code.")]
Fate = Annotated[str | None, typer.Option("--fate", help="Only `parked` (at fault itself) or `held` (waits).")]


@app.command("list")
def list_(
    service: Service = None,
    topic: Topic = None,
    code: Code = None,
    fate: Fate = None,
    home: Home = HOME,
    json: Json = False,
) -> None:
    """List them, oldest first."""
    run = runs.read(home)
    rows: list[dict[str, Any]] = []
    faults: list[Fault] = []
    for name in ask.chosen(run, service):
        try:
            rows += [{"service": name, **row} for row in _all(run, name, topic, code, fate)]
        except Fault as fault:
            faults.append(fault)
    print_found(rows, faults, _COLUMNS, "No dead letters.", json)


def _all(run: Run, service: str, topic: str | None, code: str | None, fate: str | None) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    after: int | None = 0
    while after is not None:
        asked = {"topic": topic, "code": code, "fate": fate, "after": after, "limit": _PAGE}
        page = ask.get(run, service, "/ops/dead-letters", asked)
        rows += page["rows"]
        after = page["next"]
    return rows


@app.command()
def show(service: Of, id: Id, home: Home = HOME, json: Json = False) -> None:
    """Show one, with its exact bytes."""
    letter = ask.get(runs.read(home), service, f"/ops/dead-letters/{id}")
    if json:
        print_json(letter)
        return
    headers = letter.pop("headers")
    print_fields({name: value for name, value in letter.items() if name != "body_base64" or not letter["body_text"]})
    print_rows([{"header": name, "base64": value} for name, value in headers], ("header", "base64"), "No headers.")


@app.command()
def replay(
    service: Of,
    why: Why,
    who: Who,
    id: Annotated[list[int] | None, typer.Argument(metavar="[ID]...", help="Which ones.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All that --topic and --code leave.")] = False,
    topic: Topic = None,
    code: Code = None,
    home: Home = HOME,
    json: Json = False,
) -> None:
    """Take them again, and in order whatever waited only for them; exit status 1 when one is parked or held again."""
    _settle("replay", service, id, every, topic, code, why, who, runs.read(home), json)


@app.command()
def discard(
    service: Of,
    why: Why,
    who: Who,
    id: Annotated[list[int] | None, typer.Argument(metavar="[ID]...", help="Which ones.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All that --topic and --code leave.")] = False,
    topic: Topic = None,
    code: Code = None,
    home: Home = HOME,
    json: Json = False,
) -> None:
    """Give them up for ever; their bytes are kept."""
    _settle("discard", service, id, every, topic, code, why, who, runs.read(home), json)


def _settle(
    what: str,
    service: str,
    ids: list[int] | None,
    every: bool,
    topic: str | None,
    code: str | None,
    why: str,
    who: str,
    run: Run,
    json: bool,
) -> None:
    if bool(ids) == every:
        raise Fault("which", "Name the dead letters by their ids, or say --all (with --topic or --code to choose).", 2)
    if what == "discard" and every and not (topic or code):
        raise Fault("which", "To give up all of them, choose which with --topic or --code.", 2)
    wanted = ids or [row["id"] for row in _all(run, service, topic, code, "parked")]
    done: list[dict[str, Any]] = []
    for each in wanted:
        try:
            done.append(ask.post(run, service, f"/ops/dead-letters/{each}/{what}", {"why": why, "who": who}))
        except Fault as fault:
            if fault.status == UNREACHABLE:
                raise
            done.append({"id": each, "fate": None, "code": fault.code, "detail": fault.message})
    if json:
        print_json({"rows": done})
    else:
        print_rows(done, ("id", "fate", "code", "released", "detail"), "Nothing to do.")
        console().print(f"{sum(row['fate'] in SETTLED for row in done)} of {len(done)} settled.")
    if any(row["fate"] is None for row in done):
        raise typer.Exit(REFUSED)
    if any(row["fate"] not in SETTLED for row in done):
        raise typer.Exit(FOUND_WRONG)
