"""The rows of submissions and of what became of them, folded event by event."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args
from uuid import UUID

import pytest

import services.referrals.domain
from services.gateway.projections import FateRow, RefusalRow, SubmissionRow, apply, apply_to_fate, apply_to_refusal
from services.gateway.receipts import MEANINGS, receipt_of
from services.gateway.refusals import REFUSALS
from services.referrals.domain.stages import Stage
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
def test_the_row_of_a_submission_says_what_was_made_of_it(said: type[Event], status: str) -> None:
    row: SubmissionRow = folded(apply, example(said))
    assert (row.status, row.sequence, row.organisation) == (status, 1, "SC1")
    assert (row.referral_id is not None) == (status == "received")
    assert len(row.problem_fields) == len(row.problem_codes) == (status == "rejected")


def test_what_was_held_and_is_placed_is_held_no_more() -> None:
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
    ("with a service", [r.ReferralAccepted, r.ServiceJoined], "started", 0),
    ("its service closed", [r.ReferralAccepted, r.ServiceJoined, r.ServiceLeft], "waiting", 0),
]


@pytest.mark.parametrize(("events", "state", "returns"), [s[1:] for s in STORIES], ids=[s[0] for s in STORIES])
def test_a_sender_is_told_the_coarse_state_that_the_referral_has_come_to(
    events: Sequence[type[Event]], state: str, returns: int
) -> None:
    row: FateRow = folded(apply_to_fate, example(r.ReferralCreated), *map(example, events))
    assert (row.state, row.returns, row.sequence) == (state, returns, len(events) + 1)


def test_a_decline_carries_why_and_what_was_done_instead() -> None:
    row = folded(apply_to_fate, example(r.ReferralCreated), example(r.ReferralDeclined))
    assert (row.grounds, row.actions) == (("outside-window",), ("client-told", "signposted"))


def test_a_referrer_is_told_nothing_once_the_client_has_said_no_to_it() -> None:
    said_no, agreed = (
        example(r.ConsentChanged).model_copy(update={"scope": "feedback-to-referrer", "given": given})
        for given in (False, True)
    )
    created = example(r.ReferralCreated)
    assert folded(apply_to_fate, created, example(r.ConsentChanged)).feedback_refused is False
    assert folded(apply_to_fate, created, said_no).feedback_refused is True
    assert folded(apply_to_fate, created, said_no, agreed).feedback_refused is False


def test_what_the_referrer_is_asked_is_told_until_it_is_decided() -> None:
    created, asked = example(r.ReferralCreated), example(r.DecisionDeferred)
    waits: FateRow = folded(apply_to_fate, created, asked)
    assert (waits.state, waits.not_known, waits.review_on) == ("received", ("window",), asked.ask_again_on)
    assert (
        folded(apply_to_fate, created, example(r.DecisionDeferred).model_copy(update={"asked": "client"})).not_known
        == ()
    )
    decided: FateRow = folded(apply_to_fate, created, asked, example(r.ReferralAccepted))
    assert (decided.not_known, decided.review_on) == ((), None)


def test_a_decline_that_was_looked_at_again_leaves_no_grounds() -> None:
    events = (example(r.ReferralCreated), example(r.ReferralDeclined), example(r.ReferralAccepted))
    row: FateRow = folded(apply_to_fate, *events)
    assert (row.state, row.grounds, row.actions) == ("waiting", (), ())


def test_every_event_of_referrals_leaves_a_row_that_counts_it() -> None:
    for event in published().events:
        if event.owner == "referrals" and event.subject == "referral":
            assert folded(apply_to_fate, example(r.ReferralCreated), example(event)).sequence == 2


def test_every_meaning_is_a_sentence() -> None:
    assert all(words.endswith(".") for words in [*MEANINGS.values(), *REFUSALS.values()])


def test_the_row_of_a_refusal_is_of_the_submission_and_has_its_code() -> None:
    row: RefusalRow = folded(apply_to_refusal, example(r.SubmissionRefused))
    assert (row.code, row.organisation, row.id) == (
        "not-while-declined",
        "SC1",
        example(r.SubmissionRefused).submission_id,
    )


@pytest.mark.parametrize(
    ("said", "refusal", "feedback", "told"),
    [
        (g.UpdateReceived, None, "state", ("received", None)),
        (g.UpdateReceived, "not-while-declined", "state", ("refused", "not-while-declined")),
        (g.UpdateReceived, "not-while-declined", "none", ("refused", "not-told")),
        (g.UpdateReceived, "not-while-declined", None, ("refused", "not-told")),
        (g.UpdateReceived, "not-found", None, ("refused", "not-found")),
        (g.ReferralReceived, "too-long-ago", None, ("refused", "too-long-ago")),
        (g.SessionReportReceived, "a-rule-of-tomorrow", "state", ("refused", "a-rule-of-tomorrow")),
        (g.SubmissionHeld, None, None, ("held", "referral-not-known-yet")),
    ],
)
def test_the_receipt_of_what_was_refused_says_why_only_where_the_state_is_told(
    said: type[Event], refusal: str | None, feedback: str | None, told: Any
) -> None:
    row = asdict(folded(apply, example(said))) | {"refusal": refusal, "feedback": feedback, "state": None}
    receipt = receipt_of(row)
    assert (receipt.status, receipt.code) == told
    assert (receipt.message is None) == (told[1] is None)


NOT_PASSED_ON = (
    *("proposals", "matches", "caseload", "person", "duplicates", "rights"),
    *("handback", "handover", "membership", "services", "group", "in_group", "standing"),
)


def refusal_codes() -> Iterator[str]:
    """Every code under which referrals may refuse what the gateway passes on, and no match, person or group."""
    for file in Path(services.referrals.domain.__file__).parent.glob("*.py"):
        if file.stem in NOT_PASSED_ON:
            continue
        for call in ast.walk(ast.parse(file.read_text())):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "Refusal":
                code = call.args[0]
                for one in (code.body, code.orelse) if isinstance(code, ast.IfExp) else (code,):
                    if isinstance(one, ast.Constant):
                        yield str(one.value)
                    else:
                        yield from (f"not-while-{stage}" for stage in get_args(Stage))


def test_every_refusal_has_a_meaning() -> None:
    codes = {*refusal_codes()} - {"unknown-referral"}
    assert len(codes) > 40
    assert codes <= REFUSALS.keys() | MEANINGS.keys()
    assert REFUSALS.keys() <= codes | {"not-found", "not-told", "processing-restricted"}


@pytest.mark.parametrize("refused", [False, True])
def test_while_data_are_restricted_a_sender_is_told_nothing_and_afterwards_as_the_client_agreed(refused: bool) -> None:
    no = example(r.ConsentChanged).model_copy(update={"scope": "feedback-to-referrer", "given": False})
    said = [example(r.ReferralCreated), *([no] if refused else [])]
    row = folded(apply_to_fate, *said, example(r.ReferralRestricted))
    assert row.feedback_refused
    lifted = folded(apply_to_fate, *said, example(r.ReferralRestricted), example(r.ReferralRestrictionLifted))
    assert lifted.feedback_refused == refused
