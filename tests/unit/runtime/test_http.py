"""The door: who may, what comes back, and that the same answer has one shape everywhere."""

import asyncio
import hashlib
import json
from uuid import UUID

import asyncpg
import pytest

from shared.runtime import http
from shared.runtime.commands import KeyReused, Stale
from shared.runtime.database import Unavailable
from shared.runtime.decisions import NotFound
from shared.runtime.door import door
from shared.runtime.service import Refusal
from tests.unit.runtime.doors import (
    EVALUATOR,
    KEY,
    KEYS,
    NOW,
    OLD,
    REFERRAL,
    ROUTES,
    URL,
    Behind,
    app_over,
    client,
    engine_of,
)


@pytest.fixture
def behind(monkeypatch: pytest.MonkeyPatch) -> Behind:
    played = Behind()
    monkeypatch.setattr(http, "execute", played.execute)
    return played


async def test_a_command_answers_its_outcome_and_the_etag(behind: Behind) -> None:
    async with client(app_over(behind)) as caller:
        answer = await caller.post(URL, json={"text": "Walk daily"}, headers={"If-Match": '"6"'})
    assert answer.status_code == 201
    assert answer.headers["etag"] == '"7"'
    assert answer.json() == {
        "subject": f"referral/{REFERRAL}",
        "sequence": 7,
        "events": [{"id": str(REFERRAL), "type": "kith.goal-set.v1", "subject": f"referral/{REFERRAL}", "sequence": 7}],
    }
    ((cause, commands, if_match, idempotency),) = behind.executed
    assert (cause.organisation, cause.actor_role, cause.at, cause.causation_id) == (
        "ayrshire",
        "coordinator",
        NOW,
        None,
    )
    assert (commands[0][0], commands[0][1].text, if_match, idempotency) == (REFERRAL, "Walk daily", 6, None)


async def test_the_request_hash_covers_method_path_organisation_and_body(behind: Behind) -> None:
    body = b'{"text": "x"}'
    headers = {"Idempotency-Key": "k-1", "Content-Type": "application/json"}
    async with client(app_over(behind)) as caller:
        await caller.post(URL, content=body, headers=headers)
    idempotency = behind.executed[0][3]
    assert idempotency is not None
    assert idempotency.key == "k-1"
    assert idempotency.request_hash == hashlib.sha256(b"POST\0" + URL.encode() + b"\0ayrshire\0" + body).digest()


async def test_correlation_and_trace_are_passed_on_only_when_well_formed(behind: Behind) -> None:
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    wanted = "018f0000-0000-7000-8000-0000000000aa"
    async with client(app_over(behind)) as caller:
        first = await caller.post(URL, json={"text": "x"}, headers={"X-Correlation-Id": wanted, "traceparent": trace})
        second = await caller.post(
            URL, json={"text": "x"}, headers={"X-Correlation-Id": "Jane Doe", "traceparent": "00-0-0-0"}
        )
    assert first.headers["x-correlation-id"] == wanted
    assert (behind.executed[0][0].correlation_id, behind.executed[0][0].traceparent) == (UUID(wanted), trace)
    assert UUID(second.headers["x-correlation-id"]) == behind.executed[1][0].correlation_id
    assert behind.executed[1][0].traceparent is None


async def test_a_query_reads_as_the_callers_organisation_and_gives_the_etag(behind: Behind) -> None:
    async with client(app_over(behind)) as caller:
        found = await caller.get(f"/referrals/{REFERRAL}")
        listed = await caller.get("/referrals/waiting", params={"stage": "matched"})
        nothing = await caller.get("/referrals/018f0000-0000-7000-8000-00000000dead")
    assert (found.status_code, found.headers["etag"]) == (200, '"7"')
    assert (listed.json(), "etag" in listed.headers) == ({"rows": ["matched"]}, False)
    assert (nothing.status_code, nothing.json()["code"]) == (404, "not-found")
    assert behind.read == ["ayrshire"] * 3


async def test_head_answers_as_get_without_a_body(behind: Behind) -> None:
    async with client(app_over(behind)) as caller:
        answer = await caller.head(f"/referrals/{REFERRAL}")
    assert (answer.status_code, answer.content, answer.headers["etag"]) == (200, b"", '"7"')


