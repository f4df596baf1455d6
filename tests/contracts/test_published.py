"""The language as it is published today: complete, generated, readable for ever, under the names it was given."""

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.contracts import generate, golden, schema, topics
from shared.contracts.completeness import lacking
from shared.contracts.event import Event
from shared.contracts.registry import published
from tests.contracts.bodies import bodies

EVENTS = published().events
EXAMPLES = sorted((generate.HERE / "examples").glob("*.json"))

GIVEN: dict[tuple[str, str], str] = {
    ("gateway", "submission"): """referral-received measure-received session-report-received attendance-received
        update-received submission-held submission-corrected submission-rejected sender-told data-quality-noted""",
    ("referrals", "referral"): """referral-created referral-accepted referral-declined referral-signposted
        referral-withdrawn duplicate-suspected duplicate-confirmed duplicate-dismissed preferences-recorded
        consent-changed safe-contact-changed contact-attempted unavailability-recorded role-explained match-proposed
        match-declined peer-matched match-ended session-planned session-held session-missed session-cancelled
        reminder-sent reminder-failed reminder-opted-out travel-support-agreed interpreter-booked
        practical-help-requested practical-help-referred practical-help-received goal-set goal-reviewed
        support-changed support-paused support-resumed review-held handback-requested handback-accepted
        handover-proposed handover-accepted handover-completed support-ended referral-reopened care-date-changed
        loss-recorded person-died baby-left-parents-care equity-profile-recorded referrer-told concern-raised""",
    ("referrals", "caseload"): "place-taken place-freed cover-started cover-ended",
    ("referrals", "group"): "group-opened group-joined group-left group-session-held group-closed",
    ("referrals", "service"): "service-listed service-checked service-at-risk service-closed",
    ("referrals", "person"): "keep-apart-set keep-apart-lifted person-erased person-corrected processing-restricted",
    ("supervision", "peer"): """peer-recruited peer-started training-offered training-unavailable training-completed
        training-expired requirement-waived induction-step-completed pvg-confirmed role-acknowledged
        supervisor-assigned supervision-planned supervision-held supervision-missed supervision-overdue
        debrief-requested debrief-held check-in-offered peer-ready peer-not-ready match-tags-consented
        match-tags-withdrawn match-limits-set capacity-changed peer-paused peer-returned peer-left job-share-formed
        lone-visit-started lone-visit-ended lone-visit-overdue advice-requested advice-answered role-question-raised
        role-question-settled team-work-recorded network-linked recognition-given contract-changed""",
    ("supervision", "provider"): "provider-readiness-changed team-briefed",
    ("supervision", "supervisor"): "supervisor-away supervisor-back deputy-routed",
    ("supervision", "rota"): "duty-rota-set duty-gap-found",
    ("supervision", "concern"): """concern-opened concern-notified concern-acknowledged concern-handed-over
        concern-escalated concern-outcome-recorded concern-closed safety-check-opened safety-check-closed""",
    ("evaluation", "measure"): """measure-recorded measure-corrected measure-declined risk-item-endorsed
        outcome-recorded experience-recorded measure-definition-published""",
    ("evaluation", "release"): "release-proposed release-refused release-approved release-published release-withdrawn",
    ("evaluation", "lesson"): "lesson-recorded",
}
"""The names the language was designed with: a class may be added, a name is never bettered once it is published."""

OWNERS = {name: owner for (owner, _), names in GIVEN.items() for name in names.split()}
SUBJECTS = {name: subject for (_, subject), names in GIVEN.items() for name in names.split()}
URGENT = {
    "measure-received",
    "concern-raised",
    "lone-visit-overdue",
    "risk-item-endorsed",
    *GIVEN["supervision", "concern"].split(),
}


def test_no_class_lacks_anything() -> None:
    assert lacking(published()) == []


def test_the_tree_is_what_the_classes_generate() -> None:
    assert generate.problems(published(), generate.HERE) == []
    assert generate.differences(published(), generate.HERE) == {}


def test_every_type_has_its_schema_and_an_example_and_no_file_is_astray() -> None:
    types = {event.type() for event in EVENTS}
    for folder in ("schemas", "examples"):
        files = {golden.type_of(file) for file in (generate.HERE / folder).iterdir()}
        assert types <= files
        assert all(published().knows(type) for type in files)


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.name)
def test_every_example_ever_published_is_read(file: Path) -> None:
    event = published().decode(golden.type_of(file), file.read_bytes())
    assert published().decode(event.type(), published().encode(event)) == event
    own = generate.HERE / "schemas" / f"{golden.type_of(file).removeprefix('kith.')}.json"
    reader = jsonschema_rs.validator_for(json.loads(own.read_text()), validate_formats=True)
    reader.validate(json.loads(file.read_text()))
    reader.validate(json.loads(published().encode(event)))


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.name)
def test_a_name_keeps_its_owner_subject_and_urgency(event: type[Event]) -> None:
    if event.name in OWNERS:
        assert (event.owner, event.subject) == (OWNERS[event.name], SUBJECTS[event.name])
        assert event.urgent == (event.name in URGENT)


def test_names_are_one_language() -> None:
    """Two owners may say similar things, but a name means one thing everywhere."""
    assert len({event.name for event in EVENTS}) == len(EVENTS)
    assert {event.owner for event in EVENTS} <= {*topics.SERVICES, "intake"}


OWNED = [event for event in EVENTS if event.owner != "intake"]


@given(st.sampled_from(OWNED).flatmap(lambda event: st.tuples(st.just(event), bodies(schema.of(event)))))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_a_schema_allows_is_read_by_the_class(said: tuple[type[Event], Any]) -> None:
    event, body = said
    jsonschema_rs.validator_for(schema.of(event)).validate(body)
    read = published().decode(event.type(), json.dumps(body).encode())
    assert published().decode(event.type(), published().encode(read)) == read
