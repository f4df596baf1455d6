"""The codes and small values that several events share. Codes are plain English, hyphenated, and never renamed."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BeforeValidator, ConfigDict, Field, StringConstraints

from shared.contracts.event import Value
from shared.contracts.sealed import SealedTo
from shared.runtime.service import Clear

Setting = Literal["mbu", "cpmht", "third-sector"]
Format = Literal["home", "clinic", "ward", "community", "group", "phone", "video", "message"]
REMOTE: frozenset[Format] = frozenset({"phone", "video", "message"})

ReferrerRole = Literal[
    "gp",
    "midwife",
    "health-visitor",
    "family-nurse",
    "neonatal-unit",
    "maternity-psychology",
    "bereavement-midwife",
    "social-work",
    "community-team",
    "mbu",
    "third-sector",
    "family",
    "self",
]
ParentRole = Literal["birth-parent", "father", "co-parent", "partner", "carer"]
Stage = Literal["preconception", "pregnant", "postnatal", "bereaved"]
Decider = Literal["coordinator", "clinician", "service-lead"]
"""Who may decide about care: people, by their task; nothing here is a machine."""
Role = Literal["coordinator", "clinician", "service-lead", "supervisor", "peer"]
KeyRole = Literal[
    Role,
    "charge-nurse",
    "deputy-officer",
    "evaluator",
    "information-governance",
    "line-manager",
    "message-carrier",
    "named-officer",
    "operator",
    "public-form",
    "safeguarding-lead",
    "sender",
    "workforce-lead",
]
"""Whatever a key may be for."""
AskedBy = Literal["client", "peer", "clinician"]
MissedBy = Literal["client", "peer", "service"]

Attendance = Literal[1, 2, 3, 5, 8, 9, 99]
"""1 attended, 2 the service cancelled, 3 the client cancelled, 5 could not wait, 8 missed, 9 died, 99 not known.

