"""Fields that cross Kafka sealed: a token for one service, opaque to everybody else."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, GetCoreSchemaHandler, GetJsonSchemaHandler, StringConstraints
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from shared.contracts.event import Value
from shared.runtime.service import Clear

LONGEST = 200_000


class TransportKey(Value):
    """The public half of a key to which what only its owner is to read is sealed, until it ends."""

    key_id: UUID
    curve: Literal["X25519"]
    public: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{43}$")]
    ends_at: AwareDatetime


@dataclass(frozen=True, slots=True)
class SealedTo:
    """The field holds a token (JWE, compact) for that service, and in memory perhaps what is yet to be sealed to it.

    What is not sealed cannot be written as JSON: that raises ValueError.
    """

    reader: str

    def __get_pydantic_core_schema__(self, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        token = core_schema.str_schema(min_length=1, max_length=LONGEST)
        return core_schema.json_or_python_schema(
            json_schema=token,
            python_schema=core_schema.union_schema([core_schema.is_instance_schema(Clear), token]),
            serialization=core_schema.plain_serializer_function_ser_schema(_token, when_used="json"),
        )

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string", "minLength": 1, "maxLength": LONGEST, "x-sealed-to": self.reader}


def _token(value: Any) -> str:
    if not isinstance(value, str):
        # The message must not quote what it is about.
        raise ValueError("What is to be sealed was not sealed.")  # noqa: TRY004
    return value
