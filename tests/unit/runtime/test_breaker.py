"""A breaker opens when nearly everything parks, for its own topic, and tries again."""

from shared.runtime.breaker import LEAST, SHARE, TRY_AGAIN_SECONDS, WINDOW, Breaker

PARKED, WELL = [True], [False]


def opened(at: float = 0.0) -> Breaker:
    """A breaker that opened at that time."""
    breaker = Breaker()
    assert breaker.note({"t": PARKED * LEAST}, at) == ["t"]
    return breaker


def test_a_few_poisons_are_no_reason_to_stop() -> None:
    breaker = Breaker()
    assert breaker.note({"t": PARKED * (LEAST - 1)}, 0.0) == []
    assert not breaker.is_open("t", 0.0)
    assert breaker.note({"t": PARKED}, 0.0) == ["t"]
    assert breaker.is_open("t", 0.0)


def test_one_in_eight_that_is_well_keeps_it_closed() -> None:
    breaker = Breaker()
    for _ in range(100):
        assert breaker.note({"t": PARKED * 7 + WELL}, 0.0) == []


def test_what_was_long_ago_does_not_count() -> None:
    breaker = Breaker()
    breaker.note({"t": WELL * 10 * WINDOW}, 0.0)
    assert breaker.note({"t": PARKED * int(SHARE * WINDOW)}, 0.0) == ["t"]


def test_the_breaker_of_one_topic_closes_no_other() -> None:
    breaker = Breaker()
    assert breaker.note({"t": PARKED * LEAST, "u": WELL * LEAST}, 0.0) == ["t"]
    assert breaker.is_open("t", 0.0)
    assert not breaker.is_open("u", 0.0)
    assert not breaker.is_open("never heard", 0.0)


def test_it_tries_again_with_one_batch_and_stays_closed_when_that_is_well() -> None:
    breaker = opened()
    assert breaker.is_open("t", TRY_AGAIN_SECONDS - 0.1)
    assert not breaker.is_open("t", TRY_AGAIN_SECONDS)
    assert breaker.note({"t": WELL * 3}, TRY_AGAIN_SECONDS) == []
    assert not breaker.is_open("t", TRY_AGAIN_SECONDS)
    assert breaker.note({"t": PARKED * 20}, TRY_AGAIN_SECONDS + 1) == [], "the old poisons are forgotten"


def test_a_try_that_parks_too_opens_it_for_another_minute() -> None:
    breaker = opened()
    assert breaker.note({"t": PARKED * 2}, TRY_AGAIN_SECONDS + 5) == ["t"]
    assert breaker.is_open("t", 2 * TRY_AGAIN_SECONDS + 4)
    assert not breaker.is_open("t", 2 * TRY_AGAIN_SECONDS + 5)


def test_a_batch_without_records_says_nothing() -> None:
    assert Breaker().note({"t": []}, 0.0) == []
    assert Breaker().note({}, 0.0) == []
