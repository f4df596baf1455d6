"""When a count is too small to be told, and how little an attacker may learn of it."""

from dataclasses import dataclass
from math import ceil

from services.evaluation.domain.disclosure.tables import Cell


@dataclass(frozen=True, slots=True)
class Policy:
    """The bounds of CARE-RULES 3: `threshold` is T there, so that 1 to T - 1 are suppressed."""

    threshold: int = 10
    least_width: int = 3
    least_share: float = 0.2
    dominance: float = 0.7
    fewest_organisations: int = 2

    def is_small(self, cell: Cell) -> bool:
        """Whether the count itself says too much of somebody."""
        return not cell.structural and (cell.count < self.threshold if cell.count else cell.sensitive)

    def must_hide(self, cell: Cell) -> bool:
        """Whether the count must not be told whatever else is: small, or nearly all of it one organisation's own."""
        return self.is_small(cell) or (not cell.structural and self.is_dominated(cell))

    def is_dominated(self, cell: Cell) -> bool:
        """Whether an organisation that gave most of a count could subtract its own from it."""
        if not cell.by or not cell.count:
            return False
        return len([n for n in cell.by.values() if n]) < self.fewest_organisations or (
            max(cell.by.values()) > self.dominance * cell.count
        )

    def hides(self, count: int, low: int, high: int, sensitive: bool = False) -> bool:
        """Whether these bounds of a count that is hidden leave open what must stay open.

        Of a small one nobody may tell whether there is more than one (or any, where that is sensitive), nor that there
        are fewer than the threshold; of another the bounds must be no count in disguise.
        """
        if count < self.threshold:
            return low <= (0 if sensitive else 1) and high >= self.threshold
        return high - low >= max(self.least_width, ceil(self.least_share * count))
