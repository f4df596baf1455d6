"""An attacker's bounds are those of every table there could be, found by trying them all."""

import numpy as np
import pytest

from services.evaluation.domain.disclosure.attack import Attack, Knowledge
from services.evaluation.domain.disclosure.tables import Cell, Sum, Tables
from tests.unit.evaluation.disclosure.drawn import drawn, possible


@pytest.mark.parametrize("seed", range(12))
def test_bounds_are_those_of_trying_every_table(seed: int) -> None:
    rng = np.random.default_rng(seed)
    tables = drawn(rng, (2, 3), mean=3.0)
    inner = [key for key in tables.cells if "*" not in key]
    hidden = frozenset(rng.choice(inner, 4, replace=False).tolist())
    ways = list(possible(tables, hidden))
    attack = Attack(tables, hidden, Knowledge())
    for key in sorted(hidden):
        assert attack.bounds((key,)) == (min(way[key] for way in ways), max(way[key] for way in ways))
    both = tuple(sorted(hidden)[:2])
    sums = [sum(way[key] for key in both) for way in ways]
    assert attack.bounds(both) == (min(sums), max(sums))


@pytest.mark.parametrize("seed", range(8))
def test_whoever_knows_the_rule_learns_what_trying_every_table_with_it_gives(seed: int) -> None:
    rng = np.random.default_rng(100 + seed)
    tables = drawn(rng, (2, 2), mean=6.0)
    hidden = frozenset({"0,0", "0,1", "1,0", "1,1"})
    rows = (("0,0", "0,1"), ("1,0", "1,1"))
    ways = [way for way in possible(tables, hidden) if all(any(1 <= way[key] <= 9 for key in row) for row in rows)]
    if not ways:
        return
    attack = Attack(tables, hidden, Knowledge(small_somewhere=rows))
    for key in sorted(hidden):
        assert attack.bounds((key,)) == (min(way[key] for way in ways), max(way[key] for way in ways))


def test_an_insider_starts_from_its_own() -> None:
    tables = Tables({"all": Cell(12), "a": Cell(5), "b": Cell(7)}, (Sum("all", ("a", "b")),))
    assert Attack(tables, {"a", "b"}, Knowledge()).bounds(("a",)) == (0, 12)
    assert Attack(tables, {"a", "b"}, Knowledge(own={"a": 3, "b": 4})).bounds(("a",)) == (3, 8)


@pytest.mark.parametrize(
    "sums", [(Sum("all", ("a", "c")),), (Sum("all", ("a",)),)], ids=["a cell that is not there", "no sum"]
)
def test_tables_that_do_not_add_up_are_refused(sums: tuple[Sum, ...]) -> None:
    with pytest.raises(ValueError, match="sum"):
        Tables({"all": Cell(12), "a": Cell(5), "b": Cell(7)}, sums)
