"""The whole list at once: who would go to whom, all places, weights and waits considered; a preview, never a decision.

First as many as can be of those past red are placed, then of those past amber, then the sum of score and wait is as
great as can be; among equals the peers with the lowest share of places used, then those who have waited longest for a
new person, then a stable hash. Where all clients weigh the same this is exact for any size. Where some take a whole
place and some less, or two must not have the same peer, it is searched exactly within `WORK`; beyond that each peer's
places are first cut into whole ones (exactly the best of those), and what is left over is given away in turn.
"""

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import count
from uuid import UUID

import numpy as np

from services.referrals.matching.columns import Bools, Ints, Pairs, stable_hash
from services.referrals.matching.transportation import NOWHERE, Aim, transport

WAIT_POINTS = 2500
"""What waiting as long as red adds, in hundredths of a point."""
MOST_GAIN = 11_000 + WAIT_POINTS
MOST_IDLE = 3650
WORK = 1_000_000
"""How many cells the exact search may look at, a multiple of the list's size."""

Objective = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """A peer's column for each client, or NOWHERE; `exact` says that no plan is better."""

    peer: Ints
    exact: bool


@dataclass(frozen=True)
class WholeList:
    """What the assignment is about: pairs with what they are worth, weights, and free places."""

    allowed: Bools
    gain: Ints
    past_red: Bools
    past_amber: Bools
    weight: Ints
    free: Ints
    share_used: Ints
    """Per thousand of each peer's places."""
    idle: Ints
    hashes: Ints
    apart: Sequence[tuple[int, int]] = ()
    """Rows of two who are not to have the same peer."""

    @cached_property
    def aims(self) -> tuple[Aim, ...]:
        """What is to be as great as can be, in turn."""
        shape, none = self.allowed.shape, np.zeros(self.allowed.shape, np.int64)
        return (
            Aim(none + self.past_red.reshape(-1, 1), 1),
            Aim(none + self.past_amber.reshape(-1, 1), 1),
            Aim(self.gain, MOST_GAIN),
            Aim(np.broadcast_to(1000 - self.share_used, shape), 1000),
            Aim(np.broadcast_to(np.minimum(self.idle, MOST_IDLE), shape), MOST_IDLE),
            Aim(self.hashes, (1 << 16) - 1),
        )

    @cached_property
    def classes(self) -> tuple[int, ...]:
        """The different weights, the heaviest first."""
        return tuple(sorted({int(w) for w in self.weight}, reverse=True))

    def objective(self, peer: Ints) -> Objective:
        """What a plan comes to, by each aim in turn."""
        rows = np.flatnonzero(peer != NOWHERE)
        return tuple(int(aim.gain[rows, peer[rows]].sum()) for aim in self.aims)


def whole_list(pairs: Pairs, score: Ints, allowed: Bools) -> WholeList:
    """The list of these clients and peers, with the pairs that may be and their scores."""
    waited = np.array([c.waiting_days for c in pairs.clients], np.int64)
    red = np.array([c.red_days for c in pairs.clients], np.int64)
    amber = np.array([c.amber_days for c in pairs.clients], np.int64)
    row = {c.id: n for n, c in enumerate(pairs.clients)}
    apart = {
        (min(n, row[other]), max(n, row[other])) for c, n in zip(pairs.clients, count()) for other in c.kept_from
        if other in row
    }  # fmt: skip
    places = np.array([p.places for p in pairs.peers], np.int64)
    used = np.array([p.used for p in pairs.peers], np.int64)
    return WholeList(
        allowed=allowed,
        gain=score + wait_points(waited, red).reshape(-1, 1),
        past_red=waited >= red,
        past_amber=waited >= amber,
        weight=np.array([c.weight for c in pairs.clients], np.int64),
        free=np.maximum(0, places - used),
        share_used=np.array([share_used(p.places, p.used) for p in pairs.peers], np.int64),
        idle=np.array([p.idle_days for p in pairs.peers], np.int64),
        hashes=stable_hash(pairs),
        apart=sorted(apart),
    )


def tie_order(pairs: Pairs) -> list[UUID]:
    """The peers in the order in which a tie for the first client is settled."""
    hashes = stable_hash(pairs)[0]
    places = range(len(pairs.peers))

    def key(place: int) -> tuple[int, int, int]:
        peer = pairs.peers[place]
        return share_used(peer.places, peer.used), -min(peer.idle_days, MOST_IDLE), -int(hashes[place])

    return [pairs.peers[place].id for place in sorted(places, key=key)]


