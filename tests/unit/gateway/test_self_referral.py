"""What a person says on a public form, and the referral that it becomes."""

import json
import re
from datetime import UTC, datetime
from html import unescape
from typing import Any, get_args
from uuid import UUID, uuid4

import pytest

from services.gateway.forms import form_page, received_page
from services.gateway.self_referral import SelfReferral, Way, parse_form, parse_json, record_of
from shared.contracts import values as v
from shared.contracts.intake import ReferralSubmitted
from shared.contracts.registry import published
from shared.runtime.problems import Problem
from shared.web.page import problem_page

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
ANSWERS = {"agreed": True, "parent_role": "carer", "board_of_residence": "S08000025"}
FORM = form_page(UUID(int=0)).body.decode().partition("<main>")[2]


def referral(moment: datetime = MONDAY, **changes: Any) -> ReferralSubmitted:
    record = record_of(parse_json(json.dumps(ANSWERS | changes).encode()), "ask", "1", moment)
    assert record.body is not None
    submitted = published().decode(ReferralSubmitted.type(), record.body)
    assert isinstance(submitted, ReferralSubmitted)
    return submitted


def test_it_is_a_referral_by_oneself_agreed_to_today() -> None:
    made = referral(formats_wanted=["phone", "home"], language="ti", interpreter_needed=True)
    assert (made.referrer_role, made.client_agreed, made.sender) == ("self", True, "local:ask")
    assert (made.board_of_residence, made.board_of_treatment) == ("S08000025", "S08000025")
    assert (made.formats_wanted, made.language, made.interpreter_needed) == (("phone", "home"), "ti", True)
    (consent,) = made.consents
    assert (consent.scope, consent.given, consent.at, consent.how) == ("share-with-provider", True, MONDAY, "online")


def test_today_is_the_day_in_scotland() -> None:
    late = datetime(2026, 7, 1, 23, 30, tzinfo=UTC)
    assert referral(late).referral_date.isoformat() == "2026-07-02"


def test_nobody_need_say_who_they_are_and_nobody_is_asked_for_a_story() -> None:
    assert (referral().person_id, referral().person) == (None, None)
    assert not {"address", "postcode", "text", "chi", "birth_date"} & SelfReferral.model_fields.keys()


REACHED = {"name": "Invented", "phone": "07700 900123", "ways": ["text", "phone"], "shared_phone": True}


def test_whoever_says_how_to_be_reached_says_which_ways_are_safe_and_agrees_to_those_alone() -> None:
    made = referral(**REACHED)
    assert made.person is not None
    assert made.person.contact is not None
    assert (made.person.given, made.person.contact.phones) == ("Invented", ("+447700900123",))
    safe = made.person.contact.safe
    assert (safe.channels, safe.shared_phone, safe.voicemail) == (("text", "phone"), True, False)
    assert safe.who_may_answer == "client-only"
    assert [consent.scope for consent in made.consents] == ["share-with-provider", "messages-text"]


@pytest.mark.parametrize(
    "changes", [{"ways": []}, {"phone": None}, {"ways": ["email"]}, {"ways": ["letter"]}, {"phone": "canary"}]
)
def test_a_way_that_cannot_be_used_or_was_not_said_to_be_safe_is_asked_for_and_nothing_repeated(changes: Any) -> None:
    with pytest.raises(Problem) as refused:
        parse_json(json.dumps(ANSWERS | REACHED | changes).encode())
    assert [field for field, _ in refused.value.errors] == ["phone" if changes.get("phone") else "ways"]
    assert "canary" not in str(refused.value.errors)


def test_of_who_somebody_is_not_even_a_digest_is_kept_in_clear() -> None:
    one, other = (parse_json(json.dumps(ANSWERS | REACHED | {"name": name}).encode()) for name in ("A", "B"))
    assert one.coarse == other.coarse
    assert "900123" not in one.coarse


def test_the_same_answers_at_the_same_moment_are_the_same_bytes() -> None:
    answers = parse_json(json.dumps(ANSWERS).encode())
    assert record_of(answers, "ask", "1", MONDAY) == record_of(answers, "ask", "1", MONDAY)


def test_a_browser_and_a_program_say_the_same() -> None:
    form_id = uuid4()
    posted = f"agreed=yes&parent_role=carer&board_of_residence=S08000025&board_of_treatment=&form_id={form_id}"
    posted += "&formats_wanted=phone&formats_wanted=home"
    said = ANSWERS | {"form_id": str(form_id), "formats_wanted": ["phone", "home"]}
    assert parse_form(posted.encode()) == parse_json(json.dumps(said).encode())


@pytest.mark.parametrize("agreed", [False, "no", None])
def test_without_agreement_there_is_no_referral(agreed: Any) -> None:
    with pytest.raises(Problem) as refused:
        parse_json(json.dumps(ANSWERS | {"agreed": agreed}).encode())
    assert [field for field, _ in refused.value.errors] == ["agreed"]


def offered(name: str) -> set[str]:
    """The values that the page offers for a field."""
    select = re.search(rf'<select [^>]*name="{name}".*?</select>', FORM, re.DOTALL)
    place = select[0] if select else FORM
    pattern = r'<option value="([^"]+)"' if select else rf'name="{name}" value="([^"]+)"'
    return set(re.findall(pattern, place))


def test_the_page_offers_what_can_be_taken() -> None:
    boards = set(get_args(get_args(v.Board)[0]))
    assert offered("parent_role") == set(get_args(v.ParentRole))
    assert offered("formats_wanted") == set(get_args(v.Format))
    assert offered("ways") == set(get_args(Way))
    assert offered("board_of_treatment") == boards
    assert boards < offered("board_of_residence")
    for language in offered("language"):
        assert parse_json(json.dumps(ANSWERS | {"language": language}).encode()).language == language


def test_every_field_of_the_page_is_one_that_is_asked_for_and_has_a_label() -> None:
    names = set(re.findall(r' name="([a-z_]+)"', FORM))
    assert names == SelfReferral.model_fields.keys() - {"setting"}
    ids = set(re.findall(r'<(?:select|input) id="([a-z]+)"', FORM))
    assert ids == set(re.findall(r'<label for="([a-z]+)"', FORM))


@pytest.mark.parametrize(
    "page",
    [
        form_page(UUID(int=1)),
        received_page(UUID(int=1), reachable=False),
        received_page(UUID(int=1), reachable=True),
        problem_page(Problem(422, "invalid", "x", errors=[("<script>", "<script>")])),
        problem_page(Problem(429, "too-many", "<script>")),
    ],
)
def test_every_page_begins_with_what_to_do_first_and_runs_nothing(page: Any) -> None:
    text = page.body.decode()
    first = re.search(r"<body>\s*<p[^>]*>(.*?)</p>", text)
    assert first
    assert unescape(first[1]) == (
        "If someone may come to harm now, phone 999. NHS 24 is 111, day and night. Do that first, then tell us here."
    )
    assert "<script" not in text
    assert "default-src 'none'" in dict(page.headers)[b"content-security-policy"].decode()
