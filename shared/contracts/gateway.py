"""What the gateway says of a submission (`submission/<uuid>`): what came in, and into what it was made."""

from typing import Annotated
from uuid import UUID, uuid5

from pydantic import AwareDatetime, Field

from shared.contracts import values as v
from shared.contracts.event import Event
from shared.contracts.session_reports import SessionReport
from shared.contracts.updates import AnyUpdate

_RECEIVED = "2026-03-02T09:12:40Z"
_SUBMISSION = "5c1f0a52-7d0e-5b1a-9d55-0f3f6a2b7c10"
_REFERRAL = "0195557a-2f10-7c44-8a6e-3b1d2c4f5a60"


def minted_person_id(submission_id: UUID) -> UUID:
    """The id of a person whom the sender gave none: of nobody who was known before this submission."""
    return uuid5(submission_id, "person")


class ReferralReceived(
    v.ReferralFacts, Event, name="referral-received", owner="gateway", subject="submission", readers=("referrals",)
):
    """Somebody asks for peer support for a client; the gateway gave the referral its id."""

    submission_id: UUID
    referral_id: UUID
    person: v.Sealed | None = None
    """Who the client is (`people.Identity`)."""
    contact: v.Sealed | None = None
    """How to reach them safely (`people.Contact`)."""
    needs: v.Sealed | None = None
    """What they wish support for (`people.Needs`)."""

    model_config = v.example(
        {
            "submission_id": _SUBMISSION,
            "referral_id": _REFERRAL,
            "person_id": "0195557a-2f11-7b02-b4c8-9e7a60d1c3f2",
            "journey_id": "0195557a-2f12-7d5b-a1f0-64c2e8b7a911",
            "board_of_treatment": "S08000030",
            "board_of_residence": "S08000030",
            "sender": "local:public-form",
            "referrer_role": "self",
            "client_agreed": True,
            "referral_date": "2026-03-01",
            "received_at": _RECEIVED,
            "parent_role": "father",
            "setting": "third-sector",
            "formats_wanted": ["phone"],
            "language": "en",
            "interpreter_needed": False,
            "consents": [
                {
                    "scope": "share-with-provider",
                    "given": True,
                    "at": "2026-03-01T22:40:00Z",
                    "how": "online",
                    "text_version": "consent-2026-01",
                }
            ],
        }
    )


class SessionReportReceived(
    Event, name="session-report-received", owner="gateway", subject="submission", readers=("referrals",)
):
    """A provider reports one session: planned, held, missed or cancelled."""

    submission_id: UUID
    referral_id: UUID
    received_at: AwareDatetime
    report: SessionReport
    words: v.Sealed | None = None
    """What else there is to say of the session, for the team."""

    model_config = v.example(
        {
            "submission_id": "8b0a4c1e-33f7-5a0d-8c8e-5ad1f9c40b77",
            "referral_id": _REFERRAL,
            "received_at": "2026-03-12T20:31:05Z",
            "report": {
                "do": "hold-session",
                "at": "2026-03-12T20:30:00Z",
                "started_at": "2026-03-12T19:00:00Z",
                "minutes": 50,
                "format": "phone",
                "activities": ["informal-chat"],
            },
        }
    )


class UpdateReceived(Event, name="update-received", owner="gateway", subject="submission", readers=("referrals",)):
    """Somebody tells of a change to a referral: a decision, a wish of the client, a goal, an ending."""

    submission_id: UUID
    referral_id: UUID
    received_at: AwareDatetime
    update: AnyUpdate
    contact: v.Sealed | None = None
    """How to reach the client from now on (`people.Contact`), with `change-safe-contact`."""
    care: v.Sealed | None = None
    """The exact day and the details of a life event (`care.CareDetails`)."""

    model_config = v.example(
        {
            "submission_id": "1f6f3f0e-9b1d-5c62-a3f4-20e7a9c5d801",
            "referral_id": _REFERRAL,
            "received_at": "2026-03-06T10:15:00Z",
            "update": {
                "do": "change-support",
                "at": "2026-03-06T10:00:00Z",
                "asked_by": "client",
                "channel": "phone",
                "what": ["less", "other-peer", "other-format"],
                "per_4_weeks_hundredths": 133,
                "format": "phone",
            },
        }
    )


class SubmissionHeld(Event, name="submission-held", owner="gateway", subject="submission", readers=("gateway",)):
    """A submission could not be placed and waits, for a person or for what it awaits; nothing of it is dropped."""

    submission_id: UUID
    submitted_type: v.Code
    received_at: AwareDatetime
    code: v.Code
    awaits: UUID | None = None
    """The submission that is to make its referral; once that has come, this one is placed."""

    model_config = v.example(
        {
            "submission_id": "d2a3c1b4-5e6f-5071-8293-a4b5c6d7e8f9",
            "submitted_type": "kith.update-submitted.v1",
            "received_at": _RECEIVED,
            "code": "referral-not-known-yet",
            "awaits": _SUBMISSION,
        }
    )


class SubmissionRejected(
    Event, name="submission-rejected", owner="gateway", subject="submission", readers=("gateway",)
):
    """A submission cannot be used as it is: each problem with its place and a stable code."""

    submission_id: UUID
    submitted_type: v.Code
    received_at: AwareDatetime
    problems: Annotated[tuple[v.Problem, ...], Field(min_length=1, max_length=100)]

    model_config = v.example(
        {
            "submission_id": "e7c1a9b2-0d3f-5e48-96a7-b8c9d0e1f2a3",
            "submitted_type": "kith.referral-submitted.v1",
            "received_at": _RECEIVED,
            "problems": [{"field": "board_of_treatment", "code": "not-a-board"}],
        }
    )
