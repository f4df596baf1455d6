"""Everything that is known at the end, as values: the tables show it, and `--json` prints it."""

import os
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from demo import reckoning
from demo.day import Day
from demo.fates import Sent
from demo.hops import Hops, Spread, spread
from demo.house import House
from demo.mishaps import Killed, Standstill
from demo.scenes import Scene
from demo.sending import FATES, GOOD, TOLD, Outcome
from demo.sums import Books, Sum
from shared.cli.run import Run

COMMAND = os.path.relpath(sys.argv[0]) if sys.argv[0].endswith("/kith") else "kith"


@dataclass(frozen=True, slots=True)
class Report:
    """What came in, what became of it, and whether it adds up."""

    seed: int
    came_in: Sequence[Mapping[str, Any]]
    came_later: Sequence[Mapping[str, Any]]
    odd: Sequence[Mapping[str, Any]]
    journeys: Sequence[Mapping[str, Any]]
    wishes: Mapping[str, int]
    topics: Mapping[str, int]
    types: Mapping[str, Mapping[str, int]]
    hops: Mapping[str, Spread]
    funnel: Mapping[str, int]
    killed: Killed
    standstill: Standstill
    scenes: Sequence[Scene]
    sums: Sequence[Sum]
    links: Mapping[str, str]
    """Where to look on while everything is up."""
    back: str
    """The command that brings everything up again, as it was."""

    @property
    def adds_up(self) -> bool:
        return all(row.holds for row in self.sums)

    def as_json(self) -> dict[str, Any]:
        """The report as one document."""
        sums = [asdict(row) | {"holds": row.holds} for row in self.sums]
        return {**asdict(self), "sums": sums, "adds_up": self.adds_up}


def came_in(sent: Sequence[Sent]) -> list[dict[str, Any]]:
    """One row a sender: what it sent by which door, and what became of it."""
    rows: dict[str, Counter[str]] = {}
    for one in sent:
        row = rows.setdefault(one.sending.sender.title, Counter())
        row[one.sending.door] += 1
        row[one.found.fate if one.found else "lost"] += 1
    return [{"sender": title, **row} for title, row in sorted(rows.items(), key=lambda r: -sum(r[1].values()))]


def odd(sent: Sequence[Sent]) -> list[dict[str, Any]]:
    """One row a kind of what was not simply a good referral: what became of it, with the code and what that means."""
    rows: Counter[tuple[str, str, Outcome]] = Counter()
    for one in sent:
        if one.sending.kind not in (GOOD, TOLD) and one.found:
            rows[one.sending.kind, one.sending.door, one.found] += 1
    order = list(FATES)
    return [
        {"kind": kind, "door": door, "n": n, **asdict(found)}
        for (kind, door, found), n in sorted(rows.items(), key=lambda row: (order.index(row[0][2].fate), row[0][:2]))
    ]


def journeys(day: Day) -> list[dict[str, Any]]:
    """One row a story: how many clients, what was done for them, and where they stand."""
    rows: dict[str, dict[str, Any]] = {}
    for case in day.cases:
        steps = day.steps[case.number]
        counts = reckoning.funnel_of(steps)
        row = rows.setdefault(case.story, {"story": case.story, "clients": 0, "steps": 0, "sessions": 0, "stand": {}})
        row["clients"] += 1
        row["steps"] += len(steps)
        row["sessions"] += counts["sessions held"]
        stage = reckoning.came_to(steps)
        row["stand"][stage] = row["stand"].get(stage, 0) + 1
    return list(rows.values())


def hops(house: House, ways: Sequence[Hops], killed: Killed, wishes: Sequence[float]) -> dict[str, Spread]:
    """Each hop's spread; what was on its way while the killed service did not hear stands apart."""
    calm = [way for way in ways if way.seen < killed.at or way.received > killed.hears_again]
    late = [way.steps() for way in ways if way not in calm]
    found = {
        "HTTP: an event's receipt is durable": _ms(house, "event"),
        "HTTP: a coordinator's wish is done": _ms(house, "wish"),
        "HTTP: a question is answered": _ms(house, "question"),
    }
    steps = [way.steps() for way in calm]
    found |= {name: spread([step[name] for step in steps]) for name in (steps[0] if steps else ())}
    found["a wish's event -> seen by evaluation"] = spread(wishes)
    if late:
        found[f"end to end, while {killed.service} was dead"] = spread([list(step.values())[-1] for step in late])
    return found


def _ms(house: House, kind: str) -> Spread:
    return spread([seconds * 1000 for seconds in house.answers.get(kind, ())])


def links(run: Run, sent: Sequence[Sent]) -> dict[str, str]:
    """Where to look on: addresses, and commands to paste."""
    gateway, evaluation = run.services["gateway"].url, run.services["evaluation"].url
    found = {f"{name}: its API": f"{at.url}/openapi.json" for name, at in run.services.items()}
    found |= {f"{name}: metrics": f"{at.url}/metrics" for name, at in run.services.items()}
    one = next(one for one in sent if one.sending.case and one.found and one.found.fate == "received")
    sender = one.sending.sender.name

    def curl(name: str, url: str) -> str:
        return f"curl -sH 'Authorization: Bearer {run.keys[name].key}' '{url}'"

    found["a receipt"] = curl(sender, f"{gateway}/receipts/{one.id}")
    found["all receipts of a sender"] = curl(sender, f"{gateway}/receipts")
    month = "from=2026-03&to=2026-03"
    found["the journey funnel"] = curl(f"evaluator@{sender}", f"{evaluation}/journey-funnel?{month}")
    found["the dead letters"] = curl("operator", f"{gateway}/ops/dead-letters")
    found["one event across services"] = f"{COMMAND} trace {one.event} --home {_short(run.home)}"
    return found


def back(run: Run) -> str:
    """The command that brings it all up again."""
    return f"{COMMAND} up --home {_short(run.home)} --controlled-clock"


def _short(path: Path) -> str:
    near = os.path.relpath(path)
    return str(path) if near.startswith("..") else near


def funnel(books: Books) -> dict[str, int]:
    """The funnels of all organisations together."""
    every: Counter[str] = Counter()
    for one in books.funnels.values():
        every.update(one)
    return dict(every)
