"""Answers become scores as each measure says, and danger is read whatever else is wrong."""

from collections.abc import Sequence
from typing import Any

import pytest

from services.evaluation.domain.definition import Encoding
from services.evaluation.domain.scoring import Population, cut_offs_for, risk_of, score
from services.evaluation.measures import DEFINITIONS
from shared.runtime.service import Refusal

EPDS, PHQ, GAD = "epds@1987-en", "phq-9@1999-en", "gad-7@2006-en"
CORE, SWEMWBS, GBO, REQOL = "core-10@2013-en", "swemwbs@2009-en", "gbo@2018-en", "reqol-10@2016-en"
N = None

SCORES: Sequence[tuple[str, Encoding, Sequence[int | None], float | None]] = (
    # The first answer of the ten: items 1, 2 and 4 give 0, the seven reversed ones 3 each.
    (EPDS, "position", [0] * 10, 21.0),
    (EPDS, "position", [3] * 10, 9.0),
    (EPDS, "position", [0, 0, 3, 0, 3, 3, 3, 3, 3, 3], 0.0),
    (EPDS, "position", [3, 3, 0, 3, 0, 0, 0, 0, 0, 0], 30.0),
    (EPDS, "scored", [0] * 10, 0.0),
    (EPDS, "scored", [3] * 10, 30.0),
    (EPDS, "scored", [1, 0, 2, 1, 2, 1, 1, 2, 1, 0], 11.0),
    (EPDS, "scored", [1, 0, 2, N, 2, 1, 1, 2, 1, 0], None),
    (EPDS, "scored", [N] * 10, None),
    (PHQ, "scored", [3] * 9, 27.0),
    (PHQ, "position", [1, 2, 3, 0, 1, 2, 3, 0, 1], 13.0),
    (PHQ, "scored", [1, 2, 3, 0, 1, 2, 3, 0, N], None),
    (GAD, "scored", [3] * 7, 21.0),
    (GAD, "position", [0, 1, 2, 3, 0, 1, 2], 9.0),
    # CORE-10: items 2 and 3 are positively worded.
    (CORE, "position", [0, 4, 4, 0, 0, 0, 0, 0, 0, 0], 0.0),
    (CORE, "position", [4, 0, 0, 4, 4, 4, 4, 4, 4, 4], 40.0),
    (CORE, "position", [0] * 10, 8.0),
    (CORE, "scored", [2, 1, 2, 1, 2, 0, 2, 1, 2, N], 13 * 10 / 9),
    (CORE, "scored", [2, 1, 2, 1, 2, 0, 2, 1, N, N], None),
    (SWEMWBS, "scored", [1] * 7, 7.00),
    (SWEMWBS, "scored", [5] * 7, 35.00),
    (SWEMWBS, "scored", [3, 3, 3, 3, 3, 3, 3], 19.25),
    (SWEMWBS, "position", [4, 3, 4, 3, 4, 3, 4], 22.35),
    (SWEMWBS, "scored", [4, 3, 4, 3, 4, 3, N], None),
    (GBO, "scored", [4, 7, N], 5.5),
    (GBO, "scored", [N, N, 0], 0.0),
    (GBO, "scored", [N, N, N], None),
    (REQOL, "scored", [4] * 10, 40.0),
)


@pytest.mark.parametrize(("key", "encoding", "answers", "total"), SCORES)
def test_answers_come_to_the_score(
    key: str, encoding: Encoding, answers: Sequence[int | None], total: float | None
) -> None:
    [found] = score(DEFINITIONS[key], answers, encoding).scores.values()
    assert found == (total if total is None else pytest.approx(total, abs=1e-12))


@pytest.mark.parametrize("raw", range(7, 36))
def test_every_sum_of_swemwbs_has_its_metric_score(raw: int) -> None:
    answers = [1 + min(4, max(0, raw - 7 - 4 * item)) for item in range(7)]
    assert sum(answers) == raw
    definition = DEFINITIONS[SWEMWBS]
    assert score(definition, answers, "scored").scores["metric"] == definition.scale("metric").table[raw - 7]


@pytest.mark.parametrize(
    ("key", "encoding", "answers", "code"),
    [
        (EPDS, "scored", [0] * 9, "item-count"),
        (EPDS, "scored", [0] * 9 + [4], "item-out-of-range"),
        (EPDS, "position", [-1] + [0] * 9, "item-out-of-range"),
        (SWEMWBS, "scored", [0] * 7, "item-out-of-range"),
        (REQOL, "position", [0] * 10, "encoding-not-known"),
    ],
)
def test_what_is_no_answer_is_refused(key: str, encoding: Encoding, answers: list[int], code: str) -> None:
    with pytest.raises(Refusal) as raised:
        score(DEFINITIONS[key], answers, encoding)
    assert raised.value.code == code


