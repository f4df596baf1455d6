"""One thing that a sender's system sends, and what must become of it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from demo.case import SOURCE
from demo.places import Door, Sender

Fate = Literal["received", "again", "sent back", "held", "parked", "turned away", "refused"]
FATES: Mapping[Fate, str] = {
    "received": "taken, and acted on",
    "again": "the same once more: counted, no second effect",
    "sent back": "a receipt that names each field that is wrong",
    "held": "a receipt; it waits for a person",
    "parked": "kept byte for byte as a dead letter; an operator sees it",
    "turned away": "refused at the door, nothing kept",
    "refused": "understood, and a rule said no",
}
"""Everything sent has exactly one of these."""

GOOD, LATE, TOLD = "a referral", "a referral, sent days late", "told by event"
"""The kinds that are as they should be; every other is an oddity."""
EARLY = "a wish that came before its referral"
"""Held until that came, and then placed: in the end it is received."""

Mode = Literal["structured", "binary", "batch"]
REFERRAL = "kith.referral-submitted.v1"
SESSION = "kith.session-reported.v1"
UPDATE = "kith.update-submitted.v1"
MEASURE = "kith.measure-submitted.v1"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of something that was sent, with the code that says why."""

    fate: Fate
    code: str = ""
    why: str = field(default="", compare=False)
    """The service's own words for the code."""


@dataclass(frozen=True, slots=True)
class Sending:
    """What is sent: attributes and body as they leave the sender, broken ones as broken as they are."""

    at: datetime
    sender: Sender
    door: Door
    kind: str
    attributes: tuple[tuple[str, str | None], ...]
    body: bytes | None
    must: Outcome
    mode: Mode = "structured"
    case: int | None = None
    with_key: bool = True

    @property
    def event_id(self) -> str:
        """The id that the sender gave it; empty when it has none."""
        return dict(self.attributes).get("id") or ""


def written(at: datetime, sender: Sender, event_id: str, type_: str, data: Any, kind: str, **more: Any) -> Sending:
    """A well-formed event, as the sender's own system writes it through its own door."""
    attributes = (
        ("specversion", "1.0"),
        ("id", event_id),
        ("source", SOURCE),
        ("type", type_),
        ("time", at.isoformat()),
    )
    body = json.dumps(data).encode()
    return Sending(at, sender, sender.door, kind, attributes, body, more.pop("must", Outcome("received")), **more)
