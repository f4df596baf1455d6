"""What whoever referred the client is told: where things stand."""

from pydantic import AwareDatetime

from shared.contracts import values as v
from shared.contracts.event import Event


class ReferrerTold(
    Event, name="referrer-told", owner="referrals", subject="referral", readers=("gateway", "evaluation")
):
    """The referrer may know, as the client agreed, that the referral has come this far; nothing else."""

    state: v.FeedbackState
    told_at: AwareDatetime

    model_config = v.example({"state": "started", "told_at": "2026-03-20T10:00:00Z"})
