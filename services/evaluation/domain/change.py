"""Change between two occasions of one measure: reliable, clinically significant, or not to be told."""

from dataclasses import dataclass
from typing import Literal

from services.evaluation.domain.definition import CutOff, Definition

Class = Literal["recovered", "improved", "unchanged", "deteriorated"]
"""After Matthey, J Affect Disord 2004, 10.1016/S0165-0327(02)00313-0."""
Untold = Literal["score-missing", "reliable-change-not-known", "more-is-neither-better-nor-worse"]


@dataclass(frozen=True, slots=True)
class Change:
    """How somebody's score moved: `points` above nought are for the better, whichever way the measure runs.

    `crossed` is None where no cut-off is known for them, and `recovered` is then not said of anybody.
    """

    points: float | None
    change: Class | None
    crossed: bool | None
    untold: Untold | None = None


def change(
    definition: Definition, scale: str, first: float | None, last: float | None, cut_off: CutOff | None
) -> Change:
    """The change of one person's score on a scale; not told where it is undefined, and why."""
    if definition.higher_is == "neither":
        return Change(None, None, None, "more-is-neither-better-nor-worse")
    if first is None or last is None:
        return Change(None, None, None, "score-missing")
    points = first - last if definition.higher_is == "worse" else last - first
    crossed = None if cut_off is None else cut_off.is_case(first) and not cut_off.is_case(last)
    if (reliable := definition.reliable_change(scale)) is None:
        return Change(points, None, crossed, "reliable-change-not-known")
    if not reliable.is_reached(points):
        return Change(points, "unchanged", crossed)
    if points < 0:
        return Change(points, "deteriorated", crossed)
    return Change(points, "recovered" if crossed else "improved", crossed)
