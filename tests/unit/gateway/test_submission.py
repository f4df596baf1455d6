"""Given what was made of a submission before, when this comes, then this is said, or it is refused."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import pytest

from services.gateway.domain.content import Unplaceable, Unusable, as_code, reader_of
from services.gateway.domain.submission import NEW, SUBMISSION, Place, Submission, referral_id_of
from services.gateway.reactions import intake
from shared.contracts.gateway import (
    ReferralReceived,
    SessionReportReceived,
    SubmissionHeld,
    SubmissionRejected,
    UpdateReceived,
    minted_person_id,
)
from shared.contracts.intake import ReferralSubmitted, SessionReported, UpdateSubmitted
from shared.contracts.registry import is_urgent, published
from shared.runtime.envelope import Envelope
from shared.runtime.reading import intake_id
from shared.runtime.service import Refusal

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
OURS = "SC012345"
ID = UUID("5c1f0a52-7d0e-5b1a-9d55-0f3f6a2b7c10")
READ = reader_of(published())
REFERRAL = dict(ReferralSubmitted.model_config["json_schema_extra"]["examples"][0])
PAUSE = {"update": {"do": "pause", "asked_by": "client", "channel": "text"}}
REPORT = {
    "report": {"do": "hold-session", "started_at": "2026-03-01T14:00:00Z", "minutes": 60, "format": "phone"},
}


def content(type_: str, body: Any) -> Any:
    return READ(type_, body if isinstance(body, bytes) else json.dumps(body).encode())


def place(what: Any, *, at: datetime = MONDAY, happened_at: datetime = MONDAY, named: Submission = NEW) -> Place:
    return Place(ID, OURS, at, happened_at, "kith.some-type.v1", what, named)


def said(command: Place, state: Submission = NEW) -> Any:
    (event,) = SUBMISSION.decide(state, command)
    published().encode(event)
    return event


def referral(**changes: Any) -> Any:
    return content(ReferralSubmitted.type(), {**REFERRAL, **changes})


def test_a_referral_gets_its_ids_from_the_submission_always_the_same() -> None:
    event = said(place(referral()))
    assert isinstance(event, ReferralReceived)
    assert event == said(place(referral()))
    assert event.referral_id == referral_id_of(ID)
    assert len({event.submission_id, event.referral_id, event.person_id, event.journey_id}) == 4
    assert event.person_id == minted_person_id(ID)
    assert event.received_at == MONDAY


def test_the_same_id_of_a_person_is_one_record_in_one_organisation_and_another_in_another() -> None:
    command = place(referral(person_id=str(ID)))
    ours = said(command).person_id
    assert ours == said(replace(command, submission_id=uuid5(ID, "later"))).person_id
    assert len({ours, said(replace(command, organisation="SC054321")).person_id, ID}) == 3


def test_the_journey_that_the_sender_names_stands() -> None:
    journey = UUID(int=2)
    assert said(place(referral(journey_id=str(journey)))).journey_id == journey


def test_codes_of_old_boards_are_understood() -> None:
    assert said(place(referral(board_of_treatment="S08000018"))).board_of_treatment == "S08000029"


@pytest.mark.parametrize(
    ("type_", "body", "expected"),
    [(UpdateSubmitted.type(), PAUSE, UpdateReceived), (SessionReported.type(), REPORT, SessionReportReceived)],
)
def test_what_names_its_referral_by_id_is_received(type_: str, body: Mapping[str, Any], expected: type) -> None:
    event = said(place(content(type_, {**body, "referral_id": str(UUID(int=7))})))
    assert isinstance(event, expected)
    assert event.referral_id == UUID(int=7)


NAMED = {
    "that has not come": (NEW, "referral-not-known-yet"),
    "that is held": (
        Submission(
            SubmissionHeld(submission_id=ID, submitted_type="x", received_at=MONDAY, code="version-not-known-yet")
        ),
        "referral-not-known-yet",
    ),
    "that was rejected": (
        Submission(
            SubmissionRejected(
                submission_id=ID,
                submitted_type="x",
                received_at=MONDAY,
                problems=({"field": "data", "code": "empty"},),
            )
        ),
        "referral-not-taken",
    ),
}


@pytest.mark.parametrize(("named", "code"), NAMED.values(), ids=NAMED.keys())
def test_what_names_a_referral_is_held(named: Submission, code: str) -> None:
    what = content(UpdateSubmitted.type(), {**PAUSE, "referral_event_id": "form-1"})
    event = said(place(what, named=named))
    assert (type(event), event.code) == (SubmissionHeld, code)


def test_what_waits_for_its_referral_says_for_which_submission_and_nothing_else_does() -> None:
    what, made = content(UpdateSubmitted.type(), {**PAUSE, "referral_event_id": "form-1"}), UUID(int=3)
    rejected = Submission(
        SubmissionRejected(
            submission_id=ID, submitted_type="x", received_at=MONDAY, problems=({"field": "data", "code": "empty"},)
        )
    )
    assert said(Place(ID, OURS, MONDAY, MONDAY, "x", what, NEW, made)).awaits == made
    assert said(Place(ID, OURS, MONDAY, MONDAY, "x", what, rejected, made)).awaits is None
    assert said(Place(ID, OURS, MONDAY, MONDAY, "x", Unplaceable("version-not-known-yet"))).awaits is None


def test_what_was_held_is_placed_later_and_counts_from_when_it_came() -> None:
    what = content(UpdateSubmitted.type(), {**PAUSE, "referral_event_id": "form-1"})
    held = Submission(said(place(what)))
    later = MONDAY + timedelta(days=2)
    assert SUBMISSION.decide(held, place(what, at=later)) == []
    event = said(place(what, at=later, named=Submission(said(place(referral())))), held)
    assert isinstance(event, UpdateReceived)
    assert (event.referral_id, event.received_at) == (referral_id_of(ID), MONDAY)


def test_the_same_again_says_nothing_and_another_under_its_id_is_refused() -> None:
    known = SUBMISSION.evolve(NEW, said(place(referral())))
    assert SUBMISSION.decide(known, place(referral(), at=MONDAY + timedelta(hours=1))) == []
    with pytest.raises(Refusal) as refused:
        SUBMISSION.decide(known, place(referral(setting="mbu")))
    assert refused.value.code == "impostor-id"


WRONG = {
    "the event lies in the future": (place(referral(), happened_at=MONDAY + timedelta(minutes=6)), "time"),
    "the day of referral is to come": (place(referral(referral_date="2026-03-04")), "referral_date"),
    "family did not ask the client": (
        place(referral(referrer_role="family", client_agreed=False)),
        "client_agreed",
    ),
}


@pytest.mark.parametrize(("command", "field"), WRONG.values(), ids=WRONG.keys())
def test_what_the_sender_must_put_right_is_rejected(command: Place, field: str) -> None:
    event = said(command)
    assert isinstance(event, SubmissionRejected)
    assert [problem.field for problem in event.problems] == [field]


def test_a_day_to_come_is_counted_from_the_day_it_is_in_scotland() -> None:
    late = datetime(2026, 7, 1, 23, 30, tzinfo=UTC)
    assert isinstance(said(place(referral(referral_date="2026-07-03"), at=late, happened_at=late)), ReferralReceived)
    assert isinstance(said(place(referral(referral_date="2026-07-04"), at=late, happened_at=late)), SubmissionRejected)


def test_a_clock_a_little_ahead_is_no_fault() -> None:
    assert isinstance(said(place(referral(), happened_at=MONDAY + timedelta(minutes=4))), ReferralReceived)


BROKEN: dict[str, tuple[Any, list[tuple[str, str]]]] = {
    "no body": (b"", [("data", "empty")]),
    "no JSON": (b"{", [("data", "not-json")]),
    "not UTF-8": (b"\xff", [("data", "not-json")]),
    "a list": ([], [("data", "wrong-kind")]),
    "null": (b"null", [("data", "wrong-kind")]),
    "deep": (b"[" * 100_000, [("data", "not-json")]),
    "a NUL": ({**REFERRAL, "extra": "\0"}, [("data", "not-storable")]),
    "NaN": (json.dumps({**REFERRAL, "extra": float("nan")}).encode(), [("data", "not-storable")]),
    "a board that is none": ({**REFERRAL, "board_of_treatment": "S99"}, [("board_of_treatment", "not-a-board")]),
    "a residence that is none": ({**REFERRAL, "board_of_residence": "S99"}, [("board_of_residence", "not-a-board")]),
    "a code that is none": ({**REFERRAL, "setting": "hotel"}, [("setting", "not-a-known-code")]),
    "a text for a flag": ({**REFERRAL, "client_agreed": "yes"}, [("client_agreed", "wrong-kind")]),
    "a date that is none": ({**REFERRAL, "referral_date": "2.3.2026"}, [("referral_date", "not-a-date")]),
    "two things": (
        {name: value for name, value in REFERRAL.items() if name != "sender"} | {"language": "?"},
        [("sender", "missing"), ("language", "not-in-this-form")],
    ),
    "endless wrong items": ({**REFERRAL, "consents": [1] * 5000}, [("data", "too-many-problems")]),
}


@pytest.mark.parametrize(("body", "problems"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_body_is_rejected_with_its_places(body: Any, problems: list[tuple[str, str]]) -> None:
    event = said(place(content(ReferralSubmitted.type(), body)))
    assert isinstance(event, SubmissionRejected)
    assert [(problem.field, problem.code) for problem in event.problems] == problems


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (PAUSE, ("data", "contradictory")),
        ({"referral_id": "x", **PAUSE}, ("referral_id", "not-an-id")),
        ({"referral_id": str(ID), "update": {"do": "dance"}}, ("update", "not-a-known-code")),
        ({"referral_id": str(ID), "update": {}}, ("update", "missing")),
        ({"referral_id": str(ID), "update": {**PAUSE["update"], "at": "2026-03-02T09:00:00"}}, None),
    ],
)
def test_a_broken_update_is_unusable_and_names_the_place(body: Any, problem: tuple[str, str] | None) -> None:
    found = content(UpdateSubmitted.type(), body)
    assert isinstance(found, Unusable)
    expected = problem or ("update.pause.at", "no-time-zone")
    assert [(each.field, each.code) for each in found.problems] == [expected]


@pytest.mark.parametrize(
    ("type_", "expected"),
    [
        ("kith.measure-submitted.v1", Unplaceable("measure-not-taken-yet")),
        ("kith.measure-anything.v9", Unplaceable("measure-not-taken-yet")),
        ("kith.concern-raised.v1", Unplaceable("concern-not-taken-here")),
        ("kith.referral-submitted.v2", Unplaceable("version-not-known-yet")),
        ("kith.tea-poured.v1", None),
        ("kith.referral-accepted.v1", None),
        ("Some Other Type", None),
        ("", None),
    ],
)
def test_a_type_that_may_be_taken_one_day_is_kept_and_any_other_is_sent_back(
    type_: str, expected: Unplaceable | None
) -> None:
    found = content(type_, REFERRAL)
    assert found == expected if expected else isinstance(found, Unusable) and found.problems[0].field == "type"
    assert is_urgent(type_) == (expected is not None and "version" not in expected.code)
    event = said(Place(ID, OURS, MONDAY, MONDAY, type_, found))
    assert event.submitted_type == as_code(type_)


def test_every_published_example_of_intake_is_read() -> None:
    for event in published().events:
        if event.owner == "intake":
            for example in event.model_config["json_schema_extra"]["examples"]:
                assert isinstance(content(event.type(), example), event)


def test_the_reaction_finds_the_referral_that_the_same_sender_made() -> None:
    reaction = intake(published())
    body = json.dumps({**PAUSE, "referral_event_id": "form-1"}).encode()
    event = Envelope(
        id=ID, type=UpdateSubmitted.type(), source="/forms", subject=f"submission/{ID}", time=MONDAY,
        recorded_at=MONDAY, organisation="SC012345", sequence=None, actor_role="sender", correlation_id=ID,
        causation_id=None, traceparent=None, data=body, producer="charity",
    )  # fmt: skip
    made = f"submission/{intake_id('charity', '/forms', 'form-1')}"
    assert reaction.targets(event) == [event.subject, made]
    (command,) = reaction.react(event, {made: Submission(said(place(referral())))})
    assert said(command).referral_id == uuid5(ID, "referral")
    (early,) = reaction.react(event, {})
    assert f"submission/{said(early).awaits}" == made
