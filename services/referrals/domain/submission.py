"""What the gateway passed on and a rule said no to: whoever sent it learns the code, once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from shared.contracts.referrals import SubmissionRefused
from shared.runtime.service import Aggregate


@dataclass(frozen=True, slots=True)
class Refuse:
    """Say that a rule said no to the submission, and under which code."""

    submission_id: UUID
    at: datetime
    code: str

    creates: ClassVar[bool] = True

    @property
    def subject(self) -> str:
        return f"submission/{self.submission_id}"


def decide(said: SubmissionRefused | None, command: Refuse) -> Sequence[SubmissionRefused]:
    """The first refusal is said, and stands."""
    if said is not None:
        return []
    return [SubmissionRefused(submission_id=command.submission_id, code=command.code, refused_at=command.at)]


def evolve(_: SubmissionRefused | None, event: SubmissionRefused) -> SubmissionRefused:
    """The state after the event."""
    return event


SUBMISSION = Aggregate("submission", None, decide, evolve)
