"""Events of a tea room, so that the machinery is tried on a language that no service speaks."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, create_model

from shared.contracts.event import Event, Value
from shared.contracts.values import example

ID = "0198f6a4-0000-7000-8000-000000000001"
Text = Annotated[str, Field(max_length=40)]
Small = Annotated[int, Field(ge=0, le=100)]


class Biscuit(Value):
    kind: Literal["oat", "ginger"]
    crumbs: Small = 0


class TeaPoured(Event, name="tea-poured", owner="referrals", subject="table", readers=("evaluation",)):
    """A cup was filled."""

    model_config = example(
        {"cup_id": ID, "at": "2026-03-02T09:00:00Z", "minutes": 4},
        {"cup_id": ID, "at": "2026-03-02T09:00:00Z", "minutes": 3, "biscuits": [{"kind": "oat"}], "blend": "assam"},
    )

    cup_id: UUID
    at: AwareDatetime
    minutes: Small
    warmth: float | None = None
    blend: Text | None = None
    biscuits: Annotated[tuple[Biscuit, ...], Field(max_length=5)] = ()


class KettleScorched(
    Event,
    name="kettle-scorched",
    owner="referrals",
    subject="kettle",
    urgent=True,
    readers=("evaluation", "supervision"),
):
    """The kettle boiled dry."""

    model_config = example({"kettle_id": ID})

    kettle_id: UUID


def tea(
    version: int = 1, *, name: str = "tea-poured", readers: tuple[str, ...] = ("evaluation",), **fields: Any
) -> type[Event]:
    """A class like TeaPoured with other fields; a field is an annotation, or an annotation and a default."""
    shaped = {field: shape if isinstance(shape, tuple) else (shape, ...) for field, shape in fields.items()}
    kinds = {"name": name, "owner": "referrals", "subject": "table", "version": version, "readers": readers}
    made: type[Event] = create_model(
        "TeaPoured", __base__=Event, __doc__="A cup was filled.", __cls_kwargs__=kinds, **shaped
    )
    return made
