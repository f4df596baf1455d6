"""A stage whose services are variations of the rig's: another reaction, another read model, another topic."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from deploy.embedded import Cluster
from shared.runtime.engine import Engine, make_engine
from shared.runtime.migrate import migrate
from shared.runtime.service import Service
from tests.rig.stage import Stage, stage


async def vary(rig: Stage, name: str, vary: Callable[[Service], Service], **engine: Any) -> Engine:
    """Makes one of the two services another, in this process and from now on; returns its engine."""
    if name in rig.engines:
        await rig.engines.pop(name).database.close()
    rig.services = {**rig.services, name: vary(rig.services[name])}
    made = replace(make_engine(rig.services[name], rig.settings[name], {}), **engine)
    await made.database.open()
    rig.engines[name] = made
    async with made.database.owner() as connection:
        await migrate(connection, made.service, made.settings)
    return made


@asynccontextmanager
async def varied(ground: Cluster, folder: Path, **services: Callable[[Service], Service]) -> AsyncIterator[Stage]:
    """A stage of its own on which these services are varied."""
    async with stage(ground, folder) as rig:
        for name, how in services.items():
            await vary(rig, name, how)
        yield rig
