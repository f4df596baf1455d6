"""What a peer agreed, one by one, to be matched on: in clear in the vault alone, sealed for matching, gone at once."""

from collections.abc import Sequence
from dataclasses import replace

from services.supervision.domain.peers.commands import SetLimits, SetTags
from services.supervision.domain.peers.state import Peer
from shared.contracts import supervision as s
from shared.contracts import tag_updates as t
from shared.contracts.event import Event, Value
from shared.runtime.service import Clear, Refusal

MOST = 20


def with_tag(tags: s.MatchTags, tag: t.Tag) -> s.MatchTags:
    """The same with one thing more; raises Refusal when there are too many."""
    match tag:
        case t.Experience(code=code):
            return tags.model_copy(update={"experiences": _more(tags.experiences, code)})
        case t.Community(code=code):
            return tags.model_copy(update={"communities": _more(tags.communities, code)})
        case t.OwnGender(gender=gender):
            return tags.model_copy(update={"gender": gender})
        case t.OwnAge(age=age):
            return tags.model_copy(update={"age": age})
        case t.OwnRole(role=role):
            return tags.model_copy(update={"role": role})


def without_tag(tags: s.MatchTags, tag: t.Tag) -> s.MatchTags:
    """The same without that one thing, whether or not it was there."""
    match tag:
        case t.Experience(code=code):
            return tags.model_copy(update={"experiences": tuple(one for one in tags.experiences if one != code)})
        case t.Community(code=code):
            return tags.model_copy(update={"communities": tuple(one for one in tags.communities if one != code)})
        case t.OwnGender():
            return tags.model_copy(update={"gender": None})
        case t.OwnAge():
            return tags.model_copy(update={"age": None})
        case t.OwnRole():
            return tags.model_copy(update={"role": None})


def _more(codes: tuple[str, ...], code: str) -> tuple[str, ...]:
    if code in codes:
        return codes
    if len(codes) == MOST:
        raise Refusal("too-many-tags", f"At most {MOST} of a kind. Take one back first.", "tag")
    return (*codes, code)


def set_tags(state: Peer, command: SetTags) -> Sequence[Event]:
    """What was made from tags that changed meanwhile is refused, so that nothing withdrawn comes back by a race."""
    _refuse_out_of_post(state)
    if command.based_on != state.tags:
        raise Refusal("changed-meanwhile", "The tags changed meanwhile. Look at them, and say it again.")
    if command.tags != s.MatchTags():
        said = s.MatchTagsConsented(peer_id=command.peer_id, tags=_sealed(command.tags), consented_at=command.at)
        return [said]
    return [s.MatchTagsWithdrawn(peer_id=command.peer_id, withdrawn_at=command.at)] if state.tagged else []


def set_limits(state: Peer, command: SetLimits) -> Sequence[Event]:
    _refuse_out_of_post(state)
    return [s.MatchLimitsSet(peer_id=command.peer_id, limits=_sealed(command.limits), set_at=command.at)]


def _refuse_out_of_post(state: Peer) -> None:
    if state.stage not in ("recruited", "started"):
        raise Refusal("not-at-this-stage", "This peer is not in a post.")


def _sealed(content: Value) -> Clear:
    return Clear(content.model_dump_json().encode(), "referrals")


def consented(state: Peer, _: s.MatchTagsConsented) -> Peer:
    return replace(state, tags=state.tags + 1, tagged=True)


def withdrawn(state: Peer, _: s.MatchTagsWithdrawn) -> Peer:
    return replace(state, tags=state.tags + 1, tagged=False)


EVOLVE = {s.MatchTagsConsented: consented, s.MatchTagsWithdrawn: withdrawn}
