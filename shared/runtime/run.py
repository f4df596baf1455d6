"""A service process from its start to its end: the HTTP door first, everything else when it answers."""

import asyncio
import gc
import random
import signal
import socket
import sys
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
import uvloop
from aiokafka.errors import KafkaError

from shared.runtime import dead_letters, log, ops, versions
from shared.runtime.auth import keep_keys, read_keys
from shared.runtime.clock import pause
from shared.runtime.consumer import Consumer
from shared.runtime.database import TROUBLE, is_transient
from shared.runtime.deadlines import keep_deadlines
from shared.runtime.door import door
from shared.runtime.engine import Engine, check_master_keys, make_engine
from shared.runtime.health import Health
from shared.runtime.master_keys import BadMasterKeys
from shared.runtime.migrate import migrate
from shared.runtime.projections import renew
from shared.runtime.recovery import recover
from shared.runtime.relay import relay, relay_state
from shared.runtime.service import Service
from shared.runtime.settings import Settings, exit_at_bad_settings
from shared.runtime.tending import keep_vault

_log = log.logger(__name__)


def run(service: Service) -> None:
    """Runs the service until SIGTERM or SIGINT; the exit code is 0 when everything in hand was finished.

    A setting out of its range ends it at once, with a line that names the setting; and so do master keys that a service
    with a vault does not find.
    """
    with exit_at_bad_settings():
        settings = Settings(service=service.name)
    try:
        check_master_keys(service, settings)
    except BadMasterKeys as error:
        sys.exit(str(error))
    log.configure(service.name, form=settings.log_format, level=settings.log_level)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        sys.exit(not runner.run(serve(service, settings)))


async def serve(service: Service, settings: Settings) -> bool:
    """Serves HTTP at once, runs the loops as soon as the database has the right shape; whether all was finished."""
    keys = read_keys(settings.api_keys)
    producers = dict(keys.producers())
    engine = make_engine(service, settings, producers)
    health = Health(settings.live_bound)
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    await engine.database.open()
    server = _Server(
        uvicorn.Config(
            door(engine, keys, (*ops.routes(health), *service.routes)),
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            ws="none",
            lifespan="off",
            timeout_graceful_shutdown=int(settings.drain_bound),
        )
    )
    with socket.create_server((settings.host, settings.port), backlog=1024, reuse_port=False) as listening:
        _log.info("service.listening", port=listening.getsockname()[1])
        keeping = settings.api_keys and asyncio.create_task(keep_keys(settings.api_keys, keys, producers, stopping))
        drained = await _until(stopping, engine, health, server, listening)
        if keeping:
            await keeping
    await engine.database.close()
    _log.info("service.stopped", drained=drained)
    return drained


class _Server(uvicorn.Server):
    """Uvicorn without its own signal handlers: stopping is decided in one place."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _until(
    stopping: asyncio.Event, engine: Engine, health: Health, server: uvicorn.Server, listening: socket.socket
) -> bool:
    """Runs the door and the loops; on `stopping` the door closes first, then the loops finish what they hold.

    Answers whether they did within the bound; what they did not is as if they had crashed, and nothing is lost by it.
    """
    serving = asyncio.create_task(server.serve(sockets=[listening]), name="http")
    working = asyncio.create_task(_work(engine, health, stopping), name="loops")
    stop = asyncio.create_task(stopping.wait(), name="stop")
    await asyncio.wait({serving, working, stop}, return_when=asyncio.FIRST_COMPLETED)
    stopping.set()
    server.should_exit = True
    engine.said.set()
    engine.due.set()
    try:
        async with asyncio.timeout(engine.settings.drain_bound):
            await asyncio.gather(serving, working)
    except TimeoutError:
        return False
    return True


async def _work(engine: Engine, health: Health, stopping: asyncio.Event) -> None:
    """Migrates when PostgreSQL answers, then runs every loop; one that fails ends the process, to be started anew."""
    place = await versions.enter(engine, health, stopping)
    if place is None or not await _migrated(engine, health, stopping):
        return
    loops: list[Coroutine[Any, Any, None]] = [
        versions.remain(engine, place, stopping),
        _watch_database(engine, health, stopping),
    ]
    if engine.service.aggregates:
        loops += [relay(engine, health, stopping), keep_deadlines(engine, health, stopping)]
    if engine.service.hears:
        loops += [Consumer(engine, health).run(stopping), dead_letters.keep_releasing(engine, health, stopping)]
    if engine.service.vault:
        loops += [keep_vault(engine, health, stopping)]
    loops += [work(engine, health, stopping) for work in engine.service.works]
    # What lives as long as the process is not looked through again: that took a fifth of the CPU of catching up.
    gc.freeze()
    async with asyncio.TaskGroup() as group:
        for loop in loops:
            group.create_task(loop)


async def _migrated(engine: Engine, health: Health, stopping: asyncio.Event) -> bool:
    while not stopping.is_set():
        try:
            async with engine.database.owner() as connection:
                for name in await migrate(connection, engine.service, engine.settings):
                    _log.info("migration.applied", name=name)
            for table in await renew(engine):
                _log.info("read_model.renewed", table=table)
            if engine.service.aggregates:
                await recover(engine)
            if replayed := await dead_letters.replay_known(engine):
                _log.info("dead_letters.known_now", taken=replayed)
        except KafkaError as error:
            _log.warning("service.waiting_for_kafka", error=repr(error))
            await asyncio.sleep(random.uniform(0.5, 1.5))
        except TROUBLE as error:
            if not is_transient(error):
                raise
            _log.warning("service.waiting_for_postgres", error=repr(error))
            await asyncio.sleep(random.uniform(0.1, 0.5))
        else:
            health.migrated()
            health.database(True)
            return True
    return False


async def _watch_database(engine: Engine, health: Health, stopping: asyncio.Event) -> None:
    """Every few seconds: does PostgreSQL answer, and how much waits in it."""
    while not stopping.is_set():
        try:
            unsent, unheard = await relay_state(engine), await dead_letters.count(engine)
        except TROUBLE as error:
            if not is_transient(error):
                raise
            health.database(False)
            _log.warning("database.away", error=repr(error))
        else:
            health.database(True)
            health.refused(unsent.refused_count)
            _note_backlog(engine, unsent.backlog_seconds)
            engine.metrics.relay_unsent.set(unsent.unsent)
            engine.metrics.relay_oldest_unsent.set(unsent.oldest_seconds)
            engine.metrics.relay_refused.set(unsent.refused_count)
            engine.metrics.inbox_parked.set(unheard.all)
            engine.metrics.inbox_urgent_unheard.set(unheard.urgent)
        await pause(2, stopping)


def _note_backlog(engine: Engine, seconds: float) -> None:
    before, bound = engine.backlog.oldest, engine.settings.backlog_bound
    engine.backlog.measured(seconds)
    if engine.backlog.oldest > bound >= before:
        _log.error("backlog.too_old", seconds=round(seconds), bound=bound)
