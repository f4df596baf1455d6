"""What outside producers send, by POST /events or on `kith.intake.<producer>`.

A producer that never reads an answer can still speak of its own referral: `referral_event_id` is the id of the event
it referred with. Fields that are not listed are ignored.
"""

from datetime import date
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from shared.contracts import values as v
from shared.contracts.care import CareDetails
from shared.contracts.event import Event, Value
from shared.contracts.people import Contact, Needs, Person
from shared.contracts.session_reports import SessionReport
from shared.contracts.updates import AnyUpdate

EventId = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class AboutReferral(Value):
    """Which referral is meant: by its id, or by the id of the event that made it."""

    referral_id: UUID | None = None
    referral_event_id: EventId | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if (self.referral_id is None) == (self.referral_event_id is None):
            raise ValueError("give either referral_id or referral_event_id")
        return self


class NewReferral(Value):
    """What a sender says of a client; `person_id` and `journey_id` are opaque, and minted when left out.

    `person_id` is the sender's own and the same for the same person; the record it leads to is the organisation's own.
    `person` and `needs` are kept in the vault of referrals alone, and cross Kafka sealed.
    """

    person_id: UUID | None = None
    journey_id: UUID | None = None
    board_of_treatment: v.Board
    board_of_residence: v.Residence = "RA2704"
    sender: v.OrganisationCode
    referrer_role: v.ReferrerRole
    client_agreed: bool
    referral_date: date
    parent_role: v.ParentRole
    setting: v.Setting
    formats_wanted: Annotated[tuple[v.Format, ...], Field(max_length=8)] = ()
    language: v.Language = "en"
    interpreter_needed: bool = False
    consents: Annotated[tuple[v.Consent, ...], Field(max_length=20)] = ()
    person: Person | None = None
    needs: Needs | None = None


class ReferralSubmitted(
    NewReferral, Event, name="referral-submitted", owner="intake", subject="submission", readers=("gateway",)
):
    """A sender refers a client."""

    model_config = v.example(
        {
            "board_of_treatment": "S08000024",
            "board_of_residence": "S08000024",
            "sender": "SC099999",
            "referrer_role": "health-visitor",
            "client_agreed": True,
            "referral_date": "2026-03-02",
            "parent_role": "birth-parent",
            "setting": "cpmht",
            "formats_wanted": ["home", "video"],
            "language": "ti",
            "interpreter_needed": True,
        },
        {
            "board_of_treatment": "S08000024",
            "sender": "SC099999",
            "referrer_role": "third-sector",
            "client_agreed": True,
            "referral_date": "2026-03-02",
            "parent_role": "birth-parent",
            "setting": "third-sector",
            "formats_wanted": ["phone"],
            "person": {
                "given": "Invented",
                "family": "Example",
                "birth_date": "1996-04-02",
                "chi": "9990000018",
                "chi_system": "urn:oid:2.16.840.1.113883.2.1.3.2.4.16.53",
                "sender_reference": "row-17",
                "contact": {
                    "phones": ["07700 900123"],
                    "emails": ["invented@example.org"],
                    "address": ["1 Invented Street", "Exampleton"],
                    "safe": {
                        "channels": ["internet-call"],
                        "hours": [{"days": ["mon", "tue"], "start": "10:00", "end": "14:30"}],
                        "who_may_answer": "client-only",
                        "voicemail": False,
                        "shared_phone": True,
                        "do_not_write": ["text", "letter"],
                        "own_words": "WhatsApp call only, room shared",
                    },
                },
            },
            "needs": {
                "stage": "postnatal",
                "stage_weeks": 7,
                "care_date": {"kind": "birth", "date": "2026-01-12"},
                "experience_tags": ["birth-trauma"],
                "support_needs": ["asylum-or-refugee"],
                "illness_level": {"code": "moderate", "set_by_role": "gp", "date": "2026-02-20"},
            },
        },
    )


class SessionReported(
    AboutReferral, Event, name="session-reported", owner="intake", subject="submission", readers=("gateway",)
):
    """A sender tells of one session; the `note` is for the team alone, and crosses Kafka sealed."""

    report: SessionReport
    note: Annotated[str, StringConstraints(min_length=1, max_length=10_000)] | None = None

    model_config = v.example(
        {
            "referral_event_id": "form-2026-000173",
            "report": {
                "do": "hold-session",
                "started_at": "2026-03-19T14:00:00Z",
                "minutes": 60,
                "format": "community",
                "activities": ["walk", "informal-chat"],
                "practical_help": ["foodbank-voucher"],
                "role_explained": {
                    "do": "explain-role",
                    "language": "en",
                    "by_role": "peer",
                    "text_version": "role-2026-01",
                    "points": [
                        "what-a-peer-is-and-is-not",
                        "limits-of-confidentiality",
                        "how-to-change-or-stop",
                        "whom-to-call-in-a-crisis",
                    ],
                },
            },
        }
    )


class UpdateSubmitted(
    AboutReferral, Event, name="update-submitted", owner="intake", subject="submission", readers=("gateway",)
):
    """A sender tells of a change to a referral; what crosses Kafka sealed comes beside it.

    `contact` comes with `change-safe-contact`, `care` with a life event.
    """

    update: AnyUpdate
    contact: Contact | None = None
    care: CareDetails | None = None

    model_config = v.example(
        {
            "referral_id": "0195557a-2f10-7c44-8a6e-3b1d2c4f5a60",
            "update": {"do": "pause", "asked_by": "client", "channel": "text", "until": "2026-04-13"},
        },
        {
            "referral_event_id": "form-2026-000173",
            "update": {
                "do": "decline",
                "by_role": "coordinator",
                "grounds": ["outside-area"],
                "actions": ["client-told", "signposted"],
                "signposted_to": ["home-start-example"],
            },
        },
    )
