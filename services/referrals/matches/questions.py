"""Asking about matches: gathers rows and what the vault keeps, and has the pure rules think in a thread."""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from services.referrals.domain.policy import Policies, Policy
from services.referrals.domain.proposals import BY_HAND
from services.referrals.domain.ranking import Ranking
from services.referrals.domain.standing import NOT_AVAILABLE
from services.referrals.matches.answers import (
    Candidate,
    Candidates,
    FactorView,
    NotAvailable,
    Preview,
    PreviewRow,
    WaitView,
)
from services.referrals.matching.facts import Kept, Together, client_of, kept_apart, peer_of
from services.referrals.matching.values import Client, Peer
from services.referrals.peers import LIMITS, TAGS
from services.referrals.people.apart import kept_apart_pairs
from services.referrals.questions import waiting_days
from services.referrals.roles import DECIDERS
from services.referrals.vault_contents import CONTACT, NEEDS
from shared.contracts.days import day_of
from shared.contracts.preferences import Preferences
from shared.contracts.referrals.matching import Factor
from shared.runtime import vault
from shared.runtime.database import queries
from shared.runtime.engine import Engine
from shared.runtime.http import Asked, Call, Reply, Route
from shared.runtime.problems import Problem

if TYPE_CHECKING:
    from services.referrals.matching.explain import Explained, Wait

SQL = queries(Path(__file__).parent / "matches.sql")
PREFERENCES = "preferences"
PURPOSE = "matching"


@dataclass(frozen=True, slots=True)
class Gathered:
    """Clients and peers of one organisation, ready to be thought about."""

    clients: Sequence[Client]
    peers: Sequence[Peer]
    policy: Policy
    on_list: int = 0
    """How many wait for a peer in all, those aside to whom somebody is proposed."""
    known: bool = True
    """Whether there is such a referral at all."""


async def gather(
    engine: Engine,
    call: Call,
    policy: Policy,
    referral_id: UUID | None = None,
    peer_id: UUID | None = None,
    *,
    asked_for: bool = False,
) -> Gathered:
    """The clients who wait, or that one; the peers there are, or that one, whom the client may ask for now."""
    organisation, today = call.principal.organisation, day_of(call.now)
    async with engine.database.read(organisation) as connection:
        rows = [dict(row) for row in await connection.fetch(SQL["matching_clients"], referral_id)]
        peers = [dict(row) for row in await connection.fetch(SQL["matching_peers"], peer_id)]
        everybody = await connection.fetch(SQL["matching_together"])
        not_ready = [row["setting"] for row in await connection.fetch(SQL["providers_not_ready"])]
        apart = await kept_apart_pairs(connection)
    # Of whoever does not wait, or may not be looked at, nothing is read.
    rows, known = [row for row in rows if row["stage"] == "waiting" and row["restricted"] is None], bool(rows)
    if not rows:
        return Gathered((), (), policy, known=known)
    named = {row["id"]: row["person_id"] for row in everybody if row["has_partner"]}
    kept = await _kept(engine, call, [row["person_id"] for row in rows], list(named.values()), [p["id"] for p in peers])

    def made() -> Gathered:
        wishes = {id: Preferences.model_validate_json(kept.preferences.get(who, b"{}")) for id, who in named.items()}
        together = Together(
            partners={referral: said for referral, said in wishes.items() if said.partner},
            apart=apart,
            person_of={row["id"]: row["person_id"] for row in everybody},
            peer_of={row["id"]: row["peer_id"] for row in everybody if row["peer_id"]},
        )
        asks_for = peer_id if asked_for else None
        clients = [client_of(row, waiting_days(row, today), kept, policy, asks_for=asks_for) for row in rows]
        with_peer: dict[UUID, list[UUID]] = {}
        for row in everybody:
            if row["peer_id"]:
                with_peer.setdefault(row["peer_id"], []).append(row["id"])
        found = [peer_of(row, kept, policy, today, not_ready, with_peer.get(row["id"], ())) for row in peers]
        on_list = sum(row["on_list"] for row in everybody)
        return Gathered(kept_apart(clients, together), found, policy, on_list)

    return await asyncio.to_thread(made)


async def _kept(
    engine: Engine, call: Call, persons: Sequence[UUID], partners: Sequence[UUID], peers: Sequence[UUID]
) -> Kept:
    async def read(name: str, whose: Collection[UUID]) -> Mapping[UUID, bytes]:
        organisation = call.principal.organisation
        return await vault.read_all(engine, call.principal, organisation, name, sorted(set(whose)), PURPOSE)

    return Kept(
        preferences=await read(PREFERENCES, [*persons, *partners]),
        needs=await read(NEEDS, persons),
        contact=await read(CONTACT, persons),
        tags=await read(TAGS, peers),
        limits=await read(LIMITS, peers),
    )


async def ranking_of(
    engine: Engine, call: Call, policy: Policy, referral_id: UUID, peer_id: UUID, *, asked_for: bool
) -> tuple[Ranking | None, frozenset[UUID]]:
    """What the rules say of that pair now, and the referrals with whom the client shares no peer.

    They say nothing (None) where supervision has said nothing of the peer, or nobody waits.
    """
    gathered = await gather(engine, call, policy, referral_id, peer_id, asked_for=asked_for)
    if not gathered.clients:
        return None, frozenset()
    (client,) = gathered.clients
    if not gathered.peers:
        against = (("peer-not-available", NOT_AVAILABLE),)
        return Ranking(BY_HAND, against) if peer_id in client.not_with else None, client.kept_from
    return await asyncio.to_thread(_ranking, gathered), client.kept_from


