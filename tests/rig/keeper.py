"""Two services of a test: one keeps secrets of persons, and another seals to it what only it is to read."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from deploy.embedded import Cluster
from shared.contracts import values as v
from shared.contracts.event import Event
from shared.contracts.registry import Registry
from shared.runtime.commands import Outcome, execute
from shared.runtime.decisions import Cause
from shared.runtime.engine import Engine, make_engine
from shared.runtime.envelope import Envelope
from shared.runtime.keys import make_file
from shared.runtime.migrate import migrate, provision
from shared.runtime.service import Aggregate, Clear, Reaction, Refusal, Secret, Service, Share
from shared.runtime.settings import Settings

OURS, THEIRS = "SC000001", "SC000002"


class Told(Event, name="told", owner="teller", subject="person"):
    """Somebody told of a person what only the keeper may read."""

    person_id: UUID
    content: v.Sealed | None = None


class Known(Event, name="known", owner="keeper", subject="person"):
    """Something is known of a person; what, the vault keeps."""

    person_id: UUID


WORDS = Registry((Told, Known), {})


@dataclass(frozen=True, slots=True)
class Keep:
    """What the keeper is asked of a person; `no` is answered with a rule's no."""

    subject: str
    at: datetime
    secrets: Sequence[Secret] = ()
    forgets: Sequence[tuple[UUID, str]] = ()
    erases: Sequence[UUID] = ()
    shares: Sequence[Share] = ()
    no: bool = False
    creates: bool = True


@dataclass(frozen=True, slots=True)
class Tell:
    """What the teller is told of a person."""

    subject: str
    at: datetime
    content: bytes
    creates: bool = True


def decide(_: int, wish: Keep | Tell) -> Sequence[Event]:
    person = UUID(wish.subject.partition("/")[2])
    if isinstance(wish, Tell):
        return [Told(person_id=person, content=Clear(wish.content, "keeper"))]
    if wish.no:
        raise Refusal("no", "A rule says no.")
    return [Known(person_id=person)]


def evolve(state: int, _: Event) -> int:
    return state + 1


def react(event: Envelope, _: Mapping[str, Any]) -> Sequence[Keep]:
    told: Told = event.data
    if told.content is None:
        return []
    return [Keep(event.subject, event.time, (Secret(told.person_id, "identity", told.content),))]


def finder(content: bytes) -> Mapping[str, str]:
    return {"name": content.decode()}


def keeper(suffix: str) -> Service:
    """The service that keeps, under a name of its own, so that tests share nothing."""
    return Service(
        name="keeper" + suffix,
        registry=WORDS,
        hears=(f"kith.teller{suffix}",),
        aggregates=(Aggregate("person", 0, decide, evolve),),
        reactions={Told.type(): Reaction(lambda event: [event.subject], react)},
        vault=True,
        finders={"identity": finder},
    )


@dataclass
class Vault:
    """The keeper at work in this process, as one or several instances."""

    engine: Engine
    settings: Settings
    dsn: str

    @property
    def service(self) -> Service:
        return self.engine.service

    async def do(self, person: UUID, *, organisation: str = OURS, by: Engine | None = None, **asked: Any) -> Outcome:
        """What the keeper does when it is asked this over HTTP."""
        engine = by or self.engine
        cause = Cause(organisation, "coordinator", uuid4(), None, None, engine.clock.now())
        return await execute(engine, cause, [Keep(f"person/{person}", engine.clock.now(), **asked)])

    async def keep(self, person: UUID, name: str, content: bytes, **more: Any) -> Outcome:
        """Keeps one content of a person."""
        organisation, by = more.pop("organisation", OURS), more.pop("by", None)
        return await self.do(person, organisation=organisation, by=by, secrets=[Secret(person, name, content, **more)])

    async def sql(self, query: str, *arguments: Any) -> list[Any]:
        """Rows as the database's owner sees them."""
        async with self.engine.database.owner() as connection:
            return await connection.fetch(query, *arguments)

    @asynccontextmanager
    async def another(self) -> AsyncIterator[Engine]:
        """Another instance, with its own memory of keys."""
        engine = make_engine(self.service, self.settings, {})
        await engine.database.open()
        try:
            yield engine
        finally:
            await engine.database.close()


@asynccontextmanager
async def vault_at(ground: Cluster, folder: Path) -> AsyncIterator[Vault]:
    """A keeper with a database and master keys that no other test has."""
    service = keeper(uuid4().hex[:8])
    settings = Settings(
        service=service.name,
        database_host=ground.postgres.host,
        database_port=ground.postgres.port,
        bootstrap=ground.bootstrap,
        clock="controlled",
        master_keys=make_file(folder / "master-keys.json"),
    )
    await provision({"dsn": ground.postgres.dsn()}, settings)
    engine = make_engine(service, settings, {})
    await engine.database.open()
    try:
        async with engine.database.owner() as connection:
            await migrate(connection, service, settings)
        yield Vault(engine, settings, ground.postgres.dsn(settings.database))
    finally:
        await engine.database.close()
