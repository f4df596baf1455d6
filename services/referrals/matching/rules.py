"""The hard rules: each one function over all pairs at once, true where the pair is allowed."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from services.referrals.domain.standing import NOT_AVAILABLE
from services.referrals.matching.columns import SETTINGS, Bools, Pairs, level_of, spoken

READY = ("ready", "expiring")


@dataclass(frozen=True, slots=True)
class Rule:
    """One hard rule; `private` is why, for whoever may know, and `public` what a coordinator reads."""

    id: str
    code: str
    private: str
    public: str
    allows: Callable[[Pairs], Bools]

    @property
    def public_code(self) -> str:
        """The code for anybody: one for all that is told in the same words."""
        return "peer-not-available" if self.public == NOT_AVAILABLE else self.code


def of_setting(pairs: Pairs, table: list[list[bool]]) -> Bools:
    """A row for each setting, as the row of each client in it."""
    found: Bools = np.array(table, bool).reshape(len(SETTINGS), -1)[pairs.settings]
    return found


def _ready(pairs: Pairs) -> Bools:
    ready = [
        [s not in p.provider_not_ready and not p.left and p.readiness.get(s) in READY for p in pairs.peers]
        for s in SETTINGS
    ]
    return of_setting(pairs, ready)


def _may_meet(pairs: Pairs) -> Bools:
    may = [[p.readiness.get(s) != "stop-contact" for p in pairs.peers] for s in SETTINGS]
    return of_setting(pairs, may)


def _supervised(pairs: Pairs) -> Bools:
    return np.broadcast_to(pairs.of_peer(lambda p: not p.supervision_overdue, bool), pairs.shape)


def _has_a_place(pairs: Pairs) -> Bools:
    # A pause looks like full places, to everybody.
    free = pairs.of_peer(lambda p: 0 if p.paused else p.places - p.used)
    return np.asarray(pairs.of_client(lambda c: c.weight) <= free, bool)


def _in_reach(pairs: Pairs) -> Bools:
    return np.asarray((pairs.formats_within_reach != 0) | (pairs.formats_within_limits == 0))


def _meet_alike(pairs: Pairs) -> Bools:
    return np.asarray(pairs.formats != 0)


def _understand_each_other(pairs: Pairs) -> Bools:
    common = pairs.shared(lambda c: spoken({c.language, *c.fluent}), lambda p: spoken(p.first_languages | p.fluent))
    return np.asarray(common | pairs.of_client(lambda c: c.interpreter, bool), bool)


def _meets_musts(pairs: Pairs) -> Bools:
    gender = pairs.of_client(lambda c: "gender-of-peer" in c.musts, bool) & ~pairs.shared(
        lambda c: c.genders, lambda p: {p.gender} if p.gender else ()
    )
    community = pairs.of_client(lambda c: "not-my-community" in c.musts, bool) & (
        pairs.shared(lambda c: c.own_communities, lambda p: p.communities)
        | pairs.shared(lambda c: {c.area} if c.area else (), lambda p: {p.area} if p.area else ())
    )
    known = pairs.marked(lambda c: c.knows if "nobody-i-know" in c.musts else ())
    return ~(gender | community | known)


def _may_be_a_pair(pairs: Pairs) -> Bools:
    others = pairs.shared(lambda c: map(str, c.kept_from), lambda p: map(str, p.clients))
    return ~(pairs.marked(lambda c: c.not_with) | others)


def _within_care_limits(pairs: Pairs) -> Bools:
    return ~pairs.shared(lambda c: c.brings, lambda p: p.limits)


def _within_the_task(pairs: Pairs) -> Bools:
    ceilings = [[level_of(p.ceilings.get(s)) or 9 for p in pairs.peers] for s in SETTINGS]
    ceiling = np.array(ceilings, np.int64).reshape(len(SETTINGS), -1)[pairs.settings]
    possible = (pairs.formats_within_limits != 0) | (pairs.formats == 0)
    return np.asarray((pairs.of_client(lambda c: level_of(c.level)) <= ceiling) & possible)


def _agreed(pairs: Pairs) -> Bools:
    return np.broadcast_to(pairs.of_client(lambda c: c.agreed, bool), pairs.shape)


def _visits_safely(pairs: Pairs) -> Bools:
    return np.asarray((pairs.formats_possible != 0) | (pairs.formats_within_reach == 0))


RULES = (
    Rule("H1", "not-ready", "the provider or the peer is not ready for this setting", NOT_AVAILABLE, _ready),
    Rule("H1", "stop-contact", "a person decided that the peer meets nobody for now", NOT_AVAILABLE, _may_meet),
    Rule("H2", "supervision-overdue", "clinical supervision is overdue", NOT_AVAILABLE, _supervised),
    Rule("H3", "no-place-left", "all places are taken, or the peer rests", "has no free place just now", _has_a_place),
    Rule(
        "H4", "out-of-reach", "the client's area is not covered and no remote way of meeting is left",
        "does not come to the client's area, and no remote way of meeting is wished", _in_reach,
    ),
    Rule("H5", "no-common-format", "no acceptable format in common", "meets people in other ways", _meet_alike),
    Rule(
        "H6", "no-common-language", "no language in common, and no interpreter accepted",
        "speaks no language that the client is at home in", _understand_each_other,
    ),
    Rule("H7", "must-not-met", "a must of the client's is not met", "a must of the client's is not met", _meets_musts),
    Rule("H8", "not-this-pair", "kept apart, set aside, or with another of the family", NOT_AVAILABLE, _may_be_a_pair),
    Rule("H9", "care-limit", "a care limit set in supervision", NOT_AVAILABLE, _within_care_limits),
    Rule(
        "H10", "beyond-the-task", "the client's level is above the peer's, or contact is limited just now",
        "what the treating team asks for just now does not allow it", _within_the_task,
    ),
    Rule(
        "H11", "not-agreed", "a consent that a match needs is not in force",
        "the client's agreement to this is not in force", _agreed,
    ),
    Rule(
        "H12", "no-safe-visits", "own-safety training or check-in for home visits is missing",
        "home visits are not set up, and no other way of meeting is wished", _visits_safely,
    ),
)  # fmt: skip


def allowed(pairs: Pairs) -> Bools:
    """The pairs that every hard rule allows."""
    found = np.ones(pairs.shape, bool)
    for rule in RULES:
        found &= rule.allows(pairs)
    return found
