"""CloudEvents 1.0.2 as they come over HTTP, in binary, structured or batch mode, as records for the inbox."""

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import unquote

import orjson

from shared.runtime.http import Asked
from shared.runtime.problems import Problem
from shared.runtime.wire import HTTP, Record

BINARY = "application/json"
STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
ACCEPTS = (BINARY, STRUCTURED, BATCH)
MOST = 500
"""Events in one batch."""

_LONGEST = 512
_LONGEST_TOGETHER = 3000
_NAME = re.compile(r"[a-z0-9]{1,20}")
_JSON = re.compile(r"application/([a-z0-9.-]+\+)?json\s*(;.*)?", re.IGNORECASE)
_OURS = ("producer", "recordedtime")


def is_batch(asked: Asked) -> bool:
    """Whether the request holds a list of events."""
    return _media(asked) == BATCH


def read_one(asked: Asked, producer: str) -> Record:
    """The record of a binary or structured event; raises Problem, with the attribute at fault as its field."""
    if _media(asked) == STRUCTURED:
        return structured(_parsed(asked.body), producer)
    attributes = {}
    for name, value in asked.headers.items():
        if name.startswith(b"ce-"):
            plain = name[3:].decode("latin-1")
            try:
                attributes[plain] = unquote(value.decode("ascii"), errors="strict")
            except ValueError:
                raise _wrong(plain, "is not percent-encoded UTF-8", "bad-encoding") from None
    if not attributes:
        raise Problem(
            400,
            "not-a-cloudevent",
            f"Send the event's attributes as ce- headers, or the whole event as {STRUCTURED}.",
            field="ce-specversion",
        )
    return _record(attributes, asked.body, producer)


def read_batch(asked: Asked, producer: str) -> Sequence[Record | Problem]:
    """Each event of the batch as a record, or what is wrong with it; raises Problem when it is no batch."""
    events = _parsed(asked.body)
    if not isinstance(events, list) or not events:
        raise Problem(400, "not-a-batch", "A batch is a JSON list of CloudEvents, at least one.", field="body")
    if len(events) > MOST:
        raise Problem(413, "too-many-events", f"A batch may hold {MOST} events; send the rest in another.")
    found: list[Record | Problem] = []
    for event in events:
        try:
            found.append(structured(event, producer))
        except Problem as problem:
            found.append(problem)
    return found


def structured(event: Any, producer: str) -> Record:
    """The record of an event in the JSON format; its data are kept as JSON that says the same."""
    if not isinstance(event, dict):
        raise Problem(400, "not-a-cloudevent", "A CloudEvent in JSON is an object.", field="body")
    attributes = {}
    for name, value in event.items():
        if name in ("data", "data_base64") or value is None:
            continue
        if isinstance(value, bool):
            value = str(value).lower()
        if not isinstance(value, str | int):
            raise _wrong(name, "is not a text, a whole number or true or false")
        attributes[name] = str(value)
    if "data_base64" in event:
        if "data" in event:
            raise _wrong("data_base64", "cannot stand beside data", "contradictory")
        try:
            body = base64.b64decode(event["data_base64"], validate=True)
        except (TypeError, ValueError, binascii.Error):
            raise _wrong("data_base64", "is not Base64") from None
    else:
        try:
            body = orjson.dumps(event["data"]) if "data" in event else b""
        except orjson.JSONEncodeError:
            raise _wrong("data", "is nested too deeply") from None
    return _record(attributes, body, producer)


def _media(asked: Asked) -> str:
    return asked.headers.get(b"content-type", b"").decode("latin-1").partition(";")[0].strip().lower()


def _parsed(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Problem(400, "bad-json", f"The body is not JSON that can be read: {error.msg}.", field="body") from None


def _record(attributes: Mapping[str, str], body: bytes, producer: str) -> Record:
    """The attributes become the record's headers, sorted, and nothing else does: a repeated event is an exact copy."""
    for name in ("specversion", "id", "source", "type", "time"):
        if not attributes.get(name):
            raise _wrong(name, "is missing", "missing")
    if attributes["specversion"] != "1.0":
        raise _wrong("specversion", "is not 1.0")
    for name, value in attributes.items():
        if not _NAME.fullmatch(name):
            raise _wrong(name, "is not a name of an attribute: lower-case letters and digits, at most 20")
        if name in _OURS:
            raise _wrong(name, "is for the gateway alone to say", "reserved-attribute")
        if len(value) > _LONGEST or not value.isprintable():
            raise _wrong(name, f"is longer than {_LONGEST} characters or holds control characters")
    if sum(map(len, attributes.values())) > _LONGEST_TOGETHER:
        raise Problem(422, "too-many-attributes", f"The attributes may have {_LONGEST_TOGETHER} characters together.")
    _check_time(attributes["time"])
    if not _JSON.fullmatch(attributes.get("datacontenttype", BINARY)):
        raise Problem(415, "unsupported-media-type", "Send the event's data as JSON.", field="datacontenttype")
    headers = [(f"ce_{name}", value.encode()) for name, value in sorted(attributes.items())]
    return Record(HTTP, 0, 0, None, (*headers, ("ce_producer", producer.encode())), body)


def _check_time(text: str) -> None:
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise ValueError
        moment.timestamp()
    except (ValueError, OverflowError):
        raise _wrong("time", "is not a time with its offset, such as 2026-03-02T09:00:00Z") from None


def _wrong(name: str, what: str, code: str = "bad-attribute") -> Problem:
    name = name[:64] if name.isprintable() else ascii(name[:64])
    return Problem(422, code, f"The attribute {name} {what}.", field=name)
