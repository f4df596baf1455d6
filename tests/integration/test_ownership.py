"""Every row has an organisation: another's key sees, counts and changes nothing, over HTTP and straight in SQL.

The checks are derived from the services' routes and from the databases' catalogues: a new endpoint, read model or table
is checked as soon as it is there, and fails where it cannot be.
"""

import typing
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Literal, get_args, get_origin
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from asyncpg import Connection
from pydantic import AwareDatetime, BaseModel

from deploy.embedded import Cluster
from services.evaluation.service import SERVICE as EVALUATION
from services.gateway.service import SERVICE as GATEWAY
from services.referrals.service import SERVICE as REFERRALS
from services.supervision.service import SERVICE as SUPERVISION
from shared.runtime.auth import keys_of, mint
from shared.runtime.door import door
from shared.runtime.engine import Engine, make_engine
from shared.runtime.hearing import hear
from shared.runtime.http import Route
from shared.runtime.journal import envelope_of
from shared.runtime.master_keys import make_file
from shared.runtime.migrate import migrate, provision
from shared.runtime.service import Service
from shared.runtime.settings import Settings
from shared.runtime.wire import Record, headers_of
from tests.rig.house import INTAKE, referral
from tests.rig.teller import teller

SERVICES: Mapping[str, Service] = {
    "gateway": GATEWAY,
    "referrals": REFERRALS,
    "supervision": SUPERVISION,
    "evaluation": EVALUATION,
    "teller": teller(""),
}
ROUTES = [(name, route) for name, service in SERVICES.items() for route in service.routes]
OURS, THEIRS, NOBODY, STRANGER, GRANTED = "SC000001", "SC000002", "SC000003", "SC000004", "SC000005"
ROLES = [
    "coordinator",
    "service-lead",
    "clinician",
    "peer",
    "evaluator",
    "information-governance",
    "sender",
    "counter",
    "supervisor",
    "line-manager",
    "safeguarding-lead",
    "named-officer",
]
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)

# What a field needs that its type alone does not say.
FITTING: Mapping[str, Any] = {
    "language": "en",
    "start": "2026-03-01",
    "end": "2026-03-02",
    "started_at": "2026-03-02T08:00:00Z",
    "planned_start": "2026-03-02T08:00:00Z",
    "review_on": "2026-03-20",
    "ask_again_on": "2026-03-20",
    "ends_on": "2026-03-20",
    "minutes": 60,
    "score": 5,
    "contracted_hours": 10,
    "per_4_weeks_hundredths": 400,
    "text_version": "role-1",
    "to": "foodbank",
    "sender": "SC099999",
    "contact": {"emails": ["invented@example.org"]},
    "preferences": {},
    "accept_by": "2026-03-20",
    "on": "2026-03-01",
    "title": "Toddle",
    "place": "hall",
    "to_organisation": "SC000009",
    "retention_class": "peer-support",
    "decision_ref": "ig-1",
    "cap": 6,
    "facilitators": [str(uuid4()), str(uuid4())],
    "ceiling": "mild",
    "held_at": "2026-03-02T08:00:00Z",
    "expected_back_by": "2026-03-02T11:00:00Z",
    "tag": {"kind": "experience", "code": "loss"},
    "deputy_id": str(uuid4()),
    "channels": ["text", "email"],
}
ALSO: Mapping[str, Any] = {
    "/people/{person_id}/keep-apart": {"peer_id": str(uuid4())},
    "/people/{person_id}/meet-again": {"peer_id": str(uuid4())},
    "/people/{person_id}/correct": {"identity": {"given": "Invented"}},
}
"""What a body needs though no field of it is required."""
NOT_ASKED = {
    "/handovers/{handover_id}/accept",
    "/groups/{group_id}/suitable",
    "/concern-handovers/{handover_id}/accept-concern-handover",
    "/peers/{peer_id}/lone-visits/{visit_id}",
}
"""What its own organisation may have no answer to either: another was asked, the group has closed, they are back."""


