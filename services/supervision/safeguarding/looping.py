"""A loop of the service: it does one thing again and again, in every instance, and outlasts a database that is away."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from shared.runtime import log
from shared.runtime.clock import pause
from shared.runtime.database import TROUBLE, is_transient
from shared.runtime.engine import Engine
from shared.runtime.health import Health

_log = log.logger(__name__)
Work = Callable[[Any, Any, asyncio.Event], Coroutine[Any, Any, None]]
REST = 2.0


def looping(name: str, turn: Callable[[Engine], Awaitable[Any]], rest: float = REST) -> Work:
    """Takes turns until told to stop, with a rest after each that did nothing (answered nothing that is true)."""

    async def run(engine: Engine, health: Health, stopping: asyncio.Event) -> None:
        health.watch(name)
        while not stopping.is_set():
            done = None
            try:
                done = await turn(engine)
            except TROUBLE as error:
                if not is_transient(error):
                    raise
                _log.warning("loop.retry", loop=name, error=type(error).__name__)
            health.turn(name)
            if not done:
                await pause(rest, stopping)
        health.unwatch(name)

    return run
