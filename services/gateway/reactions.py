"""What it means here that an outsider sent something: whichever door it came through, it is placed the same way."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from services.gateway.domain.content import Content, reader_of
from services.gateway.domain.submission import NEW, Place
from shared.contracts.intake import AboutReferral
from shared.contracts.registry import Registry
from shared.runtime.envelope import Envelope
from shared.runtime.reading import intake_id
from shared.runtime.service import Reaction


def intake(registry: Registry) -> Reaction:
    """The one reaction to everything that is submitted, in the registry's language."""
    read = reader_of(registry)

    def targets(event: Envelope) -> Sequence[str]:
        named_id = _named(event, read(event.type, event.data))
        return [event.subject] if named_id is None else [event.subject, f"submission/{named_id}"]

    def react(event: Envelope, states: Mapping[str, Any]) -> Sequence[Place]:
        content = read(event.type, event.data)
        named_id = _named(event, content)
        named = states.get(f"submission/{named_id}", NEW)
        return [
            Place(event.id, event.organisation, event.recorded_at, event.time, event.type, content, named, named_id)
        ]

    return Reaction(targets, react)


def _named(event: Envelope, content: Content) -> UUID | None:
    """The submission of the same sender and source that made the referral, where it is named by its event's id."""
    if isinstance(content, AboutReferral) and content.referral_event_id and event.producer:
        return intake_id(event.producer, event.source, content.referral_event_id)
    return None
