"""One submission: what came in becomes an event for the services that can act on it, or waits, or is sent back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar
from uuid import UUID, uuid5

from services.gateway.domain.content import Content, Submitted, Unplaceable, Unusable, as_code
from shared.contracts.days import day_of
from shared.contracts.event import Value
from shared.contracts.gateway import (
    ReferralReceived,
    SessionReportReceived,
    SubmissionHeld,
    SubmissionRejected,
    UpdateReceived,
    minted_person_id,
)
from shared.contracts.intake import NewReferral, ReferralSubmitted, SessionReported, UpdateSubmitted
from shared.contracts.values import Problem
from shared.runtime.service import Aggregate, Clear, Refusal

CLOCKS_DIFFER = timedelta(minutes=5)
"""How far ahead of ours a sender's clock may be."""

READER = "referrals"
"""The one service that opens what is said of who a client is."""
SEALED = frozenset({"person", "contact", "needs", "words", "care"})
"""What events of a submission carry sealed."""

Said = ReferralReceived | SessionReportReceived | UpdateReceived | SubmissionHeld | SubmissionRejected


@dataclass(frozen=True, slots=True)
class Submission:
    """What was made of it, if it has come at all."""

    said: Said | None = None


NEW = Submission()


@dataclass(frozen=True, slots=True)
class Place:
    """Make of a submission what can be made of it.

    `at` is when it is placed, `happened_at` the time that its sender gave it, `referral_submission` the one that it
    names as having made its referral.
    """

    submission_id: UUID
    organisation: str
    at: datetime
    happened_at: datetime
    submitted_type: str
    content: Content
    referral_submission: Submission = NEW
    referral_submission_id: UUID | None = None

    creates: ClassVar[bool] = True

    @property
    def subject(self) -> str:
        return f"submission/{self.submission_id}"


def referral_id_of(submission_id: UUID) -> UUID:
    """The id of the referral that a submission makes: always the same one."""
    return uuid5(submission_id, "referral")


def decide(state: Submission, command: Place) -> Sequence[Said]:
    """Says once what became of it; only what was held may be placed again. Refuses another content under its id."""
    received_at = state.said.received_at if state.said else command.at
    said = _outcome(command, received_at)
    if state.said is not None and _unsealed(said) == _unsealed(state.said):
        return []
    if state.said is None or isinstance(state.said, SubmissionHeld):
        return [said]
    raise Refusal("impostor-id", "Something else was submitted under this id before. Give new content a new id.", "id")


def evolve(_: Submission, event: Said) -> Submission:
    """The state after the event, without what of it is sealed: that is nothing to this service."""
    return Submission(_unsealed(event))


def _unsealed(said: Said) -> Said:
    return said.model_copy(update=dict.fromkeys(SEALED & type(said).model_fields.keys()))


def _outcome(command: Place, received_at: datetime) -> Said:
    content, submission_id = command.content, command.submission_id
    if isinstance(content, Unplaceable):
        return _held(command, received_at, content.code)
    problems = content.problems if isinstance(content, Unusable) else _wrong(content, command, received_at)
    if problems or isinstance(content, Unusable):
        return SubmissionRejected(
            submission_id=submission_id,
            submitted_type=as_code(command.submitted_type),
            received_at=received_at,
            problems=problems,
        )
    if isinstance(content, ReferralSubmitted):
        return _referral(content, command, received_at)
    referral_id = content.referral_id
    if referral_id is None:
        made = command.referral_submission.said
        if made is None or isinstance(made, SubmissionHeld):
            return _held(command, received_at, "referral-not-known-yet", command.referral_submission_id)
        if not isinstance(made, ReferralReceived):
            return _held(command, received_at, "referral-not-taken")
        referral_id = made.referral_id
    if isinstance(content, SessionReported):
        return SessionReportReceived(
            submission_id=submission_id,
            referral_id=referral_id,
            received_at=received_at,
            report=content.report,
            words=None if content.note is None else Clear(content.note.encode(), READER),
        )
    return UpdateReceived(
        submission_id=submission_id,
        referral_id=referral_id,
        received_at=received_at,
        update=content.update,
        contact=_clear(content.contact),
        care=_clear(content.care),
    )


def _held(command: Place, received_at: datetime, code: str, awaits: UUID | None = None) -> SubmissionHeld:
    return SubmissionHeld(
        submission_id=command.submission_id,
        submitted_type=as_code(command.submitted_type),
        received_at=received_at,
        code=code,
        awaits=awaits,
    )


def _wrong(content: Submitted, command: Place, received_at: datetime) -> tuple[Problem, ...]:
    """What no reader of the event could take, and the sender can put right."""
    found = []
    if command.happened_at > received_at + CLOCKS_DIFFER:
        found.append(Problem(field="time", code="in-the-future"))
    if isinstance(content, ReferralSubmitted):
        if content.referral_date > day_of(received_at) + timedelta(days=1):
            found.append(Problem(field="referral_date", code="in-the-future"))
        if (born := content.person and content.person.birth_date) and born > day_of(received_at):
            found.append(Problem(field="person.birth_date", code="in-the-future"))
        if content.referrer_role == "family" and not content.client_agreed:
            found.append(Problem(field="client_agreed", code="family-needs-agreement"))
    if isinstance(content, UpdateSubmitted) and (content.update.do == "change-safe-contact") != bool(content.contact):
        found.append(Problem(field="contact", code="missing" if content.contact is None else "contradictory"))
    return tuple(found)


def _referral(content: ReferralSubmitted, command: Place, received_at: datetime) -> ReferralReceived:
    """Two organisations may give the same person the same id: each has a record of its own, under an id of its own."""
    submission_id, given = command.submission_id, content.person_id
    said = {name: getattr(content, name) for name in NewReferral.model_fields}
    person = content.person
    return ReferralReceived(
        **said
        | {
            "person": _clear(person and person.identity),
            "contact": _clear(person and person.contact),
            "needs": _clear(content.needs),
            "person_id": uuid5(given, command.organisation) if given else minted_person_id(submission_id),
            "journey_id": content.journey_id or uuid5(submission_id, "journey"),
            "submission_id": submission_id,
            "referral_id": referral_id_of(submission_id),
            "received_at": received_at,
        }
    )


def _clear(said: Value | None) -> Clear | None:
    return None if said is None else Clear(said.model_dump_json(exclude_none=True).encode(), READER)


SUBMISSION = Aggregate("submission", NEW, decide, evolve)
