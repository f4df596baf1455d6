"""The statistics of what is published: intervals of proportions and means, effects, and reliable change.

Samples are one-dimensional arrays in the measure's own points, paired ones of one length and order, without missing
values. What is undefined is an `Undefined` that says why, never a nought. Intervals are two-sided at 95 %.
"""

from dataclasses import dataclass
from math import sqrt
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, stats

LEVEL = 0.95
_Z = float(stats.norm.ppf(0.5 + LEVEL / 2))

Sample = NDArray[np.float64]
Why = Literal["nobody", "fewer-than-two", "no-spread"]
Method = Literal[
    "Wilson score",
    "Newcombe square-and-add, independent",
    "Newcombe square-and-add, paired",
    "Student t",
    "Hedges g_z, noncentral t",
    "Becker d by the standard deviation before, normal",
    "Hedges g by the pooled standard deviation, normal",
]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its interval, of how many people, and by which method."""

    value: float
    lower: float
    upper: float
    n: int
    method: Method


@dataclass(frozen=True, slots=True)
class Undefined:
    """There is no such figure of these data."""

    why: Why
    n: int


def proportion(count: int, n: int) -> Estimate | Undefined:
    """The share `count / n` with Wilson's score interval (J Am Stat Assoc 1927), which stays within 0 and 1.

    Undefined of nobody. Raises ValueError unless 0 <= count <= n.
    """
    if not 0 <= count <= n:
        raise ValueError(f"{count} of {n} is no proportion")
    if n == 0:
        return Undefined("nobody", 0)
    interval = stats.binomtest(count, n).proportion_ci(LEVEL, method="wilson")
    return Estimate(count / n, float(interval.low), float(interval.high), n, "Wilson score")


def difference(count: int, n: int, other_count: int, other_n: int) -> Estimate | Undefined:
    """`count / n - other_count / other_n` of two groups, by Newcombe (Stat Med 1998; 17: 873-890), method 10.

    Undefined where one group is empty. `n` is of both groups.
    """
    one, other = proportion(count, n), proportion(other_count, other_n)
    if isinstance(one, Undefined) or isinstance(other, Undefined):
        return Undefined("nobody", n + other_n)
    between = one.value - other.value
    return Estimate(
        between,
        between - sqrt((one.value - one.lower) ** 2 + (other.upper - other.value) ** 2),
        between + sqrt((one.upper - one.value) ** 2 + (other.value - other.lower) ** 2),
        n + other_n,
        "Newcombe square-and-add, independent",
    )


def paired_difference(both: int, first_only: int, last_only: int, neither: int) -> Estimate | Undefined:
    """The share at first less the share at last, of the same people, by Newcombe (Stat Med 1998; 17: 2635-2650).

    Method 10 there: square-and-add with the phi coefficient, corrected for continuity where it is above nought.
    Undefined of nobody.
    """
    n = both + first_only + last_only + neither
    first, last = proportion(both + first_only, n), proportion(both + last_only, n)
    if isinstance(first, Undefined) or isinstance(last, Undefined):
        return Undefined("nobody", n)
    margins = (both + first_only) * (last_only + neither) * (both + last_only) * (first_only + neither)
    cross = float(both * neither - first_only * last_only)
    if cross > 0:
        cross = max(cross - n / 2, 0.0)
    phi = cross / sqrt(margins) if margins else 0.0
    below, above = first.value - first.lower, first.upper - first.value
    other_below, other_above = last.value - last.lower, last.upper - last.value
    between = first.value - last.value
    return Estimate(
        between,
        between - sqrt(below**2 - 2 * phi * below * other_above + other_above**2),
        between + sqrt(above**2 - 2 * phi * above * other_below + other_below**2),
        n,
        "Newcombe square-and-add, paired",
    )


def mean(sample: ArrayLike) -> Estimate | Undefined:
    """The mean in the measure's points, with Student's t interval; undefined of fewer than two."""
    values = np.asarray(sample, np.float64)
    n = len(values)
    if n < 2:
        return Undefined("fewer-than-two", n)
    middle = float(values.mean())
    half = float(stats.t.ppf(0.5 + LEVEL / 2, n - 1) * values.std(ddof=1) / sqrt(n))
    return Estimate(middle, middle - half, middle + half, n, "Student t")


def paired_effect(first: ArrayLike, last: ArrayLike) -> Estimate | Undefined:
    """g_z: the mean change `last - first` by the standard deviation *of the changes*, without unit.

    Corrected by J = 1 - 3 / (4 (n - 1) - 1) (Hedges 1981), its interval exact for normal changes by inverting the
    noncentral t. Undefined of fewer than two, and where all change by the same. Needs n of 3 for J; of 2 it is the
    uncorrected d_z.
    """
    changes = np.asarray(last, np.float64) - np.asarray(first, np.float64)
    n = len(changes)
    if n < 2:
        return Undefined("fewer-than-two", n)
    if _is_level(changes):
        return Undefined("no-spread", n)
    effect = float(changes.mean() / changes.std(ddof=1))
    lower, upper = _noncentral(effect * sqrt(n), n - 1)
    small = _small_sample(n - 1)
    return Estimate(small * effect, small * lower / sqrt(n), small * upper / sqrt(n), n, "Hedges g_z, noncentral t")


def effect_by_spread_before(first: ArrayLike, last: ArrayLike) -> Estimate | Undefined:
    """The mean change `last - first` by the standard deviation *before*, without unit (Becker 1988).

    Variance 2 (1 - r) / n + d^2 / (2 n), interval by the normal. Undefined of fewer than two, and where nobody differed
    before; with everybody equal at last r is taken as nought.
    """
    before, after = np.asarray(first, np.float64), np.asarray(last, np.float64)
    n = len(before)
    if n < 2:
        return Undefined("fewer-than-two", n)
    if _is_level(before):
        return Undefined("no-spread", n)
    effect = float((after - before).mean() / before.std(ddof=1))
    r = 0.0 if _is_level(after) else float(np.corrcoef(before, after)[0, 1])
    half = _Z * sqrt(2 * (1 - r) / n + effect**2 / (2 * n))
    return Estimate(effect, effect - half, effect + half, n, "Becker d by the standard deviation before, normal")


def effect_between(one: ArrayLike, other: ArrayLike) -> Estimate | Undefined:
    """g: the difference of means `one - other` by their *pooled* standard deviation, without unit.

    Corrected by J; variance J^2 ((n1 + n2) / (n1 n2) + d^2 / (2 (n1 + n2))) (Hedges and Olkin 1985), interval by the
    normal. Undefined of fewer than two in a group, and where neither group differs within itself. `n` is of both.
    """
    a, b = np.asarray(one, np.float64), np.asarray(other, np.float64)
    n = len(a) + len(b)
    if min(len(a), len(b)) < 2:
        return Undefined("fewer-than-two", n)
    if _is_level(a) and _is_level(b):
        return Undefined("no-spread", n)
    pooled = sqrt(((len(a) - 1) * a.var(ddof=1) + (len(b) - 1) * b.var(ddof=1)) / (n - 2))
    effect = float((a.mean() - b.mean()) / pooled)
    small = _small_sample(n - 2)
    half = _Z * small * sqrt(n / (len(a) * len(b)) + effect**2 / (2 * n))
    return Estimate(
        small * effect, small * effect - half, small * effect + half, n,
        "Hedges g by the pooled standard deviation, normal",
    )  # fmt: skip


def reliable_points(spread: float, reliability: float) -> float:
    """How many points two scores of one person must differ by to be more than error (Jacobson and Truax 1991).

    `spread` is the standard deviation before, in points; `reliability` lies from 0 to 1. On a measure of whole points
    the next whole number up. Raises ValueError otherwise.
    """
    if spread <= 0 or not 0 <= reliability <= 1:
        raise ValueError("a spread is above nought, and a reliability from 0 to 1")
    return _Z * sqrt(2 * (1 - reliability)) * spread


def halfway(clinical_mean: float, clinical_spread: float, normal_mean: float, normal_spread: float) -> float:
    """Cut-off c of Jacobson and Truax (1991): where one is as likely to be of the one population as of the other.

    In points. Undefined, and raised as ValueError, unless one spread is above nought and none below.
    """
    if min(clinical_spread, normal_spread) < 0 or clinical_spread + normal_spread <= 0:
        raise ValueError("one spread must be above nought, and none below")
    return (clinical_spread * normal_mean + normal_spread * clinical_mean) / (clinical_spread + normal_spread)


def _is_level(values: Sample) -> bool:
    """Whether all are the same, but for how a computer holds tenths: no measure is as fine as that."""
    return bool(np.ptp(values) < 1e-9)


def _small_sample(freedom: int) -> float:
    return 1 - 3 / (4 * freedom - 1) if freedom > 1 else 1.0


def _noncentral(t: float, freedom: int) -> tuple[float, float]:
    """The noncentralities of which t is just as far out as the level allows, above and below."""
    tail = (1 - LEVEL) / 2

    def solved(chance: float) -> float:
        width = 10.0 + abs(t)
        while not _spans(t, freedom, chance, width):
            width *= 2
        return float(
            optimize.brentq(
                lambda centre: stats.nct.cdf(t, freedom, centre) - chance, t - width, t + width, xtol=1e-13, rtol=1e-14
            )
        )

    return solved(1 - tail), solved(tail)


def _spans(t: float, freedom: int, chance: float, width: float) -> bool:
    low, high = stats.nct.cdf(t, freedom, t - width), stats.nct.cdf(t, freedom, t + width)
    return bool(low >= chance >= high)
