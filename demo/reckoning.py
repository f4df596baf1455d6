"""What the numbers must come to, from the stories alone: nothing here asks a service."""

from collections import Counter
from collections.abc import Iterable, Sequence

from demo.case import Step
from demo.day import Day

Counts = Counter[str]


def funnel_of(steps: Iterable[Step]) -> Counts:
    """How far one journey comes, and its sessions: what evaluation must count of it."""
    found: Counts = Counter({"received": 1})
    for step in steps:
        match step.do, step.wish:
            case "accept", _:
                found["accepted"] = 1
            case "decline", _:
                found["declined"] = 1
            case "withdraw", _:
                found["withdrawn"] = 1
            case "record-contact", {"outcome": "spoke"}:
                found["contacted"] = 1
            case "confirm-match", _:
                found["matched"] = 1
            case "hold-session", _:
                found["first-session"] = found["contacted"] = 1
                found["sessions held"] += 1
            case "retract-session", _:
                found["sessions held"] -= 1
            case "miss-session", {"missed_by": by}:
                found[f"missed by {by}"] += 1
            case "cancel-session", _:
                found["called off"] += 1
            case "end", {"planned": planned} if not step.unless:
                found["ended"] = 1
                found["ended-planned"] = int(planned)
            case "reopen", _:
                found["returned"] = 1
    return found


def funnels(day: Day) -> dict[str, Counts]:
    """The funnel that each organisation must see of its own."""
    found: dict[str, Counts] = {}
    for case in day.cases:
        found.setdefault(case.sender.organisation, Counter()).update(funnel_of(day.steps[case.number]))
    return found


def came_to(steps: Sequence[Step]) -> str:
    """Where a journey stands at the end."""
    stage = "received"
    for step in steps:
        match step.do:
            case "accept" | "reopen":
                stage = "waiting"
            case "decline":
                stage = "declined"
            case "withdraw":
                stage = "withdrawn"
            case "confirm-match":
                stage = "supported"
            case "end" if not step.unless:
                stage = "ended"
    return stage


def refusals(day: Day) -> Counts:
    """How often a rule must say no, by code: of two who race for a place one comes too late."""
    found = Counter(step.unless for steps in day.steps.values() for step in steps if step.unless)
    found["no-place-left"] //= 2
    return +found
