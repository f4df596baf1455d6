"""What peers lack of courses, course by course: nobody is named, and what nobody gives is the provider's to close."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Literal, NamedTuple

from services.supervision.domain.peers.readiness import may_be_waived
from services.supervision.domain.peers.requirements import needed
from services.supervision.domain.peers.state import Peer
from shared.contracts import supervision as s
from shared.contracts import values as v

How = Literal["held", "held_and_ending", "waived", "offered", "unavailable", "not_offered"]


class Gap(NamedTuple):
    """Of how many peers each is true of one course."""

    asked_of: int
    held: int
    held_and_ending: int
    waived: int
    offered: int
    unavailable: int
    not_offered: int


def gaps(peers: Iterable[Peer], on: date) -> Mapping[v.Code, Gap]:
    """Of every course that is asked of anybody of them on that day; a peer counts once, wherever they have a post."""
    counts: dict[v.Code, Counter[How]] = {}
    for peer in peers:
        if peer.rules is None:
            continue
        asked = {
            each.code: each
            for setting in peer.facts.settings
            for each in needed(peer.rules.requirements, setting, peer.facts.post)
            if each.kind == "course"
        }
        for code, each in asked.items():
            counts.setdefault(code, Counter())[_how(peer, each, peer.rules, on)] += 1
    return {
        code: Gap(
            asked_of=found.total(),
            held=found["held"] + found["held_and_ending"],
            held_and_ending=found["held_and_ending"],
            waived=found["waived"],
            offered=found["offered"],
            unavailable=found["unavailable"],
            not_offered=found["not_offered"],
        )
        for code, found in sorted(counts.items())
    }


def _how(peer: Peer, asked: s.Requirement, rules: s.PeerRules, on: date) -> How:
    fact, waiver = peer.facts.held.get(asked.code), peer.facts.waived.get(asked.code)
    if fact is not None and fact.holds(asked, on):
        return "held" if fact.holds(asked, on + timedelta(days=rules.expiring_days)) else "held_and_ending"
    if waiver is not None and on <= waiver.until and may_be_waived(asked):
        return "waived"
    return peer.facts.courses.get(asked.code, "not_offered")
