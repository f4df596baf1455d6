"""`kith trace`: one event across every service and all that it caused, or every event of one subject."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.markup import escape
from rich.tree import Tree

from shared.cli import ask, story
from shared.cli import run as runs
from shared.cli.run import Run
from shared.cli.terminal import HOME, REFUSED, Fault, Home, Json, cell, console, end_with, faults_as_json, print_json

_SKEW = 2.0
_USAGE = 2

Id = Annotated[str, typer.Argument(metavar="ID", help="An event's or a receipt's UUID, or a subject: referral/<uuid>.")]


def trace(id: Id, home: Home = HOME, json: Json = False) -> None:
    """Follow an event: decided, on Kafka, heard by each, and all that it caused, with the milliseconds of each hop.

    Of a subject (referral/<uuid>, or the UUID alone) every event is followed.
    """
    kind, uuid = _parsed(id)
    run = runs.read(home)
    faults: dict[str, Fault] = {}

    def known(path: str) -> list[Any]:
        answers = ask.each(run, [service for service in run.services if service not in faults], path)
        found = []
        for service, answer in answers:
            if not isinstance(answer, Fault):
                found.append(answer)
            elif answer.code != "not-found":
                faults[service] = answer
        return found

    roots, more = [str(uuid)], False
    if kind or not known(f"/ops/events/{uuid}"):
        rows = [row for part in known(f"/ops/subjects/{uuid}") for row in part["rows"]]
        roots = [row["event_id"] for row in rows if not kind or row["subject"] == f"{kind}/{uuid}"]
    if not roots and not faults:
        raise Fault("unknown-event", f"No service knows an event, a receipt or a subject {id}.", REFUSED)
    trees = story.trees(roots, story.gather(lambda event: known(f"/ops/events/{event}"), roots), _moved(run))
    more = story.cut(trees) > 0
    if json:
        print_json({"id": id, "events": trees, "cut": more, "faults": faults_as_json(faults.values())})
    else:
        _print(trees)
        if more:
            console().print(
                f"Cut after {story.MOST} events or {story.DEEPEST} steps from the first: trace one further on."
            )
    end_with(list(faults.values()), json)


def _parsed(given: str) -> tuple[str, UUID]:
    kind, _, uuid = given.rpartition("/")
    try:
        return kind, UUID(uuid)
    except ValueError:
        raise Fault(
            "not-an-id",
            f"“{given}” is no id. Give the UUID of an event or of a receipt, or a subject such as referral/<uuid>.",
            _USAGE,
        ) from None


def _moved(run: Run) -> set[str]:
    """The services whose clock is not this machine's."""
    answers = [(service, answer) for service, answer in ask.each(run, run.services, "/ops/health")]
    return {
        service
        for service, answer in answers
        if not isinstance(answer, Fault)
        and abs((datetime.now(UTC) - datetime.fromisoformat(answer["now"])).total_seconds()) > _SKEW
    }


def _print(trees: Sequence[Mapping[str, Any]]) -> None:
    for tree in trees:
        if tree["caused_by"]:
            console().print(f"[dim]caused by {cell(tree['caused_by'])}[/]")
        console().print(_drawn(tree))


def _drawn(event: Mapping[str, Any]) -> Tree:
    of = f" of {cell(event['subject'])}" if event["subject"] else ""
    sequence = f", sequence {event['sequence']}" if event["sequence"] else ""
    lines = [f"[bold]{cell(event['type'] or 'an event')}[/]{of}{sequence}", f"[dim]{cell(event['event'])}[/]"]
    if event["steps"] is None:
        lines[-1] += " [dim]… not followed[/]"
    for step in event["steps"] or ():
        took = "" if step["ms"] is None else f"{step['ms']:.1f} ms"
        lines.append(f"{took:>10}  {cell(step['what']):<9} {escape(step['service']):<12} {cell(step['note'])}")
    drawn = Tree("\n".join(lines), guide_style="dim")
    for after in event["caused"]:
        drawn.children.append(_drawn(after))
    return drawn
