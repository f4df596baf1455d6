"""The closing tables, for a terminal of a hundred columns or a log."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from rich import box
from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.table import Table

from demo.places import SENDERS
from demo.report import Report
from demo.scenes import Scene
from demo.sending import FATES

WIDTH = 100
MOST_TYPES = 6
DOORS = {"http": "HTTP", "kafka": "Kafka"}
STAGES = ("received", "accepted", "contacted", "matched", "first-session", "ended")
SESSIONS = ("sessions held", "missed by client", "missed by service", "called off")


def show(report: Report, console: Console, stays: bool) -> None:
    """Every table, and the links, one after the other; `stays` is whether what they lead to stays up for now."""
    tables = [table(report) for table in (_came_in, _odd, _journeys, _topics, _hops, _funnel, _mishaps)]
    for table in (*tables, *map(_scene, report.scenes), _sums(report)):
        console.print()
        console.print(table)
    _links(report, console, stays)


def _table(title: str, *columns: str, note: str = "") -> Table:
    """A table; columns that begin with `#` hold numbers."""
    table = Table(
        title=title, caption=note or None, title_justify="left", caption_justify="left", title_style="bold",
        caption_style="dim", box=box.SIMPLE_HEAD, pad_edge=False, header_style="dim", padding=(0, 1, 0, 0),
    )  # fmt: skip
    for column in columns:
        table.add_column(column.lstrip("#"), justify="right" if column.startswith("#") else "left", overflow="fold")
    return table


def _scene(scene: Scene) -> Table:
    table = _table(scene.title, *scene.columns, note=scene.note)
    for row in scene.rows:
        table.add_row(*map(escape, row))
    return table


def _came_in(report: Report) -> Table:
    columns = ("http", "kafka", *FATES)
    heads = (f"#{DOORS.get(column, column).replace(' ', chr(10))}" for column in columns)
    note = (
        "In each row, what came by HTTP and by Kafka is as much as what became of it. "
        "Every weight of board, hour and role is illustrative; the charities, and all clients, are invented."
    )
    quiet = sorted({s.title for s in SENDERS} - {row["sender"] for row in report.came_in})
    if quiet:
        note = f"Nothing came from {', '.join(quiet)} on Monday. {note}"
    table = _table("What came in, and what became of it", "on Monday, from", *heads, note=note)

    def add(name: str, rows: Sequence[Mapping[str, Any]], style: str = "") -> None:
        table.add_row(name, *(_n(sum(row.get(column, 0) for row in rows)) for column in columns), style=style)

    for row in report.came_in:
        add(row["sender"], [row])
    table.add_section()
    add("in the weeks, by event", report.came_later)
    add("all", [*report.came_in, *report.came_later], "bold")
    return table


def _odd(report: Report) -> Group:
    """One small table a fate, all of the same widths."""
    parts: list[RenderableType] = ["[bold]What was not simply a good referral[/]\n"]
    for fate, rows in groupby(report.odd, key=lambda row: str(row["fate"])):
        parts.append(f"{fate} [dim]- {FATES[fate]}[/]")  # type: ignore[index]
        table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
        table.add_column(style="dim", width=1)
        for width in (35, 5, 2):
            table.add_column(width=width, justify="right" if width == 2 else "left")
        table.add_column(overflow="fold")
        for row in rows:
            why = f"{row['code']} [dim]{escape(_first_sentence(row['why']))}[/]"
            table.add_row("", row["kind"], DOORS[row["door"]], str(row["n"]), why)
        parts += [table, ""]
    return Group(*parts)


def _first_sentence(why: str) -> str:
    return why.partition(". ")[0].rstrip(".")


def _journeys(report: Report) -> Table:
    table = _table("The journeys that were run to their ends", "story", "#clients", "#steps", "#sessions", "they stand")
    for row in report.journeys:
        stand = ", ".join(f"{n} {stage}" for stage, n in row["stand"].items())
        table.add_row(row["story"], str(row["clients"]), str(row["steps"]), _n(row["sessions"]), stand)
    every = [str(sum(row[name] for row in report.journeys)) for name in ("clients", "steps", "sessions")]
    stands: Counter[str] = Counter()
    for row in report.journeys:
        stands.update(row["stand"])
    table.add_section()
    table.add_row("all", *every, ", ".join(f"{n} {stage}" for stage, n in stands.most_common()), style="bold")
    return table


def _topics(report: Report) -> Table:
    note = (
        "Counted before the scenes below. The intake topics together hold what came by Kafka; a receipt that was held "
        "and then placed is said twice."
    )
    table = _table("Records on each topic", "topic", "#records", "what is said", note=note)
    intake = {name: n for name, n in report.topics.items() if name.startswith("kith.intake.")}
    for name, n in sorted(report.topics.items()):
        if name not in intake:
            table.add_row(name, str(n), _most(report.types.get(name, {})))
    for name, n in sorted(intake.items(), key=lambda row: -row[1]):
        if n:
            table.add_row(name, str(n))
    return table


def _most(types: Mapping[str, int]) -> str:
    """The types that are said most, and how many records are of the others."""
    ordered = sorted(types.items(), key=lambda row: -row[1])
    others = ordered[MOST_TYPES:]
    rest = f", {sum(n for _, n in others)} of {len(others)} other types" if others else ""
    return ", ".join(f"{n} {name}" for name, n in ordered[:MOST_TYPES]) + rest


def _hops(report: Report) -> Table:
    note = "Milliseconds, from the services' own traces; all services, Kafka and PostgreSQL share this machine."
    table = _table("Time per hop", "hop", "#n", "#median ms", "#p95 ms", note=note)
    for name, spread in report.hops.items():
        table.add_row(name, str(spread.n), f"{spread.median:.1f}", f"{spread.p95:.1f}")
    return table


def _funnel(report: Report) -> Table:
    note = (
        "Each client counts once, however often matched; some are spoken with before it is decided whether to accept."
    )
    table = _table("How far the journeys came, as evaluation counts them", "", "#clients", "", note=note)
    funnel = Counter(report.funnel)
    most = max(funnel["received"], 1)
    for stage in STAGES:
        table.add_row(stage.replace("-", " "), str(funnel[stage]), "█" * round(40 * funnel[stage] / most))
    back = report.wishes.get("retract-session", 0)
    undecided = funnel["received"] - funnel["accepted"] - funnel["declined"]
    received = f"{funnel['accepted']} accepted, {funnel['declined']} declined, {undecided} not decided on"
    ended = f"{funnel['ended-planned']} as planned, {funnel['ended'] - funnel['ended-planned']} otherwise"
    for title, said in (
        (f"of the {funnel['received']} received", f"{received}; {funnel['withdrawn']} of them withdrew"),
        (f"of the {funnel['ended']} ended", f"{ended}; {funnel['returned']} of them came back"),
        ("sessions", f"{_listed(report.funnel, SESSIONS)}; {back} more held were taken back"),
    ):
        table.add_row(title, "", said, style="dim")
    return table


def _listed(counts: Mapping[str, int], names: Sequence[str]) -> str:
    return ", ".join(f"{counts.get(name, 0)} {name.replace('-', ' ').removeprefix('sessions ')}" for name in names)


def _mishaps(report: Report) -> Table:
    killed, stood = report.killed, report.standstill
    seconds = (killed.hears_again - killed.at).total_seconds()
    table = _table("What went wrong on purpose", "what", "and then")
    table.add_row(
        f"kill -9 of {killed.service}",
        f"process {killed.pid} became {killed.new_pid}; it heard again after {seconds:.1f} s. {killed.wishes} "
        f"wishes were told to it then, and {killed.again} times one of them once more, with the same Idempotency-Key, "
        "until it answered; each was done once.",
    )
    table.add_row(
        f"Kafka frozen for {stood.seconds} s",
        f"{stood.accepted} wishes were done all the same; {stood.waited} events waited in the journal, then went out.",
    )
    return table


def _sums(report: Report) -> Table:
    table = _table("Does it add up?", "what must be so", "#must", "#is", "")
    for row in report.sums:
        mark = "[green]✓[/]" if row.holds else f"[bold red]no[/] {escape(row.why)}"
        table.add_row(row.what, str(row.must), str(row.found), mark)
    return table


def _links(report: Report, console: Console, stays: bool) -> None:
    if stays:
        console.print("\n[bold]Look for yourself[/] [dim](while everything is up)[/]\n")
    else:
        console.print("\n[bold]Look for yourself[/] [dim](everything ends now; this brings it back)[/]\n")
    console.print(f"  [dim]# all of it again, later[/]\n  {escape(report.back)}", soft_wrap=True)
    if not stays:
        console.print(
            "\n[dim]Then these answer again, with the same keys; the addresses too, if their ports are free:[/]"
        )
    console.print()
    plain = {name: link for name, link in report.links.items() if link.startswith("http")}
    for name, link in plain.items():
        console.print(f"  [dim]{name:<24}[/]{link}", soft_wrap=True)
    for name, link in report.links.items():
        if name not in plain:
            console.print(f"\n  [dim]# {name}[/]\n  {escape(link)}", soft_wrap=True)
    console.print()


def _n(number: Any) -> str:
    return str(number) if number else "·"


def faults(report: Report) -> Iterable[str]:
    """What does not add up, in words."""
    for row in report.sums:
        if not row.holds:
            yield f"{row.what}: {row.found}, not {row.must}. {row.why}".strip()
