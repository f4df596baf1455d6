"""What may be told of a supervisor: away, back, and who stands in; never why."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from shared.contracts.update import Update


class SayAway(Update):
    """The supervisor is not there, until that day if it is known."""

    do: Literal["say-away"] = "say-away"
    until: date | None = None


class SayBack(Update):
    """The supervisor is there; or was all along."""

    do: Literal["say-back"] = "say-back"


class AgreeDeputy(Update):
    """Who stands in whenever the supervisor is away; none takes it back."""

    do: Literal["agree-deputy"] = "agree-deputy"
    deputy_id: UUID | None


AnySupervisorUpdate = Annotated[SayAway | SayBack | AgreeDeputy, Field(discriminator="do")]
