"""Whether a peer may support people in a setting on a day: one function of recorded facts. Nobody is scored."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal, NamedTuple

from services.supervision.domain.peers.requirements import NEVER_WAIVED, needed
from shared.contracts import supervision as s
from shared.contracts import values as v
from shared.contracts.supervision import Requirement

ReadyLevel = Literal["ready", "expiring", "no-new-people", "stop-contact"]
STARTED: v.Code = "started"
IN_POST: v.Code = "in-post"
CLINICAL: v.Code = "clinical-supervision"
_ORDER: Sequence[s.Level] = ("mild", "moderate", "severe")
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Fact:
    """Something done or held since a day, through another if it ends, in a version if it is a text."""

    on: date
    expires_on: date | None = None
    text_version: v.Code | None = None
    expired: bool = False

    def holds(self, asked: Requirement, on: date) -> bool:
        """Whether it counts on that day for what is asked."""
        if self.expired or (self.expires_on is not None and on > self.expires_on):
            return False
        return asked.text_version in (None, self.text_version)


class Waiver(NamedTuple):
    """That somebody does without, from a day through another."""

    since: date
    until: date


@dataclass(frozen=True, slots=True)
class Facts:
    """All that readiness depends on, and nothing else."""

    post: s.Post | None = None
    settings: tuple[v.Setting, ...] = ()
    started_on: date | None = None
    left: bool = False
    stopped: bool = False
    held: Mapping[v.Code, Fact] = field(default_factory=dict)
    courses: Mapping[v.Code, Literal["offered", "unavailable"]] = field(default_factory=dict)
    waived: Mapping[v.Code, Waiver] = field(default_factory=dict)
    clinical_on: date | None = None
    """When clinical supervision last took place."""
    overdue: bool = False
    """It was said to be overdue, and only that it takes place ends that, whatever rules are set."""
    ceilings: Mapping[v.Setting, s.Level] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Readiness:
    """How far the peer is ready, what stands in the way, and whose gap that is; of a stop nothing else is known."""

    level: ReadyLevel
    missing: tuple[v.Code, ...] = ()
    """Where nothing is missing, what is about to end."""
    gap_owner: s.GapOwner | None = None
    ceiling: s.Level | None = None
    lone_visits: bool = False
    expiring: tuple[v.Code, ...] = field(default=(), compare=False)
    """What holds today and is about to end, said or not."""


def readiness(facts: Facts, setting: v.Setting, rules: s.PeerRules, on: date) -> Readiness:
    """How the peer stands in that setting on that day."""
    if facts.stopped:
        return Readiness("stop-contact")
    if facts.left:
        return Readiness("no-new-people")
    if setting not in facts.settings:
        return Readiness("no-new-people", (IN_POST,), "provider")
    asked = needed(rules.requirements, setting, facts.post)
    usual = [each for each in asked if each.lone != "only"]
    gaps = {each.code: _gap(each, facts) for each in usual if not _met(each, facts, on)}
    if facts.started_on is None:
        gaps[STARTED] = "provider"
    if is_overdue(facts, rules, on):
        gaps[CLINICAL] = "provider"
    later = on + timedelta(days=rules.expiring_days)
    ending = {each.code: _gap(each, facts) for each in usual if each.code not in gaps and not _met(each, facts, later)}
    if gaps:
        return Readiness("no-new-people", tuple(gaps), _whose(gaps.values()), expiring=tuple(ending))
    ceiling = _lower(facts.ceilings.get(setting), _ceilings(rules).get(setting))
    lone = all(_holds(each, facts, on) for each in asked if each.lone != "no")
    if ending:
        return Readiness("expiring", tuple(ending), _whose(ending.values()), ceiling, lone, tuple(ending))
    return Readiness("ready", (), None, ceiling, lone)


def is_overdue(facts: Facts, rules: s.PeerRules, on: date) -> bool:
    """Whether clinical supervision should have taken place before that day, counted from the start."""
    due_on = clinical_due_on(facts, rules)
    return facts.overdue or (due_on is not None and on > due_on)


def clinical_due_on(facts: Facts, rules: s.PeerRules) -> date | None:
    """The last day on which clinical supervision is in time; None before the start and after leaving."""
    if facts.started_on is None or facts.left:
        return None
    return max(facts.clinical_on or facts.started_on, facts.started_on) + timedelta(days=rules.clinical_days)


def turning_days(facts: Facts, rules: s.PeerRules) -> set[date]:
    """The days on which readiness may become another though nothing is told: never another day."""
    soon = timedelta(days=rules.expiring_days)
    ends = {fact.expires_on for fact in facts.held.values() if fact.expires_on and not fact.expired}
    ends |= {waiver.until for waiver in facts.waived.values()}
    days = {end + _ONE_DAY for end in ends} | {end - soon + _ONE_DAY for end in ends}
    if due_on := clinical_due_on(facts, rules):
        days.add(due_on + _ONE_DAY)
    return days


def may_be_waived(asked: Requirement) -> bool:
    """Only a course may ever be done without, and never what no manager can answer for."""
    return asked.kind == "course" and asked.waivable and asked.code not in NEVER_WAIVED


def _holds(asked: Requirement, facts: Facts, on: date) -> bool:
    fact = facts.held.get(asked.code)
    return fact is not None and fact.holds(asked, on)


def _met(asked: Requirement, facts: Facts, on: date) -> bool:
    waiver = facts.waived.get(asked.code) if may_be_waived(asked) else None
    return _holds(asked, facts, on) or (waiver is not None and on <= waiver.until)


def _gap(asked: Requirement, facts: Facts) -> s.GapOwner:
    """Of a course it is the peer's only once a place was offered; that there is none is never the peer's failure."""
    if asked.kind == "course":
        return "peer" if facts.courses.get(asked.code) == "offered" else "provider"
    return asked.gap


def _whose(gaps: Iterable[s.GapOwner]) -> s.GapOwner:
    """Whoever else could close part of it comes before the peer."""
    found = set(gaps)
    return "provider" if "provider" in found else "outside" if "outside" in found else "peer"


def _ceilings(rules: s.PeerRules) -> Mapping[v.Setting, s.Level]:
    return {each.setting: each.level for each in rules.ceilings}


def _lower(one: s.Level | None, other: s.Level | None) -> s.Level | None:
    bounds = [each for each in (one, other) if each is not None]
    return min(bounds, key=_ORDER.index, default=None)
