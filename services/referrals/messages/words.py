"""The words of a message, per language and pathway: when, where to call, how to stop, and nothing about why."""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from shared.contracts import values as v
from shared.contracts.days import HERE

_FALLBACK = "en"


class Words(NamedTuple):
    """What a message says."""

    subject: str
    body: str


@cache
def texts() -> Mapping[str, Any]:
    """Every text by language, kind and pathway."""
    found: Mapping[str, Any] = json.loads((Path(__file__).parent / "texts.json").read_text())
    return found


def words(
    kind: v.MessageKind,
    pathway: v.Pathway,
    language: str,
    when: datetime,
    *,
    interpreter_needed: bool,
    office_phone: str | None,
) -> Words | None:
    """The message in the client's language; None if there is none that the client would follow."""
    known = texts().get(language.partition("-")[0].lower())
    if known is None and interpreter_needed:
        return None
    known = known or texts()[_FALLBACK]
    wall = when.astimezone(HERE)
    said = {
        "when": known["when"].format(
            weekday=known["weekdays"][wall.weekday()],
            day=wall.day,
            month=known["months"][wall.month - 1],
            time=f"{wall:%H:%M}",
        ),
        "call": known["call"].format(phone=office_phone) if office_phone else "",
        "ask": known["ask"].format(phone=office_phone) if office_phone else "",
        "stop": known["stop"],
    }
    text = known[kind][pathway]
    return Words(text["subject"], " ".join(text["body"].format(**said).split()))
