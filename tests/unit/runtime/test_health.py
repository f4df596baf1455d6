"""Three kinds of health, as tables: what was recorded, and what follows."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from shared.runtime.health import Health

BOUND = 30.0


@dataclass
class Time:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


def healthy(time: Time) -> Health:
    """A consuming service on which all is well."""
    health = Health(BOUND, time)
    health.consumes()
    health.migrated()
    health.database(True)
    health.broker(True)
    health.assigned({("kith.gateway", 0), ("kith.gateway", 1)})
    health.watch("relay", 10)
    health.watch("consumer")
    health.moved("kith.gateway", 0, 5, 5)
    health.behind("kith.gateway", 0.2)
    return health


def turning(health: Health, time: Time, seconds: float, also: Callable[[], Any] = lambda: None) -> None:
    """Time passes while every loop goes on turning."""
    for _ in range(int(seconds)):
        time.now += 1
        health.turn("relay")
        health.turn("consumer")
        also()


def test_nothing_is_complained_of_while_every_loop_turns() -> None:
    judgement = healthy(Time()).judgement()
    assert (judgement.live, judgement.serve, judgement.consume, judgement.reasons) == (True, True, True, ())
    assert judgement.fresh == {"kith.gateway": 0.2}


@pytest.mark.parametrize(("seconds", "live"), [(9, True), (10, True), (11, False), (29, False)])
def test_a_loop_must_turn_within_its_own_bound(seconds: float, live: bool) -> None:
    time = Time()
    health = healthy(time)
    time.now += seconds
    judgement = health.judgement()
    assert judgement.live is live
    assert any("relay loop" in reason for reason in judgement.reasons) is not live


def test_a_loop_that_only_retries_is_live() -> None:
    time = Time()
    health = healthy(time)
    turning(health, time, 1000)
    assert health.judgement().live


def test_a_loop_that_ended_as_it_should_is_not_missed() -> None:
    time = Time()
    health = healthy(time)
    health.unwatch("relay")
    health.unwatch("consumer")
    time.now += 1000
    assert health.judgement().live


def test_a_last_turn_after_its_end_does_not_have_a_loop_watched_again() -> None:
    time = Time()
    health = healthy(time)
    health.unwatch("consumer")
    turning(health, time, 1)
    health.unwatch("relay")
    time.now += 1000
    assert health.judgement().live


def test_what_kafka_refuses_is_told_and_stops_nothing() -> None:
    health = healthy(Time())
    health.refused(2)
    judgement = health.judgement()
    assert (judgement.live, judgement.serve, judgement.consume) == (True, True, True)
    assert [reason for reason in judgement.reasons if "refuses 2" in reason]
    health.refused(0)
    assert not health.judgement().reasons


@pytest.mark.parametrize(
    ("change", "serve", "consume", "says"),
    [
        (lambda h: h.database(False), False, False, "PostgreSQL"),
        (lambda h: h.migrated(False), False, False, "migrations"),
        (lambda h: h.broker(False), True, False, "Kafka"),
        (lambda h: h.assigned(set()), True, False, "assigned"),
        (lambda h: h.breaker("kith.gateway", True), True, False, "breaker of kith.gateway"),
    ],
)
def test_what_is_missing_closes_what_needs_it_and_is_named(
    change: Callable[[Health], None], serve: bool, consume: bool, says: str
) -> None:
    health = healthy(Time())
    change(health)
    judgement = health.judgement()
    assert (judgement.live, judgement.serve, judgement.consume) == (True, serve, consume)
    assert any(says in reason for reason in judgement.reasons)


def test_a_service_that_hears_nothing_is_ready_without_kafka() -> None:
    health = Health(BOUND, Time())
    health.migrated()
    health.database(True)
    assert (health.judgement().serve, health.judgement().consume) == (True, True)


def test_a_new_process_is_live_and_not_ready() -> None:
    judgement = Health(BOUND, Time()).judgement()
    assert (judgement.live, judgement.serve, judgement.consume) == (True, False, False)


Step = tuple[str, float]


@pytest.mark.parametrize(
    ("why", "does", "live"),
    [
        ("the position stands while the log goes on", lambda h: h.moved("kith.gateway", 0, 5, 9), False),
        ("nothing is waiting", lambda h: h.moved("kith.gateway", 0, 9, 9), True),
        ("the broker does not answer", lambda h: (h.moved("kith.gateway", 0, 5, 9), h.broker(False)), True),
        ("the database does not answer", lambda h: (h.moved("kith.gateway", 0, 5, 9), h.database(False)), True),
        ("the breaker is open", lambda h: (h.moved("kith.gateway", 0, 5, 9), h.breaker("kith.gateway", True)), True),
        ("the partition went to another", lambda h: (h.moved("kith.gateway", 0, 5, 9), h.assigned({("t", 1)})), True),
    ],
)
def test_turning_is_not_enough_when_the_position_should_move(
    why: str, does: Callable[[Health], Any], live: bool
) -> None:
    time = Time()
    health = healthy(time)
    turning(health, time, BOUND + 2, lambda: does(health))
    assert health.judgement().live is live, why


def test_a_position_that_moves_slowly_is_progress() -> None:
    time = Time()
    health = healthy(time)
    position = iter(range(6, 1000))
    turning(health, time, 200, lambda: health.moved("kith.gateway", 0, next(position), 5000))
    assert health.judgement().live


def test_an_outage_does_not_count_as_standing_still() -> None:
    time = Time()
    health = healthy(time)
    health.moved("kith.gateway", 0, 5, 9)
    health.broker(False)
    turning(health, time, 600)
    health.broker(True)
    turning(health, time, BOUND - 1)
    assert health.judgement().live
    turning(health, time, 2)
    assert not health.judgement().live


def test_a_judgement_is_plain_json() -> None:
    assert healthy(Time()).judgement().as_json() == {
        "live": True,
        "serve": True,
        "consume": True,
        "fresh": {"kith.gateway": 0.2},
        "reasons": (),
    }
