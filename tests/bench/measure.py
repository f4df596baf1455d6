"""What a measure is, and how a list of them is told."""

import json
import os
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Measure:
    """One figure of ours beside the same work by hand; `ratio` is theirs to ours in the sense that `bar` bounds."""

    measure: str
    ours: float
    by_hand: float | None
    ratio: float | None
    bar: str
    holds: bool | None
    unit: str


def at_least(name: str, ours: Sequence[float], by_hand: Sequence[float], bar: float, unit: str) -> Measure:
    """A rate that must reach a share of what is reached by hand; the ratio is the median of the rounds' ratios."""
    ratio = statistics.median(a / b for a, b in zip(ours, by_hand, strict=True))
    mine, theirs = statistics.median(ours), statistics.median(by_hand)
    return Measure(name, round(mine, 1), round(theirs, 1), round(ratio, 3), f">= {bar}", ratio >= bar, unit)


def at_most(name: str, ours: float, by_hand: float, bar: float, unit: str) -> Measure:
    """A time that must stay within a multiple of what is taken by hand."""
    ratio = ours / by_hand
    return Measure(name, round(ours, 2), round(by_hand, 2), round(ratio, 3), f"<= {bar}", ratio <= bar, unit)


def under(name: str, ours: float, bar: float, unit: str) -> Measure:
    """A figure with a bound of its own."""
    return Measure(name, round(ours, 1), None, None, f"< {bar:g}", ours < bar, unit)


def told(name: str, ours: float, unit: str) -> Measure:
    """A figure for information."""
    return Measure(name, round(ours, 1), None, None, "", None, unit)


def report(measures: Sequence[Measure], file: Path) -> bool:
    """Prints the table, writes it as JSON, and says whether every bar holds."""
    table = Table(title=f"Measured on {cores()}; sides interleaved, medians")
    for column in ("measure", "ours", "by hand", "ratio", "bar", "holds", "unit"):
        table.add_column(column, justify="left" if column in ("measure", "unit") else "right")
    for m in measures:
        table.add_row(*("" if v is None else "yes" if v is True else "no" if v is False else str(v) for v in (
            m.measure, m.ours, m.by_hand, m.ratio, m.bar, m.holds, m.unit
        )))  # fmt: skip
    Console(width=130).print(table)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps([asdict(m) for m in measures], indent=2) + "\n")
    return all(m.holds is not False for m in measures)


def cores() -> str:
    """How many cores this process may use, and which they are."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = {line.partition(":")[2].strip() for line in lines if line.startswith("model name")}
    return f"{len(os.sched_getaffinity(0))} cores ({', '.join(sorted(names)) or 'unknown'})"
