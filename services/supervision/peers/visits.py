"""Lone visits and questions over HTTP: what is told of them, and where somebody went or what they asked, to read."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, StringConstraints

from services.supervision.domain.peers.policy import Policies
from services.supervision.peers.contents import ADVICE, ANSWER, VISIT, secret
from services.supervision.peers.telling import HERE, path_of, themselves, told
from services.supervision.roles import AROUND, ON_CALL, OUT
from shared.contracts import peer_updates as p
from shared.runtime import vault
from shared.runtime.engine import Engine
from shared.runtime.http import Asked, Call, Reply, Route, looked_up
from shared.runtime.parsing import strict
from shared.runtime.problems import Problem

_Words = Annotated[str, StringConstraints(min_length=1, max_length=4000)]


class StartLoneVisitBody(p.StartLoneVisit):
    """Who goes out alone, until when, and where to; that is read only if they are not back."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    where: _Words | None = None


class RequestAdviceBody(p.RequestAdvice):
    """What the peer is unsure of; it is read by whoever answers."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    words: _Words | None = None


class AnswerAdviceBody(p.AnswerAdvice):
    """What is answered; the peer reads it."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    words: _Words | None = None


class Where(BaseModel):
    """Where somebody went, if it was said and they are not back."""

    visit_id: UUID
    where: str | None


class AdviceView(BaseModel):
    """What was asked, and what was answered."""

    advice_id: UUID
    asked: str | None
    answered: str | None


def visit_routes(policies: Policies) -> Sequence[Route]:
    """The routes, under the organisations' policies."""

    async def start(engine: Engine, wish: StartLoneVisitBody, call: Call) -> Sequence[Any]:
        visit_id = wish.visit_id or call.new_id()
        kept = secret(call.path["peer_id"], f"{VISIT}{visit_id}", wish.where)
        return await told(policies, engine, call, wish.model_copy(update={"visit_id": visit_id}), secrets=kept)

    async def extend(engine: Engine, wish: p.ExtendLoneVisit, call: Call) -> Sequence[Any]:
        return await told(policies, engine, call, wish)

    async def end(engine: Engine, wish: p.EndLoneVisit, call: Call) -> Sequence[Any]:
        return await told(policies, engine, call, wish, forgets=((call.path["peer_id"], f"{VISIT}{wish.visit_id}"),))

    async def request(engine: Engine, wish: RequestAdviceBody, call: Call) -> Sequence[Any]:
        advice_id = wish.advice_id or call.new_id()
        kept = secret(call.path["peer_id"], f"{ADVICE}{advice_id}", wish.words)
        return await told(policies, engine, call, wish.model_copy(update={"advice_id": advice_id}), secrets=kept)

    async def answer(engine: Engine, wish: AnswerAdviceBody, call: Call) -> Sequence[Any]:
        kept = secret(call.path["peer_id"], f"{ANSWER}{wish.advice_id}", wish.words)
        return await told(policies, engine, call, wish, secrets=kept)

    return (
        looked_up(
            "POST",
            path_of(p.StartLoneVisit),
            StartLoneVisitBody,
            start,
            roles=OUT,
            summary="The peer goes out alone, and is expected back by a time.",
        ),
        looked_up(
            "POST",
            path_of(p.ExtendLoneVisit),
            strict(p.ExtendLoneVisit),
            extend,
            roles=OUT,
            summary="The peer is well and stays longer.",
        ),
        looked_up(
            "POST",
            path_of(p.EndLoneVisit),
            strict(p.EndLoneVisit),
            end,
            roles=OUT,
            summary="The peer is back; where they were is forgotten.",
        ),
        looked_up(
            "POST",
            path_of(p.RequestAdvice),
            RequestAdviceBody,
            request,
            roles=AROUND,
            summary="The peer is unsure and asks; it is never counted against them.",
        ),
        looked_up(
            "POST",
            path_of(p.AnswerAdvice),
            AnswerAdviceBody,
            answer,
            roles=("supervisor", "service-lead", "line-manager"),
            summary="Somebody answers a peer who is unsure.",
        ),
        Route(
            "GET",
            f"{HERE}/lone-visits/{{visit_id}}",
            _where,
            "Where somebody went who is not back; that it was read is kept.",
            ON_CALL,
            model=Where,
        ),
        Route(
            "GET",
            f"{HERE}/advice/{{advice_id}}",
            _advice,
            "What a peer asked, and what was answered; that it was read is kept.",
            ("supervisor", "service-lead", "peer"),
            model=AdviceView,
        ),
    )


async def _where(engine: Engine, call: Call, _: Asked) -> Reply:
    visit_id: UUID = call.path["visit_id"]
    kept = await _read(engine, call, "safety", f"{VISIT}{visit_id}")
    if not kept:
        raise Problem(404, "not-found", "There is nothing here with this id.")
    (where,) = kept.values()
    return Reply(200, Where(visit_id=visit_id, where=where).model_dump_json().encode())


async def _advice(engine: Engine, call: Call, _: Asked) -> Reply:
    advice_id: UUID = call.path["advice_id"]
    asked, answered = f"{ADVICE}{advice_id}", f"{ANSWER}{advice_id}"
    kept = await _read(engine, call, "supervision", asked, answered)
    if not kept:
        raise Problem(404, "not-found", "There is nothing here with this id.")
    view = AdviceView(advice_id=advice_id, asked=kept.get(asked), answered=kept.get(answered))
    return Reply(200, view.model_dump_json().encode())


async def _read(engine: Engine, call: Call, purpose: str, *names: str) -> dict[str, str]:
    peer_id = themselves(call)
    wanted = [(peer_id, name) for name in names]
    found = await vault.read(engine, call.principal, call.principal.organisation, wanted, purpose)
    return {name: content.decode() for (_, name), content in found.items()}
