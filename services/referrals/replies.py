"""A client answers a message with a word: whoever carries texts or emails passes it on, and STOP counts at once."""

import re
from collections.abc import Sequence
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from services.referrals.domain.commands import tell
from services.referrals.domain.policy import Policies
from services.referrals.people.records import SQL
from services.referrals.roles import CARRIERS
from shared.contracts import attending_updates as a
from shared.contracts.people import Phone
from shared.runtime import vault
from shared.runtime.commands import execute
from shared.runtime.decisions import Cause
from shared.runtime.engine import Engine
from shared.runtime.http import JSON, Asked, Call, Reply, Route
from shared.runtime.parsing import parse_body

_STOP = re.compile(r"\W*(stop|unsubscribe|end|nie|koniec)\b", re.IGNORECASE)
_PHONE: TypeAdapter[str] = TypeAdapter(Phone)


class Answered(BaseModel):
    """What came back, in the words of GOV.UK Notify for a text it received; whatever else it says is not kept."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    source: Annotated[str, StringConstraints(min_length=3, max_length=200)] = Field(alias="source_number")
    """The number or the address that it came from."""
    message: Annotated[str, StringConstraints(max_length=5000)]


class Heard(BaseModel):
    """It was heard; whether anybody is known under that number is not told."""

    heard: Literal[True] = True


def reply_routes(policies: Policies) -> Sequence[Route]:
    """The one route for replies."""

    async def hear(engine: Engine, call: Call, asked: Asked) -> Reply:
        said = parse_body(Answered, asked.body)
        if _STOP.match(said.message):
            await _opt_out(engine, call, policies, said.source)
        return Reply(200, Heard().model_dump_json().encode())

    return (
        Route(
            "POST",
            "/message-replies",
            hear,
            "A client's answer to a message: STOP ends all messages to whoever has that number or address.",
            CARRIERS,
            accepts=JSON,
            body=Answered,
            model=Heard,
        ),
    )


async def _opt_out(engine: Engine, call: Call, policies: Policies, source: str) -> None:
    """Every referral of everybody who is reached there: on a shared phone one STOP is one too many to pass over."""
    organisation = call.principal.organisation
    referrals: list[UUID] = []
    persons = await vault.find(engine, organisation, *_fact(source))
    async with engine.database.read(organisation) as connection:
        for person in persons:
            referrals += [row["id"] for row in await connection.fetch(SQL["referrals_of"], person)]
    if not referrals:
        return
    wish = a.OptOut(channel="email" if "@" in source else "text")
    policy = policies.of(organisation)
    cause = Cause(organisation, "client", call.correlation_id, None, call.traceparent, call.now)
    await execute(engine, cause, [tell(id, wish, call.now, policy, call.new_id()) for id in referrals])


def _fact(source: str) -> tuple[str, str]:
    if "@" in source:
        return "email", source.strip().casefold()
    digits = source.strip()
    if digits.startswith("44"):
        digits = f"+{digits}"
    try:
        return "phone", _PHONE.validate_python(digits)
    except ValidationError:
        return "phone", digits
