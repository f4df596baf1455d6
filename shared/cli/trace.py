"""`kith trace`: one event across every service, as one story in the order of time."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import typer

from shared.cli import ask
from shared.cli import run as runs
from shared.cli.terminal import (
    HOME,
    REFUSED,
    Fault,
    Home,
    Json,
    console,
    end_with,
    print_json,
    print_rows,
    told,
)

_COLUMNS = ("at", "ms", "service", "what", "where", "note")


def trace(event_id: Annotated[UUID, typer.Argument(metavar="EVENT_ID")], home: Home = HOME, json: Json = False) -> None:
    """Follow one event: decided, sent, heard by each, and what it led to; with the milliseconds between."""
    run = runs.read(home)
    parts: list[dict[str, Any]] = []
    faults: list[Fault] = []
    for _, answer in ask.each(run, run.services, f"/ops/events/{event_id}"):
        if not isinstance(answer, Fault):
            parts.append(answer)
        elif answer.code != "not-found":
            faults.append(answer)
    if not parts and not faults:
        raise Fault("unknown-event", f"No service knows an event {event_id}.", REFUSED)
    steps = story(parts)
    if json:
        print_json({"event": str(event_id), "story": steps, "faults": told(faults)})
    else:
        if said := next((part["journal"] for part in parts if part["journal"]), None):
            console().print(f"[bold]{said['type']}[/] of {said['subject']}, sequence {said['sequence']}\n")
        print_rows(steps, _COLUMNS, "Nothing.")
    end_with(faults, json)


def story(parts: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Every step of an event in the order of time, each with the milliseconds since the one before."""
    steps = sorted((step for part in parts for step in _steps(part)), key=lambda step: step["moment"])
    told = []
    for before, step in zip([None, *steps], steps, strict=False):
        moment = step.pop("moment")
        since = (
            None if before is None else round((moment - datetime.fromisoformat(before["at"])).total_seconds() * 1000, 1)
        )
        told.append({**step, "ms": since})
    return told


def _steps(part: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    def step(at: str, what: str, where: str, note: str) -> dict[str, Any]:
        return {
            "moment": datetime.fromisoformat(at),
            "at": at,
            "service": part["service"],
            "what": what,
            "where": where,
            "note": note,
        }

    if said := part.get("journal"):
        yield step(said["recorded_at"], "decided", said["subject"], f"{said['type']} by {said['actor_role']}")
    if sent := part.get("sent"):
        where = f"{said['topic'] if said else ''} {sent['partition']}:{sent['offset']}".strip()
        yield step(sent["at"], "sent", where, "acknowledged by Kafka")
    for heard in part.get("inbox", ()):
        note = " ".join(filter(None, (heard["fate"], heard.get("code"), heard.get("detail"))))
        yield step(heard["heard_at"], "heard", f"{heard['topic']} {heard['partition']}:{heard['offset']}", note)
    for after in part.get("led_to", ()):
        yield step(after["recorded_at"], "led to", after["subject"], f"{after['type']} {after['event_id']}")
