"""The score: each factor one function over all pairs, a value from 0 to 1 and which clients stated it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from services.referrals.matching.columns import Bools, Ints, Pairs, Reals, hot, language_of, slot_bits, spoken

RULESET = "matching@2026-03"
FLOOR = 3500
"""Below so many hundredths of a point nobody is proposed by default; the client is asked."""
RANKS = (3, 2, 1)


@dataclass(frozen=True, slots=True)
class Term:
    """One factor: its weight, what is said where it is met, and where it is not."""

    code: str
    weight: int
    met: str
    missed: str
    value: Callable[[Pairs], tuple[Reals, Bools]]


@cache
def related() -> Mapping[str, frozenset[str]]:
    """The published table: which experiences are near enough to count for half."""
    table: dict[str, set[str]] = {}
    for one, other in json.loads((Path(__file__).parent / "related.json").read_text())["related"]:
        table.setdefault(one, set()).add(other)
        table.setdefault(other, set()).add(one)
    return {word: frozenset(others) for word, others in table.items()}


def _experience(pairs: Pairs) -> tuple[Reals, Bools]:
    words = sorted({word for client in pairs.clients for word in client.experiences})
    near = related()
    ranked = np.zeros((len(pairs.clients), len(words)), np.float32)
    for row, client in enumerate(pairs.clients):
        for rank, word in zip(RANKS, dict.fromkeys(client.experiences), strict=False):
            ranked[row, words.index(word)] = rank
    exact = hot(pairs.peers, lambda p: p.experiences, words)
    nearly = hot(pairs.peers, lambda p: (n for word in p.experiences for n in near.get(word, ())), words)
    # Halves of small whole numbers: exact in whatever order the library adds.
    met = (ranked @ np.maximum(exact, nearly / 2).T).astype(np.float64)
    asked = ranked.sum(axis=1, dtype=np.float64)
    return met / np.maximum(asked, 1).reshape(-1, 1), asked > 0


def _wishes(pairs: Pairs) -> tuple[Reals, Bools]:
    gender = pairs.shared(lambda c: c.genders, lambda p: {p.gender} if p.gender else ())
    community = pairs.shared(lambda c: c.communities, lambda p: p.communities)
    youngest = pairs.of_client(lambda c: c.ages[0] if c.ages else 1)
    oldest = pairs.of_client(lambda c: c.ages[1] if c.ages else 0)
    age = pairs.of_peer(lambda p: -1 if p.age is None else p.age)
    met = gender.astype(np.int8) + community + ((youngest <= age) & (age <= oldest))
    asked = pairs.of_client(lambda c: bool(c.genders) + bool(c.communities) + (c.ages is not None))
    return met / np.maximum(asked, 1), asked.ravel() > 0


def _times(pairs: Pairs) -> tuple[Reals, Bools]:
    """The share of the wanted slots: each a way of meeting at a time of the week."""
    formats = pairs.of_client(lambda c: len(c.formats))
    in_format = np.bitwise_count(pairs.formats_possible) / np.maximum(formats, 1)
    wanted = pairs.of_client(lambda c: slot_bits(c.slots))
    count = pairs.of_client(lambda c: len(c.slots))
    at_time = np.bitwise_count(wanted & pairs.of_peer(lambda p: slot_bits(p.slots))) / np.maximum(count, 1)
    value = np.where(formats > 0, in_format, 1.0) * np.where(count > 0, at_time, 1.0)
    return value, (formats + count).ravel() > 0


def _role(pairs: Pairs) -> tuple[Reals, Bools]:
    asked = [client.own_role if client.role == "any" else client.role for client in pairs.clients]
    wanted = np.array(["" if role is None else role for role in asked]).reshape(-1, 1)
    same = (wanted == np.array([p.role or "-" for p in pairs.peers]).reshape(1, -1)).astype(np.float64)
    any_will_do = pairs.of_client(lambda c: c.role == "any", bool)
    stated = np.array([client.role is not None for client in pairs.clients], bool)
    return np.where(any_will_do, np.maximum(same, 0.5), same), stated


def _language(pairs: Pairs) -> tuple[Reals, Bools]:
    first = pairs.shared(lambda c: {language_of(c.language)}, lambda p: spoken(p.first_languages))
    fluent = pairs.shared(lambda c: spoken({c.language, *c.fluent}), lambda p: spoken(p.first_languages | p.fluent))
    interpreted = pairs.of_client(lambda c: 0.3 if c.interpreter else 0.0, np.float64)
    value = np.where(first, 1.0, np.where(fluent, 0.6, interpreted))
    return value, np.ones(len(pairs.clients), bool)


def _travel(pairs: Pairs) -> tuple[Reals, Bools]:
    here = sorted({c.area for c in pairs.clients if c.area in pairs.minutes})  # type: ignore[type-var]
    away = sorted({p.area for p in pairs.peers if p.area})
    # The last row and column: an area that the table does not know is an hour away or more.
    table = np.full((len(here) + 1, len(away) + 1), 60.0)
    for row, start in enumerate(here):
        for column, end in enumerate(away):
            there = pairs.minutes[start or ""].get(end, pairs.minutes.get(end, {}).get(start or "", 60))
            table[row, column] = 0 if start == end else min(60, there)
    rows = [here.index(c.area) if c.area in here else len(here) for c in pairs.clients]
    columns = [away.index(p.area) if p.area else len(away) for p in pairs.peers]
    minutes = table[np.array(rows, np.int64)][:, np.array(columns, np.int64)]
    return np.where(pairs.remote_first, 1.0, 1 - minutes / 60), np.array(rows, np.int64) < len(here)


TERMS = (
    Term(
        "shared-experience", 35, "shares an experience the client said matters",
        "does not share all that the client said matters", _experience,
    ),
    Term("wishes", 20, "is whom the client wished for", "is not in all whom the client wished for", _wishes),
    Term(
        "format-and-times", 15, "meets in the wished ways and times",
        "is not free in all the wished ways and times", _times,
    ),
    Term("role", 10, "is a parent in the role the client wished for", "is a parent in another role", _role),
    Term("language", 10, "has the client's first language", "does not have the client's first language", _language),
    Term("travel", 10, "is near, or meets at a distance", "has a way to go", _travel),
)  # fmt: skip

EARLIER_PEER = ("earlier-peer", 1000, "is the earlier peer, for whom the client asks")


@dataclass(frozen=True, slots=True)
class Scored:
    """Each factor's points in hundredths: of every pair, and the most that it can give to each client."""

    points: Mapping[str, Ints]
    most: Mapping[str, Ints]

    def total(self, shape: tuple[int, int]) -> Ints:
        """The score of every pair: the sum of its factors."""
        found = np.zeros(shape, np.int64)
        for each in self.points.values():
            found += each
        return found


def points(pairs: Pairs) -> Scored:
    """The points of every pair, over what each client stated: what was not stated is worth nothing to anybody."""
    clients = len(pairs.clients)
    values = {term.code: term.value(pairs) for term in TERMS}
    asked = sum((term.weight * values[term.code][1].astype(np.int64) for term in TERMS), np.zeros(clients, np.int64))
    found, most = {}, {}
    for term in TERMS:
        value, stated = values[term.code]
        worth = np.where(stated, 10_000 * term.weight / np.maximum(asked, 1), 0)
        found[term.code] = np.rint(value * worth.reshape(-1, 1)).astype(np.int64)
        most[term.code] = np.rint(worth).astype(np.int64)
    code, extra, _ = EARLIER_PEER
    found[code] = pairs.marked(lambda c: () if c.earlier_peer is None else {c.earlier_peer}) * np.int64(extra)
    most[code] = np.full(clients, extra)
    return Scored(found, most)


def score(pairs: Pairs) -> Ints:
    """The score of every pair, in hundredths of a point."""
    return points(pairs).total(pairs.shape)
