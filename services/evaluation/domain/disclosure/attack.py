"""The attackers: what each can learn of a count from all that is published, as the bounds of what it may be.

Bounds by linear programming are at least as wide as those in whole numbers, so what they give away is given away; where
a solution is not in whole numbers, integer programming (HiGHS) decides.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, sparse

from services.evaluation.domain.disclosure.tables import Tables

_NEAR = 1e-6
Row = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What somebody knows besides what is published."""

    own: Mapping[str, int] = field(default_factory=dict)
    """How many of a cell are their own organisation's: there are at least so many."""
    small_somewhere: tuple[tuple[str, ...], ...] = ()
    """Sets of hidden cells of which they know that in each one at least is from 1 to `small`."""
    small: int = 9


class Attack:
    """One attacker before one pattern of hidden cells; the counts that are not hidden are known to everybody."""

    def __init__(self, tables: Tables, hidden: Collection[str], knowledge: Knowledge, ways: Iterable[Row] = ()) -> None:
        self.keys = sorted(tables.cells)
        self._at = {key: n for n, key in enumerate(self.keys)}
        self.counts = np.array([tables.cells[key].count for key in self.keys], np.float64)
        self.most = float(self.counts.sum()) + 1000.0
        kept = np.array([key in hidden for key in self.keys])
        own = np.array([knowledge.own.get(key, 0) for key in self.keys], np.float64)
        self._low, self._high = np.where(kept, own, self.counts), np.where(kept, self.most, self.counts)
        self._sums = _sums(tables, self._at)
        self._switches = _switches(knowledge, self._at, self.most)
        self._knowledge = knowledge
        self.ways = [way for way in ways if self._is_possible(way)]
        """Whole numbers that the cells could be, as far as was looked; those of another attacker are a beginning."""

    def bounds(self, keys: Sequence[str]) -> tuple[int, int]:
        """The least and the most that these cells can be together."""
        aim = self._aim(keys)
        return round(self._least(aim)), -round(self._least(-aim))

    def seen(self, keys: Sequence[str]) -> tuple[int, int] | None:
        """The least and the most among the ways that were looked at: the bounds are at least as wide."""
        sums = [way[[self._at[key] for key in keys]].sum() for way in self.ways]
        return (round(min(sums)), round(max(sums))) if sums else None

    def prices(self, key: str, upwards: bool) -> Row:
        """By how much a bound of `key` moves for each person that a cell may have more (below nought) or fewer.

        The reduced costs of the linear bound; hiding a cell buys so much room.
        """
        aim = -self._aim([key]) if upwards else self._aim([key])
        return np.asarray(aim - self._sums.T @ self._linear(aim).eqlin.marginals)

    def _aim(self, keys: Sequence[str]) -> Row:
        aim = np.zeros(len(self.keys))
        aim[[self._at[key] for key in keys]] = 1.0
        return aim

    def _least(self, aim: Row) -> float:
        if not self._switches:
            found = self._linear(aim)
            if np.all(np.abs(found.x - np.round(found.x)) < _NEAR):
                self.ways.append(np.round(found.x))
                return float(found.fun)
        return self._in_whole_numbers(aim)

    def _linear(self, aim: Row) -> optimize.OptimizeResult:
        bounds = np.column_stack([self._low, self._high])
        nothing = np.zeros(self._sums.shape[0])
        return _found(optimize.linprog(aim, A_eq=self._sums, b_eq=nothing, bounds=bounds, method="highs"))

    def _in_whole_numbers(self, aim: Row) -> float:
        more = sum(rows.shape[1] for rows in self._switches[:1]) - len(aim) if self._switches else 0
        known = sparse.hstack([self._sums, sparse.csr_array((self._sums.shape[0], more))])
        constraints = [optimize.LinearConstraint(known, 0.0, 0.0)]
        if self._switches:
            constraints.append(optimize.LinearConstraint(self._switches[0], *self._switches[1:]))
        found = optimize.milp(
            np.concatenate([aim, np.zeros(more)]),
            constraints=constraints,
            integrality=np.ones(len(aim) + more),
            bounds=optimize.Bounds(
                np.concatenate([self._low, np.zeros(more)]), np.concatenate([self._high, np.ones(more)])
            ),
        )
        self.ways.append(np.round(_found(found).x[: len(aim)]))
        return float(found.fun)

    def _is_possible(self, way: Row) -> bool:
        """Whether this attacker could not rule it out."""
        small = all(
            any(1 <= way[self._at[key]] <= self._knowledge.small for key in each)
            for each in self._knowledge.small_somewhere
        )
        return small and bool(np.all((self._low <= way) & (way <= self._high)))


def _found(result: optimize.OptimizeResult) -> optimize.OptimizeResult:
    if result.status != 0:
        raise ArithmeticError(f"the published figures cannot be bounded: {result.message}")
    return result


def _sums(tables: Tables, at: Mapping[str, int]) -> sparse.csr_array:
    """A row a sum: its parts less the whole are nought."""
    rows = np.zeros((len(tables.sums), len(at)))
    for row, each in zip(rows, tables.sums, strict=True):
        row[[at[part] for part in each.parts]] = 1.0
        row[at[each.whole]] = -1.0
    return sparse.csr_array(rows)


def _switches(knowledge: Knowledge, at: Mapping[str, int], most: float) -> tuple[Row, Row, Row] | tuple[()]:
    """A switch for each cell of a set, which when on says that this cell is small; one of each set is on."""
    members = [key for each in knowledge.small_somewhere for key in each]
    if not members:
        return ()
    wide, switch = len(at) + len(members), len(at)
    rows, low, high = [], [], []
    for each in knowledge.small_somewhere:
        some = np.zeros(wide)
        for key in each:
            at_most, at_least = np.zeros(wide), np.zeros(wide)
            at_most[at[key]], at_most[switch] = 1.0, most - knowledge.small
            at_least[at[key]], at_least[switch] = 1.0, -1.0
            some[switch] = 1.0
            switch += 1
            rows += [at_most, at_least]
            low += [-np.inf, 0.0]
            high += [most, np.inf]
        rows.append(some)
        low.append(1.0)
        high.append(np.inf)
    return np.array(rows), np.array(low), np.array(high)
