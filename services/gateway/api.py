"""The gateway over HTTP: events come in, receipts go out, and a person may have what was held placed again."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson
from pydantic import BaseModel, ConfigDict

from services.gateway.bounds import within_backlog
from services.gateway.cloudevents import ACCEPTS, is_batch, read_batch, read_one
from services.gateway.placing import place
from services.gateway.receipts import PARKED, QUESTIONS, Receipt, receipts_by_id
from services.gateway.taking import Taken, problem_in, take
from shared.runtime.decisions import Cause
from shared.runtime.engine import Engine
from shared.runtime.http import JSON, Asked, Call, Reply, Route
from shared.runtime.operating import Words, note, nothing
from shared.runtime.parsing import parse_body
from shared.runtime.problems import MEDIA, Problem
from shared.runtime.service import Refusal

LIMIT = 4 * 1024 * 1024
"""The longest batch, in bytes; one event may have a fourth of it."""


class Result(BaseModel):
    """What became of one event of a batch: its receipt, or the problem it has, or both."""

    status: int
    receipt: Receipt | None = None
    problem: dict[str, Any] | None = None


class Results(BaseModel):
    """What became of each event of a batch, in its order."""

    results: list[Result]


class Again(BaseModel):
    """Why something is placed again."""

    model_config = ConfigDict(extra="forbid")

    why: Words


async def submit(engine: Engine, call: Call, asked: Asked) -> Reply:
    """Whatever could be read is durable, with its bytes, before this answers."""
    producer = call.principal.name
    if engine.producers.get(producer) != call.principal.organisation:
        raise Problem(403, "sender-not-alone", "Another organisation's key has the same name; ask the operator.")
    if is_batch(asked):
        given = within_backlog(engine, read_batch(asked, producer))
        return _of_batch(await take(engine, call, given, asked))
    if len(asked.body) > engine.settings.body_limit:
        raise Problem(413, "too-large", f"One event may have {engine.settings.body_limit} bytes.")
    (result,) = await take(engine, call, within_backlog(engine, [read_one(asked, producer)]), asked)
    return _of_one(result)


def _of_one(result: Problem | Taken) -> Reply:
    if isinstance(result, Problem):
        raise result
    verdict, receipt = result
    problem = problem_in(verdict, receipt)
    where = () if receipt.code == PARKED else ((b"location", f"/receipts/{receipt.receipt_id}".encode()),)
    if problem is None:
        return Reply(202, receipt.model_dump_json().encode(), headers=where)
    return Reply(problem.status, orjson.dumps(_told(problem, receipt)), MEDIA, where)


def _of_batch(results: Sequence[Problem | Taken]) -> Reply:
    """202 when something of the batch was taken; else 422, with the same results beside the problem."""
    told: list[Result] = []
    for result in results:
        if isinstance(result, Problem):
            told.append(Result(status=result.status, problem=_told(result)))
        elif problem := problem_in(*result):
            told.append(Result(status=problem.status, problem=_told(problem, result[1])))
        else:
            told.append(Result(status=202, receipt=result[1]))
    body = Results(results=told)
    if any(result.status == 202 for result in told):
        return Reply(202, body.model_dump_json().encode())
    none = Problem(422, "nothing-taken", "No event of the batch could be taken; see the results.", field="0")
    return Reply(422, orjson.dumps(_told(none) | body.model_dump(mode="json")), MEDIA)


def _told(problem: Problem, receipt: Receipt | None = None) -> dict[str, Any]:
    told: dict[str, Any] = orjson.loads(problem.as_bytes())
    return told | ({} if receipt is None else {"receipt": receipt.model_dump(mode="json")})


async def place_again(engine: Engine, call: Call, asked: Asked) -> Reply:
    """What was held is placed as it came, with what is known now; or it is still held and says why."""
    again = parse_body(Again, asked.body)
    receipt_id, organisation = call.path["receipt_id"], call.principal.organisation
    receipt = await _receipt(engine, organisation, receipt_id)
    if receipt.status != "held":
        raise Refusal("not-held", "Only what is held can be placed again.")
    async with engine.database.worker() as connection:
        await note(connection, call, call.principal.name, "place-again", f"submission/{receipt_id}", again.why)
    await place(engine, receipt_id, Cause(organisation, call.role, receipt_id, None, call.traceparent, call.now))
    return Reply(200, (await _receipt(engine, organisation, receipt_id)).model_dump_json().encode())


async def _receipt(engine: Engine, organisation: str, receipt_id: UUID) -> Receipt:
    async with engine.database.read(organisation) as connection:
        found = (await receipts_by_id(connection, [receipt_id])).get(receipt_id)
    if found is None:
        raise nothing()
    return found


ROUTES: Sequence[Route] = (
    Route(
        "POST",
        "/events",
        submit,
        "Submit one CloudEvent, or a batch; the receipt is durable before the answer.",
        ("sender",),
        202,
        accepts=ACCEPTS,
        model=Receipt,
        limit=LIMIT,
    ),
    *QUESTIONS,
    Route(
        "POST",
        "/receipts/{receipt_id}/place-again",
        place_again,
        "Have what was held placed once more, for a reason that is kept.",
        ("coordinator",),
        accepts=JSON,
        body=Again,
        model=Receipt,
    ),
)
