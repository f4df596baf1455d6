"""One journey's row, folded event by event."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from services.evaluation.api import ROUTES, SQL
from services.evaluation.projections import JourneyRow, apply
from shared.contracts import referrals as r
from shared.contracts.event import Event
from shared.runtime.envelope import Envelope

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


def example(event: type[Event], **changes: Any) -> Any:
    said = event.model_validate(event.model_config["json_schema_extra"]["examples"][0])
    return said.model_copy(update=changes)


def folded(*events: Any) -> JourneyRow:
    row = None
    for sequence, data in enumerate([example(r.ReferralCreated), *events], 1):
        row = apply(
            row,
            Envelope(
                UUID(int=sequence), data.type(), "kith.referrals", f"referral/{UUID(int=1)}", AT, AT, "SC1", sequence,
                "r", UUID(int=1), None, None, data,
            ),
        )  # fmt: skip
    assert row is not None
    assert row.sequence == len(events) + 1
    return row


def day(number: int) -> datetime:
    return datetime(2026, 3, number, 12, tzinfo=UTC)


STORIES: Mapping[str, tuple[list[Any], dict[str, Any]]] = {
    "a message left is no contact": (
        [example(r.ContactAttempted, outcome="message-left")],
        {"spoke_at": None},
    ),
    "the first contact counts": (
        [example(r.ContactAttempted, at=day(4)), example(r.ContactAttempted, at=day(9))],
        {"spoke_at": day(4)},
    ),
    "a contact reported late was still the first": (
        [example(r.ContactAttempted, at=day(9)), example(r.ContactAttempted, at=day(4))],
        {"spoke_at": day(4)},
    ),
    "a session is a contact": (
        [example(r.SessionHeld, started_at=day(12)), example(r.SessionHeld, started_at=day(19))],
        {"first_session_at": day(12), "sessions_held": 2},
    ),
    "who missed it": (
        [example(r.SessionMissed, missed_by=by) for by in ("client", "peer", "service", "client")],
        {"sessions_missed_by_client": 2, "sessions_missed_by_service": 2},
    ),
    "cancelled is not missed": (
        [example(r.SessionCancelled)],
        {"sessions_cancelled": 1, "sessions_missed_by_client": 0},
    ),
    "a session that was not so": (
        [
            example(r.SessionHeld, started_at=day(12)),
            example(r.SessionMissed, missed_by="service"),
            example(r.SessionRetracted, was="held", missed_by=None, first_session_at=None),
            example(r.SessionRetracted, was="missed", missed_by="service", first_session_at=None),
        ],
        {"first_session_at": None, "sessions_held": 0, "sessions_missed_by_service": 0},
    ),
    "declined, and accepted when it was looked at again": (
        [example(r.ReferralDeclined, decided_at=day(3)), example(r.ReferralAccepted, decided_at=day(9))],
        {"declined_at": None, "accepted_at": day(9)},
    ),
    "declined": ([example(r.ReferralDeclined, decided_at=day(3))], {"declined_at": day(3), "accepted_at": None}),
    "withdrawn": ([example(r.ReferralWithdrawn, withdrawn_at=day(5))], {"withdrawn_at": day(5)}),
    "a second match": (
        [example(r.PeerMatched, matched_at=day(9)), example(r.PeerMatched, matched_at=day(20))],
        {"matched_at": day(9)},
    ),
    "no to being counted": (
        [example(r.ConsentChanged, scope="evaluation", given=False), example(r.SessionHeld, started_at=day(12))],
        {"may_be_used": False},
    ),
    "yes again": (
        [example(r.ConsentChanged, scope="evaluation", given=given) for given in (False, True)],
        {"may_be_used": True},
    ),
    "no to something else": ([example(r.ConsentChanged, scope="messages-text", given=False)], {"may_be_used": True}),
    "a return is a return": (
        [
            example(r.ReferralAccepted, decided_at=day(3)),
            example(r.SupportEnded, ended_at=day(20), planned=True),
            example(r.ReferralReopened),
        ],
        {"accepted_at": day(3), "ended_at": day(20), "ended_planned": True, "returns": 1},
    ),
}


@pytest.mark.parametrize(("events", "expected"), STORIES.values(), ids=STORIES.keys())
def test_a_journey(events: list[Any], expected: Mapping[str, Any]) -> None:
    row = folded(*events)
    assert {name: getattr(row, name) for name in expected} == expected


def test_what_came_before_the_referral_was_created_is_nothing() -> None:
    data = example(r.ReferralAccepted)
    event = Envelope(
        UUID(int=1), data.type(), "kith.referrals", "referral/x", AT, AT, "SC1", 1, "r", UUID(int=1), None, None, data
    )
    assert apply(None, event) is None


def test_nothing_is_kept_or_asked_per_peer() -> None:
    assert not [field.name for field in fields(JourneyRow) if "peer" in field.name or "match_id" in field.name]
    assert not [name for name, sql in SQL.items() if "peer" in sql]
    assert not [route.path for route in ROUTES if "peer" in route.path]
