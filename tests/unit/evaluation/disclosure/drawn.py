"""Tables drawn at random, sparse as ours are, and what an attacker learns by trying every table there could be."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product

import numpy as np

from services.evaluation.domain.disclosure.tables import Cell, Earlier, Sum, Tables

ANY = "*"


def drawn(rng: np.random.Generator, shape: Sequence[int], organisations: int = 0, mean: float = 8.0) -> Tables:
    """A table of so many ways with all its margins, its counts skewed, each divided among the organisations."""
    counts = rng.negative_binomial(1, 1 / (1 + mean), shape)
    shares = rng.dirichlet(np.full(max(organisations, 1), 1.5))
    parts = {place: rng.multinomial(counts[place], shares) for place in np.ndindex(*shape)}
    return table_of({key_of(place): tuple(map(int, part)) for place, part in parts.items()}, shape, organisations)


def key_of(place: Sequence[object]) -> str:
    return ",".join(map(str, place))


def table_of(parts: Mapping[str, Sequence[int]], shape: Sequence[int], organisations: int = 0) -> Tables:
    """The table of these cells, by organisation, with every margin."""
    cells: dict[str, Cell] = {}
    sums: list[Sum] = []
    for place in product(*([*range(size), ANY] for size in shape)):
        inner = [
            key_of(each) for each in np.ndindex(*shape) if all(p in (ANY, e) for p, e in zip(place, each, strict=True))
        ]
        by = [sum(parts[key][n] for key in inner) for n in range(len(next(iter(parts.values()))))]
        named = {f"organisation-{n}": count for n, count in enumerate(by)} if organisations else {}
        cells[key_of(place)] = Cell(sum(by), named)
        for way, size in enumerate(shape):
            if place[way] == ANY:
                below = [key_of([*place[:way], at, *place[way + 1 :]]) for at in range(size)]
                sums.append(Sum(key_of(place), tuple(below)))
    return Tables(cells, tuple(sums))


def _is_in(inner: Sequence[int], place: Sequence[object]) -> bool:
    return all(at in (ANY, each) for at, each in zip(place, inner, strict=True))


def with_earlier(tables: Tables, earlier: Mapping[str, Earlier]) -> Tables:
    """The same tables where an earlier release did that with these cells."""
    cells = {
        key: Cell(cell.count, cell.by, earlier.get(key), cell.structural, cell.sensitive)
        for key, cell in tables.cells.items()
    }
    return Tables(cells, tables.sums)


def possible(tables: Tables, hidden: frozenset[str]) -> Iterator[Mapping[str, int]]:
    """Every way in which the hidden cells could be filled."""
    yield from _filled(tables, sorted(hidden), {k: cell.count for k, cell in tables.cells.items() if k not in hidden})


def _filled(tables: Tables, left: Sequence[str], known: Mapping[str, int]) -> Iterator[Mapping[str, int]]:
    if not left:
        yield known
        return
    key, *others = left
    room = sum(cell.count for cell in tables.cells.values())
    for each in tables.sums:
        if key in each.parts and each.whole in known:
            room = min(room, known[each.whole] - sum(known.get(part, 0) for part in each.parts))
    for value in range(room + 1):
        filled = {**known, key: value}
        if all(_adds_up(filled, each) for each in tables.sums if key in (each.whole, *each.parts)):
            yield from _filled(tables, others, filled)


def _adds_up(filled: Mapping[str, int], each: Sum) -> bool:
    if not all(key in filled for key in (each.whole, *each.parts)):
        return True
    return filled[each.whole] == sum(filled[part] for part in each.parts)
