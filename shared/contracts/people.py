"""Who a client is, how to reach them safely, and what they need: never on an owner's topic except sealed.

What is wrong is told by a code, never by the value. A CHI is text, never a key, and nothing is derived from it.
"""

import datetime as dt
from typing import Annotated, Literal

from nhs_number.constants import REGION_SCOTLAND, REGION_SYNTHETIC
from nhs_number.validate import calculate_checksum, is_valid
from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from shared.contracts import values as v
from shared.contracts.event import Value

CHI_SYSTEM = "urn:oid:2.16.840.1.113883.2.1.3.2.4.16.53"
"""Of the identifiers that senders name the CHI by, the one that stands; the others are understood."""
CHI_PROBLEMS = {
    "chi-not-digits": "A CHI is ten digits and nothing else.",
    "chi-lost-a-zero": "A CHI has ten digits; this one seems to have lost its leading zero. Send it as text.",
    "chi-too-short": "A CHI has ten digits; some are missing.",
    "chi-too-long": "A CHI has ten digits; these are more.",
    "chi-bad-date": "The first six digits of a CHI are a day, and these are none. It may be another kind of number.",
    "chi-bad-check-digit": "The last digit of the CHI does not fit the others. Check for a slip.",
}
"""What may be wrong with a CHI, told without a digit of it."""


def _chi(given: str) -> str:
    chi = given.replace(" ", "")
    if problem := _chi_problem(chi):
        raise PydanticCustomError(problem, CHI_PROBLEMS[problem])
    return chi


def _chi_problem(chi: str) -> str | None:
    """The code of what is wrong; the test numbers of the NHS (999...) are no dates and yet are taken."""
    if not (chi.isascii() and chi.isdigit()):
        return "chi-not-digits"
    if len(chi) == 9 and is_valid(f"0{chi}", REGION_SCOTLAND):
        return "chi-lost-a-zero"
    if len(chi) != 10:
        return "chi-too-short" if len(chi) < 10 else "chi-too-long"
    if calculate_checksum(chi[:9]) != int(chi[9]):
        return "chi-bad-check-digit"
    if not any(is_valid(chi, region) for region in (REGION_SCOTLAND, REGION_SYNTHETIC)):
        return "chi-bad-date"
    return None


def _phone(given: str) -> str:
    phone = given.translate(dict.fromkeys(map(ord, " -().")))
    if not 6 <= len(phone.removeprefix("+")) <= 15:
        raise PydanticCustomError("not-a-phone-number", "A phone number has 6 to 15 digits.")
    return f"+44{phone[1:]}" if phone.startswith("0") and not phone.startswith("00") else phone


def _newest_system(value: object) -> object:
    known = ("https://fhir.nhs.uk/Id/chi-number", "http://fhir.nhs.scot.uk/Id/national/chi-number")
    return CHI_SYSTEM if value in known else value


Chi = Annotated[str, StringConstraints(max_length=20), AfterValidator(_chi)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Number = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]
Phone = Annotated[str, StringConstraints(pattern=r"^[+]?[0-9 ().-]{6,30}$"), AfterValidator(_phone)]
"""Kept with its country code; one of the United Kingdom may be written as it is dialled there."""
Email = Annotated[str, StringConstraints(pattern=r"^[^@ <>,;]{1,64}@[^@ <>,;]{1,120}[.][^@ <>,;.]{2,20}$")]
Clock = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Channel = Literal["text", "phone", "internet-call", "email", "letter"]


class Hours(Value):
    """From when to when on those days; no days named means every day."""

    days: Annotated[tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...], Field(max_length=7)] = ()
    start: Clock
    end: Clock


class SafeContact(Value):
    """How the client may be reached without putting them at risk; what is not said is not safe."""

    channels: Annotated[tuple[Channel, ...], Field(max_length=5)] = ()
    """The ways that are safe, the best first; any other is not used."""
    hours: Annotated[tuple[Hours, ...], Field(max_length=7)] = ()
    who_may_answer: Literal["client-only", "partner", "family", "anyone"] = "client-only"
    voicemail: bool = False
    shared_phone: bool = False
    do_not_write: Annotated[tuple[Literal["text", "email", "letter"], ...], Field(max_length=3)] = ()
    own_words: Annotated[str, StringConstraints(max_length=500)] | None = None


class Contact(Value):
    """Where the client can be reached."""

    phones: Annotated[tuple[Phone, ...], Field(max_length=5)] = ()
    emails: Annotated[tuple[Email, ...], Field(max_length=5)] = ()
    address: Annotated[tuple[Words, ...], Field(max_length=6)] = ()
    postcode: Annotated[str, StringConstraints(strip_whitespace=True, max_length=10)] | None = None
    safe: SafeContact = SafeContact()


class Identity(Value):
    """Who the client is, as far as it is known; a first name alone is enough."""

    given: Words | None = None
    family: Words | None = None
    preferred: Words | None = None
    birth_date: dt.date | None = None
    chi: Chi | None = None
    chi_system: (
        Annotated[Literal["urn:oid:2.16.840.1.113883.2.1.3.2.4.16.53"], BeforeValidator(_newest_system)] | None
    ) = None
    """By what its sender named the CHI; the identifiers of before are understood."""
    upi: Number | None = None
    ucpn: Number | None = None
    """Unique within one board alone."""
    sender_reference: Number | None = None


class Person(Identity):
    """Who the client is and how to reach them."""

    contact: Contact | None = None

    @property
    def identity(self) -> Identity:
        """Who they are, without how to reach them."""
        return Identity(**{name: getattr(self, name) for name in Identity.model_fields})


class CareDate(Value):
    """The exact day that the stage is counted from."""

    kind: Literal["edd", "birth", "loss"]
    date: dt.date


class IllnessLevel(Value):
    """How ill, as somebody of that role judged on that day."""

    code: Literal["mild", "moderate", "severe"]
    set_by_role: v.Code
    date: dt.date


class Needs(Value):
    """Where the client stands, and what they wish support for: as they state it, never inferred."""

    stage: v.Stage | None = None
    stage_weeks: Annotated[int, Field(ge=0, le=260)] | None = None
    care_date: CareDate | None = None
    experience_tags: Annotated[tuple[v.Code, ...], Field(max_length=20)] = ()
    support_needs: Annotated[tuple[v.Code, ...], Field(max_length=20)] = ()
    illness_level: IllnessLevel | None = None
