"""What people do about a concern: take it in hand, decide, hand it over, say what came of it, close it. Nobody else."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from services.supervision.domain.safeguarding import noticing
from services.supervision.domain.safeguarding.clocks import after
from services.supervision.domain.safeguarding.concern_commands import HearAccepted, NoteGiverTold, Raise, TakeOn, Tell
from services.supervision.domain.safeguarding.concern_state import Concern, Giver
from shared.contracts import concern_updates as u
from shared.contracts import supervision as c
from shared.contracts.event import Event
from shared.runtime.service import Refusal

ANSWERERS: Mapping[c.Audience, tuple[c.ConcernRole, ...]] = {
    "safeguarding": ("clinician", "safeguarding-lead", "charge-nurse"),
    "named-officer": ("named-officer", "deputy-officer"),
    "deputy-officer": ("deputy-officer",),
}
"""Who may take in hand what."""
DECIDERS: Mapping[c.Audience, tuple[c.ConcernRole, ...]] = {
    **ANSWERERS,
    "safeguarding": ("clinician", "safeguarding-lead"),
}
"""Who may decide, hand over, record an outcome, close."""


def acknowledge(state: Concern, wish: u.AcknowledgeConcern, command: Tell) -> Sequence[Event]:
    """Whoever is first has it; whoever is second changes nothing. It may be somebody whose shift is over."""
    _refuse_others(ANSWERERS, state, wish.by_role)
    return _acknowledged(state, wish.by_role, command.at, wish)


def decide_what(state: Concern, wish: u.DecideConcern, command: Tell) -> Sequence[Event]:
    """Whoever decides has it in hand."""
    _refuse_others(DECIDERS, state, wish.by_role)
    decided = c.ConcernDecided(decision=wish.decision, by_role=wish.by_role, decided_at=command.at)
    return [*_acknowledged(state, wish.by_role, command.at), decided]


def propose_handover(state: Concern, wish: u.ProposeConcernHandover, command: Tell) -> Sequence[Event]:
    """Asking is not handing over: all goes on here until somebody there has accepted."""
    _refuse_others(DECIDERS, state, wish.by_role)
    if state.handed_over:
        raise Refusal("handed-over", "Another organisation has accepted it already.")
    return [
        c.ConcernHandoverProposed(
            handover_id=command.fresh_id,
            to_organisation=wish.to_organisation,
            by_role=wish.by_role,
            proposed_at=command.at,
        )
    ]


def note_accepted(state: Concern, wish: u.NoteHandoverAccepted, command: Tell) -> Sequence[Event]:
    """An organisation that is not here has said yes to one of ours."""
    _refuse_others(DECIDERS, state, wish.by_role)
    if (to := state.asked.get(wish.handover_id)) is None:
        raise Refusal("no-such-handover", "Nobody was asked under this id.", "handover_id")
    if state.handed_over:
        return []
    return [c.ConcernHandedOver(handover_id=wish.handover_id, to_organisation=to, accepted_at=command.at)]


def hear_accepted(state: Concern, command: HearAccepted) -> Sequence[Event]:
    """Somebody there has said yes to what was asked here."""
    asked = state.asked.get(command.handover_id) == command.to_organisation
    if not asked or not state.open or state.handed_over:
        return []
    return [
        c.ConcernHandedOver(
            handover_id=command.handover_id,
            to_organisation=command.to_organisation,
            to_concern_id=command.to_concern_id,
            accepted_at=command.at,
        )
    ]


def take_on(state: Concern, command: TakeOn) -> Sequence[Event]:
    """It becomes, or joins, a concern of this organisation's, which somebody here has in hand from then on."""
    raise_ = Raise(command.concern_id, command.at, command.sign, command.calendar, command.policy)
    said: list[Event] = []
    for event in noticing.raised(state, raise_):
        said.append(event)
        if change := noticing.EVOLVE.get(type(event)):
            state = change(state, event)
    _refuse_others(ANSWERERS, state, command.wish.by_role)
    taken = c.ConcernTakenOn(
        handover_id=command.handover_id,
        from_organisation=command.from_organisation,
        from_concern_id=command.from_concern_id,
        to_organisation=command.to_organisation,
        taken_on_at=command.at,
    )
    return [*said, *_acknowledged(state, command.wish.by_role, command.at), taken]


