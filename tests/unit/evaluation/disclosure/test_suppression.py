"""What is published passes the audit, loses no more than the usual way does, and holds against earlier releases."""

import numpy as np
import pytest

from services.evaluation.domain.disclosure.attack import Attack, Knowledge
from services.evaluation.domain.disclosure.audit import audit
from services.evaluation.domain.disclosure.policy import Policy
from services.evaluation.domain.disclosure.suppression import CannotBeTold, lost, next_lowest, suppress
from services.evaluation.domain.disclosure.tables import Cell, Sum, Tables
from tests.unit.evaluation.disclosure.drawn import drawn, table_of, with_earlier

POLICY = Policy()


def test_no_attack_on_drawn_tables_succeeds_and_less_is_lost_than_the_usual_way_loses() -> None:
    ratios = []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        tables = drawn(rng, rng.integers(2, 4, 2).tolist(), organisations=2, mean=15.0)
        try:
            hidden = suppress(tables, POLICY)
        except CannotBeTold:
            with pytest.raises(CannotBeTold):
                next_lowest(tables, POLICY)
            continue
        assert list(audit(tables, hidden, POLICY)) == []
        usual = next_lowest(tables, POLICY)
        ratios.append(lost(tables, hidden) / lost(tables, usual) if usual else 1.0)
    assert len(ratios) > 2
    assert np.median(ratios) <= 1.0


def test_a_pattern_of_two_in_each_row_and_column_that_still_gives_one_away_is_found() -> None:
    # Hidden: two in each of the first rows and columns, and yet the corner is what the margins leave.
    parts = {"0,0": 4, "0,1": 30, "0,2": 25, "1,0": 33, "1,1": 41, "1,2": 22, "2,0": 27, "2,1": 36, "2,2": 31}
    tables = table_of({key: (n,) for key, n in parts.items()}, (3, 3))
    hidden = {"0,0", "0,1", "1,1", "1,2", "2,2"}
    leaks = list(audit(tables, hidden, POLICY))
    assert ("0,0",) in [leak.cells for leak in leaks]
    assert {(leak.low, leak.high) for leak in leaks if leak.cells == ("0,0",)} == {(4, 4)}
    assert list(audit(tables, suppress(tables, POLICY), POLICY)) == []


def test_two_small_counts_under_a_published_margin_are_hidden_with_it() -> None:
    tables = Tables(
        {"all": Cell(103), "few": Cell(3), "a": Cell(1), "b": Cell(2), "many": Cell(100)},
        (Sum("few", ("a", "b")), Sum("all", ("few", "many"))),
    )
    assert ("a", "b") in [leak.cells for leak in audit(tables, {"a", "b"}, POLICY)]


def test_what_an_earlier_release_told_is_reckoned_with() -> None:
    quarters = {"q1": Cell(20), "q2": Cell(4), "q3": Cell(30), "q4": Cell(40), "year": Cell(94)}
    tables = Tables(quarters, (Sum("year", ("q1", "q2", "q3", "q4")),))
    alone = suppress(tables, POLICY)
    assert "q1" in alone
    told = with_earlier(tables, {"q1": "published"})
    after = suppress(told, POLICY)
    assert list(audit(told, after, POLICY)) == []
    assert after != alone
    assert any("q2" in leak.cells for leak in audit(told, alone - {"q1"}, POLICY))


def test_what_an_earlier_release_hid_is_not_given_away_by_a_later_one() -> None:
    tables = Tables({"year": Cell(63), "q1": Cell(3), "rest": Cell(60)}, (Sum("year", ("q1", "rest")),))
    before = with_earlier(tables, {"q1": "hidden", "year": "published"})
    assert ("q1",) in [leak.cells for leak in audit(before, set(), POLICY)]
    assert suppress(before, POLICY) == {"rest"}


def test_what_cannot_be_told_is_refused_by_the_cell_and_the_leak() -> None:
    tables = Tables({"year": Cell(63), "q1": Cell(3), "rest": Cell(60)}, (Sum("year", ("q1", "rest")),))
    told = with_earlier(tables, {"year": "published", "rest": "published"})
    with pytest.raises(CannotBeTold) as raised:
        suppress(told, POLICY)
    assert (raised.value.leak.cells, raised.value.leak.low, raised.value.leak.high) == (("q1",), 3, 3)


def test_an_organisation_cannot_subtract_its_own_from_what_it_is_nearly_all_of() -> None:
    mine = {"all": Cell(60, {"a": 30, "b": 30}), "x": Cell(30, {"a": 27, "b": 3}), "y": Cell(30, {"a": 3, "b": 27})}
    tables = Tables(mine, (Sum("all", ("x", "y")),))
    assert POLICY.must_hide(mine["x"])
    assert not POLICY.must_hide(Cell(30, {"a": 20, "b": 10}))
    assert {leak.attacker for leak in audit(tables, {"x"}, POLICY)} >= {"a"}


def test_a_sensitive_nought_is_hidden_and_a_structural_one_is_not() -> None:
    assert POLICY.must_hide(Cell(0, sensitive=True))
    assert not POLICY.must_hide(Cell(0, sensitive=True, structural=True))
    assert not POLICY.must_hide(Cell(0))


@pytest.mark.parametrize(
    ("count", "low", "high", "sensitive", "hides"),
    [
        (4, 1, 10, False, True),
        (4, 2, 10, False, False),
        (4, 0, 9, False, False),
        (4, 1, 10, True, False),
        (4, 0, 10, True, True),
        (10, 9, 11, False, False),
        (10, 9, 12, False, True),
        (100, 90, 109, False, False),
        (100, 90, 110, False, True),
    ],
)
def test_bounds_that_leave_open_what_must_stay_open(
    count: int, low: int, high: int, sensitive: bool, hides: bool
) -> None:
    assert POLICY.hides(count, low, high, sensitive) == hides


def test_whoever_knows_the_rule_may_learn_what_others_do_not() -> None:
    # 3 + 11 is told to be 14: of an outsider either may be the small one, of whom a nought is no star.
    tables = Tables({"all": Cell(14), "a": Cell(3), "b": Cell(11)}, (Sum("all", ("a", "b")),))
    assert Attack(tables, {"a", "b"}, Knowledge()).bounds(("a",)) == (0, 14)
    assert Attack(tables, {"a", "b"}, Knowledge(small_somewhere=(("a", "b"),))).bounds(("a",)) == (1, 13)
