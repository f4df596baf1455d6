"""The whole list at once, against every plan there is; the same whoever comes first, and one pair as one of many."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from random import Random
from typing import Any, get_args
from uuid import UUID

import numpy as np
import pytest

from services.referrals.matching.assignment import Plan, WholeList, assign, wait_points, whole_list
from services.referrals.matching.columns import FORMATS, SETTINGS, SLOTS, pairs
from services.referrals.matching.explain import explain
from services.referrals.matching.rules import allowed
from services.referrals.matching.terms import FLOOR, related, score
from services.referrals.matching.transportation import NOWHERE
from services.referrals.matching.values import Client, Peer
from shared.contracts.preferences import Gender

LISTS = 3000
WORDS = sorted(related())


def some(random: Random, *, weights: tuple[int, ...] = (100, 60)) -> WholeList:
    """A small list in which everything ties now and then."""
    rows, columns = random.choice((1, 2, 3, 3, 4, 4, 5)), random.randint(1, 3)
    days = np.array([random.choice((0, 28, 56, 56, 90)) for _ in range(rows)])
    gain = np.array([[random.choice((3500, 5000, 5000, 7000)) for _ in range(columns)] for _ in range(rows)])
    free = np.array([random.choice((0, 60, 100, 140, 200, 260, 320)) for _ in range(columns)])
    apart = [(0, 1)] if rows > 1 and random.random() < 0.3 else []
    return WholeList(
        allowed=np.array([[random.random() < 0.7 for _ in range(columns)] for _ in range(rows)]),
        gain=gain + wait_points(days, np.full(rows, 56)).reshape(-1, 1),
        past_red=days >= 56,
        past_amber=days >= 28,
        weight=np.array([random.choice(weights) for _ in range(rows)]),
        free=free,
        share_used=np.array([random.choice((0, 500, 700)) for _ in range(columns)]),
        idle=np.array([random.choice((0, 5, 30)) for _ in range(columns)]),
        hashes=np.array([[random.randrange(1 << 16) for _ in range(columns)] for _ in range(rows)]),
        apart=apart,
    )


def plans(whole: WholeList) -> Iterator[np.ndarray]:
    """Every way to place them that breaks nothing."""
    rows, columns = whole.allowed.shape
    for choice in product(range(NOWHERE, columns), repeat=rows):
        if (
            all(peer == NOWHERE or whole.allowed[row, peer] for row, peer in enumerate(choice))
            and all(
                sum(int(whole.weight[row]) for row in range(rows) if choice[row] == peer) <= whole.free[peer]
                for peer in range(columns)
            )
            and not any(choice[one] == choice[other] != NOWHERE for one, other in whole.apart)
        ):
            yield np.array(choice)


def objective(whole: WholeList, plan: np.ndarray) -> tuple[int, ...]:
    """Written out once more, as the rules of care say it."""
    placed = [(row, int(peer)) for row, peer in enumerate(plan) if peer != NOWHERE]
    return (
        sum(bool(whole.past_red[row]) for row, _ in placed),
        sum(bool(whole.past_amber[row]) for row, _ in placed),
        sum(int(whole.gain[row, peer]) for row, peer in placed),
        sum(1000 - int(whole.share_used[peer]) for _, peer in placed),
        sum(int(whole.idle[peer]) for _, peer in placed),
        sum(int(whole.hashes[row, peer]) for row, peer in placed),
    )


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("weights", [(100,), (100, 60), (100, 60, 30)], ids=["one weight", "two", "three"])
def test_the_whole_list_is_the_best_of_all_plans_tiers_and_ties_included(weights: tuple[int, ...], seed: int) -> None:
    random = Random(f"{weights} {seed}")
    for _ in range(LISTS // 18):
        whole = some(random, weights=weights)
        plan = assign(whole)
        found = {tuple(each): objective(whole, each) for each in plans(whole)}
        best = max(found.values())
        assert plan.exact
        assert found[tuple(plan.peer)] == best, whole


@pytest.mark.parametrize("seed", range(4))
def test_what_is_not_searched_exactly_says_so_breaks_nothing_and_leaves_no_place_that_fits(seed: int) -> None:
    random = Random(seed)
    for _ in range(150):
        whole = some(random)
        plan = assign(whole, work=0)
        found = {tuple(each): objective(whole, each) for each in plans(whole)}
        assert tuple(plan.peer) in found, "a plan that breaks something"
        if plan.exact:
            assert found[tuple(plan.peer)] == max(found.values())
        for row in np.flatnonzero(plan.peer == NOWHERE):
            for peer in range(whole.allowed.shape[1]):
                one_more = [*plan.peer]
                one_more[row] = peer
                assert tuple(one_more) not in found, "somebody could still be placed"


def people(random: Random, clients: int, peers: int) -> tuple[list[Client], list[Peer]]:
    """People as different as matching can tell them apart."""

    def few(words: Any, most: int) -> list[Any]:
        return random.sample(list(words), random.randint(0, most))

    def one() -> Client:
        return Client(
            UUID(int=random.getrandbits(128)),
            random.choice(SETTINGS),
            board=random.choice(("S08000030", "S08000015")),
            waiting_days=random.choice((0, 10, 28, 40, 56, 90)),
            weight=random.choice((100, 100, 60)),
            agreed=random.random() < 0.9,
            formats=tuple(few(FORMATS, 3)),
            limits=frozenset(few(("no-lone", "no-in-person"), 1)),
            language=random.choice(("en", "en-GB", "pl", "bfi")),
            fluent=frozenset(few(("en", "ar"), 1)),
            interpreter=random.random() < 0.2,
            level=random.choice((None, None, "mild", "severe")),
            experiences=tuple(few(WORDS, 3)),
            brings=frozenset(few(WORDS, 2)),
            genders=frozenset(few(get_args(Gender), 2)),
            communities=frozenset(few(("gaelic", "muslim"), 2)),
            ages=random.choice((None, (20, 35), (30, 60))),
            slots=frozenset(few(SLOTS, 5)),
            role=random.choice((None, "any", "father", "birth-parent")),
            own_role=random.choice(("father", "birth-parent")),
            musts=frozenset(few(("gender-of-peer", "not-my-community", "nobody-i-know"), 1)),
            own_communities=frozenset(few(("gaelic", "muslim"), 1)),
            area=random.choice((None, "a", "b", "elsewhere")),
        )

    def other() -> Peer:
        return Peer(
            UUID(int=random.getrandbits(128)),
            readiness={s: random.choice(("ready", "ready", "expiring", "no-new-people")) for s in few(SETTINGS, 3)},
            ceilings=dict.fromkeys(few(SETTINGS, 2), "moderate"),
            supervision_overdue=random.random() < 0.1,
            paused=random.random() < 0.1,
            used=random.choice((0, 300, 440, 500, 600)),
            idle_days=random.choice((0, 10, 3650)),
            formats=frozenset(few(FORMATS, 6)),
            slots=frozenset(few(SLOTS, 8)),
            first_languages=frozenset(few(("en", "pl"), 2)),
            fluent=frozenset(few(("en", "bfi"), 2)),
            boards=frozenset(few(("S08000030", "S08000015"), 1)),
            area=random.choice((None, "a", "b")),
            lone_visits=random.random() < 0.7,
            experiences=frozenset(few(WORDS, 5)),
            communities=frozenset(few(("gaelic", "muslim"), 1)),
            gender=random.choice((None, *get_args(Gender))),
            age=random.choice((None, 28, 50)),
            role=random.choice((None, "father", "birth-parent")),
            limits=frozenset(few(WORDS, 2)),
        )

    made = [one() for _ in range(clients)]
    found = [other() for _ in range(peers)]
    everybody, ids = [p.id for p in found], [c.id for c in made]
    made = [
        replace(
            c,
            not_with=frozenset(few(everybody, 1)),
            knows=frozenset(few(everybody, 1)),
            earlier_peer=random.choice((None, None, random.choice(everybody))),
            kept_from=frozenset(few(ids, 1)) - {c.id},
        )
        for c in made
    ]
    return made, [replace(p, clients=frozenset(few(ids, 1))) for p in found]


MINUTES = {"a": {"b": 40}}


def planned(clients: list[Client], peers: list[Peer]) -> tuple[Plan, dict[UUID, UUID | None]]:
    made = pairs(clients, peers, MINUTES)
    scores = score(made)
    plan = assign(whole_list(made, scores, allowed(made) & (scores >= FLOOR)))
    where = {
        client.id: None if peer == NOWHERE else made.peers[peer].id
        for client, peer in zip(made.clients, plan.peer, strict=True)
    }
    return plan, where


@pytest.mark.parametrize("seed", range(25))
def test_the_order_in_which_people_come_changes_nothing(seed: int) -> None:
    random = Random(seed)
    clients, peers = people(random, 30, 9)
    plan, where = planned(clients, peers)
    for _ in range(3):
        random.shuffle(clients)
        random.shuffle(peers)
        again, now = planned(clients, peers)
        assert (now, again.exact) == (where, plan.exact)


@pytest.mark.parametrize("seed", range(12))
def test_one_pair_by_itself_is_the_same_as_in_the_whole_list(seed: int) -> None:
    clients, peers = people(Random(seed), 14, 9)
    whole = pairs(clients, peers, MINUTES)
    scores, may, told = score(whole), allowed(whole), explain(whole)
    for row, client in enumerate(whole.clients):
        for column, peer in enumerate(whole.peers):
            alone = pairs([client], [peer], MINUTES)
            assert int(score(alone)[0, 0]) == scores[row, column]
            assert bool(allowed(alone)[0, 0]) == may[row, column] == (not told[row][column].codes)
            assert explain(alone)[0][0] == told[row][column]
            assert told[row][column].score == scores[row, column]


@pytest.mark.parametrize("seed", range(10))
def test_no_plan_breaks_a_hard_rule_a_capacity_or_the_floor(seed: int) -> None:
    clients, peers = people(Random(seed), 60, 20)
    by_id, kept_from = {p.id: p for p in peers}, {c.id: c.kept_from for c in clients}
    _, where = planned(clients, peers)
    weights = {c.id: c.weight for c in clients}
    taken: dict[UUID, list[UUID]] = {}
    for client_id, peer_id in where.items():
        if peer_id is not None:
            taken.setdefault(peer_id, []).append(client_id)
    for peer_id, placed in taken.items():
        peer = by_id[peer_id]
        assert sum(weights[id] for id in placed) <= peer.places - peer.used
        assert not any(other in kept_from[one] for one in placed for other in placed)
        for client_id in placed:
            (client,) = (c for c in clients if c.id == client_id)
            assert explain(pairs([client], [peer], MINUTES))[0][0].is_candidate
