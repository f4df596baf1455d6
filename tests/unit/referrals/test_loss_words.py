"""On a pathway of loss nothing cheers, and no text speaks of a birth."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import services.referrals
from services.referrals.domain.tasks import TASKS

HOME = Path(services.referrals.__file__).parent
ROOT = HOME.parents[1]
CHEER = re.compile(
    r"\b(birth|baby|babies|newborn|congratulat\w*|happy|joy\w*|excit\w*|celebrat\w*|narodzin\w*|dzieck\w*)\b|!",
    re.IGNORECASE,
)
TEXTS = json.loads((HOME / "messages" / "texts.json").read_text())
LOSS_TASKS = ("loss-recorded", "client-died", "baby-left-care")


def sentences(value: Any) -> Iterator[str]:
    """Every text in it."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from sentences(inner)


def of_loss() -> Iterator[tuple[str, str, str]]:
    for language, kinds in TEXTS.items():
        for kind, pathways in kinds.items():
            if isinstance(pathways, dict) and "loss" in pathways:
                for text in sentences(pathways["loss"]):
                    yield language, kind, text


@pytest.mark.parametrize(("language", "kind", "text"), list(of_loss()))
def test_no_message_on_a_pathway_of_loss_cheers_or_speaks_of_a_birth(language: str, kind: str, text: str) -> None:
    assert not CHEER.search(text), (language, kind)


def test_every_kind_of_message_has_words_for_a_loss() -> None:
    kinds = {(language, kind) for language, kind, _ in of_loss()}
    assert kinds
    for language, known in TEXTS.items():
        assert {(language, kind) for kind, paths in known.items() if isinstance(paths, dict) and "usual" in paths} == {
            pair for pair in kinds if pair[0] == language
        }


@pytest.mark.parametrize("kind", LOSS_TASKS)
def test_what_a_person_is_asked_after_a_loss_does_not_cheer(kind: str) -> None:
    words = TASKS[kind].words  # type: ignore[index]
    assert not re.search(r"\b(birth|congratulat\w*|happy)\b|!", words, re.I)


def test_nothing_anywhere_says_baby_s_birth() -> None:
    """Pages, texts and labels are the same for all who read them, so the words stand nowhere."""
    said = re.compile(r"baby['’]s\s+birth|birth\s+of\s+(your|the)\s+baby", re.I)
    for folder in ("services", "shared", "demo"):
        for file in (ROOT / folder).rglob("*"):
            if file.suffix in (".html", ".json", ".py", ".sql") and "examples" not in file.parts:
                assert not said.search(file.read_text()), file
