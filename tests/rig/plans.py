"""Ways in which events of a few tallies may reach a hearer: in any order, often, in batches, with forgeries between."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID, uuid4

from hypothesis import strategies as st

from shared.runtime.wire import Record
from tests.rig.records import counted, header, with_header

Kind = Literal["genuine", "copy", "same-id", "same-sequence", "other-owner", "nameless"]
FORGERIES: Sequence[Kind] = ("same-id", "same-sequence", "other-owner", "nameless")


@dataclass(frozen=True, slots=True)
class Delivery:
    """One arrival: which tally's which event (from 1), and whether it is the event or something that poses as it."""

    tally: int
    sequence: int
    kind: Kind


@dataclass(frozen=True, slots=True)
class Plan:
    """How many events each tally has, which of them nobody can read, and the batches in which all arrives."""

    lengths: tuple[int, ...]
    broken: frozenset[tuple[int, int]]
    batches: tuple[tuple[Delivery, ...], ...]


@st.composite
def plans(draw: st.DrawFn, tallies: int = 3, events: int = 5, extras: int = 12) -> Plan:
    """Every event arrives at least once; a forgery never arrives before what it forges."""
    lengths = tuple(draw(st.lists(st.integers(1, events), min_size=1, max_size=tallies)))
    every = [(t, s) for t, length in enumerate(lengths) for s in range(1, length + 1)]
    broken = draw(st.frozensets(st.sampled_from(every), max_size=1))
    blocked = {t for t, _ in broken}
    order = [Delivery(t, s, "genuine") for t, s in draw(st.permutations(every))]
    for (t, s), kind, place in draw(
        st.lists(
            st.tuples(st.sampled_from(every), st.sampled_from(("copy", *FORGERIES)), st.integers(0, 40)),
            max_size=extras,
        )
    ):
        if kind == "same-sequence" and t in blocked:
            # Nobody can say which of two is genuine before one of them was taken.
            kind = "same-id"
        first = order.index(Delivery(t, s, "genuine"))
        order.insert(min(len(order), first + 1 + place), Delivery(t, s, kind))
    cuts = sorted(draw(st.sets(st.integers(1, max(1, len(order) - 1)), max_size=6)))
    batches = [tuple(order[a:b]) for a, b in zip([0, *cuts], [*cuts, len(order)], strict=True) if a < b]
    return Plan(lengths, broken, tuple(batches))


def records_of(plan: Plan, topic: str) -> tuple[Mapping[int, UUID], list[list[Record]]]:
    """The tallies by number, and the plan's batches as records of that topic."""
    tallies = {number: uuid4() for number in range(len(plan.lengths))}
    genuine = {
        (t, s): _broken(counted(topic, tallies[t], s, 100 * t + s), (t, s) in plan.broken)
        for t, length in enumerate(plan.lengths)
        for s in range(1, length + 1)
    }
    offsets = iter(range(10_000))
    batches = [
        [posing(genuine[d.tally, d.sequence], d.kind)._replace(offset=next(offsets)) for d in batch]
        for batch in plan.batches
    ]
    return tallies, batches


def _broken(record: Record, is_so: bool) -> Record:
    return record._replace(body=b"{") if is_so else record


def posing(genuine: Record, kind: Kind) -> Record:
    """What arrives as, or in the guise of, the event."""
    match kind:
        case "genuine" | "copy":
            return genuine
        case "same-id":
            return genuine._replace(body=(genuine.body or b"") + b" ")
        case "same-sequence":
            return with_header(genuine, "ce_id", str(uuid4()))
        case "other-owner":
            return with_header(with_header(genuine, "ce_id", str(uuid4())), "ce_organisation", "SC099999")
        case "nameless":
            return with_header(genuine, "ce_id", header(genuine, "ce_id")[:-1])


def expected(plan: Plan) -> dict[int, list[tuple[int, str]]]:
    """The fate of each event of each tally, if all had come in order, once, and alone."""
    fates: dict[int, list[tuple[int, str]]] = {}
    for t, length in enumerate(plan.lengths):
        stop = min((s for tally, s in plan.broken if tally == t), default=length + 1)
        fates[t] = [(s, "done" if s < stop else "parked" if s == stop else "held") for s in range(1, length + 1)]
    return fates


def totals(plan: Plan) -> dict[int, tuple[list[int], int]]:
    """The row of each tally of which anything was taken: its sequences in order, and their sum."""
    taken = {t: [s for s, fate in fates if fate == "done"] for t, fates in expected(plan).items()}
    return {t: (sequences, sum(100 * t + s for s in sequences)) for t, sequences in taken.items() if sequences}


def forged(plan: Plan) -> int:
    """How many records must have been parked without the identity they claim."""
    return sum(d.kind in FORGERIES for batch in plan.batches for d in batch)


def summary(rows: Mapping[UUID, Any], tallies: Mapping[int, UUID]) -> dict[int, Any]:
    """Rows by the number of their tally."""
    return {number: rows[tally] for number, tally in tallies.items() if tally in rows}