def body_for(route: Route, ids: Mapping[str, str]) -> dict[str, Any] | None:
    """A body that the route takes."""
    return fitting(route.body, ids) | ALSO.get(route.path, {}) if route.body else None


@dataclass
class Place:
    """One service: its engine, its door, and what stands there."""

    engine: Engine
    http: httpx.AsyncClient

    async def ask(self, who: str, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        return await self.http.request(method, path, json=body, headers={"X-API-Key": KEYS[who], **headers})


@dataclass
class Town:
    """Every service with one journey of ours and one of theirs in it, and none of anybody else."""

    places: dict[str, Place] = field(default_factory=dict)
    ids: dict[str, dict[str, str]] = field(default_factory=lambda: {OURS: {}, THEIRS: {}})
    empty: dict[tuple[str, str], Any] = field(default_factory=dict)


MINTED = {name: mint(name.lower(), name, ROLES) for name in (OURS, THEIRS, NOBODY, STRANGER, GRANTED)}
KEYS = {name: key for name, (key, _) in MINTED.items()}


@pytest.fixture(scope="module")
async def town(ground: Cluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    """The services on databases of their own; events are carried between them by hand."""
    made, keys = Town(), keys_of([record for _, record in MINTED.values()])
    folder = tmp_path_factory.mktemp("keys")
    for name, service in SERVICES.items():
        settings = Settings(
            service=service.name,
            database_name=f"{service.name}_{uuid4().hex[:8]}",
            database_host=ground.postgres.host,
            database_port=ground.postgres.port,
            bootstrap=ground.bootstrap,
            clock="controlled",
            master_keys=make_file(folder / f"{name}.json") if service.vault else None,
        )
        await provision({"dsn": ground.postgres.dsn()}, settings)
        engine = make_engine(service, settings, keys.organisations_of("sender"))
        engine.clock.set(NOW)
        await engine.database.open()
        async with engine.database.owner() as connection:
            await migrate(connection, service, settings)
        transport = httpx.ASGITransport(door(engine, keys, service.routes))
        made.places[name] = Place(engine, httpx.AsyncClient(transport=transport, base_url="http://town"))
    for name, route in ROUTES:
        if route.method == "GET" and "{" not in route.path:
            made.empty[name, route.path] = (await made.places[name].ask(NOBODY, "GET", route.path)).json()
    for who in (OURS, THEIRS):
        made.ids[who] = await journey(made, who)
        await furnish(made, who)
    yield made
    for place in made.places.values():
        await place.http.aclose()
        await place.engine.database.close()


async def journey(town: Town, who: str) -> dict[str, str]:
    """A referral refused, and one received, accepted and matched; answers the ids that paths speak of."""
    for data in (referral(referral_date="2024-02-29"), referral()):
        event = {
            "specversion": "1.0",
            "id": f"e-{uuid4()}",
            "source": "/forms",
            "type": INTAKE.format("referral-submitted"),
            "time": NOW.isoformat(),
            "data": data,
        }
        answer = await town.places["gateway"].ask(
            who, "POST", "/events", event, **{"Content-Type": "application/cloudevents+json"}
        )
        assert answer.status_code == 202, answer.text
    await carry(town, "gateway", "referrals")
    [subject] = [
        row[0]
        for row in await rows(town, "referrals", "select subject from stream where organisation = $1", who)
        if row[0].startswith("referral/")
    ]
    ids = {"referral_id": subject.partition("/")[2], "match_id": str(uuid4()), **await supervised(town, who)}
    match = {"match_id": ids["match_id"], "peer_id": ids["peer_id"], "by_role": "coordinator"}
    for do, wish in {
        "accept": {"by_role": "coordinator"},
        "propose-match": {**match, "format": "phone"},
        "confirm-match": {**match, "per_4_weeks_hundredths": 400},
    }.items():
        told = await town.places["referrals"].ask(who, "POST", f"/referrals/{ids['referral_id']}/{do}", wish)
        assert told.status_code == 200, told.text
    await surroundings(town, who, ids)
    waits = await town.places["referrals"].ask(who, "POST", "/referrals", referral(setting="cpmht"))
    assert waits.status_code == 201, waits.text
    await carry(town, "referrals", "gateway")
    await carry(town, "referrals", "evaluation")
    await carry(town, "referrals", "supervision")
    ids["receipt_id"] = str(answer.json()["receipt_id"])
    ids["id"] = str(uuid4())
    told = await town.places["teller"].ask(who, "POST", f"/tallies/{ids['id']}/counts", {"number": 1})
    assert told.status_code == 200, told.text
    return ids


async def supervised(town: Town, who: str) -> dict[str, str]:
    """A peer with a post and a supervisor, out alone and unsure, and a concern; answers the ids that paths speak of."""
    ask = town.places["supervision"].ask
    told = await ask(who, "POST", "/peers", {"post": "paid"})
    assert told.status_code == 201, told.text
    ids = {"peer_id": told.json()["subject"].partition("/")[2]}
    ids |= {name: str(uuid4()) for name in ("supervisor_id", "visit_id", "advice_id", "supervision_id", "debrief_id")}
    here, by, on = f"/peers/{ids['peer_id']}", {"by_role": "service-lead"}, {"on": "2026-02-20"}
    post = {"settings": ["third-sector"], "contract": "permanent", "contracted_hours": 15}
    fits = {"supervisor_id": ids["supervisor_id"], "because": "knows-the-setting", "peer_says_fit": True}
    for path, wish in (
        *((f"{here}/complete-recruitment-step", {"step": step, **on, **by, **more}) for step, more in _STEPS.items()),
        (f"{here}/recruit", {**post, **by}),
        (f"{here}/start", {**on, "team_briefed_on": "2026-02-20", **by}),
        (f"{here}/assign-supervisor", fits),
        (f"{here}/request-advice", {"advice_id": ids["advice_id"], "words": "word"}),
        (f"{here}/request-debrief", {"debrief_id": ids["debrief_id"], "asked_by": "clinician"}),
        (
            f"{here}/start-lone-visit",
            {"visit_id": ids["visit_id"], "expected_back_by": "2026-03-02T10:00:00Z", "where": "word"},
        ),
        (
            f"{here}/plan-supervision",
            {
                "supervision_id": ids["supervision_id"],
                "stream": "clinical",
                "planned_start": "2026-03-20T10:00:00Z",
            },
        ),
        ("/provider/register", {"settings": ["third-sector"], **by}),
    ):
        told = await ask(who, "POST", path, wish)
        assert told.status_code == 200, (path, told.text)
    told = await ask(who, "POST", "/concerns", {"about": "adult", "danger_now": "no", "by_role": "coordinator"})
    assert told.status_code == 201, told.text
    return ids | {"concern_id": told.json()["concern_id"]}


_STEPS: Mapping[str, Mapping[str, Any]] = {
    "informal-visit": {},
    "job-description": {"text_version": "psw-2"},
    "panel": {"with_peer": True},
}


async def furnish(town: Town, who: str) -> None:
    """A row in each read model in which the organisation has none, so that its policy is tried."""
    for name, service in SERVICES.items():
        for projection in service.projections:
            if await one_of(town, name, projection.table, who) is None:
                hints = typing.get_type_hints(projection.row)
                row = {column: _least(hint) for column, hint in hints.items()} | {"organisation": who}
                async with town.places[name].engine.database.owner() as connection:
                    await insert(connection, projection.table, row)


def _least(hint: Any) -> Any:
    """The least value of a column's type, as JSON."""
    kinds = [kind for kind in (get_args(hint) or (hint,)) if kind is not type(None)]
    if get_origin(hint) is tuple:
        return []
    if type(None) in get_args(hint):
        return None
    return {UUID: str(uuid4()), bool: False, int: 0, date: "2026-03-02", datetime: NOW.isoformat()}.get(
        kinds[0], "word"
    )


async def surroundings(town: Town, who: str, ids: dict[str, str]) -> None:
    """A service, a group, a hand-over that another organisation was asked to accept, and somebody kept apart."""
    ask = town.places["referrals"].ask
    row = (await ask(who, "GET", f"/referrals/{ids['referral_id']}")).json()
    ids |= {"person_id": row["person_id"], "journey_id": row["journey_id"]}
    ids |= {name: str(uuid4()) for name in ("service_id", "group_id", "handback_id", "hold_id")}
    here, by = f"/referrals/{ids['referral_id']}", {"by_role": "coordinator"}
    listing = {"title": "Toddle", "formats": ["group"], "place": "Hall", "area": "S08000029"}
    for path, wish in (
        (f"/services/{ids['service_id']}/list", {**listing, **by}),
        (
            f"{here}/change-consent",
            {"scopes": ["share-with-journey"], "given": True, "how": "spoken", "text_version": "c-1"},
        ),
        (
            f"{here}/propose-handover",
            {
                "to_organisation": GRANTED,
                "to_setting": "cpmht",
                "accept_by": "2026-03-20",
                **by,
            },
        ),
        (f"{here}/request-handback", {"handback_id": ids["handback_id"], "accept_by": "2026-03-20", **by}),
        ("/groups", {"group_id": ids["group_id"], "cap": 6, "place": "hall", "facilitators": [ids["peer_id"]], **by}),
        (f"/people/{ids['person_id']}/keep-apart", {"person_id": None, "peer_id": str(uuid4())}),
        (f"/people/{ids['person_id']}/hold", {"hold_id": ids["hold_id"], "kind": "legal"}),
    ):
        told = await ask(who, "POST", path, wish)
        assert told.status_code in (200, 201), (path, told.text)
    [handover] = (await ask(who, "GET", "/handovers")).json()["asked_by_us"]
    ids["handover_id"] = handover["handover_id"]


async def carry(town: Town, speaker: str, hearer: str) -> None:
    """Has one service hear everything that another ever said, as Kafka would bring it."""
    said, hears = town.places[speaker].engine, town.places[hearer].engine
    async with said.database.worker() as connection:
        told = await connection.fetch(
            "select s.subject, j.* from journal j join stream s on s.id = j.stream order by j.stream, j.sequence"
        )
    topic = said.service.topic
    records = [
        Record(topic, 0, n, row["subject"].encode(), tuple(headers_of(envelope_of(row, topic, None))), row["body"])
        for n, row in enumerate(told)
    ]
    async with hears.database.worker() as connection:
        for verdict in (await hear(hears, connection, records)).verdicts:
            assert verdict.fate in ("done", "refused", "duplicate") or verdict.code == "not-known-yet", verdict


async def rows(town: Town, name: str, query: str, *arguments: Any) -> list[asyncpg.Record]:
    async with town.places[name].engine.database.owner() as connection:
        return await connection.fetch(query, *arguments)


async def said_so_far(town: Town, name: str) -> list[asyncpg.Record]:
    """The whole journal, to see that nothing was added."""
    return await rows(town, name, "select event_id, stream, sequence from journal order by event_id")


def fitting(model: type[BaseModel], ids: Mapping[str, str]) -> dict[str, Any]:
    """A body that the model takes: what is required, of the least."""
    body = {name: _fit(name, f.annotation, ids) for name, f in model.model_fields.items() if f.is_required()}
    assert model.model_validate_json(_json(body)), "add to FITTING what this body needs"
    return body


def _json(body: Any) -> str:
    return httpx.Request("POST", "http://x", json=body).content.decode()


def _fit(name: str, wanted: Any, ids: Mapping[str, str]) -> Any:
    if name in ids:
        return ids[name]
    if name in FITTING:
        return FITTING[name]
    if get_origin(wanted) is typing.Annotated:
        return _fit(name, get_args(wanted)[0], ids)
    if get_origin(wanted) is Literal:
        return get_args(wanted)[0]
    if isinstance(wanted, type) and issubclass(wanted, BaseModel):
        return fitting(wanted, ids)
    if get_origin(wanted) is tuple:
        return [_fit(name, get_args(wanted)[0], ids)]
    least = {UUID: str(uuid4()), bool: True, int: 1, str: "word", date: "2026-03-02"}
    least |= dict.fromkeys((datetime, AwareDatetime), NOW.isoformat())
    return least[wanted]


def named(pair: tuple[str, Route]) -> str:
    return f"{pair[0]} {pair[1].method} {pair[1].path}"


OPEN = [pair for pair in ROUTES if pair[1].roles is None]
NAMED_ANEW = {"/duty/people/{person_id}/keep-reach"}
"""Whom it names is the organisation's own by being named; the vault refuses whom another keeps."""
BY_ID = [pair for pair in ROUTES if "{" in pair[1].path and pair not in OPEN and pair[1].path not in NAMED_ANEW]
LISTS = [pair for pair in ROUTES if "{" not in pair[1].path and pair[1].method == "GET"]
MAKING = [
    pair for pair in ROUTES if ("{" not in pair[1].path and pair[1].method != "GET") or pair[1].path in NAMED_ANEW
]


_OF_PROVIDER = ("register", "record-document", "set-duty-route", "set-post-bodies", "close-post", "brief-team")
_OF_DUTY = ("set-duty-rota", "set-duty-shift", "cancel-duty-shift", "declare-duty-gap", "lift-duty-gap")


def test_every_route_is_checked_and_open_to_all_is_only_what_knows_nobody() -> None:
    assert len(OPEN) + len(BY_ID) + len(LISTS) + len(MAKING) == len(ROUTES)
    assert {named(pair) for pair in MAKING} == {
        "gateway POST /events",
        "referrals POST /referrals",
        "referrals POST /groups",
        "referrals POST /message-replies",
        "supervision POST /peers",
        *(f"supervision POST /provider/{do}" for do in _OF_PROVIDER),
        "supervision POST /concerns",
        *(f"supervision POST /duty/{do}" for do in _OF_DUTY),
        "supervision POST /notice-receipts",
        "supervision POST /duty/people/{person_id}/keep-reach",
    }, "a route that makes something without naming it needs a check of its own below"
    assert {named(pair) for pair in OPEN} == {
        "gateway GET /forms/{form}",
        "gateway POST /forms/{form}",
        "referrals GET /wishes/{link}",
        "referrals POST /wishes/{link}",
    }


@pytest.mark.parametrize("pair", OPEN, ids=named)
async def test_what_is_open_to_all_shows_and_changes_nothing_to_who_only_knows_ids(
    pair: tuple[str, Route], town: Town
) -> None:
    name, route = pair
    before = await said_so_far(town, name)
    for who in (OURS, THEIRS):
        for value in (*town.ids[who].values(), who, who.lower()):
            path = route.path.replace("{form}", value).replace("{link}", value)
            answer = await town.places[name].ask(OURS, route.method, path, {"wish": "pause"})
            assert answer.status_code in (404, 410), answer.text
            assert value not in answer.text
    assert await said_so_far(town, name) == before


@pytest.mark.parametrize("pair", BY_ID, ids=named)
async def test_what_is_anothers_is_not_found_and_not_changed(pair: tuple[str, Route], town: Town) -> None:
    name, route = pair
    ids, place, before = town.ids[OURS], town.places[name], await said_so_far(town, name)
    path, body = route.path.format(**ids), body_for(route, ids)
    for who in (THEIRS, NOBODY):
        answer = await place.ask(who, route.method, path, body)
        code = "unknown-referral" if answer.status_code == 409 else "not-found"
        assert (answer.status_code in (404, 409), answer.json()["code"]) == (True, code), answer.text
        for value in (*ids.values(), OURS):
            assert value not in answer.text
    assert await said_so_far(town, name) == before
    absent = route.path.format(**dict.fromkeys(ids, str(uuid4())))
    nothing = await place.ask(STRANGER, route.method, absent, body)
    makes_what_is_absent = nothing.status_code == 200 and route.command
    assert makes_what_is_absent or nothing.json() == answer.json(), "what is another's looks like what is not there"


@pytest.mark.parametrize("pair", BY_ID, ids=named)
async def test_the_owner_is_answered_so_the_refusal_was_for_the_organisation(
    pair: tuple[str, Route], town: Town
) -> None:
    name, route = pair
    ids = town.ids[THEIRS]
    answer = await town.places[name].ask(THEIRS, route.method, route.path.format(**ids), body_for(route, ids))
    assert answer.status_code in (200, 201, 409) or route.path in NOT_ASKED, answer.text


@pytest.mark.parametrize("pair", LISTS, ids=named)
async def test_a_list_shows_and_counts_nothing_of_others(pair: tuple[str, Route], town: Town) -> None:
    name, route = pair
    place = town.places[name]
    nobodys = await place.ask(NOBODY, "GET", route.path)
    assert nobodys.status_code == 200, nobodys.text
    assert without_time(nobodys.json()) == without_time(town.empty[name, route.path])
    assert (await place.ask(OURS, "GET", route.path)).status_code == 200


def without_time(answer: Any) -> Any:
    """The answer, but for the moment at which it was asked."""
    return {name: said for name, said in answer.items() if name != "at"} if isinstance(answer, dict) else answer


async def test_some_list_of_each_service_does_show_its_own(town: Town) -> None:
    """Or the checks above would prove nothing."""
    telling = {
        name
        for name, route in LISTS
        if without_time((await town.places[name].ask(OURS, "GET", route.path)).json())
        != without_time(town.empty[name, route.path])
    }
    assert telling == {name for name, _ in LISTS}


async def test_one_key_of_two_organisations_is_two_requests(town: Town) -> None:
    place, key = town.places["referrals"], str(uuid4())
    ours, theirs, again = [
        await place.ask(who, "POST", "/referrals", referral(setting="cpmht"), **{"Idempotency-Key": key})
        for who in (OURS, THEIRS, OURS)
    ]
    assert {answer.status_code for answer in (ours, theirs, again)} == {201}
    assert ours.json() == again.json()
    assert ours.json()["subject"] != theirs.json()["subject"]


async def test_what_is_made_belongs_to_whoever_made_it(town: Town) -> None:
    told = await town.places["referrals"].ask(THEIRS, "POST", "/referrals", referral(setting="cpmht"))
    assert told.status_code == 201, told.text
    subject = told.json()["subject"]
    found = await rows(town, "referrals", "select distinct organisation from stream where subject = $1", subject)
    assert [row[0] for row in found] == [THEIRS]


async def test_a_provider_is_the_organisations_that_tells_of_it(town: Town) -> None:
    wish = {"by_role": "service-lead", "settings": ["mbu"]}
    subjects = set()
    for who in (OURS, THEIRS):
        told = await town.places["supervision"].ask(who, "POST", "/provider/register", wish)
        assert told.status_code == 200, told.text
        subjects.add(told.json()["subject"])
        found = await rows(
            town, "supervision", "select organisation from stream where subject = $1", told.json()["subject"]
        )
        assert [row[0] for row in found] == [who]
    assert len(subjects) == 2


async def test_a_submission_about_anothers_referral_changes_nothing_of_it(town: Town) -> None:
    referral_id = town.ids[OURS]["referral_id"]
    before = await rows(town, "referrals", "select * from stream where subject = $1", f"referral/{referral_id}")
    event = {
        "specversion": "1.0",
        "id": f"e-{uuid4()}",
        "source": "/forms",
        "type": INTAKE.format("update-submitted"),
        "time": NOW.isoformat(),
        "data": {"referral_id": referral_id, "update": {"do": "pause", "asked_by": "client", "channel": "text"}},
    }
    answer = await town.places["gateway"].ask(
        THEIRS, "POST", "/events", event, **{"Content-Type": "application/cloudevents+json"}
    )
    assert answer.status_code in (202, 422), answer.text
    await carry(town, "gateway", "referrals")
    after = await rows(town, "referrals", "select * from stream where subject = $1", f"referral/{referral_id}")
    assert after == before


# Straight in SQL


@pytest.fixture(params=SERVICES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def tables(town: Town, name: str) -> list[str]:
    """Everything in the database that holds rows, views included."""
    found = await rows(
        town,
        name,
        "select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace "
        "where n.nspname = 'public' and c.relkind in ('r', 'p', 'v', 'm', 'f') order by 1",
    )
    return [row[0] for row in found]


async def seen(connection: Connection, table: str) -> int | None:
    """How many rows of the table are seen; None when it may not even be asked."""
    try:
        count = await connection.fetchval(f'select count(*) from "{table}"')
    except asyncpg.InsufficientPrivilegeError:
        return None
    return int(count)


async def test_without_an_organisation_the_api_role_sees_no_row_of_any_table(name: str, town: Town) -> None:
    connection = await town.places[name].engine.database.connect("api")
    try:
        for unset in (None, "", "nobody"):
            await connection.execute("select set_config('kith.organisation', $1, false)", unset)
            assert {table for table in await tables(town, name) if await seen(connection, table)} == set()
    finally:
        await connection.close()


async def test_under_one_organisation_the_api_role_sees_its_rows_and_no_others(name: str, town: Town) -> None:
    connection = await town.places[name].engine.database.connect("api")
    shown = set()
    try:
        for who in (OURS, THEIRS):
            await connection.execute("select set_config('kith.organisation', $1, false)", who)
            for table in await tables(town, name):
                if await seen(connection, table):
                    owners = await connection.fetch(f'select distinct organisation from "{table}"')
                    assert [row[0] for row in owners] == [who], table
                    shown.add(table)
    finally:
        await connection.close()
    assert {p.table for p in SERVICES[name].projections} <= shown


async def test_only_logs_of_this_service_are_without_an_organisation_and_the_api_role_cannot_ask_them(
    name: str, town: Town
) -> None:
    without = await rows(
        town,
        name,
        "select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'public' "
        "and c.relkind in ('r', 'p', 'v', 'm', 'f') and not exists (select 1 from pg_attribute a "
        "where a.attrelid = c.oid and a.attname = 'organisation' and not a.attisdropped)",
    )
    unprotected = await rows(
        town,
        name,
        "select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'public' "
        "and c.relkind in ('r', 'p') and not (c.relrowsecurity and c.relforcerowsecurity)",
    )
    connection = await town.places[name].engine.database.connect("api")
    try:
        for row in (*without, *unprotected):
            assert await seen(connection, row[0]) is None, row[0]
    finally:
        await connection.close()


async def test_the_api_role_writes_nothing_for_or_to_another_organisation(name: str, town: Town) -> None:
    connection = await town.places[name].engine.database.connect("api")
    tried = set()
    try:
        await connection.execute("select set_config('kith.organisation', $1, false)", THEIRS)
        for table in await tables(town, name):
            example = await one_of(town, name, table, OURS)
            if example is None:
                continue
            tried.add(table)
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await insert(connection, table, example)
            for change in (f'update "{table}" set {await updatable(connection, table)}', f'delete from "{table}"'):
                changed = await attempted(connection, f"{change} where organisation = '{OURS}'")
                assert changed in ("denied", "UPDATE 0", "DELETE 0"), (table, change)
            given_away = await attempted(connection, f"update \"{table}\" set organisation = '{OURS}'")
            assert given_away in ("denied", "UPDATE 0"), table
    finally:
        await connection.close()
    assert {p.table for p in SERVICES[name].projections} <= tried


async def one_of(town: Town, name: str, table: str, who: str) -> Any:
    """One row of that organisation, as JSON."""
    columns = await rows(
        town,
        name,
        "select 1 from information_schema.columns where table_name = $1 and column_name = 'organisation'",
        table,
    )
    if not columns:
        return None
    found = await rows(town, name, f'select to_jsonb(t) from "{table}" t where organisation = $1 limit 1', who)
    return found[0][0] if found else None


async def insert(connection: Connection, table: str, row: Any) -> None:
    query = f'insert into "{table}" overriding system value select * from jsonb_populate_record(null::"{table}", $1)'
    async with connection.transaction():
        await connection.execute(query, row)


async def updatable(connection: Connection, table: str) -> str:
    """An assignment that changes nothing, of a column that the role may change."""
    column = await connection.fetchval(
        "select column_name from information_schema.column_privileges "
        "where table_name = $1 and privilege_type = 'UPDATE' and grantee = current_user limit 1",
        table,
    )
    return f"{column or 'organisation'} = {column or 'organisation'}"


async def attempted(connection: Connection, statement: str) -> str:
    try:
        async with connection.transaction():
            return str(await connection.execute(statement))
    except (asyncpg.InsufficientPrivilegeError, asyncpg.GeneratedAlwaysError):
        return "denied"


@pytest.mark.parametrize("role", ["worker", "api"])
async def test_what_was_logged_stays_as_it_was(name: str, role: Literal["worker", "api"], town: Town) -> None:
    """Events as they were said and heard are for ever; only a record's fate may move, by the worker."""
    allowed = {"event_id", "stream", "sequence", "type", "organisation", "fate", "code", "detail"}
    connection = await town.places[name].engine.database.connect(role)
    try:
        for table in ("journal", "inbox", "sent", "ops_audit"):
            for column in await columns_of(town, name, table):
                told = await attempted(connection, f'update "{table}" set "{column}" = "{column}"')
                if (role, table) != ("worker", "inbox") or column not in allowed:
                    assert told == "denied", (table, column)
            for statement in (f'delete from "{table}"', f'truncate "{table}"', f'drop table "{table}"'):
                assert await attempted(connection, statement) == "denied", statement
        if role == "api":
            assert await seen(connection, "inbox") is None
            assert await seen(connection, "ops_audit") is None
    finally:
        await connection.close()


async def columns_of(town: Town, name: str, table: str) -> Sequence[str]:
    found = await rows(town, name, "select column_name from information_schema.columns where table_name = $1", table)
    return [row[0] for row in found]


@pytest.mark.parametrize("role", ["owner", "worker", "api"])
async def test_no_role_of_one_service_enters_the_database_of_another(role: str, name: str, town: Town) -> None:
    mine = town.places[name].engine.settings
    for other, place in town.places.items():
        if other != name:
            theirs = place.engine.settings
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await asyncpg.connect(
                    host=theirs.database_host,
                    port=theirs.database_port,
                    database=theirs.database,
                    user=mine.user(typing.cast(Any, role)),
                )


@pytest.mark.parametrize("role", ["owner", "worker", "api"])
async def test_no_role_is_above_the_policies(role: Literal["owner", "worker", "api"], name: str, town: Town) -> None:
    user = town.places[name].engine.settings.user(role)
    [found] = await rows(
        town, name, "select rolsuper, rolbypassrls, rolcreaterole, rolcreatedb from pg_roles where rolname = $1", user
    )
    assert not any(found)
