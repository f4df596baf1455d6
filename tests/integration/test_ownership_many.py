"""Ten thousand calls on every endpoint and query by organisations with and without a grant, and straight in SQL.

The calls are drawn from a seed: who asks, which route, with which ids of others in the path and in the body.
"""

import asyncio
import json
import os
import random
from collections import Counter
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from shared.runtime.http import Route
from tests.integration.test_ownership import (
    GRANTED,
    NOBODY,
    OURS,
    ROUTES,
    STRANGER,
    THEIRS,
    Town,
    body_for,
    rows,
    tables,
    town,
)

__all__ = ["town"]

pytestmark = pytest.mark.timeout(300)

CALLS = int(os.environ.get("KITH_OWNERSHIP_CALLS", "10000"))
AT_ONCE = 8
CALLERS = (THEIRS, NOBODY, STRANGER, GRANTED)
ELSEWHERE = {"/events", "/message-replies", "/handovers/{handover_id}/accept"}
"""What takes no id of anybody, and what a grant lets its holder do."""
ASKED = [(name, route) for name, route in ROUTES if route.roles is not None and route.path not in ELSEWHERE]
GRANTS = {"/handovers", "/journeys/{journey_id}"}
"""What shows a part of another's journey to who was asked to take the client on."""
SHOWN = {"referral_id", "journey_id", "person_id", "handover_id"}
"""What such a part names."""


def drawn(dice: random.Random, town: Town) -> tuple[str, str, Route, str, Any]:
    """One call: somebody else's ids wherever an id can stand, and now and then one that nobody has."""
    name, route = dice.choice(ASKED)
    ids = {key: value if dice.random() < 0.9 else str(uuid4()) for key, value in town.ids[OURS].items()}
    body = body_for(route, ids)
    if body and dice.random() < 0.3:
        body |= {key: ids[key] for key in dice.sample(sorted(ids), 2) if key in route.body.model_fields}  # type: ignore[union-attr]
    return dice.choice(CALLERS), name, route, route.path.format(**ids), body


async def held(town: Town) -> dict[str, Any]:
    """Everything that is ours in every database: what was said, and each read model's rows."""
    found: dict[str, Any] = {}
    for name in town.places:
        query = (
            "select count(*), max(j.sequence) from journal j join stream s on s.id = j.stream where s.organisation = $1"
        )
        found[name] = [tuple(row) for row in await rows(town, name, query, OURS)]
        for projection in town.places[name].engine.service.projections:
            rows_of = "select md5(coalesce(string_agg(t::text, '|' order by id), '')) from"
            counted = f'{rows_of} "{projection.table}" t where organisation = $1'
            found[f"{name}.{projection.table}"] = [tuple(row) for row in await rows(town, name, counted, OURS)]
    return found


async def test_no_call_of_another_organisation_shows_or_changes_anything_of_ours(town: Town) -> None:
    dice, before = random.Random(20260302), await held(town)
    secret = {value for key, value in town.ids[OURS].items()} | {OURS}
    allowed = {town.ids[OURS][key] for key in SHOWN} | {OURS}
    brought = {town.ids[OURS][key] for key in ("person_id", "journey_id")}
    fates: Counter[tuple[str, int]] = Counter()

    async def one(who: str, name: str, route: Route, path: str, body: Any) -> None:
        answer = await town.places[name].ask(who, route.method, path, body)
        fates[who, answer.status_code] += 1
        assert answer.status_code < 500, (who, route.path, answer.text)
        if answer.status_code >= 400:
            return
        may = allowed if who == GRANTED and route.path in GRANTS else set()
        said = answer.text if route.method == "GET" else json.dumps(answer.json().get("events", answer.json()))
        asked = {value for value in secret if value in path or value in json.dumps(body)}
        # What a caller said itself comes back in what it made for itself; in what it reads, only the ids of a person
        # and a journey, which whoever refers may bring along.
        own = asked if route.method != "GET" else asked & brought
        leaked = {value for value in secret - may - own if value in said}
        assert not leaked, (who, route.path, leaked)

    for _ in range(0, CALLS, AT_ONCE):
        await asyncio.gather(*(one(*drawn(dice, town)) for _ in range(AT_ONCE)))
    assert sum(fates.values()) >= CALLS
    assert {who for who, status in fates if status == 200} == {*CALLERS}, "lists are answered, and show nothing"
    assert await held(town) == before


async def test_a_grant_shows_the_part_it_is_about_and_nothing_else_straight_in_sql(town: Town) -> None:
    for name in town.places:
        connection = await town.places[name].engine.database.connect("api")
        try:
            for who in (GRANTED, NOBODY, THEIRS):
                await connection.execute("select set_config('kith.organisation', $1, false)", who)
                for table in await tables(town, name):
                    await shows_only_what_is_granted(connection, table, who)
        finally:
            await connection.close()


async def shows_only_what_is_granted(connection: Any, table: str, who: str) -> None:
    """A row of another organisation is seen only where it names who asks."""
    columns = await connection.fetch(
        "select column_name from information_schema.columns where table_name = $1 and table_schema = 'public'", table
    )
    if "organisation" not in {row[0] for row in columns}:
        return
    granted = "granted_to" in {row[0] for row in columns}
    try:
        others = await connection.fetch(f'select * from "{table}" where organisation <> $1', who)
    except asyncpg.InsufficientPrivilegeError:
        return
    if not granted:
        assert others == [], table
    assert all(who in row["granted_to"] for row in others), table
    assert not others or who == GRANTED, table
    assert bool(others) or (table, who) != ("journey_part", GRANTED), "or nothing was tried"
