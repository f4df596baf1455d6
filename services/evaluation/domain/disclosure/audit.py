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
    yield from _outside(tables, kept, policy)
    yield from _inside(tables, kept, policy)
    yield from _by_the_rule(tables, kept, policy)


def _told(tables: Tables, kept: Collection[str], policy: Policy) -> Iterator[Leak]:
    for key, cell in sorted(tables.cells.items()):
        if key not in kept and cell.earlier is None and policy.must_hide(cell):
            yield Leak((key,), OUTSIDER, cell.count, cell.count)


def _outside(tables: Tables, kept: Collection[str], policy: Policy) -> Iterator[Leak]:
    attack = Attack(tables, kept, Knowledge())
    for key in sorted(kept):
        yield from _learnt(tables, attack, OUTSIDER, (key,), policy)
    for keys in _small_together(tables, kept, policy):
        yield from _learnt(tables, attack, OUTSIDER, keys, policy)


def _small_together(tables: Tables, kept: Collection[str], policy: Policy) -> Sequence[tuple[str, ...]]:
    """What is hidden in one sum and small even together: its total says as much as each would."""
    found = {tuple(sorted(part for part in each.parts if part in kept)) for each in tables.sums}
    return sorted(
        keys for keys in found
        if len(keys) > 1 and 0 < sum(tables.cells[key].count for key in keys) < policy.threshold
    )  # fmt: skip


def _inside(tables: Tables, kept: Collection[str], policy: Policy) -> Iterator[Leak]:
    organisations = sorted({name for key in kept for name, n in tables.cells[key].by.items() if n})
    for name in organisations:
        own = {key: tables.cells[key].by.get(name, 0) for key in kept}
        attack = Attack(tables, kept, Knowledge(own=own))
        for key in sorted(kept):
            cell, mine = tables.cells[key], own[key]
            if mine == cell.count and not cell.sensitive:
                # It knows them all; that there are no others is nobody's secret.
                continue
            low, high = attack.bounds((key,))
            if not policy.hides(cell.count - mine, low - mine, high - mine, cell.sensitive):
                yield Leak((key,), name, low, high)


def _by_the_rule(tables: Tables, kept: Collection[str], policy: Policy) -> Iterator[Leak]:
    small = {key for key in kept if policy.is_small(tables.cells[key]) and tables.cells[key].count}
    sets = {tuple(sorted(part for part in each.parts if part in kept)) for each in tables.sums}
    known = tuple(sorted(keys for keys in sets if small & set(keys)))
    if not known:
        return
    attack = Attack(tables, kept, Knowledge(small_somewhere=known, small=policy.threshold - 1))
    for key in sorted(kept):
        yield from _learnt(tables, attack, RULE, (key,), policy)


def _learnt(tables: Tables, attack: Attack, attacker: str, keys: tuple[str, ...], policy: Policy) -> Iterator[Leak]:
    low, high = attack.bounds(keys)
    count, sensitive = sum(tables.cells[key].count for key in keys), any(tables.cells[key].sensitive for key in keys)
    if not policy.hides(count, low, high, sensitive):
        yield Leak(keys, attacker, low, high)
