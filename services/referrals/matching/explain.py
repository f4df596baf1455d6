"""Why this peer, in words a coordinator reads: what is shared and met, what is not, and what the wait changed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Literal
from uuid import UUID

import numpy as np

from services.referrals.matching.assignment import wait_points
from services.referrals.matching.columns import FORMATS, Pairs
from services.referrals.matching.rules import RULES
from services.referrals.matching.terms import EARLIER_PEER, FLOOR, TERMS, points
from shared.contracts import values as v

YOU_DECIDE = "You decide; nothing is sent until you confirm."
How = Literal["met", "in part", "not met"]


@dataclass(frozen=True, slots=True)
class Factor:
    """One term of a score, in hundredths of a point and in words."""

    code: str
    points: int
    how: How
    words: str


@dataclass(frozen=True, slots=True)
class Explained:
    """One pair: the rules that stand against it, as anybody may read them, or its score with every term."""

    client_id: UUID
    peer_id: UUID
    codes: tuple[str, ...]
    """Of the rules that stand against it; private, never shown."""
    against: tuple[tuple[str, str], ...]
    """The same for anybody: a code and words each, one and the same for all that is private."""
    score: int
    factors: tuple[Factor, ...]
    formats: tuple[v.Format, ...]
    """How the two could meet, as the client would rather."""

    @property
    def is_candidate(self) -> bool:
        """Whether the pair is proposed by default."""
        return not self.codes and self.score >= FLOOR


@dataclass(frozen=True, slots=True)
class Wait:
    """How long a client has waited, and what that changed."""

    days: int
    red_days: int
    points: int
    past: Literal["red", "amber"] | None


def explain(pairs: Pairs) -> Sequence[Sequence[Explained]]:
    """Every pair: a row a client, a column a peer; one pair is the list of one client and one peer."""
    verdicts = [(rule, rule.allows(pairs)) for rule in RULES]
    scored = points(pairs)
    total = scored.total(pairs.shape)
    words = {term.code: (term.met, term.missed) for term in TERMS} | {EARLIER_PEER[0]: (EARLIER_PEER[2], "")}

    def one(row: int, column: int) -> Explained:
        against = [rule for rule, allows in verdicts if not allows[row, column]]
        factors = []
        for code, matrix in scored.points.items():
            n, most = int(matrix[row, column]), int(scored.most[code][row])
            if most and (n or code != EARLIER_PEER[0]):
                how: How = "not met" if n == 0 else "met" if n == most else "in part"
                met, missed = words[code]
                said = missed if how == "not met" else met if how == "met" else f"{met}, in part"
                factors.append(Factor(code, n, how, said))
        return Explained(
            pairs.clients[row].id,
            pairs.peers[column].id,
            tuple(rule.code for rule in against),
            tuple(dict.fromkeys((rule.public_code, rule.public) for rule in against)),
            int(total[row, column]),
            () if against else tuple(factors),
            _in_order(pairs, row, column),
        )

    rows, columns = pairs.shape
    return [[one(row, column) for column in range(columns)] for row in range(rows)]


def wait_of(pairs: Pairs, row: int) -> Wait:
    """What the wait of that client adds, and which bound it has passed."""
    client = pairs.clients[row]
    added = wait_points(np.array([client.waiting_days]), np.array([client.red_days]))
    past: Literal["red", "amber"] | None = "amber" if client.waiting_days >= client.amber_days else None
    return Wait(
        client.waiting_days, client.red_days, int(added[0]), "red" if client.waiting_days >= client.red_days else past
    )


def in_points(hundredths: int) -> int:
    """Whole points, as published: from nought to a hundred."""
    return min(100, (hundredths + 50) // 100)


def in_points_each(hundredths: Iterable[int]) -> Sequence[int]:
    """Whole points that add up to the whole points of the sum, each less than one from what it is."""
    sums = [(each + 50) // 100 for each in accumulate(hundredths, initial=0)]
    return [later - earlier for earlier, later in pairwise(sums)]


def _in_order(pairs: Pairs, row: int, column: int) -> tuple[v.Format, ...]:
    mask = int(pairs.formats_possible[row, column])
    possible = [each for n, each in enumerate(FORMATS) if mask >> n & 1]
    wished = pairs.clients[row].formats
    return tuple(sorted(possible, key=lambda each: wished.index(each) if each in wished else len(wished)))
