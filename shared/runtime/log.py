"""Logs: one JSON object a line (words on a terminal), with what could identify a person taken out."""

import logging
import re
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson
import structlog

# Ids are tried first, because ten digits between letters of a UUID or a trace id are not a CHI number.
_SENSITIVE = re.compile(
    r"""
    (?P<id>\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b
        | \b[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}\b)
    | (?P<key>kith_[a-z0-9-]+_[A-Za-z0-9_-]{20,} | (?<=[Bb]earer\ )\S+ | (?<![0-9A-Za-z])[0-9a-fA-F]{64}(?![0-9A-Za-z]))
    | (?P<number>(?<!\d)(?:\d{10} | \d{6}[\ -]\d{4} | \d{3}[\ -]\d{3}[\ -]\d{4})(?!\d))
    """,
    re.VERBOSE,
)
_DEPTH = 8
_MOST_REMEMBERED = 1000
_QUOTING = ("asyncpg", "pydantic", "pydantic_core")


def redacted(text: str) -> str:
    """The text without ten-digit numbers (CHI, NHS) and without keys; ids stay."""
    return _SENSITIVE.sub(lambda found: found[0] if found["id"] else "[number]" if found["number"] else "[key]", text)


def clean(value: Any, depth: int = _DEPTH) -> Any:
    """The value with every text and number in it redacted, at any depth and in any container."""
    if value is None or isinstance(value, (bool, float, UUID, datetime, date)):
        return value
    if isinstance(value, str):
        return redacted(value)
    if isinstance(value, int):
        # A CHI number kept as a number has lost its leading zero.
        return "[number]" if 10**8 <= abs(value) < 10**10 else value
    if depth == 0:
        return "[deep]"
    if isinstance(value, Mapping):
        return {clean(str(key)): clean(inner, depth - 1) for key, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [clean(inner, depth - 1) for inner in value]
    return redacted(repr(value) if isinstance(value, (bytes, bytearray)) else str(value))


def redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: nothing after it sees a CHI-like number or a key."""
    for name in list(event):
        if not name.startswith("_"):
            event[name] = clean(event[name])
    return event


def _json(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> str:
    try:
        return orjson.dumps(event, default=str).decode()
    except orjson.JSONEncodeError:
        # Lone surrogates and integers of more than 64 bits.
        return orjson.dumps({name: ascii(value) for name, value in event.items()}).decode()


def told(error: BaseException | None) -> str:
    """An exception and those it came of, with their frames; what drivers and validators say is left out.

    Their messages quote values: a row that fails a constraint, an argument that cannot be encoded.
    """
    parts: list[str] = []
    while error is not None:
        kind, state = type(error).__qualname__, getattr(error, "sqlstate", None) or ""
        said = "" if type(error).__module__.partition(".")[0] in _QUOTING else f": {error}"
        parts.append("".join(traceback.format_tb(error.__traceback__)) + f"{kind} {state}".strip() + said)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n".join(reversed(parts))


class Seldom(logging.Filter):
    """Lets each message of a library through once in a while: without Kafka aiokafka says the same a hundred times a
    second (632 lines in 7 s measured), and our own lines say what matters."""

    def __init__(self, seconds: float = 10.0) -> None:
        super().__init__()
        self._seconds, self._last = seconds, dict[tuple[str, str], float]()

    def filter(self, record: logging.LogRecord) -> bool:
        said = (record.name, str(record.msg))
        if record.created < self._last.get(said, -self._seconds) + self._seconds:
            return False
        if len(self._last) > _MOST_REMEMBERED:
            self._last.clear()
        self._last[said] = record.created
        return True


def configure(service: str, *, form: str = "auto", level: str = "info", stream: Any = None) -> None:
    """From here on everything logged, also by libraries, is one redacted line with the service's name."""
    out = stream or sys.stdout
    for_people = form == "console" or (form == "auto" and out.isatty())

    def name(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event.setdefault("service", service)
        return event

    before: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        name,
        structlog.processors.ExceptionRenderer(lambda exc_info: told(exc_info[1])),
    ]
    last: list[Any] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        redact,
        structlog.dev.ConsoleRenderer(colors=out.isatty()) if for_people else _json,
    ]
    handler = logging.StreamHandler(out)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=before, processors=last))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for chatty in ("uvicorn.access", "aiokafka", "asyncio"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, root.level))
    seldom = Seldom()
    handler.addFilter(lambda record: not record.name.startswith("aiokafka") or seldom.filter(record))
    structlog.configure(
        processors=[*before, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(root.level),
        cache_logger_on_first_use=False,
    )


def logger(name: str) -> Any:
    """A logger for one module; ids belong in fields: `log.info("relay.sent", event_id=...)`."""
    return structlog.stdlib.get_logger(name)
