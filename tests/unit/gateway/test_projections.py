"""The rows of submissions and of what became of them, folded event by event."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from services.gateway.projections import FateRow, SubmissionRow, apply, apply_to_fate
from services.gateway.receipts import MEANINGS
from shared.contracts import gateway as g
from shared.contracts import referrals as r
from shared.contracts.event import Event
from shared.contracts.registry import published
from shared.runtime.envelope import Envelope

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


def example(event: type[Event]) -> Any:
    return event.model_validate(event.model_config["json_schema_extra"]["examples"][0])


def folded(fold: Any, *events: Any) -> Any:
    row = None
    for sequence, data in enumerate(events, 1):
        subject = f"{data.subject}/{UUID(int=1)}"
        row = fold(
            row,
            Envelope(
                UUID(int=sequence), data.type(), "kith.x", subject, AT, AT, "SC1", sequence, "r", UUID(int=1), None,
                None, data,
            ),
        )  # fmt: skip
    return row


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (g.ReferralReceived, "received"),
        (g.SessionReportReceived, "received"),
        (g.UpdateReceived, "received"),
        (g.SubmissionHeld, "held"),
        (g.SubmissionRejected, "rejected"),
    ],
)
def test_a_submission(said: type[Event], status: str) -> None:
    row: SubmissionRow = folded(apply, example(said))
    assert (row.status, row.sequence, row.organisation) == (status, 1, "SC1")
    assert (row.referral_id is not None) == (status == "received")
    assert len(row.problem_fields) == len(row.problem_codes) == (status == "rejected")


def test_a_held_submission_that_was_placed() -> None:
    row = folded(apply, example(g.SubmissionHeld), example(g.UpdateReceived))
    assert (row.status, row.sequence, row.code) == ("received", 2, None)


def test_a_held_measure_is_urgent() -> None:
    held = example(g.SubmissionHeld).model_copy(update={"submitted_type": "kith.measure-submitted.v1"})
    assert folded(apply, held).urgent
    assert not folded(apply, example(g.SubmissionHeld)).urgent


STORIES: Sequence[tuple[str, Sequence[type[Event]], str, int]] = [
    ("created", [], "received", 0),
    ("accepted", [r.ReferralAccepted], "waiting", 0),
    ("declined", [r.ReferralDeclined], "declined", 0),
    ("withdrawn", [r.ReferralAccepted, r.ReferralWithdrawn], "withdrawn", 0),
    ("matched", [r.ReferralAccepted, r.PeerMatched], "started", 0),
    ("another peer", [r.ReferralAccepted, r.PeerMatched, r.MatchEnded], "waiting", 0),
    ("ended", [r.ReferralAccepted, r.PeerMatched, r.MatchEnded, r.SupportEnded], "ended", 0),
    ("ended first", [r.ReferralAccepted, r.PeerMatched, r.SupportEnded, r.MatchEnded], "ended", 0),
    ("back", [r.ReferralAccepted, r.PeerMatched, r.SupportEnded, r.ReferralReopened], "waiting", 1),
    ("paused", [r.ReferralAccepted, r.PeerMatched, r.SupportPaused], "started", 0),
]


@pytest.mark.parametrize(("events", "state", "returns"), [s[1:] for s in STORIES], ids=[s[0] for s in STORIES])
def test_what_became_of_a_referral(events: Sequence[type[Event]], state: str, returns: int) -> None:
    row: FateRow = folded(apply_to_fate, example(r.ReferralCreated), *map(example, events))
    assert (row.state, row.returns, row.sequence) == (state, returns, len(events) + 1)


def test_a_decline_carries_why_and_what_was_done_instead() -> None:
    row = folded(apply_to_fate, example(r.ReferralCreated), example(r.ReferralDeclined))
    assert (row.grounds, row.actions) == (("outside-window",), ("client-told", "signposted"))


def test_every_event_of_referrals_leaves_a_row_that_counts_it() -> None:
    for event in published().events:
        if event.owner == "referrals" and event.subject == "referral":
            assert folded(apply_to_fate, example(r.ReferralCreated), example(event)).sequence == 2


def test_every_meaning_is_a_sentence() -> None:
    assert all(words.endswith(".") for words in MEANINGS.values())
