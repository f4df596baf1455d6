"""W3C trace context, as far as it is passed on."""

import re

_TRACEPARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")


def well_formed(traceparent: str | None) -> str | None:
    """The traceparent when it follows the W3C form (version 00 to fe, ids not zero), else None."""
    match = _TRACEPARENT.fullmatch(traceparent) if traceparent else None
    if match is None or match[1] == "ff" or not match[2].strip("0") or not match[3].strip("0"):
        return None
    return traceparent
