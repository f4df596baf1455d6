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
from shared.contracts.sealed import TransportKey
from shared.runtime.commands import Outcome, execute
from shared.runtime.decisions import Cause
from shared.runtime.engine import Engine, make_engine
from shared.runtime.envelope import Envelope
from shared.runtime.hearing import hear_over
from shared.runtime.journal import envelope_of
from shared.runtime.master_keys import make_file
from shared.runtime.migrate import migrate, provision
from shared.runtime.service import Aggregate, Clear, Reaction, Refusal, Secret, Service
from shared.runtime.settings import Settings
from shared.runtime.tending import tend
from shared.runtime.transport_keys import reader_keys, transport_keys
from shared.runtime.wire import Record, headers_of

OURS, THEIRS = "SC000001", "SC000002"


class Told(Event, name="told", owner="teller", subject="person"):
    """Somebody told of a person what only the keeper may read."""

    person_id: UUID
    content: v.Sealed | None = None
    no: bool = False


class Known(Event, name="known", owner="keeper", subject="person"):
    """Something is known of a person; what, the vault keeps."""

    person_id: UUID


class KeeperKeyPublished(TransportKey, Event, name="keeper-key-published", owner="keeper", subject="key"):
    """What only the keeper is to read may be sealed to this key."""


class KeeperKeyRetired(Event, name="keeper-key-retired", owner="keeper", subject="key"):
    """Nothing more is to be sealed to this key."""

    key_id: UUID


WORDS = Registry((Told, Known, KeeperKeyPublished, KeeperKeyRetired), {})


@dataclass(frozen=True, slots=True)
class Keep:
    """What the keeper is asked of a person; `no` is answered with a rule's no."""

    subject: str
    at: datetime
    secrets: Sequence[Secret] = ()
    forgets: Sequence[tuple[UUID, str]] = ()
    erases: Sequence[UUID] = ()
    no: bool = False
    creates: bool = True


@dataclass(frozen=True, slots=True)
class Tell:
    """What the teller is told of a person; to `no` the keeper's rule says no."""

    subject: str
    at: datetime
    content: bytes
    to: str
    no: bool = False
    creates: bool = True


def decide(_: int, wish: Keep | Tell) -> Sequence[Event]:
    person = UUID(wish.subject.partition("/")[2])
    if isinstance(wish, Tell):
        return [Told(person_id=person, content=Clear(wish.content, wish.to), no=wish.no)]
    if wish.no:
        raise Refusal("no", "A rule says no.")
    return [Known(person_id=person)]


def evolve(state: int, _: Event) -> int:
    return state + 1


def react(event: Envelope, _: Mapping[str, Any]) -> Sequence[Keep]:
    told: Told = event.data
    if told.content is None:
        return []
    return [Keep(event.subject, event.time, (Secret(told.person_id, "identity", told.content),), no=told.no)]


def finder(content: bytes) -> Mapping[str, str]:
    return {"name": content.decode()}


def keeper(suffix: str) -> Service:
    """The service that keeps, under a name of its own, so that tests share nothing."""
    return Service(
        name="keeper" + suffix,
        registry=WORDS,
        hears=(f"kith.teller{suffix}",),
        aggregates=(
            Aggregate("person", 0, decide, evolve),
            transport_keys(KeeperKeyPublished, KeeperKeyRetired),
        ),
        reactions={Told.type(): Reaction(lambda event: [event.subject], react)},
        vault=True,
        finders={"identity": finder},
    )


def teller(suffix: str) -> Service:
    """The service that seals what only the keeper is to read."""
    return Service(
        name="teller" + suffix,
        registry=WORDS,
        hears=(f"kith.keeper{suffix}",),
        aggregates=(Aggregate("person", 0, decide, evolve),),
        projections=(reader_keys("keeper" + suffix),),
        vault=True,
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

    async def tend(self, by: Engine | None = None, said: set[tuple[UUID, bool]] | None = None) -> None:
        """One turn of the loop that tends the vault."""
        engine = by or self.engine
        async with engine.database.worker() as connection:
            await tend(engine, connection, set() if said is None else said)

    async def tell(self, person: UUID, content: bytes, to: str, *, no: bool = False) -> Outcome:
        """Says of a person what only that service is to read."""
        now = self.engine.clock.now()
        cause = Cause(OURS, "sender", uuid4(), None, None, now)
        return await execute(self.engine, cause, [Tell(f"person/{person}", now, content, to, no)])

    async def said(self) -> list[Record]:
        """Everything this service has said, as its relay would write it."""
        rows = await self.sql(
            "select j.*, s.subject from journal j join stream s on s.id = j.stream "
            "where s.topic = $1 order by j.stream, j.sequence",
            self.service.topic,
        )
        events = [(envelope_of(row, self.service.topic, None), row["body"]) for row in rows]
        return [
            Record(self.service.topic, 0, n, event.subject.encode(), tuple(headers_of(event)), body)
            for n, (event, body) in enumerate(events)
        ]

    async def hear(self, *records: Record) -> list[tuple[str, str | None]]:
        """What becomes of these records, each fate with its code."""
        async with self.engine.database.worker() as connection:
            return [
                (v.fate, v.code)
                async for _, heard in hear_over(self.engine, connection, records)
                for v in heard.verdicts
            ]

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
async def vault_at(
    ground: Cluster, folder: Path, service: Service | None = None, producers: Mapping[str, str] | None = None
) -> AsyncIterator[Vault]:
    """A service with a database and master keys that no other test has: a keeper, unless it is said which."""
    service = service or keeper(uuid4().hex[:8])
    settings = Settings(
        service=service.name,
        database_name=f"vault_{uuid4().hex[:12]}",
        database_host=ground.postgres.host,
        database_port=ground.postgres.port,
        bootstrap=ground.bootstrap,
        clock="controlled",
        master_keys=make_file(folder / f"{service.name}.json"),
    )
    await provision({"dsn": ground.postgres.dsn()}, settings)
    engine = make_engine(service, settings, producers or {})
    await engine.database.open()
    try:
        async with engine.database.owner() as connection:
            await migrate(connection, service, settings)
        yield Vault(engine, settings, ground.postgres.dsn(settings.database))
    finally:
        await engine.database.close()


@asynccontextmanager
async def two_at(ground: Cluster, folder: Path) -> AsyncIterator[tuple[Vault, Vault]]:
    """A teller, and the keeper to which it seals."""
    suffix = uuid4().hex[:8]
    async with vault_at(ground, folder, teller(suffix)) as one, vault_at(ground, folder, keeper(suffix)) as other:
        yield one, other
