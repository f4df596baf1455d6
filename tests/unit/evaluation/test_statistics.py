"""The statistics equal published worked examples as printed, and independent reckonings to nine places."""

from collections.abc import Sequence
from math import comb, exp, lgamma, log, sqrt

import numpy as np
import pytest
from scipy import integrate, stats

from services.evaluation.domain.statistics import (
    Estimate,
    Undefined,
    difference,
    effect_between,
    effect_by_spread_before,
    halfway,
    mean,
    paired_difference,
    paired_effect,
    proportion,
    reliable_points,
)

# Student 1908, hours of sleep gained with each of two drugs by the same ten people.
SLEEP = ([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0], [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])


def printed(found: Estimate | Undefined, places: int = 4) -> tuple[float, float]:
    assert isinstance(found, Estimate)
    return round(found.lower, places), round(found.upper, places)


@pytest.mark.parametrize(
    ("count", "n", "interval"),
    [
        (81, 263, (0.2553, 0.3662)),
        (15, 148, (0.0624, 0.1605)),
        (0, 20, (0.0, 0.1611)),
        (1, 29, (0.0061, 0.1718)),
    ],
)
def test_wilson_as_newcombe_1998_printed_it(count: int, n: int, interval: tuple[float, float]) -> None:
    assert printed(proportion(count, n)) == interval


@pytest.mark.parametrize(
    ("counts", "interval"),
    [
        ((56, 70, 48, 80), (0.0524, 0.3339)),
        ((9, 10, 3, 10), (0.1705, 0.8090)),
        ((6, 7, 2, 7), (0.0582, 0.8062)),
        ((5, 56, 0, 29), (-0.0381, 0.1926)),
        ((0, 10, 0, 20), (-0.1611, 0.2775)),
        ((0, 10, 0, 10), (-0.2775, 0.2775)),
        ((10, 10, 0, 20), (0.6791, 1.0)),
        ((10, 10, 0, 10), (0.6075, 1.0)),
    ],
)
def test_newcombes_difference_as_he_printed_it(
    counts: tuple[int, int, int, int], interval: tuple[float, float]
) -> None:
    assert printed(difference(*counts)) == interval


def test_newcombes_paired_difference_as_fagerland_lydersen_and_laake_print_it() -> None:
    # Airway hyper-responsiveness before and after stem cell transplantation (Bentur et al. 2009).
    assert printed(paired_difference(1, 1, 7, 12), 3) == (-0.507, -0.026)


def test_students_sleep_has_the_interval_and_the_effect_that_every_textbook_has() -> None:
    before, after = map(np.array, SLEEP)
    assert printed(mean(after - before), 3) == (0.700, 2.460)
    found = paired_effect(before, after)
    assert isinstance(found, Estimate)
    assert found.value / (1 - 3 / 35) == pytest.approx(1.2846, abs=5e-5)


def test_the_halfway_cut_off_is_where_both_populations_are_as_far_by_their_own_spread() -> None:
    cut = halfway(20.0, 5.0, 8.0, 3.0)
    assert (20.0 - cut) / 5.0 == pytest.approx((cut - 8.0) / 3.0, abs=1e-12)


def test_reliable_points_are_those_of_jacobson_and_truax() -> None:
    # Their own example (J Consult Clin Psychol 1991; 59: 12-19): s = 10, r = 0.80, S_diff = 6.32.
    assert reliable_points(10.0, 0.80) / 1.959963984540054 == pytest.approx(6.32, abs=0.005)


def by_series(count: int, n: int) -> tuple[float, float]:
    """Wilson's limits as the roots of his quadratic, found by bisection on the score itself."""
    z, share = 1.9599639845400545, count / n

    def root(low: float, high: float, sign: int) -> float:
        for _ in range(200):
            middle = (low + high) / 2
            outside = sign * (share - middle) > z * sqrt(middle * (1 - middle) / n)
            low, high = (middle, high) if outside == (sign > 0) else (low, middle)
        return (low + high) / 2

    return root(0.0, share, 1), root(share, 1.0, -1)


@pytest.mark.parametrize(("count", "n"), [(0, 1), (1, 1), (3, 7), (15, 30), (29, 30), (250, 1000)])
def test_wilson_to_nine_places(count: int, n: int) -> None:
    found = proportion(count, n)
    assert isinstance(found, Estimate)
    assert (found.lower, found.upper) == pytest.approx(by_series(count, n), abs=1e-9)


def chance_beyond(t: float, freedom: int, centre: float) -> float:
    """P(T <= t) of the noncentral t by its definition: a normal over the root of an independent chi-square."""
    constant = log(2) * (1 - freedom / 2) - lgamma(freedom / 2)

    def at(chi: float) -> float:
        density = exp(constant + (freedom - 1) * log(chi) - chi * chi / 2)
        return float(stats.norm.cdf(t * chi / sqrt(freedom) - centre)) * density

    return float(integrate.quad(at, 0, sqrt(freedom) + 12, epsabs=1e-13, epsrel=1e-13, limit=400)[0])


