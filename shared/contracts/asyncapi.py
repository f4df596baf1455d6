"""The AsyncAPI 3.0 document: which service says and hears which events on which topic."""

from collections.abc import Iterable
from typing import Any

from shared.contracts import schema, topics
from shared.contracts.event import Event
from shared.contracts.golden import given

SPECIFICATION = "3.0.0"
VERSION = "1.0.0"

_TEXT = {"type": "string"}
_ID = {"type": "string", "format": "uuid"}
_TIME = {"type": "string", "format": "date-time"}
_OUTSIDE = {
    "ce_specversion": {"type": "string", "const": "1.0"},
    "ce_id": {"type": "string", "minLength": 1},
    "ce_source": _TEXT,
    "ce_time": _TIME,
}
_INSIDE = {
    **_OUTSIDE,
    "ce_id": _ID,
    "ce_subject": {"type": "string", "description": "Also the record's key."},
    "ce_dataschema": _TEXT,
    "ce_sequence": {
        "type": "string",
        "pattern": "^[1-9][0-9]*$",
        "description": "Place in its subject's stream, from 1.",
    },
    "ce_organisation": _TEXT,
    "ce_recordedtime": {**_TIME, "description": "When it was entered; `ce_time` is when it happened."},
    "ce_actorrole": {"type": "string", "description": "The role of who did it, never a name."},
    "ce_correlationid": _ID,
}


def document(events: Iterable[type[Event]]) -> dict[str, Any]:
    """The whole document, self-contained: every reference points into it."""
    events = tuple(events)
    references, schemas = schema.components(events, "#/components/schemas/{model}")
    spoken = [topic for topic in (*topics.OWNED, topics.INTAKE) if _on(topic, events)]
    return {
        "asyncapi": SPECIFICATION,
        "info": {
            "title": "Kith",
            "version": VERSION,
            "description": "The published language of Kith: CloudEvents 1.0.2 over Kafka in binary mode, JSON bodies.",
        },
        "defaultContentType": "application/json",
        "channels": {_channel(topic): _describe(topic, _on(topic, events)) for topic in spoken},
        "operations": {name: operation for topic in spoken for name, operation in _operations(topic, events)},
        "components": {
            "messages": {event.name: _message(event, references[event]) for event in events},
            "schemas": dict(sorted(schemas.items())),
        },
    }


def _channel(topic: topics.Topic) -> str:
    return "intake" if topic is topics.INTAKE else topic.owner


def _on(topic: topics.Topic, events: tuple[type[Event], ...]) -> tuple[type[Event], ...]:
    return tuple(event for event in events if event.owner == _channel(topic))


def _describe(topic: topics.Topic, said: tuple[type[Event], ...]) -> dict[str, Any]:
    outside = topic is topics.INTAKE
    channel: dict[str, Any] = {
        "address": topic.name,
        "description": "What one outside producer sends."
        if outside
        else f"What {topic.owner} says, in order per subject.",
        "messages": {event.name: {"$ref": f"#/components/messages/{event.name}"} for event in said},
    }
    if outside:
        channel["parameters"] = {"producer": {"description": "The name under which the producer was let in."}}
    channel["bindings"] = {
        "kafka": {
            "partitions": topic.partitions,
            "replicas": topic.replicas,
            "topicConfiguration": {"cleanup.policy": ["delete"], "retention.ms": topic.retention_ms},
            "bindingVersion": "0.5.0",
        }
    }
    return channel


def _operations(topic: topics.Topic, events: tuple[type[Event], ...]) -> Iterable[tuple[str, dict[str, Any]]]:
    """From the services' side: the owner sends, each reader receives what it declared to read."""
    channel = _channel(topic)
    if topic is not topics.INTAKE:
        yield f"{channel}-says", _operation("send", channel, _on(topic, events))
    for reader in topics.SERVICES:
        if heard := tuple(event for event in _on(topic, events) if reader in event.readers):
            yield f"{reader}-hears-{channel}", _operation("receive", channel, heard)


def _operation(action: str, channel: str, events: tuple[type[Event], ...]) -> dict[str, Any]:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "messages": [{"$ref": f"#/channels/{channel}/messages/{event.name}"} for event in events],
    }


def _message(event: type[Event], reference: Any) -> dict[str, Any]:
    headers = _OUTSIDE if event.owner == "intake" else _INSIDE
    return {
        "name": event.type(),
        "title": event.name,
        "summary": " ".join((event.__doc__ or "").split()),
        "contentType": "application/json",
        "tags": [{"name": event.subject}, *([{"name": "urgent"}] if event.urgent else [])],
        "headers": {
            "type": "object",
            "properties": {"ce_type": {"type": "string", "const": event.type()}, **headers},
            "required": ["ce_type", *headers],
        },
        "payload": reference,
        "examples": [{"name": f"{event.name}-{n}", "payload": body} for n, body in enumerate(given(event), 1)],
    }
