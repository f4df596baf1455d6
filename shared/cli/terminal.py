"""What a person or a script reads from `kith`: tables or JSON, and faults with a code and an exit status."""

import getpass
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape
from rich.table import Table

FOUND_WRONG, NOT_RUNNING, UNREACHABLE, REFUSED, FAILED = 1, 3, 4, 5, 6
_WIDTH_WITHOUT_TERMINAL = 100_000
_GAP, _WORTH_FOLDING = 2, 20


class Fault(Exception):
    """What went wrong and what to do, with a code for scripts and the exit status."""

    def __init__(self, code: str, message: str, status: int = FAILED) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status

    def as_json(self) -> dict[str, Any]:
        return {"error": {"code": self.code, "message": self.message}}


def default_who() -> str:
    """The name of the person at this machine, as the operating system knows it."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


Home = Annotated[Path, typer.Option("--home", envvar="KITH_HOME", help="The folder with everything that runs.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]
Why = Annotated[str, typer.Option("--why", help="Why: kept in the audit with your name.", prompt=False)]
Who = Annotated[str, typer.Option("--who", help="Who asks for the change.", default_factory=default_who)]
Service = Annotated[str | None, typer.Option("--service", "-s", help="Only this service.")]
HOME = Path(".kith")


def console(to_error: bool = False) -> Console:
    """Where to print: as wide as its lines need when nobody is at a terminal."""
    stream = sys.stderr if to_error else sys.stdout
    width = None if stream.isatty() else _WIDTH_WITHOUT_TERMINAL
    return Console(file=stream, width=width, highlight=False, soft_wrap=width is not None)


def print_json(value: Any) -> None:
    """One line of JSON on standard output."""
    print(json.dumps(value, ensure_ascii=False, default=str), flush=True)


def print_rows(rows: Iterable[Mapping[str, Any]], columns: Sequence[str], nothing: str) -> None:
    """The rows as a table, or the words for none: a line a row, or at a terminal as many columns as it is wide for."""
    rows = list(rows)
    if not rows:
        console().print(nothing)
        return
    out = console()
    cells = {column: [_one_line(row.get(column)) for row in rows] for column in columns}
    shown = _fitting(cells, out.width) if out.is_terminal else columns
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, _GAP, 0, 0))
    for column in shown:
        numbers = all(isinstance(row.get(column), int | float | None) for row in rows)
        fold = out.is_terminal and column == shown[-1]
        table.add_column(
            column.replace("_", " "), justify="right" if numbers else "left", overflow="fold", no_wrap=not fold
        )
    for values in zip(*(cells[column] for column in shown), strict=True):
        table.add_row(*values)
    out.print(table)
    if len(shown) < len(columns):
        left = ", ".join(column.replace("_", " ") for column in columns if column not in shown)
        out.print(f"[dim]Too narrow for: {left}. --json has everything.[/]")


def _fitting(cells: Mapping[str, Sequence[str]], width: int) -> Sequence[str]:
    """The first columns that fit in that width, then one that must be folded if there is room worth folding into."""
    shown: list[str] = []
    for column, values in cells.items():
        wide = max(map(cell_len, (column, *values)))
        if wide > width:
            return [*shown, column] if width >= _WORTH_FOLDING or not shown else shown
        shown.append(column)
        width -= wide + _GAP
    return shown


def _one_line(value: Any) -> str:
    return cell(value).replace("\n", " ")


def print_found(
    rows: Sequence[Mapping[str, Any]], faults: Sequence[Fault], columns: Sequence[str], nothing: str, as_json: bool
) -> None:
    """What the services that answered have, and the faults of the others; then the exit status says so."""
    if as_json:
        print_json({"rows": rows, "faults": faults_as_json(faults)})
    else:
        print_rows(rows, columns, nothing)
    end_with(faults, as_json)


def faults_as_json(faults: Iterable[Fault]) -> list[Any]:
    """The faults as part of a document."""
    return [fault.as_json()["error"] for fault in faults]


def end_with(faults: Sequence[Fault], as_json: bool) -> None:
    """Ends with its own status when a service did not answer, each fault in words unless a document holds them."""
    if not as_json:
        for fault in faults:
            print_fault(fault, as_json=False)
    if faults:
        raise typer.Exit(UNREACHABLE)


def print_fields(values: Mapping[str, Any]) -> None:
    """One value a line, with its name before it."""
    longest = max(map(len, values), default=0)
    for name, value in values.items():
        console().print(f"[bold]{name.replace('_', ' '):<{longest}}[/]  {cell(value)}")


def cell(value: Any) -> str:
    """The value as it is shown: nothing of it is taken for markup or for a terminal's commands."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.1f}"
    return escape("".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in str(value)))


def print_fault(fault: Fault, as_json: bool) -> None:
    """The fault where its reader looks: JSON on standard output, words on standard error."""
    if as_json:
        print_json(fault.as_json())
    else:
        console(to_error=True).print(f"[bold red]{escape(fault.message)}[/] \\[{fault.code}]")
