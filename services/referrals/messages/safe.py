"""The way in which it is safe to write to a client, by what they said of it."""

from collections.abc import Sequence
from datetime import time
from typing import Literal, NamedTuple

from services.referrals.domain.hours import Window
from shared.contracts import values as v
from shared.contracts.people import Contact


class Way(NamedTuple):
    """How and where to write, and in which hours."""

    channel: v.MessageChannel
    to: str
    hours: tuple[Window, ...]


def safe_way(contact: Contact, channels: Sequence[v.MessageChannel]) -> Way | Literal["no-contact", "not-safe"]:
    """The best of these channels that the client said is safe; what is not said to be safe is not.

    A text to a phone that others read too is not safe.
    """
    safe = contact.safe
    ordered = [c for c in safe.channels if c in channels and c not in safe.do_not_write]
    allowed = [c for c in ordered if not (c == "text" and safe.shared_phone)]
    if not allowed:
        return "not-safe"
    for channel in allowed:
        if known := contact.phones if channel == "text" else contact.emails:
            hours = (
                Window(frozenset(h.days), time.fromisoformat(h.start), time.fromisoformat(h.end)) for h in safe.hours
            )
            return Way(channel, known[0], tuple(hours))  # type: ignore[arg-type]
    return "no-contact"