@pytest.mark.parametrize(
    ("raised", "status", "code", "field"),
    [
        (Refusal("already-ended", "The support has ended.", "reason"), 409, "already-ended", "reason"),
        (NotFound("referral/x"), 404, "not-found", None),
        (Stale(9), 412, "stale", "If-Match"),
        (KeyReused("used"), 422, "idempotency-key-reused", "Idempotency-Key"),
        (Unavailable("away"), 503, "database-unavailable", None),
        (asyncpg.TooManyConnectionsError("full"), 503, "database-unavailable", None),
        (asyncpg.DataError("out of range"), 422, "not-storable", None),
        (RuntimeError("a fault with 0101901234 in it"), 500, "internal-error", None),
        (asyncio.CancelledError(), 500, "internal-error", None),
    ],
)
async def test_what_stands_behind_the_door_has_its_own_answer(
    behind: Behind, raised: BaseException, status: int, code: str, field: str | None
) -> None:
    behind.raises = raised
    async with client(app_over(behind)) as caller:
        for answer in (await caller.post(URL, json={"text": "x"}), await caller.get(f"/referrals/{REFERRAL}")):
            said = answer.json()
            assert (answer.status_code, said["code"], said.get("field")) == (status, code, field)
            assert answer.headers["content-type"] == "application/problem+json"
            assert said["status"] == status
            assert said["type"].endswith(code)
            assert ("retry-after" in answer.headers) == (status == 503)
            assert "0101901234" not in answer.text


@pytest.mark.parametrize(
    "headers", [{"Authorization": f"Bearer {KEY}"}, {"authorization": f"bearer {KEY}"}, {"X-API-Key": KEY}]
)
async def test_a_key_is_taken_from_either_header(behind: Behind, headers: dict[str, str]) -> None:
    async with client(app_over(behind), None) as caller:
        assert (await caller.get(f"/referrals/{REFERRAL}", headers=headers)).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-API-Key": ""},
        {"X-API-Key": "guess"},
        {"X-API-Key": OLD},
        {"Authorization": f"Basic {KEY}"},
        {"Authorization": KEY},
    ],
)
async def test_without_a_known_unexpired_key_nothing_is_done(behind: Behind, headers: dict[str, str]) -> None:
    async with client(app_over(behind), None) as caller:
        for answer in (
            await caller.post(URL, json={"text": "x"}, headers=headers),
            await caller.get(f"/referrals/{REFERRAL}", headers=headers),
        ):
            assert (answer.status_code, answer.json()["code"]) == (401, "unknown-key")
            assert answer.headers["www-authenticate"].startswith("Bearer")
    assert (behind.executed, behind.read) == ([], [])


async def test_a_command_of_another_role_is_refused_and_does_nothing(behind: Behind) -> None:
    async with client(app_over(behind), EVALUATOR) as caller:
        answer = await caller.post(URL, json={"text": "x"})
    assert (answer.status_code, answer.json()["code"]) == (403, "role-not-allowed")
    assert behind.executed == []


async def test_a_known_path_names_the_methods_it_answers(behind: Behind) -> None:
    async with client(app_over(behind)) as caller:
        answer = await caller.delete(URL)
    assert (answer.status_code, answer.headers["allow"], answer.json()["code"]) == (405, "POST", "method-not-allowed")


async def test_a_route_may_raise_a_problem_of_its_own(behind: Behind) -> None:
    async with client(app_over(behind)) as caller:
        answer = await caller.put("/files/a", content=b"refuse", headers={"Content-Type": "text/plain"})
    assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (429, "too-much", "9")


async def test_requests_are_counted_by_route_and_never_by_id(behind: Behind) -> None:
    engine = engine_of(behind)
    async with client(door(engine, KEYS, ROUTES)) as caller:
        await caller.get(f"/referrals/{REFERRAL}")
        await caller.get("/nowhere/0101901234")
    text = engine.metrics.render().decode()
    assert 'kith_http_requests_total{route="/referrals/{id}",status="200"} 1.0' in text
    assert 'kith_http_requests_total{route="(none)",status="404"} 1.0' in text
    assert str(REFERRAL) not in text
    assert "0101901234" not in text


async def test_the_description_needs_no_key_and_names_every_route(behind: Behind) -> None:
    async with client(app_over(behind), None) as caller:
        described = (await caller.get("/openapi.json")).json()
    assert described["openapi"] == "3.1.0"
    assert set(described["paths"]) == {route.path for route in ROUTES}
    goal = described["paths"]["/referrals/{id}/goals"]["post"]
    assert goal["x-roles"] == ["coordinator", "peer"]
    assert set(goal["responses"]) == {"201", "4XX", "503"}
    assert goal["requestBody"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Goal"}
    waiting = described["paths"]["/referrals/waiting"]["get"]
    assert [p["name"] for p in waiting["parameters"]] == ["stage", "limit", "text"]
    for reference in set(json.dumps(described).split('"$ref": "')[1:]):
        assert reference.split('"')[0].rpartition("/")[2] in described["components"]["schemas"]


def test_one_method_of_one_path_has_one_route(behind: Behind) -> None:
    with pytest.raises(ValueError, match="routed twice"):
        door(engine_of(behind), KEYS, (*ROUTES, ROUTES[0]))
