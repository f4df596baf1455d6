"""Reading: any record at all has a reading, and what it claims to be is believed no further than it is sound."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import NAMESPACE_URL, UUID, uuid5

from asyncpg.pgproto.pgproto import UUID as FastUUID

from shared.runtime.envelope import Envelope
from shared.runtime.service import Registry, UnknownType
from shared.runtime.tracing import well_formed
from shared.runtime.wire import CLOCK, HTTP, INTAKE, Headers, Record

_LONGEST = 4096
_SUBJECT = re.compile(r"[a-z]+/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_SEQUENCE = re.compile(r"[1-9][0-9]{0,17}")


Identity = tuple[str, UUID]
"""An event's id, which is unique on its topic."""


class Reading(NamedTuple):
    """What a record claims to be, as far as it could be read; `code` says why it could not be read whole.

    Without an event id it has no identity; without a sequence it belongs to no order.
    """

    record: Record
    event_id: UUID | None = None
    type: str | None = None
    subject: str | None = None
    sequence: int | None = None
    organisation: str | None = None
    envelope: Envelope | None = None
    code: str | None = None
    detail: str | None = None

    @property
    def identity(self) -> Identity | None:
        return None if self.event_id is None else (self.record.topic, self.event_id)


class _Fault(Exception):
    def __init__(self, code: str, detail: str) -> None:
        self.code, self.detail = code, detail


def read(record: Record, registry: Registry, producers: Mapping[str, str]) -> Reading:
    """The reading of a record; never raises. `producers` are the organisations of those who may send to intake."""
    try:
        if record.topic == CLOCK:
            return _read_own(record)
        attributes = _attributes(record.headers)
        if record.topic == HTTP or record.topic.startswith(INTAKE):
            return _read_intake(record, attributes, producers)
        return _read_event(record, attributes, registry)
    except KeyError as missing:
        fault = _Fault("header-missing", f"{missing.args[0]} is missing")
    except _Fault as found:
        fault = found
    return Reading(record, type=_claimed_type(record, registry), code=fault.code, detail=_printable(fault.detail))


def _claimed_type(record: Record, registry: Registry) -> str | None:
    """The type that a record claims although nothing else of it is believed, an urgent one before any other."""
    claimed = [(value or b"").decode("utf-8", "replace") for name, value in record.headers if name == "ce_type"]
    fitting = [type for type in claimed if type and type.isprintable() and len(type) <= _LONGEST]
    return next((type for type in fitting if registry.is_urgent(type)), fitting[0] if fitting else None)


def _printable(detail: str) -> str:
    """A detail that every database and log takes, whatever names the sender chose."""
    return "".join(letter if letter.isprintable() else "?" for letter in detail[:200])


def _attributes(headers: Headers) -> Mapping[str, str]:
    """The headers by name, among them the CloudEvents attributes, each proven to be there once as short printable text.

    Raises _Fault.
    """
    # Nearly always every header is sound: to look at the attributes alone takes twice as long.
    attributes = _sound(headers)
    if attributes is None:
        given = [header for header in headers if header[0].startswith("ce_")]
        attributes = _sound(given)
        if attributes is None:
            raise _header_fault(given)
    if attributes.get("ce_specversion") != "1.0":
        raise _Fault("header-missing", "ce_specversion is not 1.0")
    return attributes


def _sound(headers: Sequence[tuple[str, bytes | None]]) -> Mapping[str, str] | None:
    """The headers by name, if all of them are there once and are short printable text."""
    try:
        texts = {name: value.decode() for name, value in headers}  # type: ignore[union-attr]
    except (UnicodeDecodeError, AttributeError):
        return None
    text = "".join(texts.values())
    is_sound = len(texts) == len(headers) and len(text) <= _LONGEST and text.isprintable() and "" not in texts.values()
    return texts if is_sound else None


def _header_fault(given: Sequence[tuple[str, bytes | None]]) -> _Fault:
    """What is wrong with attributes of which something is."""
    names = [name for name, _ in given]
    for name, value in given:
        if value is None:
            return _Fault("header-null", f"{name} has no value")
        if names.count(name) > 1:
            return _Fault("header-doubled", f"{name} is there twice")
        try:
            if not value:
                return _Fault("header-missing", f"{name} is empty")
            if not value.decode().isprintable():
                return _Fault("header-invalid", f"{name} holds control characters")
        except UnicodeDecodeError:
            return _Fault("header-not-text", f"{name} is not UTF-8")
    return _Fault("header-invalid", f"the headers are longer than {_LONGEST} characters")


def _uuid(attributes: Mapping[str, str], name: str) -> UUID:
    try:
        if len(attributes[name]) == 36:
            # asyncpg gives rows this kind of UUID: made and written out in a tenth of the time of the library's.
            return FastUUID(attributes[name])
    except ValueError:
        pass
    raise _Fault("header-invalid", f"{name} is not a UUID")


