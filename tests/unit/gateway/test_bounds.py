"""When the gateway takes no more, and what it takes all the same."""

from datetime import UTC, datetime, timedelta

import pytest

from services.gateway.bounds import Turnstile, backlog, within_backlog
from services.gateway.cloudevents import structured
from services.gateway.service import SERVICE
from shared.runtime.engine import Engine, make_engine
from shared.runtime.problems import Problem
from shared.runtime.settings import Settings
from shared.runtime.wire import Record

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def engine(oldest: float) -> Engine:
    made = make_engine(SERVICE, Settings(service="gateway", backlog_bound=900), {})
    made.backlog.oldest = oldest
    return made


def event(type_: str) -> Record:
    said = {"specversion": "1.0", "id": "1", "source": "/s", "type": type_, "time": NOW.isoformat(), "data": {}}
    return structured(said, "forms")


ROUTINE, URGENT = event("kith.referral-submitted.v1"), event("kith.concern-raised.v1")


def test_until_the_bound_everything_is_taken() -> None:
    assert backlog(engine(900)) is None
    assert within_backlog(engine(900), [ROUTINE]) == [ROUTINE]


def test_beyond_the_bound_one_that_can_wait_is_refused_with_a_time_to_try_again() -> None:
    with pytest.raises(Problem) as refused:
        within_backlog(engine(901), [ROUTINE])
    assert (refused.value.status, refused.value.code) == (429, "backlog-too-old")
    assert dict(refused.value.headers)[b"retry-after"].isdigit()


@pytest.mark.parametrize("name", ["concern-raised", "risk-item-answered", "measure-submitted"])
def test_what_is_urgent_is_taken_however_old_the_backlog(name: str) -> None:
    urgent = event(f"kith.{name}.v1")
    assert within_backlog(engine(10**6), [urgent]) == [urgent]


def test_of_a_batch_each_event_is_judged_alone_and_what_was_wrong_before_stays_so() -> None:
    wrong = Problem(422, "missing", "It is missing.")
    told = within_backlog(engine(901), [ROUTINE, URGENT, wrong])
    assert isinstance(told[0], Problem)
    assert told[0].code == "backlog-too-old"
    assert list(told[1:]) == [URGENT, wrong]


def test_a_clock_set_forward_does_not_make_a_backlog_too_old() -> None:
    made = engine(0)
    for seconds in (0.0, 10.0**6, 0.1, 10.0**6):
        made.backlog.measured(seconds)
        assert backlog(made) is None
    made.backlog.measured(10.0**6)
    assert backlog(made) is not None


def test_so_many_pass_in_any_minute_and_the_next_is_told_when() -> None:
    turnstile = Turnstile()
    for second in (0, 20, 40):
        turnstile.enter("a", NOW + timedelta(seconds=second), 3)
    with pytest.raises(Problem) as refused:
        turnstile.enter("a", NOW + timedelta(seconds=45), 3)
    assert (refused.value.status, refused.value.code) == (429, "too-many")
    assert dict(refused.value.headers)[b"retry-after"] == b"15"
    assert "phone" in refused.value.detail
    turnstile.enter("a", NOW + timedelta(seconds=60), 3)


def test_one_form_that_is_flooded_does_not_close_another() -> None:
    turnstile = Turnstile()
    turnstile.enter("a", NOW, 1)
    turnstile.enter("b", NOW, 1)


def test_a_clock_set_back_closes_no_form() -> None:
    turnstile = Turnstile()
    turnstile.enter("a", NOW, 1)
    turnstile.enter("a", NOW - timedelta(days=1), 1)
