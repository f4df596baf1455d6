"""What people say of a concern. Nothing here describes a person: what was seen or heard goes to the vault."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from shared.contracts import supervision as c
from shared.contracts import values as v
from shared.contracts.update import Update

Answerer = Literal["clinician", "charge-nurse", "safeguarding-lead", "named-officer", "deputy-officer"]
"""Who may take a concern in hand, by their task; a machine has none."""


class RaiseConcern(Update):
    """Somebody is worried; whoever raises it says what they saw, and rates no risk."""

    do: Literal["raise-concern"] = "raise-concern"
    about: c.About
    danger_now: Literal["yes", "no", "not-sure"]
    """Whether anyone is in danger now; not sure counts as yes."""
    setting: v.Setting | None = None
    immediate_actions: Annotated[tuple[c.ImmediateAction, ...], Field(max_length=6)] = ()
    about_named_officer: bool = False
    """Then it goes to the deputy, and the named officer sees nothing."""
    by_role: c.ConcernRole


class AcknowledgeConcern(Update):
    """I have it in hand."""

    do: Literal["acknowledge-concern"] = "acknowledge-concern"
    by_role: Answerer
    person_id: UUID | None = None


class RaiseUrgency(Update):
    """It is more urgent than it looked; anybody may say so."""

    do: Literal["raise-urgency"] = "raise-urgency"
    urgency: c.Urgency
    by_role: c.ConcernRole


class LowerUrgency(Update):
    """A clinician judges that it is less urgent."""

    do: Literal["lower-urgency"] = "lower-urgency"
    urgency: c.Urgency
    by_role: Answerer


class DecideConcern(Update):
    """What it is and what is done, as somebody whose task it is decided."""

    do: Literal["decide-concern"] = "decide-concern"
    decision: c.Decision
    by_role: Answerer


class ProposeConcernHandover(Update):
    """Another organisation is asked to take it on."""

    do: Literal["propose-concern-handover"] = "propose-concern-handover"
    to_organisation: v.OrganisationCode
    by_role: Answerer


class NoteHandoverAccepted(Update):
    """An organisation that is not here said that it has accepted; whoever heard it says so."""

    do: Literal["note-handover-accepted"] = "note-handover-accepted"
    handover_id: UUID
    by_role: Answerer


class AcceptConcernHandover(Update):
    """Somebody of the organisation that was asked takes it on."""

    do: Literal["accept-concern-handover"] = "accept-concern-handover"
    by_role: Answerer
    setting: v.Setting | None = None


class RecordConcernOutcome(Update):
    """What came of it."""

    do: Literal["record-concern-outcome"] = "record-concern-outcome"
    outcome: c.ConcernOutcome
    by_role: Answerer


class CloseConcern(Update):
    """It is done, and its outcome is recorded."""

    do: Literal["close-concern"] = "close-concern"
    by_role: Answerer


AnyConcernUpdate = (
    AcknowledgeConcern
    | RaiseUrgency
    | LowerUrgency
    | DecideConcern
    | ProposeConcernHandover
    | NoteHandoverAccepted
    | RecordConcernOutcome
    | CloseConcern
)
