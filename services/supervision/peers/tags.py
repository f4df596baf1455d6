"""What a peer agrees, one thing at a time, to be matched on: in the vault here, and sealed to matching alone."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from services.supervision.domain.peers.commands import SetLimits, SetTags
from services.supervision.domain.peers.tags import with_tag, without_tag
from services.supervision.peers.contents import LIMITS, TAGS, secret
from services.supervision.peers.telling import HERE, path_of, peer_of, themselves
from services.supervision.roles import OWN
from shared.contracts import supervision as s
from shared.contracts import tag_updates as t
from shared.runtime import vault
from shared.runtime.engine import Engine
from shared.runtime.http import Asked, Call, Reply, Route, command, looked_up
from shared.runtime.parsing import strict

_PURPOSE = "matching"


async def _kept(engine: Engine, call: Call) -> s.MatchTags:
    peer_id, organisation = themselves(call), call.principal.organisation
    found = await vault.read(engine, call.principal, organisation, [(peer_id, TAGS)], _PURPOSE)
    content = found.get((peer_id, TAGS))
    return s.MatchTags.model_validate_json(content) if content else s.MatchTags()


async def _change(engine: Engine, wish: Any, call: Call) -> Sequence[Any]:
    # How often they changed is read first: what changes between the two readings is refused, and nothing comes back.
    based_on = (await peer_of(engine, call)).tags
    now = await _kept(engine, call)
    then = with_tag(now, wish.tag) if isinstance(wish, t.ConsentTag) else without_tag(now, wish.tag)
    return [_set(call, wish.at or call.now, then, based_on)]


async def _withdraw(engine: Engine, wish: t.WithdrawAllTags, call: Call) -> Sequence[Any]:
    themselves(call)
    return [_set(call, wish.at or call.now, s.MatchTags(), (await peer_of(engine, call)).tags)]


def _set(call: Call, at: Any, tags: s.MatchTags, based_on: int) -> SetTags:
    peer_id: UUID = call.path["peer_id"]
    if tags == s.MatchTags():
        return SetTags(peer_id, at, tags, based_on, forgets=((peer_id, TAGS),))
    return SetTags(peer_id, at, tags, based_on, secret(peer_id, TAGS, tags))


def _limit(wish: t.SetLimits, call: Call) -> Sequence[Any]:
    peer_id = themselves(call)
    return [SetLimits(peer_id, wish.at or call.now, wish.limits, secret(peer_id, LIMITS, wish.limits))]


async def _show(engine: Engine, call: Call, _: Asked) -> Reply:
    await peer_of(engine, call)
    return Reply(200, (await _kept(engine, call)).model_dump_json().encode())


TAG_ROUTES: Sequence[Route] = (
    Route("GET", f"{HERE}/tags", _show, "What the peer agreed to be matched on.", OWN, model=s.MatchTags),
    looked_up(
        "POST", path_of(t.ConsentTag), strict(t.ConsentTag), _change, roles=OWN, summary="One thing more to match on."
    ),
    looked_up(
        "POST", path_of(t.WithdrawTag), strict(t.WithdrawTag), _change, roles=OWN, summary="One thing less, at once."
    ),
    looked_up(
        "POST",
        path_of(t.WithdrawAllTags),
        strict(t.WithdrawAllTags),
        _withdraw,
        roles=OWN,
        summary="Nothing to be matched on any more, at once.",
    ),
    command(
        "POST",
        path_of(t.SetLimits),
        strict(t.SetLimits),
        _limit,
        roles=OWN,
        summary="With whom the peer is not to be matched just now, by codes alone; none lifts them.",
    ),
)
