"""Clients and peers with what counts for matching: rows, and what the vault keeps, in one read of each."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from services.referrals.domain.policy import Policy
from services.referrals.matching.facts import Kept, Together, client_of, kept_apart, peer_of
from services.referrals.matching.values import Client, Peer
from services.referrals.peers import LIMITS, TAGS
from services.referrals.people.apart import kept_apart_pairs
from services.referrals.questions import waiting_days
from services.referrals.vault_contents import CONTACT, NEEDS
from shared.contracts.days import day_of
from shared.contracts.preferences import Preferences
from shared.runtime import vault
from shared.runtime.database import queries
from shared.runtime.engine import Engine
from shared.runtime.http import Call

if TYPE_CHECKING:
    pass

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
