"""Who is kept apart and is together now: a person is asked to part them today, whichever was said first."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import permutations
from uuid import UUID, uuid5

import orjson
from asyncpg import Connection, Record

from services.referrals.domain.commands import AskPerson
from services.referrals.domain.keep_apart import pairs_of, same_people
from services.referrals.people.records import SQL
from shared.runtime.commands import execute
from shared.runtime.decisions import Cause
from shared.runtime.engine import Engine
from shared.runtime.http import Asked, Call, Reply, Route

TwoByTwo = Sequence[tuple[UUID, UUID]]


async def apart_and_linked(connection: Connection) -> tuple[TwoByTwo, TwoByTwo]:
    """Of whom it was said that they are never to meet and, if of anybody, who are linked as one person."""
    said = await connection.fetch(SQL["kept_apart"])
    return _ids(said), await linked_people(connection) if said else ()


async def linked_people(connection: Connection) -> TwoByTwo:
    """Who are linked as one person."""
    return _ids(await connection.fetch(SQL["linked"]))


async def asked_to_part(connection: Connection, call: Call, pairs: Iterable[frozenset[UUID]]) -> Sequence[AskPerson]:
    """The tasks about every two of these who share a peer, a proposal or a group now, one for each of them."""
    both = [two for pair in pairs for two in permutations(pair, 2)]
    if not both:
        return ()
    found = await connection.fetch(SQL["together"], *map(list, zip(*both, strict=True)))
    return [
        AskPerson(row["id"], call.now, "kept-apart-and-together", uuid5(row["id"], str(row["other"]))) for row in found
    ]


def looked_at_after(route: Route) -> Route:
    """The route, after which it is looked at whether whoever it was about is together with whom they are kept from.

    What it had read was so then; of two that are told at once, the one that is done last finds the other here.
    """

    async def answer(engine: Engine, call: Call, asked: Asked) -> Reply:
        reply = await route.answer(engine, call, asked)
        outcome, organisation = orjson.loads(reply.body), call.principal.organisation
        about = [subject.split("/") for subject in {outcome["subject"], *(e["subject"] for e in outcome["events"])}]
        async with engine.database.read(organisation) as connection:
            said, linked = await apart_and_linked(connection)
            whose = await connection.fetch(SQL["persons_of"], [id for kind, id in about if kind == "referral"])
            same = same_people(linked)
            persons = [*(row["person_id"] for row in whose), *(UUID(id) for kind, id in about if kind == "person")]
            everybody = {each for person in persons for each in same.get(person, {person})}
            near = [pair for pair in pairs_of(said, linked) if pair & everybody]
            tasks = await asked_to_part(connection, call, near)
        if tasks:
            cause = Cause(organisation, call.role, call.correlation_id, None, call.traceparent, call.now)
            await execute(engine, cause, tasks)
        return reply

    return replace(route, answer=answer)


def _ids(rows: Iterable[Record]) -> TwoByTwo:
    return [(UUID(str(row["id"])), UUID(str(row["other"]))) for row in rows]
