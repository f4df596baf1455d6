"""Who goes where at the greatest sum, exactly: rows go to groups of equal places, by several aims in turn."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from services.referrals.matching.columns import Bools, Ints

LARGEST = 1 << 52
"""Whole numbers up to here are exact in the solver, which only adds and subtracts."""
NOWHERE = -1


@dataclass(frozen=True, slots=True)
class Aim:
    """What is to be as great as can be: so much for each pair, from nought to `most`."""

    gain: Ints
    most: int


def transport(aims: Sequence[Aim], allowed: Bools, places: Ints) -> Ints:
    """The group of each row, or NOWHERE: the sum of the first aim is as great as can be, then that of the second, ...

    Each group takes at most its places. Exact: a later aim only chooses among those that are best by the earlier.
    """
    rows, groups = allowed.shape
    found = np.full(rows, NOWHERE, np.int64)
    left = np.minimum(places, rows)
    here, open_to, due = np.arange(rows), allowed & (left > 0), np.zeros(allowed.shape, np.int64)
    rest = list(aims)
    while rest and open_to.any():
        now, rest = _fitting(rest, len(here), int(due.max()))
        value = due
        for aim in now:
            value = value * (aim.most * len(here) + 1) + aim.gain[here]
        chosen = _solved(value, open_to, left)
        if not rest:
            found[here] = chosen
            break
        row_price, price = _prices(value, open_to, chosen)
        # What is best by this aim is just what keeps to these pairs and leaves nothing unused that has a price.
        tight = open_to & (row_price.reshape(-1, 1) + price == value)
        due = (row_price > 0).astype(np.int64).reshape(-1, 1) + (price > 0)
        sure = (tight.sum(axis=1) == 1) & (row_price > 0)
        found[here[sure]] = np.argmax(tight[sure], axis=1)
        left = left - np.bincount(found[here[sure]], minlength=groups)
        stays = ~sure & (tight & (left > 0)).any(axis=1)
        here, due, open_to = here[stays], due[stays], tight[stays] & (left > 0)
    return found


def _fitting(aims: Sequence[Aim], rows: int, due: int) -> tuple[list[Aim], list[Aim]]:
    """The aims that fit into one number which the solver adds exactly, and the rest."""
    largest = due
    for number, aim in enumerate(aims):
        largest = largest * (aim.most * rows + 1) + aim.most
        if largest * rows > LARGEST:
            if number == 0:
                raise OverflowError(f"{rows} rows of up to {aim.most} are more than the solver adds exactly")
            return list(aims[:number]), list(aims[number:])
    return list(aims), []


def _solved(value: Ints, open_to: Bools, places: Ints) -> Ints:
    """The best by one number: a place each is a column of the assignment problem."""
    from scipy.optimize import linear_sum_assignment

    found = np.full(len(value), NOWHERE, np.int64)
    columns = np.repeat(np.arange(len(places)), np.minimum(places, open_to.sum(axis=0)))
    if not len(columns):
        return found
    worth = np.where(open_to, value, 0).astype(np.float64)
    rows, chosen = linear_sum_assignment(worth[:, columns], maximize=True)
    group = columns[chosen]
    kept = open_to[rows, group]
    found[rows[kept]] = group[kept]
    return found


def _prices(value: Ints, open_to: Bools, chosen: Ints) -> tuple[Ints, Ints]:
    """What each row and each group is worth at the least, given the best choice: dual values of the assignment."""
    price = np.zeros(value.shape[1], np.int64)
    row_price = np.zeros(len(value), np.int64)
    placed = chosen != NOWHERE
    own = value[placed, chosen[placed]]
    row_price[placed] = own
    worth = np.where(open_to, value, np.iinfo(np.int64).min // 2)
    moved = np.arange(len(value))
    while len(moved):
        raised = np.maximum(price, (worth[moved] - row_price[moved].reshape(-1, 1)).max(axis=0))
        grown = raised > price
        price = raised
        moved = np.flatnonzero(placed & grown[chosen])
        row_price[moved] = value[moved, chosen[moved]] - price[chosen[moved]]
    return row_price, price