def _moment(attributes: Mapping[str, str], name: str) -> datetime:
    try:
        moment = datetime.fromisoformat(attributes[name])
    except ValueError:
        raise _Fault("header-invalid", f"{name} is not a time") from None
    if moment.tzinfo is None:
        raise _Fault("header-invalid", f"{name} has no time zone")
    return moment


def _read_event(record: Record, attributes: Mapping[str, str], registry: Registry) -> Reading:
    if attributes["ce_source"] != record.topic:
        raise _Fault("source-not-owner", "ce_source is not the owner of this topic")
    subject = attributes["ce_subject"]
    if not _SUBJECT.fullmatch(subject):
        raise _Fault("header-invalid", "ce_subject is not of the form kind/uuid")
    if record.key != subject.encode():
        raise _Fault("key-not-subject", "the record's key is not its subject")
    event_id = _uuid(attributes, "ce_id")
    if not _SEQUENCE.fullmatch(attributes["ce_sequence"]):
        raise _Fault("header-invalid", "ce_sequence is not a whole number from 1")
    sequence = int(attributes["ce_sequence"])
    type_, organisation, actor_role = attributes["ce_type"], attributes["ce_organisation"], attributes["ce_actorrole"]
    time, recorded_at = _moment(attributes, "ce_time"), _moment(attributes, "ce_recordedtime")
    correlation_id = _uuid(attributes, "ce_correlationid")
    causation_id = _uuid(attributes, "ce_causationid") if "ce_causationid" in attributes else None
    trace = well_formed(attributes.get("ce_traceparent"))

    data: Any = None
    code = detail = None
    try:
        if record.body is None:
            code, detail = "tombstone", "the record has no body"
        else:
            data = registry.decode(type_, record.body)
    except UnknownType:
        code, detail = "unknown-type", f"{type_} is not known to this version"
    except Exception as error:
        # An upcaster may stumble over what nobody thought of, in any way at all.
        code, detail = "body-invalid", _printable(_reason(error))
    envelope = None
    if code is None:
        envelope = Envelope(
            event_id, type_, record.topic, subject, time, recorded_at, organisation, sequence, actor_role,
            correlation_id, causation_id, trace, data,
        )  # fmt: skip
    return Reading(record, event_id, type_, subject, sequence, organisation, envelope, code, detail)


def _reason(error: Exception) -> str:
    """Where a body is wrong, without a word of what it says."""
    errors = getattr(error, "errors", None)
    if not callable(errors):
        return str(error) if type(error) is ValueError else type(error).__name__
    first = errors(include_url=False, include_context=False, include_input=False)[0]
    return f"{'.'.join(str(part) for part in first['loc']) or 'body'}: {first['type']}"


def intake_id(producer: str, source: str, own_id: str) -> UUID:
    """The id here of what a producer sent under an id of its own.

    Two producers may use one id, and so may two systems of one producer.
    """
    return uuid5(NAMESPACE_URL, f"kith:{producer}\n{source}\n{own_id}")


def _read_intake(record: Record, attributes: Mapping[str, str], producers: Mapping[str, str]) -> Reading:
    """What an outsider sent: its body stays bytes, for the service to judge and answer."""
    producer = attributes.get("ce_producer", "") if record.topic == HTTP else record.topic.removeprefix(INTAKE)
    organisation = producers.get(producer)
    if organisation is None:
        raise _Fault("unknown-producer", "nobody of this name may send")
    source, type_ = attributes["ce_source"], attributes["ce_type"]
    event_id = intake_id(producer, source, attributes["ce_id"])
    time = _moment(attributes, "ce_time")
    if record.body is None:
        raise _Fault("tombstone", "the record has no body")
    envelope = Envelope(
        id=event_id, type=type_, source=source, subject=f"submission/{event_id}", time=time,
        recorded_at=time, organisation=organisation, sequence=None, actor_role="sender", correlation_id=event_id,
        causation_id=None, traceparent=well_formed(attributes.get("ce_traceparent")), data=record.body,
        producer=producer,
    )  # fmt: skip
    return Reading(record, event_id, type_, None, None, organisation, envelope)


def _read_own(record: Record) -> Reading:
    """A deadline that this service's own loop found to have passed."""
    attributes = {name: (value or b"").decode() for name, value in record.headers}
    due = datetime.fromisoformat(attributes["ce_time"])
    envelope = Envelope(
        id=UUID(attributes["ce_id"]), type=attributes["ce_type"], source=CLOCK, subject=attributes["ce_subject"],
        time=due, recorded_at=due, organisation=attributes["ce_organisation"], sequence=None, actor_role="clock",
        correlation_id=UUID(attributes["ce_id"]), causation_id=None, traceparent=None, data=attributes["ce_name"],
    )  # fmt: skip
    return Reading(record, envelope.id, envelope.type, None, None, envelope.organisation, envelope)