def note_giver_told(state: Concern, command: NoteGiverTold) -> Sequence[Event]:
    if state.giver is None or state.giver.handover_id != command.handover_id:
        return []
    return [c.ConcernGiverTold(handover_id=command.handover_id, told_at=command.at)]


def record_outcome(state: Concern, wish: u.RecordConcernOutcome, command: Tell) -> Sequence[Event]:
    """Whoever knows what came of it has it in hand."""
    _refuse_others(DECIDERS, state, wish.by_role)
    said = c.ConcernOutcomeRecorded(outcome=wish.outcome, by_role=wish.by_role, recorded_at=command.at)
    return [*_acknowledged(state, wish.by_role, command.at), said]


def close(state: Concern, wish: u.CloseConcern, command: Tell) -> Sequence[Event]:
    """Not without an outcome."""
    _refuse_others(DECIDERS, state, wish.by_role)
    if state.outcome is None:
        raise Refusal("no-outcome", "Record first what came of it; without an outcome nothing is closed.")
    return [c.ConcernClosed(outcome=state.outcome, by_role=wish.by_role, closed_at=command.at)]


def _acknowledged(
    state: Concern, by_role: c.ConcernRole, at: datetime, wish: u.AcknowledgeConcern | None = None
) -> list[Event]:
    if not state.waits:
        return []
    assert state.times is not None
    return [
        c.ConcernAcknowledged(
            by_role=by_role,
            person_id=wish.person_id if wish else None,
            acknowledged_at=at,
            outcome_by=after(state.times.outcome, at),
        )
    ]


def _refuse_others(may: Mapping[c.Audience, tuple[c.ConcernRole, ...]], state: Concern, by_role: str) -> None:
    if by_role not in may[state.audience]:
        raise Refusal(
            "not-yours-to-say", "That is said by whoever answers for this concern, and not by you.", "by_role"
        )


def was_acknowledged(state: Concern, event: c.ConcernAcknowledged) -> Concern:
    return replace(state, acknowledged_at=event.acknowledged_at, outcome_by=event.outcome_by)


def was_decided(state: Concern, event: c.ConcernDecided) -> Concern:
    return replace(state, decision=event.decision)


def was_proposed(state: Concern, event: c.ConcernHandoverProposed) -> Concern:
    return replace(state, asked={**state.asked, event.handover_id: event.to_organisation})


def was_handed_over(state: Concern, _: c.ConcernHandedOver) -> Concern:
    return replace(state, handed_over=True)


def was_taken_on(state: Concern, event: c.ConcernTakenOn) -> Concern:
    giver = Giver(
        event.from_concern_id, event.from_organisation, event.handover_id, event.to_organisation, event.taken_on_at
    )
    return replace(state, giver=giver)


def giver_told(state: Concern, _: c.ConcernGiverTold) -> Concern:
    return replace(state, giver=None)


def outcome_recorded(state: Concern, event: c.ConcernOutcomeRecorded) -> Concern:
    return replace(state, outcome=event.outcome)


def was_closed(state: Concern, _: c.ConcernClosed) -> Concern:
    return replace(state, open=False)


DECIDE: Mapping[type, Any] = {
    u.AcknowledgeConcern: acknowledge,
    u.DecideConcern: decide_what,
    u.ProposeConcernHandover: propose_handover,
    u.NoteHandoverAccepted: note_accepted,
    u.RecordConcernOutcome: record_outcome,
    u.CloseConcern: close,
}
COMMANDS: Mapping[type, Any] = {TakeOn: take_on, HearAccepted: hear_accepted, NoteGiverTold: note_giver_told}
EVOLVE: Mapping[type, Any] = {
    c.ConcernAcknowledged: was_acknowledged,
    c.ConcernDecided: was_decided,
    c.ConcernHandoverProposed: was_proposed,
    c.ConcernHandedOver: was_handed_over,
    c.ConcernTakenOn: was_taken_on,
    c.ConcernGiverTold: giver_told,
    c.ConcernOutcomeRecorded: outcome_recorded,
    c.ConcernClosed: was_closed,
}