RISKS: Sequence[tuple[str, Encoding, Sequence[int | None], str]] = (
    (EPDS, "scored", [0] * 9 + [1], "endorsed"),
    (EPDS, "scored", [0] * 9 + [0], "none"),
    # Down the page the tenth item runs from its worst answer to its best.
    (EPDS, "position", [0] * 9 + [3], "none"),
    (EPDS, "position", [0] * 9 + [2], "endorsed"),
    (EPDS, "position", [3, 3, 0, 3, 0, 0, 0, 0, 0, 0], "endorsed"),
    # No total, another item out of range, too few or too many items: it is read all the same.
    (EPDS, "scored", [N] * 9 + [2], "endorsed"),
    (EPDS, "scored", [99] * 9 + [2], "endorsed"),
    (EPDS, "scored", [0] * 9 + [1, 1], "endorsed"),
    (EPDS, "scored", [0] * 9 + [4], "unreadable"),
    (EPDS, "scored", [0] * 9 + [-1], "unreadable"),
    (EPDS, "scored", [0] * 9, "missing"),
    (EPDS, "scored", [3] * 9 + [N], "missing"),
    (PHQ, "scored", [0] * 8 + [1], "endorsed"),
    (CORE, "scored", [0, 0, 0, 0, 0, 1, 0, 0, 0, 0], "endorsed"),
    (CORE, "scored", [4, 4, 4, 4, 4, 0, 4, 4, 4, 4], "none"),
    (GAD, "scored", [3] * 7, "none"),
)


@pytest.mark.parametrize(("key", "encoding", "answers", "says"), RISKS)
def test_danger_is_read_whatever_the_total_and_whatever_is_missing(
    key: str, encoding: Encoding, answers: Sequence[int | None], says: str
) -> None:
    risk = risk_of(DEFINITIONS[key], answers, encoding)
    found = {"endorsed": risk.endorsed, "unreadable": risk.unreadable, "missing": risk.missing}
    assert [name for name, items in found.items() if items] == ([] if says == "none" else [says])


BIRTH = Population("birth-parent", "postnatal", "self")
CUTS: Sequence[tuple[Population, str, Sequence[float | None]]] = (
    (BIRTH, "default", [10, 13]),
    (Population("birth-parent", "pregnant", "interview"), "default", [10, 13]),
    (BIRTH, "levis-2020", [11]),
    (Population("father", "postnatal", "self"), "default", []),
    (Population("co-parent", "postnatal", "self"), "default", []),
    (Population("partner", "postnatal", "self"), "default", []),
    (Population("carer", "postnatal", "self"), "default", []),
    (Population("father", "postnatal", "self"), "fathers-matthey-2001", [6]),
    (Population("father", "postnatal", "self"), "fathers-edmondson-2010", [11]),
    (Population("birth-parent", "postnatal", "self"), "fathers-matthey-2001", []),
    (Population("birth-parent", "bereaved", "self"), "default", []),
    (Population("birth-parent", "preconception", "self"), "default", []),
    (Population("birth-parent", None, "self"), "default", []),
    (Population("birth-parent", "postnatal", "interpreted"), "default", []),
)


@pytest.mark.parametrize(("of", "chosen", "bounds"), CUTS)
def test_a_cut_off_is_for_whom_it_is_known_and_lent_to_nobody(
    of: Population, chosen: str, bounds: Sequence[float | None]
) -> None:
    assert [cut.at_least for cut in cut_offs_for(DEFINITIONS[EPDS], of, chosen)] == bounds


def test_a_set_of_cut_offs_that_does_not_exist_is_no_empty_set() -> None:
    with pytest.raises(Refusal) as raised:
        cut_offs_for(DEFINITIONS[EPDS], BIRTH, "fathers-2001")
    assert raised.value.code == "no-such-cut-offs"
    assert not cut_offs_for(DEFINITIONS[SWEMWBS], BIRTH)


@pytest.mark.parametrize(
    ("key", "of", "scored", "cases"),
    [
        (EPDS, BIRTH, 9.0, [False, False]),
        (EPDS, BIRTH, 10.0, [True, False]),
        (EPDS, BIRTH, 13.0, [True, True]),
        (CORE, BIRTH, 11.0, [True]),
        (CORE, BIRTH, 10.9, [False]),
        (REQOL, BIRTH, 24.0, [True]),
        (REQOL, BIRTH, 25.0, [False]),
    ],
)
def test_a_score_at_the_bound_is_on_the_side_that_the_source_says(
    key: str, of: Population, scored: float, cases: list[bool]
) -> None:
    found: Any = [cut.is_case(scored) for cut in cut_offs_for(DEFINITIONS[key], of)]
    assert found == cases
