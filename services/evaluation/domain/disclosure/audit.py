"""The audit before anything leaves: every attacker against every count that is hidden."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from services.evaluation.domain.disclosure.attack import Attack, Knowledge
from services.evaluation.domain.disclosure.policy import Policy
from services.evaluation.domain.disclosure.tables import Tables

OUTSIDER, RULE = "an outsider", "an outsider who knows the rule"


@dataclass(frozen=True, slots=True)
class Leak:
    """What somebody could learn: of which cells, who, and within which bounds."""

    cells: tuple[str, ...]
    attacker: str
    low: int
    high: int


def audit(tables: Tables, hidden: Collection[str], policy: Policy) -> Iterator[Leak]:
    """Every leak of publishing the tables with these cells hidden; none is what a release needs."""
    kept = tables.kept_back(hidden)
    yield from _told(tables, kept, policy)
    outsider = Attack(tables, kept, Knowledge())
    for keys in [*((key,) for key in sorted(kept)), *_small_together(tables, kept, policy)]:
        yield from _learnt(tables, outsider, OUTSIDER, keys, policy)
    for name in sorted({name for key in kept for name, n in tables.cells[key].by.items() if n}):
        own = {key: tables.cells[key].by.get(name, 0) for key in kept}
        insider = Attack(tables, kept, Knowledge(own=own), outsider.ways)
        for key in sorted(kept):
            # Of what is all its own it learns that there are no others, which is nobody's secret.
            if own[key] < tables.cells[key].count or tables.cells[key].sensitive:
                yield from _learnt(tables, insider, name, (key,), policy, own[key])
    if known := _small_somewhere(tables, kept, policy):
        knower = Attack(tables, kept, Knowledge(small_somewhere=known, small=policy.threshold - 1), outsider.ways)
        for key in sorted(kept):
            yield from _learnt(tables, knower, RULE, (key,), policy)


def _told(tables: Tables, kept: Collection[str], policy: Policy) -> Iterator[Leak]:
    for key, cell in sorted(tables.cells.items()):
        if key not in kept and cell.earlier is None and policy.must_hide(cell):
            yield Leak((key,), OUTSIDER, cell.count, cell.count)


def _learnt(
    tables: Tables, attack: Attack, attacker: str, keys: tuple[str, ...], policy: Policy, own: int = 0
) -> Iterator[Leak]:
    """A leak, if the bounds of what is not the attacker's own are too narrow; what was seen already may show not."""
    count, sensitive = sum(tables.cells[key].count for key in keys), any(tables.cells[key].sensitive for key in keys)

    def hides(low: int, high: int) -> bool:
        return policy.hides(count - own, low - own, high - own, sensitive)

    if (seen := attack.seen(keys)) is not None and hides(*seen):
        return
    low, high = attack.bounds(keys)
    if not hides(low, high):
        yield Leak(keys, attacker, low, high)


def _small_together(tables: Tables, kept: Collection[str], policy: Policy) -> Sequence[tuple[str, ...]]:
    """What is hidden in one sum and small even together: its total says as much as each would."""
    return [
        keys
        for keys in _in_one_sum(tables, kept)
        if len(keys) > 1 and 0 < sum(tables.cells[key].count for key in keys) < policy.threshold
    ]


def _small_somewhere(tables: Tables, kept: Collection[str], policy: Policy) -> tuple[tuple[str, ...], ...]:
    """What is hidden in one sum because one of it at least is small."""
    small = {key for key in kept if policy.is_small(tables.cells[key]) and tables.cells[key].count}
    return tuple(keys for keys in _in_one_sum(tables, kept) if small & set(keys))


def _in_one_sum(tables: Tables, kept: Collection[str]) -> Sequence[tuple[str, ...]]:
    return sorted({tuple(sorted(part for part in each.parts if part in kept)) for each in tables.sums})
