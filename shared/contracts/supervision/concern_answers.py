"""What people did about a concern; each is somebody's word, in a role, and no machine has one."""

from uuid import UUID

from pydantic import AwareDatetime

from shared.contracts import values as v
from shared.contracts.event import Event
from shared.contracts.supervision.concern_values import ConcernOutcome, ConcernRole, Decision

_CONCERN = "5f0d2c1b-7a44-5c19-9a0e-3b8f6d1e2c70"
_HANDOVER = "01958d20-1d20-7b31-8c42-6f7081920a43"
_ON_DUTY = "01958c10-1d20-7b31-8c42-6f7081920a33"
_READERS = ("supervision", "evaluation")


class ConcernAcknowledged(
    Event, name="concern-acknowledged", owner="supervision", subject="concern", urgent=True, readers=_READERS
):
    """Somebody has it in hand, which is not done: by when there must be an outcome."""

    by_role: ConcernRole
    person_id: UUID | None = None
    acknowledged_at: AwareDatetime
    outcome_by: AwareDatetime

    model_config = v.example(
        {
            "by_role": "clinician",
            "person_id": _ON_DUTY,
            "acknowledged_at": "2026-03-06T17:01:00Z",
            "outcome_by": "2026-03-07T17:01:00Z",
        }
    )


class ConcernDecided(
    Event, name="concern-decided", owner="supervision", subject="concern", urgent=True, readers=_READERS
):
    """Somebody whose task it is decided what it is and what is done."""

    decision: Decision
    by_role: ConcernRole
    decided_at: AwareDatetime

    model_config = v.example({"decision": "support-here", "by_role": "clinician", "decided_at": "2026-03-06T17:15:00Z"})


class ConcernHandoverProposed(
    Event, name="concern-handover-proposed", owner="supervision", subject="concern", urgent=True, readers=_READERS
):
    """Another organisation is asked to take it on; until it has, the clocks here run on."""

    handover_id: UUID
    to_organisation: v.OrganisationCode
    by_role: ConcernRole
    proposed_at: AwareDatetime

    model_config = v.example(
        {
            "handover_id": _HANDOVER,
            "to_organisation": "S08000030",
            "by_role": "safeguarding-lead",
            "proposed_at": "2026-03-06T17:05:00Z",
        }
    )


class ConcernHandedOver(
    Event, name="concern-handed-over", owner="supervision", subject="concern", urgent=True, readers=_READERS
):
    """The other organisation has accepted it, and it is theirs to answer; here a person still closes it.

    `to_concern_id` is what it became there, if anything is known of that.
    """

    handover_id: UUID
    to_organisation: v.OrganisationCode
    to_concern_id: UUID | None = None
    accepted_at: AwareDatetime

    model_config = v.example(
        {"handover_id": _HANDOVER, "to_organisation": "S08000030", "accepted_at": "2026-03-06T17:20:00Z"}
    )


class ConcernTakenOn(
    Event, name="concern-taken-on", owner="supervision", subject="concern", urgent=True, readers=_READERS
):
    """This concern was another organisation's, which is to hear that it was accepted."""

    handover_id: UUID
    from_organisation: v.OrganisationCode
    from_concern_id: UUID
    to_organisation: v.OrganisationCode
    taken_on_at: AwareDatetime

    model_config = v.example(
        {
            "handover_id": _HANDOVER,
            "from_organisation": "SC012345",
            "from_concern_id": _CONCERN,
            "to_organisation": "S08000030",
            "taken_on_at": "2026-03-06T17:20:00Z",
        }
    )


class ConcernGiverTold(
    Event, name="concern-giver-told", owner="supervision", subject="concern", urgent=True, readers=("supervision",)
):
    """Whoever handed it over has heard that it was accepted."""

    handover_id: UUID
    told_at: AwareDatetime

    model_config = v.example({"handover_id": _HANDOVER, "told_at": "2026-03-06T17:20:01Z"})


class ConcernOutcomeRecorded(
    Event, name="concern-outcome-recorded", owner="supervision", subject="concern", urgent=True, readers=_READERS
):
    """What came of it, as coarsely as a code can say; the rest is in the vault."""

    outcome: ConcernOutcome
    by_role: ConcernRole
    recorded_at: AwareDatetime

    model_config = v.example({"outcome": "safety-plan", "by_role": "clinician", "recorded_at": "2026-03-07T11:00:00Z"})


class ConcernClosed(
    Event, name="concern-closed", owner="supervision", subject="concern", urgent=True, readers=_READERS
):
    """A person closed it, with its outcome; what is noticed from now on opens it anew."""

    outcome: ConcernOutcome
    by_role: ConcernRole
    closed_at: AwareDatetime

    model_config = v.example({"outcome": "safety-plan", "by_role": "clinician", "closed_at": "2026-03-07T11:05:00Z"})