@pytest.mark.parametrize(("seed", "n", "shift"), [(1, 3, 0.0), (2, 5, 1.0), (3, 12, -0.4), (4, 40, 0.8), (5, 200, 0.2)])
def test_the_interval_of_an_effect_inverts_the_noncentral_t(seed: int, n: int, shift: float) -> None:
    changes = np.random.default_rng(seed).normal(shift, 1.0, n)
    found = paired_effect(np.zeros(n), changes)
    assert isinstance(found, Estimate)
    small = 1 - 3 / (4 * (n - 1) - 1)
    t = float(changes.mean() / changes.std(ddof=1) * sqrt(n))
    assert found.value == pytest.approx(small * t / sqrt(n), abs=1e-12)
    assert chance_beyond(t, n - 1, found.lower / small * sqrt(n)) == pytest.approx(0.975, abs=1e-9)
    assert chance_beyond(t, n - 1, found.upper / small * sqrt(n)) == pytest.approx(0.025, abs=1e-9)


def test_effects_by_the_spread_before_and_between_groups_to_nine_places() -> None:
    before, after = SLEEP
    n, z = len(before), 1.9599639845400545
    middle, other = sum(before) / n, sum(after) / n
    spread = sqrt(sum((x - middle) ** 2 for x in before) / (n - 1))
    together = sum((x - middle) * (y - other) for x, y in zip(before, after, strict=True)) / (n - 1)
    spread_after = sqrt(sum((y - other) ** 2 for y in after) / (n - 1))
    d, r = (other - middle) / spread, together / (spread * spread_after)
    half = z * sqrt(2 * (1 - r) / n + d * d / (2 * n))
    found = effect_by_spread_before(before, after)
    assert isinstance(found, Estimate)
    assert (found.value, found.lower, found.upper) == pytest.approx((d, d - half, d + half), abs=1e-9)

    pooled = sqrt((spread**2 + spread_after**2) / 2)
    g, small = (middle - other) / pooled, 1 - 3 / (4 * 18 - 1)
    half = z * small * sqrt(20 / 100 + g * g / 40)
    found = effect_between(before, after)
    assert isinstance(found, Estimate)
    assert (found.value, found.lower, found.upper) == pytest.approx(
        (small * g, small * g - half, small * g + half), abs=1e-9
    )


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (proportion(0, 0), "nobody"),
        (difference(0, 0, 1, 2), "nobody"),
        (paired_difference(0, 0, 0, 0), "nobody"),
        (mean([1.0]), "fewer-than-two"),
        (mean([]), "fewer-than-two"),
        (paired_effect([1.0], [2.0]), "fewer-than-two"),
        (paired_effect([1.0, 2.0, 3.0], [3.0, 4.0, 5.0]), "no-spread"),
        (paired_effect([1.0, 2.0, 3.0], [1.1, 2.1, 3.1]), "no-spread"),
        (effect_by_spread_before([4.0, 4.0], [1.0, 2.0]), "no-spread"),
        (effect_between([1.0, 1.0], [2.0, 2.0]), "no-spread"),
        (effect_between([1.0], [2.0, 3.0]), "fewer-than-two"),
    ],
)
def test_what_is_undefined_says_why_and_is_no_nought(found: Estimate | Undefined, why: str) -> None:
    assert isinstance(found, Undefined)
    assert found.why == why


@pytest.mark.parametrize(("count", "n"), [(-1, 5), (6, 5), (1, 0)])
def test_what_is_no_proportion_is_refused(count: int, n: int) -> None:
    with pytest.raises(ValueError, match="no proportion"):
        proportion(count, n)


@pytest.mark.parametrize("n", [2, 3, 5, 10, 30, 100])
def test_students_interval_holds_the_mean_95_times_of_100_at_every_n(n: int) -> None:
    samples = np.random.default_rng(n).normal(3.0, 2.0, (4000, n))
    held = sum(e.lower <= 3.0 <= e.upper for e in map(mean, samples) if isinstance(e, Estimate))
    assert 0.94 <= held / len(samples) <= 0.96


@pytest.mark.parametrize("n", [30, 50, 100, 300])
def test_wilsons_interval_holds_the_share_95_times_of_100_over_shares(n: int) -> None:
    intervals: Sequence[Estimate] = [e for k in range(n + 1) if isinstance(e := proportion(k, n), Estimate)]

    def held(p: float) -> float:
        return sum(comb(n, k) * p**k * (1 - p) ** (n - k) for k, e in enumerate(intervals) if e.lower <= p <= e.upper)

    assert 0.94 <= float(np.mean([held(p) for p in np.linspace(0.1, 0.9, 161)])) <= 0.96
