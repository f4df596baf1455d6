"""Which cells to hide: all that must be, and of the others as few people as leave no attacker anything to learn."""

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from services.evaluation.domain.disclosure.attack import Attack, Knowledge
from services.evaluation.domain.disclosure.audit import Leak, audit
from services.evaluation.domain.disclosure.policy import Policy
from services.evaluation.domain.disclosure.tables import Tables


class CannotBeTold(Exception):
    """Even with everything hidden that can be, an attacker learns this: the tables must be drawn otherwise."""

    def __init__(self, leak: Leak) -> None:
        super().__init__(
            f"{leak.attacker} would learn that {' + '.join(leak.cells)} is from {leak.low} to {leak.high}."
        )
        self.leak = leak


def lost(tables: Tables, hidden: Collection[str]) -> int:
    """How much is not told: the people in cells of this release that are hidden, and one for each such cell."""
    return sum(tables.cells[key].count + 1 for key in hidden if tables.cells[key].earlier is None)


def suppress(tables: Tables, policy: Policy) -> frozenset[str]:
    """The cells to hide so that the audit passes, with little lost; raises CannotBeTold.

    The cutting planes of Fischetti and Salazar (Manag Sci 2001; 47: 1008-1027) give the cheapest pattern that holds
    against an outsider's linear bounds: each that succeeds buys a constraint by its dual prices. What else leaks (whole
    numbers, insiders, the rule) is mended by the lowest counts beside it, and whatever is not needed then is told.
    """
    everything = tables.choosable()
    if worst := next(audit(tables, everything, policy), None):
        raise CannotBeTold(worst)
    return _spared(tables, _mended(tables, _against_outsiders(tables, policy), policy), policy)


def next_lowest(tables: Tables, policy: Policy) -> frozenset[str]:
    """The usual way, to compare with: beside what leaks hide the lowest count, until the same audit passes."""
    must = frozenset(key for key in tables.choosable() if policy.must_hide(tables.cells[key]))
    return _mended(tables, must, policy)


def _mended(tables: Tables, hidden: frozenset[str], policy: Policy) -> frozenset[str]:
    everything = tables.choosable()
    while (leak := next(audit(tables, hidden, policy), None)) is not None:
        sums = [{each.whole, *each.parts} for each in tables.sums]
        beside = frozenset().union(*(keys for keys in sums if keys & set(leak.cells)))
        free = (beside & everything) - hidden or everything - hidden
        if not free:
            raise CannotBeTold(leak)
        hidden |= {min(free, key=lambda key: (tables.cells[key].count, key))}
    return hidden


def _spared(tables: Tables, hidden: frozenset[str], policy: Policy) -> frozenset[str]:
    """Without what can be told after all, the largest first."""
    for key in sorted(hidden, key=lambda key: (-tables.cells[key].count, key)):
        fewer = hidden - {key}
        if not policy.must_hide(tables.cells[key]) and next(audit(tables, fewer, policy), None) is None:
            hidden = fewer
    return hidden


def _against_outsiders(tables: Tables, policy: Policy) -> frozenset[str]:
    keys = sorted(tables.choosable())
    must = np.array([float(policy.must_hide(tables.cells[key])) for key in keys])
    cost = np.array([tables.cells[key].count + 1.0 for key in keys])
    cuts: list[tuple[NDArray[np.float64], float]] = []
    while True:
        chosen = _cheapest(cost, must, cuts)
        hidden = frozenset(key for key, on in zip(keys, chosen, strict=True) if on)
        fresh = _cuts(tables, hidden, keys, policy)
        if not fresh:
            return hidden
        cuts += fresh


def _cheapest(
    cost: NDArray[np.float64], must: NDArray[np.float64], cuts: list[tuple[NDArray[np.float64], float]]
) -> NDArray[np.float64]:
    constraints = []
    if cuts:
        constraints = [
            optimize.LinearConstraint(np.array([row for row, _ in cuts]), [need for _, need in cuts], np.inf)
        ]
    found = optimize.milp(
        cost, constraints=constraints, integrality=np.ones(len(cost)), bounds=optimize.Bounds(must, np.ones(len(cost)))
    )
    if found.status != 0:
        raise ArithmeticError(f"no pattern could be chosen: {found.message}")
    return np.asarray(np.round(found.x))


def _cuts(
    tables: Tables, hidden: Collection[str], keys: list[str], policy: Policy
) -> list[tuple[NDArray[np.float64], float]]:
    """What an outsider's linear bounds demand: enough room around each small count, bought by hiding others."""
    kept = tables.kept_back(hidden)
    attack = Attack(tables, kept, Knowledge())
    places = [attack.keys.index(key) for key in keys]
    before = np.array([tables.cells[key].earlier == "hidden" for key in attack.keys])
    found = []
    for key in sorted(kept):
        cell = tables.cells[key]
        if not policy.is_small(cell):
            continue
        low, high = attack.bounds((key,))
        needs = ((True, policy.threshold - cell.count, high - cell.count),
                 (False, cell.count - (0 if cell.sensitive else 1), cell.count - low))  # fmt: skip
        for upwards, need, got in needs:
            if got >= need:
                continue
            prices = attack.prices(key, upwards)
            room = np.maximum(prices, 0) * attack.counts + np.maximum(-prices, 0) * (attack.most - attack.counts)
            row = np.minimum(room[places], need)
            rest = need - float(np.minimum(room[before], need).sum())
            if rest > 0 and row @ np.isin(keys, sorted(hidden)) < rest - 1e-9:
                found.append((row, rest))
    return found
