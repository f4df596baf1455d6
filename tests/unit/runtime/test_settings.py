"""Settings that would break a promise stop the start, and are named."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, ValidationError

from shared.runtime.settings import Settings, exit_at_bad_settings, read_setting, refusal_of


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


class Told(BaseModel):
    model_config = ConfigDict(extra="forbid")

    days: int = 7


@pytest.mark.parametrize(
    ("content", "says"),
    [(None, "No such file"), (b"{", "Invalid JSON"), (b'{"dayz": 3}', "dayz"), (b'{"days": "x"}', "days")],
)
def test_a_file_of_settings_ends_the_start_with_words_that_name_its_variable(
    tmp_path: Path, content: bytes | None, says: str
) -> None:
    file = tmp_path / "told.json"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SystemExit) as ended, exit_at_bad_settings():
        read_setting("KITH_TOLD", Told, {"KITH_TOLD": str(file)})
    assert "KITH_TOLD" in str(ended.value)
    assert says in str(ended.value)
    assert "Traceback" not in str(ended.value)