The codes of Public Health Scotland's CAPTND, whose own words for 8 we do not repeat.
"""

Activity = Literal[
    "walk",
    "informal-chat",
    "bookbug",
    "bookbug-app",
    "sensory-play",
    "baby-massage",
    "cooking",
    "group",
    "grounding",
    "third-sector-liaison",
    "joint-appointment",
    "shadowing",
]


def _help_alias(value: Any) -> Any:
    return "mbuff-claim" if value in ("mbff-claim", "mbff", "mbuff") else value


PracticalHelp = Annotated[
    Literal["mbuff-claim", "foodbank-voucher", "furniture", "clothes", "baby-equipment", "other"],
    BeforeValidator(_help_alias),
]
"""`mbuff-claim` is the Mother and Baby Unit Family Fund; its alias `mbff` is understood."""

ContactChannel = Literal["phone", "text", "email", "letter", "video", "in-person"]
ContactOutcome = Literal["spoke", "message-left", "no-answer", "not-safe"]
ContactPurpose = Literal["first", "waiting", "re-engage", "other"]
WishChannel = Literal["link", "phone", "text", "email", "letter", "in-person"]

Ground = Literal[
    "outside-window",
    "outside-area",
    "beyond-peer-role",
    "client-does-not-want-it",
    "another-service-fits-better",
    "not-reachable",
    "no-service-for-this-setting",
]
"""Why a referral was or would be declined, coarse on purpose: nothing here tells a diagnosis, a risk or how ill."""

AcceptedBecause = Literal[
    "client-need", "no-other-service", "agreed-with-referrer", "family-already-supported", "loss-after-window", "other"
]
InsteadAction = Literal[
    "referrer-told",
    "client-told",
    "referred-on",
    "signposted",
    "advice-given",
    "handed-back-to-clinical-team",
    "asked-to-refer-again-later",
]
ExplainedPoint = Literal[
    "what-a-peer-is-and-is-not", "limits-of-confidentiality", "how-to-change-or-stop", "whom-to-call-in-a-crisis"
]
GoalArea = Literal[
    "confidence",
    "getting-out",
    "meeting-others",
    "bond-with-baby",
    "daily-routine",
    "rest",
    "asking-for-help",
    "feeding",
    "practical-matters",
    "own-words",
]
GoalState = Literal["kept", "changed", "reached", "let-go"]
Change = Literal["less", "more", "other-peer", "other-format"]
MatchEndReason = Literal[
    "other-peer", "support-ended", "peer-not-available", "service-decision", "no-longer-allowed", "service-closed"
]
"""`no-longer-allowed`: what supervision says of the peer ended it, whatever that was; nobody is told more."""
DeclinedBy = Literal["client", "peer", "coordinator"]
ByHandBecause = Literal["client-wishes-it", "they-have-met", "agreed-with-clinician", "nobody-else-soon"]
EndReason = Literal[
    "goals-met",
    "client-choice",
    "lost-touch",
    "moved-away",
    "another-service-fits-better",
    "beyond-peer-role",
    "service-closed",
    "died",
    "other",
]
WithdrawReason = Literal["client-choice", "referrer-asked", "moved-away", "sent-in-error", "died", "other"]
Onward = Literal["none", "cpmht", "third-sector", "gp"]
UnavailableReason = Literal["away", "family", "work", "own-choice", "other"]
ContactLimit = Literal["no-lone", "no-in-person"]
OfferedInstead = Literal["phone", "joint", "later-start"]
ReviewOf = Literal["decision", "decline", "support", "pause", "ending", "contact-limit", "claim"]
NotKnown = Literal["window", "residence", "illness", "agreement", "wishes", "other"]
"""What a decision still lacks."""
MessageChannel = Literal["text", "email"]
MessageKind = Literal["session-reminder", "change-confirmation", "group-reminder"]
PutOffBecause = Literal["quiet-hours", "not-taken-yet"]
DroppedBecause = Literal[
    "stopped", "opted-out", "consent", "restricted", "no-longer-so", "not-safe", "too-late", "erased"
]
FailedBecause = Literal["no-contact", "no-words", "refused", "too-late", "unknown"]
MessageOutcome = Literal[
    "sent", "not-taken-yet", "not-safe", "erased", "no-longer-so", "no-contact", "no-words", "refused", "unknown"
]
FeedbackState = Literal["received", "waiting", "started", "ended"]
GroupFormat = Literal["group", "community", "video"]
GroupPoint = Literal[
    "venue-booked", "equipment-there", "venue-accessible", "room-for-children", "handouts-printed", "travel-told"
]
"""What is looked after before a group meets."""
GroupLeftBecause = Literal["own-choice", "other-support", "support-ended", "group-closed", "moved-away", "other"]
GroupClosedBecause = Literal["course-over", "venue-lost", "no-facilitator", "too-few", "service-closed", "other"]
Grounding = Literal["with-handout", "without-handout", "left-out"]
"""How the session was closed: the grounding exercise, and something to take home."""
TravelSupport = Literal["bus-fare", "train-fare", "fuel", "taxi", "lift", "travel-together"]
AttendanceSupport = Literal["childcare", "phone-credit", "more-individual-contact"]
ServiceCloses = Literal["funding", "accommodation", "people", "demand", "merged", "other"]
"""Why a service closes, or may have to."""
LifeEvent = Literal["loss", "death", "baby-left-care"]
TaskKind = Literal[
    "birth-recorded",
    "loss-recorded",
    "client-died",
    "baby-left-care",
    "consent-withdrawn",
    "peer-no-longer-available",
    "message-unknown",
    "message-not-sent",
    "service-closed",
    "handover-not-accepted",
    "erased-elsewhere",
    "restricted-elsewhere",
    "handover-lapsed",
    "kept-apart-and-handed-over",
    "handback-requested",
    "support-after-handback",
    "kept-apart-and-together",
    "known-person-referred-again",
]
"""What only a person can do."""
Wait = Literal["first-contact", "match"]
Pathway = Literal["usual", "loss"]
"""Which words fit: nothing is cheerful, and no baby is spoken of, on a pathway of loss."""
ConsentScope = Literal[
    "share-with-provider",
    "share-with-journey",
    "feedback-to-referrer",
    "messages-text",
    "messages-email",
    "equity",
    "evaluation",
]
"""What a client may agree to or take back: one provider, the organisations of one journey, the referrer, texts, emails,
the equity profile, being counted. Codes that senders wrote before stay readable."""
Bound = Literal["amber", "red"]
RetractedBecause = Literal["did-not-happen", "other-client", "recorded-twice", "wrong-details"]
SessionReplacedBecause = Literal["support-changed", "support-paused", "support-ended", "match-ended", "contact-limited"]

OLD_BOARDS: Mapping[str, str] = {
    "S08000018": "S08000029",
    "S08000021": "S08000031",
    "S08000023": "S08000032",
    "S08000027": "S08000030",
}
"""Codes before 2018/2019 and what they became: understood on the way in, never said."""


def _newest_board(value: Any) -> Any:
    return OLD_BOARDS.get(value, value) if isinstance(value, str) else value


Board = Annotated[
    Literal[
        "S08000015",
        "S08000016",
        "S08000017",
        "S08000019",
        "S08000020",
        "S08000022",
        "S08000024",
        "S08000025",
        "S08000026",
        "S08000028",
        "S08000029",
        "S08000030",
        "S08000031",
        "S08000032",
    ],
    BeforeValidator(_newest_board),
]
"""A territorial NHS board of Scotland, S08 codes of 2019."""

Residence = Board | Literal["RA2701", "RA2702", "RA2703", "RA2704"]
"""A board, or no fixed abode, rest of UK, outside UK, not known."""

ORGANISATION_CODE = r"^(S08[0-9]{6}|SC0[0-9]{5}|local:[a-z0-9][a-z0-9-]{0,39})$"
OrganisationCode = Annotated[str, StringConstraints(pattern=ORGANISATION_CODE)]
"""An NHS board (S08), a charity by its OSCR number, or a local name."""

Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9.@-]{0,63}$")]
Clock = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
"""A time on the wall here."""
Language = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$")]
"""BCP-47, such as `en`, `ti`, `bfi` (British Sign Language)."""

Minutes = Annotated[int, Field(ge=1, le=720)]
Score = Annotated[int, Field(ge=0, le=10)]
Hundredths = Annotated[int, Field(ge=0, le=100_000)]
"""Hundredths: 133 is 1.33. Integers, because 0.6 + 0.3 + 0.1 must be exactly one in every language that reads this."""


Sealed = Annotated[str | Clear, SealedTo("referrals")]
"""A token that only referrals can open; before it is journalled, what is to be sealed."""


class Consent(Value):
    """One agreement of the client, with the words it was given to."""

    scope: Code
    given: bool
    at: AwareDatetime
    how: Literal["spoken", "written", "online"]
    text_version: Code


class Days(Value):
    """After how many days a wait turns amber, then red."""

    amber: Annotated[int, Field(ge=1, le=730)]
    red: Annotated[int, Field(ge=1, le=730)]


class Problem(Value):
    """One thing wrong with a submission: where, and a stable code; never the value itself."""

    field: Annotated[str, StringConstraints(max_length=200)]
    code: Code


class ReferralFacts(Value):
    """What is known of a referral when it arrives, without identity: the person is an opaque id."""

    person_id: UUID
    journey_id: UUID
    board_of_treatment: Board
    board_of_residence: Residence
    sender: OrganisationCode
    referrer_role: ReferrerRole
    client_agreed: bool
    referral_date: date
    received_at: AwareDatetime
    parent_role: ParentRole
    setting: Setting
    formats_wanted: Annotated[tuple[Format, ...], Field(max_length=8)] = ()
    language: Language = "en"
    interpreter_needed: bool = False
    consents: Annotated[tuple[Consent, ...], Field(max_length=20)] = ()


def example(*bodies: Mapping[str, Any]) -> ConfigDict:
    """The model configuration that publishes these bodies as the type's examples."""
    return ConfigDict(json_schema_extra={"examples": [dict(body) for body in bodies]})
