"""Showing how far a start has come: bars on a terminal, plain lines in a log, nothing in a test."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

Advance = Callable[[int], None]
"""Tells a step that so many more bytes (or things) of its total are done."""

Steps = Callable[[str, int | None], AbstractContextManager[Advance]]
"""Opens a step by title and total (None: not countable); leaving it without an error means it is done."""


def _nothing(_: int) -> None:
    return


@contextmanager
def quiet(title: str, total: int | None = None) -> Iterator[Advance]:
    """Shows nothing."""
    yield _nothing


def lines(stream: TextIO) -> Steps:
    """One line when a step begins to be worth waiting for and one when it is done."""

    @contextmanager
    def step(title: str, total: int | None = None) -> Iterator[Advance]:
        began = time.monotonic()
        size = f" ({total / 1e6:.0f} MB)" if total else ""
        print(f"{title}{size} ...", file=stream, flush=True)
        yield _nothing
        print(f"{title}: done in {time.monotonic() - began:.1f} s", file=stream, flush=True)

    return step


def bars(console: Console) -> Steps:
    """One bar a step, drawn together while any step is open."""
    display = Progress(
        SpinnerColumn(finished_text="[green]✓[/]"),
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        TextColumn("{task.fields[amount]}"),
        TimeElapsedColumn(),
        console=console,
    )
    steps_open = 0

    @contextmanager
    def step(title: str, total: int | None = None) -> Iterator[Advance]:
        nonlocal steps_open
        task = display.add_task(title, total=total, amount="")
        done = 0

        def advance(by: int) -> None:
            nonlocal done
            done += by
            display.update(task, completed=done, amount=f"{done / 1e6:.0f}/{(total or 0) / 1e6:.0f} MB")

        steps_open += 1
        if steps_open == 1:
            display.start()
        try:
            yield advance
            display.update(task, total=total or 1, completed=total or 1)
        finally:
            steps_open -= 1
            if steps_open == 0:
                display.stop()
                for shown in display.task_ids:
                    display.remove_task(shown)

    return step


def shown(stream: TextIO | None = None) -> Steps:
    """Bars when `stream` (standard error unless told) is a terminal, else plain lines."""
    stream = stream or sys.stderr
    return bars(Console(file=stream)) if stream.isatty() else lines(stream)
