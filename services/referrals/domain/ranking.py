"""What the rules of matching found of one pair, as a decision needs it: a value, worked out before and elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.contracts import values as v
from shared.contracts.referrals.matching import Factor


@dataclass(frozen=True, slots=True)
class Ranking:
    """One client and one peer: what stands against the pair, in words for anybody, or its score."""

    ruleset_version: v.Code
    against: Sequence[tuple[str, str]] = ()
    """Code and words of each hard rule that does not allow it; those of a private reason are all the same."""
    score: int = 0
    is_candidate: bool = True
    """Whether the score is high enough to propose the pair by default."""
    factors: tuple[Factor, ...] = ()
    matched_on_experience: bool = False
