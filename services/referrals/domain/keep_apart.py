"""Who is never to meet whom: in no proposal, list, group or page."""

from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

Pairs = frozenset[frozenset[UUID]]
"""Persons and peers by their ids, two and two; which comes first means nothing."""


def same_people(linked: Iterable[tuple[UUID, UUID]]) -> Mapping[UUID, set[UUID]]:
    """For everybody who is linked, all who are one person with them."""
    same: dict[UUID, set[UUID]] = {}
    for one, other in linked:
        everybody = same.get(one, {one}) | same.get(other, {other})
        for each in everybody:
            same[each] = everybody
    return same


def pairs_of(said: Iterable[tuple[UUID, UUID]], linked: Iterable[tuple[UUID, UUID]] = ()) -> Pairs:
    """Every two that are kept apart, given those it was said of; linked people are kept apart alike."""
    same = same_people(linked)
    return frozenset(
        frozenset({a, b}) for one, other in said for a in same.get(one, {one}) for b in same.get(other, {other})
    )


def kept_apart(pairs: Pairs, one: UUID, other: UUID) -> bool:
    """Whether these two are never to meet."""
    return frozenset({one, other}) in pairs


def apart_from_any(pairs: Pairs, one: UUID, others: Collection[UUID]) -> bool:
    """Whether somebody among the others is never to meet this one."""
    return any(kept_apart(pairs, one, other) for other in others)
