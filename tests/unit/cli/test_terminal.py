"""Tables are read by people in the width they have, and by programs a line a row."""

import io
import re
import sys

import pytest

from shared.cli.terminal import print_rows

ROWS = [
    {
        "service": "referrals",
        "id": n,
        "code": "handler-failed",
        "subject": "referral/" + "7" * 36,
        "detail": "x\ny " * 40,
    }
    for n in (1, 2)
]
COLUMNS = ("service", "id", "code", "subject", "detail")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, columns: int) -> list[str]:
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr(sys, "stdout", stream)
    print_rows(ROWS, COLUMNS, "Nothing.")
    return re.sub("\x1b\\[[0-9;]*m", "", stream.getvalue()).splitlines()


def test_piped_every_row_is_one_whole_line(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = shown(monkeypatch, io.StringIO(), 80)
    assert len(lines) == 1 + len(ROWS)
    assert lines[1].count("x y") == 40


@pytest.mark.parametrize("columns", [80, 100])
def test_at_a_terminal_no_line_is_wider_and_no_short_cell_is_broken(
    monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    lines = shown(monkeypatch, Terminal(), columns)
    assert max(map(len, lines)) <= columns
    assert len([line for line in lines if "handler-failed" in line and "referral/" + "7" * 36 in line]) == len(ROWS)
    assert ("Too narrow for: detail." in " ".join(lines)) == (columns == 80)
