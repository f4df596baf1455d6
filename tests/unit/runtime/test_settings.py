"""Settings that would break a promise stop the start, and are named."""

from typing import Any

import pytest
from pydantic import ValidationError

from shared.runtime.settings import Settings, refusal_of


def test_as_they_come_they_fit_together() -> None:
    assert Settings(service="any")


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"send_timeout": 5.0}, "KITH_SEND_TIMEOUT must be below KITH_LOCK_TIMEOUT"),
        ({"lock_timeout": 3.0}, "KITH_SEND_TIMEOUT must be below KITH_LOCK_TIMEOUT"),
        ({"lock_timeout": 0.4, "send_timeout": 0.2}, "KITH_LOCK_TIMEOUT: "),
        ({"live_bound": 5.0}, "KITH_LOCK_TIMEOUT must be below KITH_LIVE_BOUND"),
        ({"drain_bound": 0.5}, "KITH_DRAIN_BOUND: "),
        ({"batch_size": 0}, "KITH_BATCH_SIZE: "),
    ],
)
def test_what_does_not_fit_is_named(given: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError) as raised:
        Settings(service="any", **given)
    assert says in refusal_of(raised.value)


def test_no_value_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KITH_DATABASE_PORT", "hunter2")
    with pytest.raises(ValidationError) as raised:
        Settings(service="any")
    assert "KITH_DATABASE_PORT" in refusal_of(raised.value)
    assert "hunter2" not in refusal_of(raised.value)
