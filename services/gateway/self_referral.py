"""What a person can say of themselves on a public form, and the referral that it becomes."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from services.gateway.cloudevents import structured
from shared.contracts import people
from shared.contracts import values as v
from shared.contracts.days import day_of
from shared.contracts.intake import ReferralSubmitted
from shared.runtime.parsing import parse_form as form_fields
from shared.runtime.problems import Problem, invalid, invalid_model, name_of
from shared.runtime.wire import Record

CONSENT_TEXT = "self-referral-2026-02"
"""The version of the words in `pages/form.html` that are agreed to; changed words are a new version."""

_BOARDS = "Say in which health board's area you live, or which board cares for you."
_WAYS = (
    "Choose the ways in which it is safe to reach you. For a call or a text we need your phone number, for an email "
    "your address."
)
_PUT_RIGHT = {
    "agreed": "Say that you agree. Without it nothing can be passed on.",
    "parent_role": "Say which of these you are.",
    "board_of_residence": _BOARDS,
    "board_of_treatment": _BOARDS,
    "setting": "Choose one of the settings that the form knows.",
    "formats_wanted": "Choose among the ways of meeting that the form knows.",
    "language": "Give the code of a language, such as en, pl or bfi.",
    "interpreter_needed": "Say yes, or leave it out.",
    "name": "Give the name that we are to use, in at most 100 characters, or leave it empty.",
    "phone": "Give a phone number with its digits, such as 07700 900123, or leave it empty.",
    "email": "Give an email address, such as name@example.org, or leave it empty.",
    "ways": _WAYS,
    "voicemail": "Say yes, or leave it out.",
    "shared_phone": "Say yes, or leave it out.",
    "who_may_answer": "Choose who may answer.",
    "form_id": "This is made by the form itself. Open the form anew.",
}


Way = Literal["text", "phone", "internet-call", "email"]


def _given(agreed: bool) -> bool:
    if not agreed:
        raise ValueError("it takes your agreement")
    return agreed


class SelfReferral(BaseModel):
    """One person's answers. `form_id` is made by the form when it is opened: the same again is the same referral."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    agreed: Annotated[bool, AfterValidator(_given)]
    parent_role: v.ParentRole
    board_of_residence: v.Residence = "RA2704"
    board_of_treatment: v.Board | None = None
    setting: v.Setting = "third-sector"
    formats_wanted: Annotated[tuple[v.Format, ...], Field(max_length=8)] = ()
    language: v.Language = "en"
    interpreter_needed: bool = False
    name: people.Words | None = None
    phone: people.Phone | None = None
    email: people.Email | None = None
    ways: Annotated[tuple[Way, ...], Field(max_length=4)] = ()
    """The ways in which it is safe to reach them; no other is used."""
    voicemail: bool = False
    shared_phone: bool = False
    who_may_answer: Literal["client-only", "partner", "family", "anyone"] = "client-only"
    form_id: UUID | None = None

    @property
    def is_reachable(self) -> bool:
        """Whether they said how they can be reached."""
        return bool(self.phone or self.email)

    @property
    def coarse(self) -> str:
        """The answers without those that say who somebody is."""
        return self.model_dump_json(exclude={"name", "phone", "email"})


def parse_json(body: bytes) -> SelfReferral:
    """The answers in a JSON object; raises Problem, which names fields and never repeats what stood in them."""
    try:
        return _checked(SelfReferral.model_validate_json(body))
    except ValidationError as error:
        raise _wrong(error) from None


def parse_form(body: bytes) -> SelfReferral:
    """The answers as a browser sends a form, where an empty field is one left out; raises Problem likewise."""
    try:
        return _checked(SelfReferral.model_validate(form_fields(body, many=("formats_wanted", "ways"))))
    except ValidationError as error:
        raise _wrong(error) from None


def _checked(answers: SelfReferral) -> SelfReferral:
    if answers.board_of_treatment is None and not answers.board_of_residence.startswith("S08"):
        raise invalid([("board_of_residence", _BOARDS)])
    by_phone = {"text", "phone", "internet-call"} & {*answers.ways}
    by_email = "email" in answers.ways
    if (
        (by_phone and not answers.phone)
        or (by_email and not answers.email)
        or (answers.is_reachable and not answers.ways)
    ):
        raise invalid([("ways", _WAYS)])
    return answers


def _wrong(error: ValidationError) -> Problem:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    if found[0]["type"] == "json_invalid":
        return invalid_model(error)
    places = dict.fromkeys(name_of(each["loc"][:1]) for each in found)
    return invalid([(place, _PUT_RIGHT.get(place, "This form does not ask for it. Leave it out.")) for place in places])


def record_of(answers: SelfReferral, form: str, event_id: str, moment: datetime) -> Record:
    """The answers as a referral that came at that moment; the same answers and moment are the same bytes."""
    scopes = ["share-with-provider", *(f"messages-{way}" for way in ("text", "email") if way in answers.ways)]
    consents = tuple(
        v.Consent(scope=scope, given=True, at=moment, how="online", text_version=CONSENT_TEXT) for scope in scopes
    )
    referral = ReferralSubmitted(
        board_of_treatment=answers.board_of_treatment or answers.board_of_residence,  # type: ignore[arg-type]
        board_of_residence=answers.board_of_residence,
        sender=f"local:{form}",
        referrer_role="self",
        client_agreed=True,
        referral_date=day_of(moment),
        parent_role=answers.parent_role,
        setting=answers.setting,
        formats_wanted=answers.formats_wanted,
        language=answers.language,
        interpreter_needed=answers.interpreter_needed,
        consents=consents,
        person=_person(answers),
    )
    event = {
        "specversion": "1.0",
        "id": event_id,
        "source": f"/forms/{form}",
        "type": ReferralSubmitted.type(),
        "time": moment.isoformat(),
        "data": referral.model_dump(mode="json", exclude_none=True),
    }
    return structured(event, producer_of(form))


def _person(answers: SelfReferral) -> people.Person | None:
    if not (answers.name or answers.is_reachable):
        return None
    safe = people.SafeContact(
        channels=answers.ways,
        who_may_answer=answers.who_may_answer,
        voicemail=answers.voicemail,
        shared_phone=answers.shared_phone,
    )
    contact = people.Contact(
        phones=tuple(filter(None, (answers.phone,))), emails=tuple(filter(None, (answers.email,))), safe=safe
    )
    return people.Person(given=answers.name, contact=contact if answers.is_reachable else None)


def producer_of(form: str) -> str:
    """The name under which a form submits."""
    return f"form:{form}"
