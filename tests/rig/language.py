"""A language of three words, in which the runtime's promises are tested apart from any rule of care."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from shared.contracts.event import Event
from shared.runtime.service import UnknownType


class Counted(Event, name="counted", owner="teller", subject="tally"):
    """Somebody counted one more thing."""

    number: int
    shared_with: UUID | None = None
    note: str = ""


class Reminded(Event, name="reminded", owner="teller", subject="tally"):
    """A deadline of the tally passed."""

    name_of_deadline: str


class Echoed(Event, name="echoed", owner="hearer", subject="echo"):
    """The hearer answered a count."""

    tally: UUID
    number: int


@dataclass(frozen=True)
class Words:
    """A registry of just these."""

    types: dict[str, type[Event]]

    def decode(self, type: str, body: bytes) -> Any:
        if type not in self.types:
            raise UnknownType(type)
        return self.types[type].model_validate_json(body)

    def encode(self, event: Any) -> bytes:
        return event.model_dump_json().encode()

    def sealed(self, event: Any, _: Any) -> Any:
        return event

    def tokens(self, _: Any) -> Sequence[str]:
        return ()

    def is_urgent(self, type: str) -> bool:
        return type == "kith.alarmed.v1"

    def knows(self, type: str) -> bool:
        return type in self.types


WORDS = Words({word.type(): word for word in (Counted, Reminded, Echoed)})