def _ranking(gathered: Gathered) -> Ranking:
    from services.referrals.matching.explain import explain, in_points
    from services.referrals.matching.terms import RULESET

    pair = explain(_pairs(gathered))[0][0]
    return Ranking(
        ruleset_version=RULESET,
        against=pair.against,
        score=in_points(pair.score),
        is_candidate=pair.is_candidate,
        factors=tuple(Factor(code=f.code, points=in_points(f.points)) for f in pair.factors),
        matched_on_experience=any(f.code == "shared-experience" and f.points for f in pair.factors),
    )


def _pairs(gathered: Gathered) -> Any:
    from services.referrals.matching.columns import pairs

    return pairs(gathered.clients, gathered.peers, gathered.policy.travel_minutes)


def candidates_of(gathered: Gathered) -> Candidates:
    """Every peer for the one client gathered, with the reasons; the others are only counted."""
    from services.referrals.matching.assignment import tie_order
    from services.referrals.matching.explain import YOU_DECIDE, explain, wait_of
    from services.referrals.matching.terms import RULESET

    one = _pairs(gathered)
    order = {peer_id: place for place, peer_id in enumerate(tie_order(one))}
    found = sorted(explain(one)[0], key=lambda pair: (-pair.score, order[pair.peer_id]))
    others = max(0, gathered.on_list - 1)
    free = sum(0 if p.paused else max(0, p.places - p.used) for p in gathered.peers) // 100
    return Candidates(
        referral_id=one.clients[0].id,
        ruleset_version=RULESET,
        wait=_wait(wait_of(one, 0)),
        candidates=[_candidate(pair) for pair in found if pair.is_candidate],
        below_the_floor=[_candidate(pair) for pair in found if not pair.against and not pair.is_candidate],
        not_available=sorted(
            (
                NotAvailable(peer_id=pair.peer_id, because=list(dict.fromkeys(words for _, words in pair.against)))
                for pair in found
                if pair.against
            ),
            key=lambda each: each.peer_id,
        ),
        others_waiting=others,
        others_without_place=max(0, others - max(0, free - 1)),
        you_decide=YOU_DECIDE,
    )


def _candidate(pair: "Explained") -> Candidate:
    from services.referrals.matching.explain import in_points

    return Candidate(
        peer_id=pair.peer_id,
        score=in_points(pair.score),
        shared_and_met=[factor.words for factor in pair.factors if factor.points],
        not_met=[factor.words for factor in pair.factors if not factor.points],
        factors=[FactorView(code=f.code, points=in_points(f.points), how=f.how, words=f.words) for f in pair.factors],
        formats=list(pair.formats),
    )


def _wait(wait: "Wait") -> WaitView:
    from services.referrals.matching.explain import in_points

    return WaitView(days=wait.days, red_days=wait.red_days, points=in_points(wait.points), past=wait.past)


def preview_of(gathered: Gathered) -> Preview:
    """The whole list at once."""
    from services.referrals.matching.assignment import assign, whole_list
    from services.referrals.matching.explain import YOU_DECIDE, in_points, wait_of
    from services.referrals.matching.rules import allowed
    from services.referrals.matching.terms import FLOOR, RULESET, score
    from services.referrals.matching.transportation import NOWHERE

    pairs = _pairs(gathered)
    scores = score(pairs)
    may = allowed(pairs) & (scores >= FLOOR)
    plan = assign(whole_list(pairs, scores, may))
    rows = []
    for row, client in enumerate(pairs.clients):
        column = int(plan.peer[row])
        placed = column != NOWHERE
        rows.append(
            PreviewRow(
                referral_id=client.id,
                peer_id=pairs.peers[column].id if placed else None,
                score=in_points(int(scores[row, column])) if placed else None,
                wait=_wait(wait_of(pairs, row)),
                without_place=None if placed else "no-place-left" if may[row].any() else "nobody-fits",
            )
        )
    placed_rows = sum(each.peer_id is not None for each in rows)
    return Preview(
        ruleset_version=RULESET,
        exact=plan.exact,
        waiting=len(rows),
        placed=placed_rows,
        rows=rows,
        you_decide=YOU_DECIDE,
    )


def match_questions(policies: Policies) -> Sequence[Route]:
    """The routes that show candidates and the preview; nothing is kept of either."""
    one_at_a_time = asyncio.Semaphore(1)

    async def thought(of: Callable[..., Any], *arguments: Any) -> Reply:
        # A long list takes the solver seconds; a second one waits for it instead of for memory.
        async with one_at_a_time:
            found = await asyncio.to_thread(of, *arguments)
        return Reply(200, found.model_dump_json().encode())

    async def candidates(engine: Engine, call: Call, _: Asked) -> Reply:
        gathered = await gather(engine, call, policies.of(call.principal.organisation), call.path["referral_id"])
        if not gathered.known:
            raise Problem(404, "not-found", "There is nothing here with this id.")
        if not gathered.clients:
            raise Problem(409, "not-on-the-list", "This client is not waiting for a peer just now.")
        return await thought(candidates_of, gathered)

    async def preview(engine: Engine, call: Call, _: Asked) -> Reply:
        return await thought(preview_of, await gather(engine, call, policies.of(call.principal.organisation)))

    return (
        Route(
            "GET",
            "/referrals/{referral_id}/candidates",
            candidates,
            "Peers for one client, the best first, with what is met and what is not.",
            DECIDERS,
            model=Candidates,
        ),
        Route(
            "GET",
            "/matching/preview",
            preview,
            "Who would go to whom if all were placed at once; each row is proposed and confirmed by itself.",
            DECIDERS,
            model=Preview,
        ),
    )
