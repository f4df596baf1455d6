"""Whoever reads a message over a client's shoulder learns nothing of why it was sent."""

import re
from datetime import datetime
from typing import Any, get_args

import pytest

from services.referrals.domain.policy import Policy
from services.referrals.messages.safe import safe_way
from services.referrals.messages.words import Words, texts, words
from shared.contracts import values as v
from shared.contracts.days import HERE
from shared.contracts.people import Contact, SafeContact
from shared.post.letters import Letter
from shared.post.transports import read_transports
from tests.unit.referrals.story import one

WHEN = datetime(2026, 3, 5, 19, tzinfo=HERE)
KINDS, PATHWAYS = get_args(v.MessageKind), get_args(v.Pathway)

TELLS = {
    "en": r"mental|health|nhs|peri-?natal|baby|babies|birth|born|pregnan|mother|mum|father|dad\b|parent|peer|support"
    r"|bereave|loss|lost|grie|died|dead|death|still|depress|anxi|illness|ill\b|unwell|clinic|hospital|ward|midwi|therap"
    r"|counsel|treat|patient|service|charit|session|appointment with|group|crisis|risk|sorry",
    "pl": r"zdrow|psych|dziec|dzidzi|porod|poród|urodz|ciąż|matk|mam[aęyo]\b|ojc|tat[aęyo]\b|rodzi|wspar|strat|żałob"
    r"|zmar|śmier|depres|lęk|chor|klini|szpital|oddział|położn|terap|lecz|pacjent|usług|grup|kryzys|przykro",
}
CHEERS = {
    "en": r"!|happy|glad|great|excit|looking forward|congrat|enjoy|lovely|see you|welcome|fun\b|celebrat|joy",
    "pl": r"!|ciesz|radoś|gratul|świetn|super|wspaniał|miło|do zobaczenia|zaprasza",
}


def every() -> list[Any]:
    return [
        pytest.param(language, kind, pathway, id=f"{language}-{kind}-{pathway}")
        for language in texts()
        for kind in KINDS
        for pathway in PATHWAYS
    ]


def said(kind: v.MessageKind, pathway: v.Pathway, language: str, **more: Any) -> Words | None:
    how: dict[str, Any] = {"interpreter_needed": False, "office_phone": "0131 496 0000", **more}
    return words(kind, pathway, language, WHEN, **how)


@pytest.mark.parametrize(("language", "kind", "pathway"), every())
def test_no_text_says_what_it_is_about_and_none_cheers_on_a_pathway_of_loss(
    language: str, kind: v.MessageKind, pathway: v.Pathway
) -> None:
    text = said(kind, pathway, language)
    assert text is not None
    whole = f"{text.subject} {text.body}"
    assert not re.search(TELLS[language], whole, re.I), whole
    if pathway == "loss":
        assert not re.search(CHEERS[language], whole, re.I), whole
    assert "STOP" in text.body
    assert "{" not in whole
    assert len(text.body) <= 160, "one text message"


def test_the_list_of_words_finds_what_it_is_to_find() -> None:
    assert re.search(TELLS["en"], "Your peer support session at the clinic", re.I)
    assert re.search(CHEERS["en"], "See you then!", re.I)


def test_the_name_it_comes_from_says_nothing() -> None:
    assert not re.search(TELLS["en"], Policy().sender_name, re.I)


def test_without_a_number_to_call_nothing_is_said_of_calling() -> None:
    text = said("session-reminder", "usual", "en", office_phone=None)
    assert text is not None
    assert text.body == "A reminder: we meet on Thursday 5 March at 19:00. Reply STOP for no more messages."


def test_who_would_not_follow_the_words_gets_none_and_a_person_speaks_with_them() -> None:
    assert said("session-reminder", "usual", "ti", interpreter_needed=True) is None
    assert said("session-reminder", "usual", "ti") == said("session-reminder", "usual", "en")
    assert said("session-reminder", "usual", "pl-PL", interpreter_needed=True) != said(
        "session-reminder", "usual", "en"
    )


REACHED = {"phones": ("07700900123",), "emails": ("someone@example.org",)}


@pytest.mark.parametrize(
    ("safe", "found"),
    [
        ({}, "not-safe"),
        ({"shared_phone": False, "voicemail": True}, "not-safe"),
        ({"channels": ("text", "email")}, "text"),
        ({"channels": ("email", "text")}, "email"),
        ({"channels": ("phone", "text")}, "text"),
        ({"channels": ("internet-call",)}, "not-safe"),
        ({"channels": ("text",), "shared_phone": True}, "not-safe"),
        ({"channels": ("text", "email"), "shared_phone": True}, "email"),
        ({"channels": ("text", "email"), "do_not_write": ("text",)}, "email"),
        ({"do_not_write": ("text", "email")}, "not-safe"),
    ],
)
def test_only_a_way_that_is_safe_is_used(safe: dict[str, Any], found: str) -> None:
    way = safe_way(Contact(**REACHED, safe=safe), ("text", "email"))
    assert (way if isinstance(way, str) else way.channel) == found


def test_who_cannot_be_reached_is_not_written_to() -> None:
    contact = Contact(emails=("someone@example.org",), safe=SafeContact(channels=("text",)))
    assert safe_way(contact, ("text",)) == "no-contact"


def test_a_letter_shows_nobody_whom_it_goes_to() -> None:
    letter = Letter(one(1), "email", "someone@example.org", "Appointments", "A reminder", "We meet on Thursday.")
    assert "someone" not in repr(letter)
    assert "Thursday" not in repr(letter)


@pytest.mark.parametrize(
    "told", ["pigeon:coop", "smtp://mail.example.org", "smtp://m?from=a@b.example&tls=maybe", "file:"]
)
def test_a_transport_that_is_none_is_refused_at_the_start(told: str) -> None:
    with pytest.raises(ValueError, match="KITH_MESSAGES"):
        read_transports({"KITH_MESSAGES": told})


def test_the_first_that_carries_a_channel_is_used() -> None:
    [mail, folder] = read_transports({"KITH_MESSAGES": "smtp://mail.example.org?from=a@b.example file:/tmp/letters"})
    assert ({*mail.carries}, {*folder.carries}) == ({"email"}, {"email", "text", "phone"})
    assert read_transports({}) == []
