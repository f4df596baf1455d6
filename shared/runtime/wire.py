"""Events as Kafka records: CloudEvents 1.0.2 in binary mode, and headers kept byte for byte."""

import struct
from collections.abc import Sequence
from hashlib import blake2b
from typing import NamedTuple

from shared.runtime.envelope import Envelope

Headers = tuple[tuple[str, bytes | None], ...]

CLOCK = "clock"
HTTP = "http"
INTAKE = "kith.intake."

_LENGTHS = struct.Struct(">Ii")


class Record(NamedTuple):
    """What was read from a topic, byte for byte; `inbox_id` when it is read again from the inbox."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    headers: Headers
    body: bytes | None
    inbox_id: int | None = None
    destroyed: bool = False
    """Whether the key is gone under which its bytes were kept."""


def pack(headers: Sequence[tuple[str, bytes | None]]) -> bytes:
    """Headers as bytes that `unpack` gives back exactly, null values and doubles included."""
    parts: list[bytes] = []
    for name, value in headers:
        raw = name.encode("utf-8", "surrogateescape")
        if value is None:
            parts += (_LENGTHS.pack(len(raw), -1), raw)
        else:
            parts += (_LENGTHS.pack(len(raw), len(value)), raw, value)
    return b"".join(parts)


def unpack(packed: bytes) -> Headers:
    """The headers that were packed."""
    headers, at = [], 0
    while at < len(packed):
        name_length, value_length = _LENGTHS.unpack_from(packed, at)
        at += _LENGTHS.size
        name = packed[at : at + name_length].decode("utf-8", "surrogateescape")
        at += name_length
        value = None if value_length < 0 else packed[at : at + value_length]
        at += max(value_length, 0)
        headers.append((name, value))
    return tuple(headers)


def digest(record: Record) -> bytes:
    """A fingerprint of the id that the record claims, by which no guess of what else it says can be confirmed."""
    ids = [value for name, value in record.headers if name == "ce_id"]
    return blake2b(repr(ids).encode(), digest_size=16).digest()


def headers_of(event: Envelope) -> list[tuple[str, bytes]]:
    """The CloudEvents headers under which an event travels; the same event always gives the same bytes."""
    _, name, version = event.type.split(".")
    attributes = [
        ("specversion", "1.0"),
        ("id", str(event.id)),
        ("type", event.type),
        ("source", event.source),
        ("subject", event.subject),
        ("time", event.time.isoformat()),
        ("dataschema", f"/schemas/{name}/{version}"),
        ("sequence", str(event.sequence)),
        ("organisation", event.organisation),
        ("recordedtime", event.recorded_at.isoformat()),
        ("actorrole", event.actor_role),
        ("correlationid", str(event.correlation_id)),
    ]
    if event.causation_id:
        attributes.append(("causationid", str(event.causation_id)))
    if event.traceparent:
        attributes.append(("traceparent", event.traceparent))
    return [("content-type", b"application/json"), *((f"ce_{name}", value.encode()) for name, value in attributes)]
