"""Asking about matches: who counts is gathered, and the pure rules think in a thread."""

import asyncio
from collections.abc import Callable, Sequence
from types import ModuleType
from uuid import UUID

from services.referrals.domain.policy import Policies, Policy
from services.referrals.domain.proposals import BY_HAND
from services.referrals.domain.ranking import Ranking
from services.referrals.domain.standing import NOT_AVAILABLE
from services.referrals.matches.answers import Candidates, Preview
from services.referrals.matches.gathering import gather
from services.referrals.roles import DECIDERS
from shared.runtime.engine import Engine
from shared.runtime.http import Asked, Call, Reply, Route
from shared.runtime.problems import Problem


def _thinking() -> ModuleType:
    # Loaded at first use and in a thread: a service at rest stays small, and none stands still for it.
    from services.referrals.matches import thinking

    return thinking


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
    return await asyncio.to_thread(lambda: _thinking().ranking_in(gathered)), client.kept_from


def match_questions(policies: Policies) -> Sequence[Route]:
    """The routes that show candidates and the preview; nothing is kept of either."""
    one_at_a_time = asyncio.Semaphore(1)

    async def thought(of: Callable[[], Candidates | Preview]) -> Reply:
        # A long list takes the solver seconds; a second one waits for it instead of for memory.
        async with one_at_a_time:
            found = await asyncio.to_thread(of)
        return Reply(200, found.model_dump_json().encode())

    async def candidates(engine: Engine, call: Call, _: Asked) -> Reply:
        gathered = await gather(engine, call, policies.of(call.principal.organisation), call.path["referral_id"])
        if not gathered.known:
            raise Problem(404, "not-found", "There is nothing here with this id.")
        if not gathered.clients:
            raise Problem(409, "not-on-the-list", "This client is not waiting for a peer just now.")
        return await thought(lambda: _thinking().candidates_of(gathered))

    async def preview(engine: Engine, call: Call, _: Asked) -> Reply:
        gathered = await gather(engine, call, policies.of(call.principal.organisation))
        return await thought(lambda: _thinking().preview_of(gathered))

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
