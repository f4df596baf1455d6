"""Counts that are published together: the cells, and which of them add up to which, over every release at once."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal

Earlier = Literal["published", "hidden"]


@dataclass(frozen=True, slots=True)
class Cell:
    """How many people are in one place of a table.

    `by` is how many of them each organisation counted itself. What an earlier release did with the cell stands; a
    structural nought (nobody can be there) is known to everybody.
    """

    count: int
    by: Mapping[str, int] = field(default_factory=dict)
    earlier: Earlier | None = None
    structural: bool = False
    sensitive: bool = False
    """Of staff, or of a kind whose mere presence says something: nobody may learn that anybody is there at all."""


@dataclass(frozen=True, slots=True)
class Sum:
    """One cell is all of the others together: a margin, a region of boards, a year of quarters."""

    whole: str
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tables:
    """The cells of a release and of every earlier one, and every sum among them.

    Raises ValueError when a sum does not add up or names a cell that is not there: a leak could hide in either.
    """

    cells: Mapping[str, Cell]
    sums: tuple[Sum, ...]

    def __post_init__(self) -> None:
        for each in self.sums:
            missing = [key for key in (each.whole, *each.parts) if key not in self.cells]
            if missing:
                raise ValueError(f"the sum of {each.whole} names {', '.join(missing)}, which is no cell")
            if sum(self.cells[part].count for part in each.parts) != self.cells[each.whole].count:
                raise ValueError(f"{each.whole} is not the sum of its parts")

    def kept_back(self, hidden: Collection[str]) -> frozenset[str]:
        """Every cell that an attacker has to guess, when these of the new release are hidden."""
        before = {key for key, cell in self.cells.items() if cell.earlier == "hidden"}
        return frozenset(before | {key for key in hidden if self.cells[key].earlier is None})

    def choosable(self) -> frozenset[str]:
        """The cells of which it can still be decided whether they are published."""
        return frozenset(key for key, cell in self.cells.items() if cell.earlier is None and not cell.structural)
