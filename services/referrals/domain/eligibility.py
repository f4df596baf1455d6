"""May this service help? Rules with reasons that propose; a person decides."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import Field

from services.referrals.domain.policy import ILLNESS_ORDER, IllnessLevel, Policy
from shared.contracts import values as v
from shared.contracts.days import add_months
from shared.contracts.event import Value

PREGNANCY = timedelta(weeks=42)
"""The longest time by which the window opens before a birth, its expected day, or a loss."""


class CareDate(Value):
    """A day the window is counted from: an expected birth, a birth, a loss; or, without one, the wish for a child."""

    kind: Literal["planning", "expected", "birth", "loss"]
    on: Annotated[date, Field(ge=date(1950, 1, 1), le=date(2150, 1, 1))] | None = None


class Illness(Value):
    """How ill, as set by a clinician; said by anybody else it counts as not known."""

    level: IllnessLevel
    set_by_role: v.Role


class Facts(Value):
    """What a person looking at the referral knows. It is thought with, and never kept or published."""

    care: Annotated[tuple[CareDate, ...], Field(max_length=4)] = ()
    illness: Illness | None = None


NOTHING_KNOWN = Facts()


@dataclass(frozen=True, slots=True)
class Assessment:
    """What the rules propose, on which grounds, and what they could not know."""

    proposed: Literal["accept", "decline", "ask"]
    against: tuple[v.Ground, ...]
    not_known: tuple[Literal["window", "residence"], ...]


def assess(
    policy: Policy, facts: Facts, *, referred_on: date, residence: v.Residence, setting: v.Setting
) -> Assessment:
    """Judges the referral as of the day it was made; `ask` means that a rule lacked a fact."""
    against: list[v.Ground] = []
    not_known: list[Literal["window", "residence"]] = []
    if not facts.care:
        not_known.append("window")
    elif not _inside(policy, facts.care, referred_on):
        against.append("outside-window")
    if policy.areas and residence == "RA2704":
        not_known.append("residence")
    elif policy.areas and residence != "RA2701" and residence not in policy.areas:
        against.append("outside-area")
    if _above_ceiling(policy, facts.illness, setting):
        against.append("beyond-peer-role")
    proposed: Literal["accept", "decline", "ask"] = "decline" if against else "ask" if not_known else "accept"
    return Assessment(proposed, tuple(against), tuple(not_known))


def _inside(policy: Policy, care: Sequence[CareDate], referred_on: date) -> bool:
    """Inside for any of the days: after a loss a full window is counted anew, and a living twin keeps theirs."""
    return any(_inside_one(policy, fact, referred_on) for fact in care)


def _inside_one(policy: Policy, fact: CareDate, referred_on: date) -> bool:
    early = policy.window_opens == "preconception"
    if fact.kind == "planning" or fact.on is None:
        return early
    if referred_on > add_months(fact.on, policy.window_months):
        return False
    return early or referred_on >= fact.on - PREGNANCY


def _above_ceiling(policy: Policy, illness: Illness | None, setting: v.Setting) -> bool:
    ceiling = policy.illness_ceiling.get(setting)
    if illness is None or illness.set_by_role != "clinician" or ceiling is None:
        return False
    return ILLNESS_ORDER.index(illness.level) > ILLNESS_ORDER.index(ceiling)
