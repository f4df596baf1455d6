"""How a sending leaves its sender: as an HTTP request to the gateway, or as a record of the sender's own topic."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from demo.case import SOURCE
from demo.places import Sender
from demo.sending import Sending
from shared.runtime.reading import intake_id

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"


@dataclass(frozen=True, slots=True)
class Record:
    """A Kafka record as it is produced."""

    topic: str
    key: bytes
    headers: list[tuple[str, bytes | None]]
    value: bytes | None


@dataclass(frozen=True, slots=True)
class Request:
    """A POST to /events as it is sent."""

    headers: Mapping[str, str]
    content: bytes


def record(sending: Sending) -> Record:
    """The record of an event in binary mode; what bears one id goes to one partition, so that it stays in order."""
    headers = [(f"ce_{name}", None if value is None else value.encode()) for name, value in sending.attributes]
    return Record(sending.sender.intake, sending.event_id.encode(), headers, sending.body)


def request(sending: Sending) -> Request:
    """The request of one event, binary or structured."""
    if sending.mode == "binary":
        headers = {f"ce-{name}": quote(value or "") for name, value in sending.attributes}
        return Request({**headers, "content-type": "application/json"}, sending.body or b"")
    return Request({"content-type": STRUCTURED}, json.dumps(_structured(sending)).encode())


def batch(sendings: Sequence[Sending]) -> Request:
    """The request of several events at once."""
    return Request({"content-type": BATCH}, json.dumps([_structured(sending) for sending in sendings]).encode())


def _structured(sending: Sending) -> dict[str, Any]:
    return {**dict(sending.attributes), "data": json.loads(sending.body or b"null")}


def submission_id(sender: Sender, event_id: str) -> str:
    """The id of the receipt that the sender's event gets."""
    return str(intake_id(sender.name, SOURCE, event_id))
