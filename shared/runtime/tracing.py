"""W3C trace context, as far as it is passed on: read, and given a new span."""

import re
import secrets

_TRACEPARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")


def well_formed(traceparent: str | None) -> str | None:
    """The traceparent when it follows the W3C form (version 00 to fe, ids not zero), else None."""
    match = _TRACEPARENT.fullmatch(traceparent) if traceparent else None
    if match is None or match[1] == "ff" or not match[2].strip("0") or not match[3].strip("0"):
        return None
    return traceparent


def child(traceparent: str | None) -> str | None:
    """The same trace with a new span id; None when there is no trace to follow."""
    if well_formed(traceparent) is None or traceparent is None:
        return None
    _, trace_id, _, flags = traceparent.split("-")
    return f"00-{trace_id}-{secrets.token_hex(8)}-{flags}"
