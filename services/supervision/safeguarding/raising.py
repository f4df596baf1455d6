"""Raising a concern: it is taken whatever else stands still, and whoever raises it reads at once who will read it."""

from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, StringConstraints

from services.supervision.domain.safeguarding.concern_commands import Raise, Sign
from services.supervision.domain.safeguarding.duty_policy import DutyPolicies
from services.supervision.domain.safeguarding.duty_words import first_line_of_every_form, what_the_raiser_reads
from services.supervision.domain.safeguarding.narrative import secrets_of
from services.supervision.domain.safeguarding.noticing import concern_id_of, sign_of_person
from services.supervision.roles import RAISERS
from services.supervision.safeguarding.asking import (
    calendar_of,
    concern,
    refuse_another_time,
    refuse_to_speak_as_another,
)
from services.supervision.safeguarding.views import Raised
from shared.contracts import concern_updates as u
from shared.runtime import log
from shared.runtime.commands import Outcome, execute
from shared.runtime.decisions import Cause
from shared.runtime.engine import Engine
from shared.runtime.envelope import id_of
from shared.runtime.http import JSON, Asked, Call, Reply, Route, idempotency_of
from shared.runtime.parsing import parse_body
from shared.runtime.service import Refusal

_log = log.logger(__name__)
_OF_NOBODY_HERE = ("not-found", "kept-elsewhere")


class RaiseBody(u.RaiseConcern):
    """A concern, of whom it is, and what was seen or heard; the words are the vault's alone."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    person_id: UUID | None = None
    colleague_id: UUID | None = None
    """Of which colleague it is, where it is about one."""
    words: Annotated[str, StringConstraints(max_length=20_000)] = ""


def raising(policies: DutyPolicies) -> Route:
    """The route by which concerns are raised."""

    async def answer(engine: Engine, call: Call, asked: Asked) -> Reply:
        body = parse_body(RaiseBody, asked.body)
        refuse_another_time(body)
        refuse_to_speak_as_another(call, body.by_role)
        organisation = call.principal.organisation
        policy, calendar = policies.of(organisation), await calendar_of(engine, organisation)
        cause = Cause(organisation, body.by_role, call.correlation_id, None, call.traceparent, call.now)
        fresh_id, sign_id = call.new_id(), call.new_id()

        async def said_of(person_id: UUID | None) -> Outcome:
            sign = sign_of_person(body, sign_id, person_id, policy)
            concern_id = concern_id_of(sign, fresh_id)
            secrets = secrets_of(concern_id, sign, body.words, _colleague(sign, body))
            command = Raise(concern_id, call.now, sign, calendar, policy, secrets)
            return await execute(engine, cause, [command], idempotency=idempotency_of(call, asked, asked.body))

        try:
            outcome = await said_of(body.person_id)
        except Refusal as refusal:
            if body.person_id is None or refusal.code not in _OF_NOBODY_HERE:
                raise
            # A wrong id must not cost the concern: it is taken as one of somebody whom nobody here knows.
            _log.warning("concern.of_nobody_here", concern=str(fresh_id))
            outcome = await said_of(None)
        concern_id = id_of(outcome.subject)
        state = await concern(engine, organisation, concern_id)
        assert state.times is not None
        said = Raised(
            concern_id=concern_id,
            sequence=outcome.sequence,
            reads=what_the_raiser_reads(state.times, call.now, policy),
            first_line=first_line_of_every_form(policy),
            acknowledge_by=state.times.acknowledge_by,
        )
        return Reply(201, said.model_dump_json().encode())

    return Route(
        "POST",
        "/concerns",
        answer,
        "Somebody is worried: what was seen or heard, and whether anyone is in danger now.",
        RAISERS,
        201,
        accepts=JSON,
        body=RaiseBody,
        model=Raised,
    )


def _colleague(sign: Sign, body: RaiseBody) -> UUID | None:
    return body.colleague_id if sign.about in ("peer", "staff") else None
