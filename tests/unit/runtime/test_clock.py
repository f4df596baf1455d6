"""A controlled clock stays where it was set, through the death of its process."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shared.runtime.clock import Clock

MOMENT = datetime(2026, 3, 2, 9, tzinfo=UTC)


def test_a_clock_begun_again_goes_on_where_the_last_one_was_set(tmp_path: Path) -> None:
    Clock(True, tmp_path / "clock").set(MOMENT)
    again = Clock(True, tmp_path / "clock").now()
    assert MOMENT <= again < MOMENT + timedelta(seconds=5)


def test_the_system_clock_heeds_no_file_and_cannot_be_set(tmp_path: Path) -> None:
    Clock(True, tmp_path / "clock").set(MOMENT)
    clock = Clock(False, tmp_path / "clock")
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)
    with pytest.raises(PermissionError):
        clock.set(MOMENT)
