"""A measure is a file: what it says hangs together, says where it is from, and holds the words of no item."""

import json
from pathlib import Path

import pytest

from services.evaluation.domain.definition import Definition
from services.evaluation.measures import DEFINITIONS, read_definitions

EPDS = DEFINITIONS["epds@1987-en"].model_dump(mode="json")


def test_every_file_of_the_folder_is_a_definition_under_its_own_name() -> None:
    assert {"epds", "phq-9", "gad-7", "core-10", "swemwbs", "gbo"} <= {each.id for each in DEFINITIONS.values()}


def test_adding_a_measure_is_adding_a_file(tmp_path: Path) -> None:
    (tmp_path / "mine@1.json").write_text(json.dumps({**EPDS, "id": "mine", "version": "1"}))
    assert read_definitions(tmp_path)["mine@1"].items == 10


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"reversed": [11]}, "not among the items"),
        ({"risk_items": [{"item": 11, "at_least": 1}]}, "not among the items"),
        ({"scales": [{"name": "total", "items": [1, 1]}]}, "each once"),
        ({"scales": [{"name": "total", "items": [1, 2], "reckoned": "table", "table": [1.0]}]}, "table of 7 values"),
        ({"scales": [{"name": "other", "items": [1]}]}, "a scale that is not there"),
        ({"wording": ["a sentence"]}, "Extra inputs"),
        ({"version": "1987"}, "its name must say so"),
        ({"reliable_changes": [{"scale": "total", "source": "x", "confirmed": False}]}, "one bound"),
    ],
)
def test_a_file_that_does_not_hang_together_is_refused_by_its_name(
    tmp_path: Path, changes: dict[str, object], says: str
) -> None:
    (tmp_path / "epds@1987-en.json").write_text(json.dumps(EPDS | changes))
    with pytest.raises(ValueError, match="epds@1987-en") as raised:
        read_definitions(tmp_path)
    assert says in str(raised.value)


@pytest.mark.parametrize("definition", DEFINITIONS.values(), ids=list(DEFINITIONS))
def test_no_definition_lends_a_birth_parents_cut_off_to_anybody_else(definition: Definition) -> None:
    if definition.id != "epds":
        return
    for name, cuts in definition.cut_offs.items():
        roles = {role for cut in cuts for role in cut.parent_roles}
        assert roles == ({"father"} if name.startswith("fathers") else {"birth-parent"})


def test_the_metric_table_of_swemwbs_is_the_published_one() -> None:
    [scale] = DEFINITIONS["swemwbs@2009-en"].scales
    published = (
        "7.00 9.51 11.25 12.40 13.33 14.08 14.75 15.32 15.84 16.36 16.88 17.43 17.98 18.59 19.25 19.98 20.73 21.54 "
        "22.35 23.21 24.11 25.03 26.02 27.03 28.13 29.31 30.70 32.55 35.00"
    )
    assert scale.table == tuple(map(float, published.split()))
