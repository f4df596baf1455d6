"""One event as it travels: CloudEvents 1.0.2 attributes around a body of the published language."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID


class Envelope(NamedTuple):
    """An event that was said: who said it, about what, when, and why."""

    id: UUID
    type: str
    source: str
    subject: str
    time: datetime
    recorded_at: datetime
    organisation: str
    sequence: int | None
    actor_role: str
    correlation_id: UUID
    causation_id: UUID | None
    traceparent: str | None
    data: Any
    producer: str | None = None
    """The name of the outsider who sent it; None for what the house says itself."""


def id_of(subject: str) -> UUID:
    """The id that a subject names after its kind, as in `referral/<id>`."""
    return UUID(subject.partition("/")[2])
