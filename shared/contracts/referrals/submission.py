"""What became here of a submission that the gateway passed on, when a rule said no to it."""

from uuid import UUID

from pydantic import AwareDatetime

from shared.contracts import values as v
from shared.contracts.event import Event


class SubmissionRefused(
    Event, name="submission-refused", owner="referrals", subject="submission", readers=("gateway",)
):
    """A rule said no to what was submitted, and nothing was changed; `refused_at` is when it was passed on.

    Of a referral that is another organisation's it says the same as of one that does not exist.
    """

    submission_id: UUID
    code: v.Code
    refused_at: AwareDatetime

    model_config = v.example(
        {
            "submission_id": "1f6f3f0e-9b1d-5c62-a3f4-20e7a9c5d801",
            "code": "not-while-declined",
            "refused_at": "2026-03-06T10:15:00Z",
        }
    )
