"""What also comes in on an ordinary day: twice, late, broken, out of order. Each row says what must become of it."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from demo.calendar import iso
from demo.places import Door
from demo.sending import MEASURE, REFERRAL, Fate, Outcome, Sending

Change = Callable[[Sending, str], Sending]
"""From a good referral and a fresh id to the odd thing."""


@dataclass(frozen=True, slots=True)
class Odd:
    """One kind of oddity, in plain words, through a door."""

    kind: str
    door: Door
    must: Outcome
    change: Change
    how_many: int = 1

    def of(self, good: Sending, fresh: str) -> Sending:
        """The odd thing that is sent in place of, or after, a good one."""
        return replace(self.change(good, fresh), kind=self.kind, door=self.door, must=self.must)


def _anew(good: Sending, fresh: str, **attributes: str | None) -> Sending:
    changed = {**dict(good.attributes), "id": fresh, **attributes}
    return replace(good, attributes=tuple(changed.items()), case=None)


def _with(**data: Any) -> Change:
    def change(good: Sending, fresh: str) -> Sending:
        assert good.body is not None
        return replace(_anew(good, fresh), body=json.dumps(json.loads(good.body) | data).encode())

    return change


def _body(body: bytes | None) -> Change:
    return lambda good, fresh: replace(_anew(good, fresh), body=body, mode="binary")


def _of_type(type_: str | None) -> Change:
    return lambda good, fresh: _anew(good, fresh, type=type_)


def _without_key(good: Sending, fresh: str) -> Sending:
    return replace(_anew(good, fresh), with_key=False)


def _without_zone(good: Sending, fresh: str) -> Sending:
    return _anew(good, fresh, time=good.at.replace(tzinfo=None).isoformat())


def _without_agreement(good: Sending, fresh: str) -> Sending:
    return _with(referrer_role="family", client_agreed=False)(good, fresh)


def _without(name: str) -> Change:
    def change(good: Sending, fresh: str) -> Sending:
        left = tuple(pair for pair in _anew(good, fresh).attributes if pair[0] != name)
        return replace(good, attributes=left, case=None)

    return change


def _doubled(good: Sending, fresh: str) -> Sending:
    event = _anew(good, fresh)
    return replace(event, attributes=(*event.attributes, ("type", "kith.other.v1")))


def _again(good: Sending, _: str) -> Sending:
    return replace(good, at=good.at + timedelta(minutes=3), case=None)


def _other_content(good: Sending, fresh: str) -> Sending:
    return replace(_with(language="gd")(good, fresh), attributes=good.attributes)


def _from_tomorrow(good: Sending, fresh: str) -> Sending:
    return _anew(good, fresh, time=(good.at + timedelta(days=1)).isoformat())


def _bad(fate: Fate, code: str) -> Outcome:
    return Outcome(fate, code)


AFTER: Sequence[Odd] = (
    Odd("the same form sent twice", "http", Outcome("again"), _again, 4),
    Odd("the same record delivered twice", "kafka", Outcome("again"), _again, 4),
    Odd("sent over HTTP, then by Kafka as well", "kafka", Outcome("again"), _again, 2),
    Odd("other content under a known id", "http", _bad("parked", "impostor-id"), _other_content),
    Odd("other content under a known id", "kafka", _bad("parked", "impostor-id"), _other_content),
)
"""What follows a good referral of the same id."""

INSTEAD: Sequence[Odd] = (
    Odd("a body that is cut off", "http", _bad("sent back", "not-json"), _body(b'{"board_of_treatment": "S08')),
    Odd("a body that is cut off", "kafka", _bad("sent back", "not-json"), _body(b'{"board_of_treatment": "S08')),
    Odd("a board that does not exist", "http", _bad("sent back", "not-a-board"), _with(board_of_treatment="S08999999")),
    Odd("a role that no schema knows", "kafka", _bad("sent back", "not-a-known-code"), _with(referrer_role="wizard")),
    Odd("a date as people write it", "http", _bad("sent back", "not-a-date"), _with(referral_date="02/03/2026")),
    Odd("referred next week", "http", _bad("sent back", "in-the-future"), _with(referral_date=iso(7))),
    Odd("a clock that is a day ahead", "kafka", _bad("sent back", "in-the-future"), _from_tomorrow),
    Odd("family, without the client's yes", "http", _bad("sent back", "family-needs-agreement"), _without_agreement),
    Odd("a type misspelt", "kafka", _bad("sent back", "unknown-type"), _of_type("kith.referal-submitted.v1")),
    Odd("a version not yet published", "http", _bad("held", "version-not-known-yet"), _of_type(REFERRAL[:-1] + "9")),
    Odd("a measure, sent too early", "http", _bad("held", "measure-not-taken-yet"), _of_type(MEASURE)),
    Odd("referred two years ago", "http", _bad("refused", "too-long-ago"), _with(referral_date="2024-02-29")),
    Odd("no type at all", "http", _bad("turned away", "missing"), _without("type")),
    Odd("a key that nobody has", "http", _bad("turned away", "unknown-key"), _without_key),
    Odd("a time without its zone", "http", _bad("turned away", "bad-attribute"), _without_zone),
    Odd("a header without a value", "kafka", _bad("parked", "header-null"), _of_type(None)),
    Odd("a header that is missing", "kafka", _bad("parked", "header-missing"), _without("source")),
    Odd("a header that stands twice", "kafka", _bad("parked", "header-doubled"), _doubled),
    Odd("a record without a body", "kafka", _bad("parked", "tombstone"), _body(None)),
)
"""What is sent under an id of its own, and made like a good referral but for one fault."""