def share_used(places: int, used: int) -> int:
    """Per thousand of a peer's places, those that are taken."""
    return min(1000, 1000 * used // max(places, 1))


def wait_points(waited: Ints, red: Ints) -> Ints:
    """What the wait adds to a score, in hundredths of a point."""
    return np.minimum(WAIT_POINTS, WAIT_POINTS * waited // np.maximum(red, 1))


def assign(whole: WholeList, work: int = WORK) -> Plan:
    """The plan for the whole list; the same whatever order clients and peers came in."""
    best, exact = _cut(whole)
    steps = work // max(1, whole.allowed.size)
    if exact or not steps:
        return Plan(best, exact)
    return _searched(whole, best, steps)


@dataclass(frozen=True, slots=True)
class _Branch:
    """A part of all plans: how many of each weight some peers take at most, and pairs that are not to be."""

    most: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    without: frozenset[tuple[int, int]] = frozenset()


def _searched(whole: WholeList, best: Ints, steps: int) -> Plan:
    """The best plan of all, if so many steps are enough: branch and bound, the most promising branch first.

    A branch is bounded by its assignment with the weights of a peer's clients not added up, and whoever is to be apart
    together: no plan in the branch is better.
    """
    value, order = whole.objective(best), count()
    heap: list[tuple[Objective, int, _Branch, Ints]] = []
    fresh = [_Branch()]
    while True:
        for branch in fresh:
            plan = _within(whole, branch)
            if (bound := whole.objective(plan)) > value:
                heapq.heappush(heap, (tuple(-each for each in bound), next(order), branch, plan))
        if not heap:
            return Plan(best, exact=True)
        _, _, branch, plan = heapq.heappop(heap)
        fresh = list(_narrower(whole, branch, plan))
        if not fresh:
            return Plan(plan, exact=True)
        if (steps := steps - len(fresh)) < 0:
            return Plan(best, exact=False)


def _within(whole: WholeList, branch: _Branch) -> Ints:
    """The best of the branch, with a peer's clients only counted: so many of the heaviest, so many in all."""
    fit = np.array([whole.free // weight for weight in whole.classes], np.int64)
    places = np.diff(fit, axis=0, prepend=0)
    alone = np.zeros(len(whole.free), bool)
    for peer, most in branch.most.items():
        places[:, peer], alone[peer] = most, True
    allowed = whole.allowed.copy()
    for row, peer in branch.without:
        allowed[row, peer] = False
    return _placed(whole, np.arange(len(allowed)), allowed, places, alone)


def _narrower(whole: WholeList, branch: _Branch, plan: Ints) -> Iterator[_Branch]:
    """The branches in one of which every plan of this branch lies, and none of which has what is broken here."""
    kinds = np.array([whole.classes.index(int(weight)) for weight in whole.weight])
    for row, other in whole.apart:
        if plan[row] == plan[other] != NOWHERE:
            yield replace(branch, without=branch.without | {(row, int(plan[row]))})
            yield replace(branch, without=branch.without | {(other, int(plan[row]))})
            return
    for peer in sorted({int(peer) for peer in plan} - {NOWHERE}):
        if whole.weight[plan == peer].sum() > whole.free[peer]:
            there = [int((kinds == kind).sum()) for kind in range(len(whole.classes))]
            for most in _fillings(int(whole.free[peer]), whole.classes, there):
                yield replace(branch, most={**branch.most, peer: most})
            return


def _fillings(free: int, weights: Sequence[int], there: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Every way to fill so many places to which nothing can be added."""
    if len(weights) == 1:
        yield (min(there[0], free // weights[0]),)
        return
    for number in range(min(there[0], free // weights[0]), -1, -1):
        rest = free - number * weights[0]
        for more in _fillings(rest, weights[1:], there[1:]):
            room = rest - sum(n * weight for n, weight in zip(more, weights[1:], strict=True))
            if number == there[0] or room < weights[0]:
                yield (number, *more)


def _cut(whole: WholeList) -> tuple[Ints, bool]:
    """The best with each peer's places cut into whole ones, the rest of a place into smaller; then what is left over.

    Exact where there is one weight and nobody had to be moved apart.
    """
    plan = np.full(len(whole.weight), NOWHERE, np.int64)
    allowed, left, exact = whole.allowed.copy(), whole.free.copy(), len(whole.classes) <= 1
    while True:
        rows = np.flatnonzero((plan == NOWHERE) & (allowed & (whole.weight.reshape(-1, 1) <= left)).any(axis=1))
        if not len(rows):
            return plan, exact
        rest, places = left.copy(), []
        for weight in whole.classes:
            places.append(rest // weight)
            rest = rest % weight
        plan[rows] = _placed(whole, rows, allowed, np.array(places), np.zeros(len(left), bool))
        for row, other in whole.apart:
            for one, two in ((row, other), (other, row)):
                if (peer := plan[one]) != NOWHERE and allowed[two, peer]:
                    allowed[two, peer] = False
                    if plan[two] == peer:
                        plan[two], exact = NOWHERE, False
        placed = plan != NOWHERE
        used = np.bincount(plan[placed], weights=whole.weight[placed], minlength=len(left))
        left = whole.free - used.astype(np.int64)
        if exact:
            return plan, exact


def _placed(whole: WholeList, rows: Ints, allowed: Bools, places: Ints, alone: Bools) -> Ints:
    """The peer of each row: a place of a kind takes that weight and lighter ones, or just that weight `alone`."""
    peers, kinds = len(whole.free), len(whole.classes)
    kind = np.array([whole.classes.index(int(weight)) for weight in whole.weight[rows]], np.int64).reshape(-1, 1)
    takes = [(kind >= n) & (~alone | (kind == n)) & allowed[rows] for n in range(kinds)]
    aims = [Aim(np.tile(aim.gain[rows], (1, kinds)), aim.most) for aim in whole.aims]
    found = transport(aims, np.concatenate(takes, axis=1), places.reshape(-1))
    return np.where(found == NOWHERE, NOWHERE, found % max(1, peers))
