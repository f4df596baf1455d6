"""How somebody's score moved is told in Matthey's classes, or not told, and then why."""

import pytest

from services.evaluation.domain.change import change
from services.evaluation.domain.definition import CutOff
from services.evaluation.measures import DEFINITIONS

PROBABLE: CutOff = DEFINITIONS["epds@1987-en"].cut_offs["default"][1]
WELL: CutOff = DEFINITIONS["reqol-10@2016-en"].cut_offs["default"][0]


@pytest.mark.parametrize(
    ("key", "scale", "cut_off", "first", "last", "told"),
    [
        ("epds@1987-en", "total", PROBABLE, 16.0, 12.0, "recovered"),
        ("epds@1987-en", "total", PROBABLE, 20.0, 13.0, "improved"),
        ("epds@1987-en", "total", PROBABLE, 12.0, 8.0, "improved"),
        ("epds@1987-en", "total", PROBABLE, 13.0, 10.0, "unchanged"),
        ("epds@1987-en", "total", PROBABLE, 10.0, 13.0, "unchanged"),
        ("epds@1987-en", "total", PROBABLE, 10.0, 14.0, "deteriorated"),
        # Where no cut-off is known for somebody, nobody says that they recovered.
        ("epds@1987-en", "total", None, 20.0, 2.0, "improved"),
        ("epds@1987-en", "total", PROBABLE, None, 12.0, "score-missing"),
        ("epds@1987-en", "total", PROBABLE, 16.0, None, "score-missing"),
        ("reqol-10@2016-en", "total", WELL, 20.0, 25.0, "recovered"),
        ("reqol-10@2016-en", "total", WELL, 30.0, 25.0, "deteriorated"),
        ("reqol-10@2016-en", "total", WELL, 20.0, 24.0, "unchanged"),
        ("gbo@2018-en", "mean", None, 2.0, 4.45, "unchanged"),
        ("gbo@2018-en", "mean", None, 2.0, 4.5, "improved"),
        ("wemwbs@2006-en", "total", None, 33.0, 48.0, "reliable-change-not-known"),
    ],
)
def test_change_is_told_as_its_measure_says(
    key: str, scale: str, cut_off: CutOff | None, first: float | None, last: float | None, told: str
) -> None:
    found = change(DEFINITIONS[key], scale, first, last, cut_off)
    assert (found.change or found.untold) == told


def test_points_for_the_better_are_above_nought_whichever_way_the_measure_runs() -> None:
    assert change(DEFINITIONS["epds@1987-en"], "total", 16.0, 12.0, None).points == 4.0
    assert change(DEFINITIONS["reqol-10@2016-en"], "total", 12.0, 16.0, None).points == 4.0
