"""Scoring: from the answers to a measure to its scores, and to what must be looked at whatever the scores are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.evaluation.domain.definition import CutOff, Definition, Encoding, Mode, Scale
from shared.contracts import values as v
from shared.runtime.service import Refusal

Answers = Sequence[int | None]
"""One for each item, None where none was given."""


@dataclass(frozen=True, slots=True)
class Scored:
    """What the answers come to; a score is None where too many of its items are missing."""

    items: tuple[int | None, ...]
    scores: Mapping[str, float | None]
    missing: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Risk:
    """What a measure says of danger, by item: said outright, or not to be read, which somebody must look at too."""

    endorsed: tuple[int, ...]
    unreadable: tuple[int, ...]
    missing: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Population:
    """Of whom a score is, as far as a cut-off depends on it; the stage is None where it is not known."""

    parent_role: v.ParentRole
    stage: v.Stage | None
    mode: Mode


def score(definition: Definition, answers: Answers, encoding: Encoding) -> Scored:
    """The scores of the answers.

    Raises Refusal `item-count`, `item-out-of-range`, `encoding-not-known`.
    """
    if len(answers) != definition.items:
        raise Refusal("item-count", f"{definition.key} has {definition.items} items; {len(answers)} answers came.")
    if encoding not in definition.encodings:
        raise Refusal("encoding-not-known", f"{definition.key} is taken only as {', '.join(definition.encodings)}.")
    outside = [n for n, answer in enumerate(answers, 1) if answer is not None and not _is_in_range(definition, answer)]
    if outside:
        bounds = f"{definition.lowest} to {definition.highest}"
        raise Refusal("item-out-of-range", f"Items {', '.join(map(str, outside))} are not within {bounds}.")
    items = tuple(_scored(definition, n, answer, encoding) for n, answer in enumerate(answers, 1))
    return Scored(
        items=items,
        scores={scale.name: _reckoned(definition, scale, items) for scale in definition.scales},
        missing=tuple(n for n, item in enumerate(items, 1) if item is None),
    )


def risk_of(definition: Definition, answers: Answers, encoding: Encoding) -> Risk:
    """What the risk items say, each read alone: no total, no other item and no other fault can hide one."""
    endorsed, unreadable, missing = [], [], []
    for risk in definition.risk_items:
        answer = answers[risk.item - 1] if risk.item <= len(answers) else None
        if answer is None:
            missing.append(risk.item)
        elif not _is_in_range(definition, answer) or encoding not in definition.encodings:
            unreadable.append(risk.item)
        elif (_scored(definition, risk.item, answer, encoding) or 0) >= risk.at_least:
            endorsed.append(risk.item)
    return Risk(tuple(endorsed), tuple(unreadable), tuple(missing))


def cut_offs_for(definition: Definition, of: Population, chosen: str = "default") -> Sequence[CutOff]:
    """The cut-offs that are known for such a person; none is lent from others. Raises Refusal `no-such-cut-offs`."""
    if chosen not in definition.cut_offs and (chosen != "default" or definition.cut_offs):
        raise Refusal("no-such-cut-offs", f"{definition.key} has no cut-offs named {chosen}.")
    return [
        cut
        for cut in definition.cut_offs.get(chosen, ())
        if of.parent_role in cut.parent_roles and of.stage in cut.stages and of.mode in cut.modes
    ]


def _is_in_range(definition: Definition, answer: int) -> bool:
    return definition.lowest <= answer <= definition.highest


def _scored(definition: Definition, item: int, answer: int | None, encoding: Encoding) -> int | None:
    if answer is None or encoding == "scored" or item not in definition.reversed:
        return answer
    return definition.lowest + definition.highest - answer


def _reckoned(definition: Definition, scale: Scale, items: Answers) -> float | None:
    given = [answer for n in scale.items if (answer := items[n - 1]) is not None]
    if len(scale.items) - len(given) > scale.most_missing or not given:
        return None
    match scale.reckoned:
        case "mean":
            return sum(given) / len(given)
        case "table":
            return scale.table[sum(given) - len(given) * definition.lowest]
        case "sum":
            return sum(given) * len(scale.items) / len(given)
