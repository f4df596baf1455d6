"""A wish about a peer told over HTTP: who may tell it of whom, and the commands that it becomes."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from services.supervision.domain.peers.commands import TellPeer
from services.supervision.domain.peers.following import together
from services.supervision.domain.peers.policy import Policies
from services.supervision.domain.peers.state import Peer
from services.supervision.safeguarding.asking import refuse_to_speak_as_another
from shared.runtime import journal
from shared.runtime.decisions import NotFound
from shared.runtime.engine import Engine
from shared.runtime.http import Call
from shared.runtime.problems import Problem

HERE = "/peers/{peer_id}"


def path_of(wish: type[BaseModel]) -> str:
    """`/peers/{peer_id}/<wish>`."""
    return f"{HERE}/{wish.model_fields['do'].default}"


def themselves(call: Call) -> UUID:
    """The peer that the path names; a key of a peer is called by the peer's id, and speaks for that peer alone.

    Raises Problem 403.
    """
    peer_id: UUID = call.path["peer_id"]
    if call.role == "peer" and call.principal.name != str(peer_id):
        raise Problem(403, "not-yourself", "A peer's key speaks for that peer alone. Use the key called by this id.")
    return peer_id


def speak_as_they_are(call: Call, wish: Any) -> None:
    """Whoever says in which role they speak has that role; raises Problem 403."""
    if by_role := getattr(wish, "by_role", None):
        refuse_to_speak_as_another(call, by_role)


async def peer_of(engine: Engine, call: Call) -> Peer:
    """The peer as they stand now; raises NotFound."""
    subject, organisation = f"peer/{call.path['peer_id']}", call.principal.organisation
    async with engine.database.read(organisation) as connection:
        streams = await journal.load(connection, engine.mind, organisation, [subject])
    if subject not in streams:
        raise NotFound(subject)
    state: Peer = streams[subject].state
    return state


async def told(policies: Policies, engine: Engine, call: Call, wish: Any, **beside: Any) -> Sequence[Any]:
    """The commands for a wish about the peer that the path names, with what is kept beside it."""
    peer_id, policy = themselves(call), policies.of(call.principal.organisation)
    speak_as_they_are(call, wish)
    command = TellPeer(peer_id, wish.at or call.now, wish, call.now, policy, call.new_id())
    return together(await peer_of(engine, call), replace(command, **beside))
