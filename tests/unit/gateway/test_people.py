"""Who a client is crosses the gateway sealed: what is wrong with it has a code, and nothing of it is repeated."""

import json
from typing import Any

import pytest

from services.gateway.domain.submission import SUBMISSION, Submission
from shared.contracts.gateway import ReferralReceived, SessionReportReceived, SubmissionRejected, UpdateReceived
from shared.contracts.intake import ReferralSubmitted, SessionReported, UpdateSubmitted
from shared.contracts.registry import published
from shared.runtime.service import Clear
from tests.unit.gateway.test_submission import REFERRAL, REPORT, content, place

PERSON = {"given": "Canary", "chi": "9990000018", "contact": {"phones": ["07700 900123"]}}
SAFE = {"update": {"do": "change-safe-contact", "by_role": "coordinator"}, "contact": {"phones": ["07700 900123"]}}
ABOUT = {"referral_id": "0195557a-2f10-7c44-8a6e-3b1d2c4f5a60"}


def made(body: Any, state: Submission | None = None) -> Any:
    submitted = content(body.pop("type", ReferralSubmitted.type()), body)
    return SUBMISSION.decide(state or SUBMISSION.initial, place(submitted))


def test_it_is_to_be_sealed_to_referrals_and_cannot_be_written_otherwise() -> None:
    (event,) = made({**REFERRAL, "person": PERSON, "needs": {"stage": "postnatal"}})
    assert isinstance(event, ReferralReceived)
    for field in (event.person, event.contact, event.needs):
        assert isinstance(field, Clear)
        assert field.to == "referrals"
    assert isinstance(event.person, Clear)
    assert json.loads(event.person.content) == {"given": "Canary", "chi": "9990000018"}
    assert "Canary" not in repr(event)
    with pytest.raises(ValueError, match="not sealed") as refused:
        published().encode(event)
    assert "Canary" not in str(refused.value)


def test_the_same_again_is_said_once_whatever_of_it_is_sealed() -> None:
    (event,) = made({**REFERRAL, "person": PERSON})
    sealed = published().sealed(event, lambda _: "a.token")
    state = SUBMISSION.evolve(SUBMISSION.initial, sealed)
    assert made({**REFERRAL, "person": PERSON}, state) == []


def test_a_note_and_a_way_of_being_reached_cross_sealed_as_well() -> None:
    (noted,) = made({"type": SessionReported.type(), **REPORT, **ABOUT, "note": "Canary sang."})
    assert isinstance(noted, SessionReportReceived)
    assert isinstance(noted.words, Clear)
    (reached,) = made({"type": UpdateSubmitted.type(), **SAFE, **ABOUT})
    assert isinstance(reached, UpdateReceived)
    assert isinstance(reached.contact, Clear)


@pytest.mark.parametrize(
    ("person", "field", "code"),
    [
        ({"chi": "101011237"}, "person.chi", "chi-lost-a-zero"),
        ({"chi": "9990000019"}, "person.chi", "chi-bad-check-digit"),
        ({"chi": "4505577104"}, "person.chi", "chi-bad-date"),
        ({"chi": "12345"}, "person.chi", "chi-too-short"),
        ({"chi": "99900000180"}, "person.chi", "chi-too-long"),
        ({"chi": "99900O0018"}, "person.chi", "chi-not-digits"),
        ({"chi": 9990000018}, "person.chi", "wrong-kind"),
        ({"birth_date": "02/04/1996"}, "person.birth_date", "not-a-date"),
        ({"birth_date": "2026-04-02"}, "person.birth_date", "in-the-future"),
        ({"contact": {"phones": ["12"]}}, "person.contact.phones.0", "not-in-this-form"),
        ({"contact": {"phones": ["1 2 3 4 5"]}}, "person.contact.phones.0", "not-a-phone-number"),
    ],
)
def test_what_is_wrong_has_a_place_and_a_code_and_no_value(person: Any, field: str, code: str) -> None:
    (event,) = made({**REFERRAL, "person": person})
    assert isinstance(event, SubmissionRejected)
    assert [(problem.field, problem.code) for problem in event.problems] == [(field, code)]
    assert not any(str(value) in event.model_dump_json() for value in person.values())


@pytest.mark.parametrize("chi", ["9990000018", "999 000 0018", "0101011237"])
@pytest.mark.parametrize(
    "system", ["https://fhir.nhs.uk/Id/chi-number", "urn:oid:2.16.840.1.113883.2.1.3.2.4.16.53", None]
)
def test_a_chi_as_people_write_it_is_taken_whatever_its_sender_calls_it(chi: str, system: str | None) -> None:
    (event,) = made({**REFERRAL, "person": {"chi": chi} | ({"chi_system": system} if system else {})})
    assert isinstance(event.person, Clear)
    said = json.loads(event.person.content)
    assert said["chi"] == chi.replace(" ", "")
    assert said.get("chi_system") == ("urn:oid:2.16.840.1.113883.2.1.3.2.4.16.53" if system else None)


@pytest.mark.parametrize("wrong", [{"contact": None}, {"update": {"do": "resume", "asked_by": "client"}}])
def test_a_way_of_being_reached_comes_with_its_wish_and_the_wish_with_it(wrong: Any) -> None:
    (event,) = made({"type": UpdateSubmitted.type(), **SAFE, **ABOUT, **wrong})
    assert isinstance(event, SubmissionRejected)
    assert [problem.field for problem in event.problems] == ["contact"]
