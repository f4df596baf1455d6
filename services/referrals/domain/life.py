"""What life brings: birth, loss, death, a baby elsewhere, an agreement taken back. It stops at once what would hurt.

Nothing here decides about care: what follows is a task for a person.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import uuid5

from services.referrals.domain.commands import Tell
from services.referrals.domain.news import HearLife, KnowLife, consent_spread, is_overtaken, life_spread
from services.referrals.domain.planned import replaced
from services.referrals.domain.state import Referral
from services.referrals.domain.tasks import opened
from services.referrals.domain.times import said_at
from shared.contracts import life_updates as u
from shared.contracts import values as v
from shared.contracts.event import Event
from shared.contracts.referrals import (
    BabyLeftParentsCare,
    CareDateChanged,
    ConsentChanged,
    LifeEventRetracted,
    LossRecorded,
    MessagesResumed,
    PersonDied,
)
from shared.runtime.service import Refusal

AFTER_DEATH = frozenset(
    {
        "end",
        "end-match",
        "withdraw",
        "decline",
        "hold-session",
        "miss-session",
        "cancel-session",
        "retract-session",
        "receive-help",
        "record-contact",
        "record-death",
        "retract-life-event",
        "change-consent",
        "answer-task",
    }
)
"""The wishes that still make sense once the client has died: what was, and the end of it."""
SHARING: frozenset[v.ConsentScope] = frozenset({"share-with-provider", "share-with-journey", "feedback-to-referrer"})


def refuse_after_death(state: Referral, do: str) -> None:
    """Raises Refusal for what would plan with, or write to, a client who has died."""
    if state.client_died and do not in AFTER_DEATH:
        raise Refusal("nothing-more-planned", "The client has died. Record what was, or end the support.")


def birth(state: Referral, wish: u.RecordBirth, command: Tell) -> Sequence[Event]:
    """On a pathway of loss a birth is recorded too, and the pathway stays."""
    born = CareDateChanged(kind="birth", recorded_at=command.at, by_role=wish.by_role, messages_stopped_at=command.now)
    return [born, *_asks(state, "birth-recorded", command)]


def care_date(state: Referral, wish: u.ChangeCareDate, command: Tell) -> Sequence[Event]:
    return [CareDateChanged(kind="edd", recorded_at=command.at, by_role=wish.by_role, messages_stopped_at=None)]


def loss(state: Referral, wish: u.RecordLoss, command: Tell) -> Sequence[Event]:
    """Messages stop and the pathway changes; what happens to the support is for the client to say, to a person."""
    lost = LossRecorded(recorded_at=command.at, by_role=wish.by_role, messages_stopped_at=command.now)
    return [lost, *_asks(state, "loss-recorded", command)]


def death(state: Referral, wish: u.RecordDeath, command: Tell) -> Sequence[Event]:
    """The client's: planned sessions fall away, and a person ends the support. A baby's: as any loss."""
    if wish.who == "client" and state.client_died:
        return []
    died = PersonDied(who=wish.who, recorded_at=command.at, by_role=wish.by_role, messages_stopped_at=command.now)
    if wish.who == "baby":
        return [died, *_asks(state, "loss-recorded", command)]
    return [died, *replaced(state, "support-ended", command.at), *_asks(state, "client-died", command)]


def left_care(state: Referral, wish: u.RecordBabyLeftCare, command: Tell) -> Sequence[Event]:
    left = BabyLeftParentsCare(recorded_at=command.at, by_role=wish.by_role, messages_stopped_at=command.now)
    return [left, *_asks(state, "baby-left-care", command)]


def retract(state: Referral, wish: u.RetractLifeEvent, command: Tell) -> Sequence[Event]:
    """What was recorded of the wrong client, or is not so, no longer counts."""
    if wish.what not in state.life_events:
        raise Refusal("nothing-recorded", "Nothing of this kind is recorded of this client.", "what")
    return [LifeEventRetracted(what=wish.what, because=wish.because, retracted_at=command.at, by_role=wish.by_role)]


def resume_messages(state: Referral, wish: u.ResumeMessages, command: Tell) -> Sequence[Event]:
    """Only a person, who has asked the client, lets messages go on."""
    if state.messages_stopped_at is None:
        raise Refusal("messages-go-on", "Messages are not stopped for this client.")
    return [MessagesResumed(resumed_at=command.at, by_role=wish.by_role)]


def consent(state: Referral, wish: u.ChangeConsent, command: Tell) -> Sequence[Event]:
    """The last word counts, however it came. Sharing taken back is a task: the client is told that it has stopped."""
    at, known = said_at(command), state.consented_at
    again = {scope for scope, given in state.consents.items() if (given, known[scope]) == (wish.given, at)}
    scopes = [s for s in dict.fromkeys(wish.scopes) if s in again or not is_overtaken(state, s, wish.given, at)]
    if not scopes:
        raise Refusal("overtaken", "The client said something later about this, which stands; nothing was changed.")
    changed = [
        ConsentChanged(
            scope=scope,
            given=wish.given,
            changed_at=at,
            how=wish.how,
            text_version=wish.text_version,
        )
        for scope in scopes
        if scope not in again
    ]
    if wish.given or not any(e.scope in SHARING and state.consents.get(e.scope) is not False for e in changed):
        return changed
    return [*changed, *_asks(state, "consent-withdrawn", command)]


def hear_life(state: Referral, command: HearLife | KnowLife) -> Sequence[Event]:
    """What is known elsewhere stops at once here as well what would hurt."""
    said: list[Event] = []
    at = command.at
    for what in sorted(command.events - state.life_events if state.stage else ()):
        match what:
            case "loss":
                said.append(LossRecorded(recorded_at=at, by_role="coordinator", messages_stopped_at=at))
            case "death":
                died = PersonDied(who="client", recorded_at=at, by_role="coordinator", messages_stopped_at=at)
                said += [died, *replaced(state, "support-ended", at)]
            case "baby-left-care":
                said.append(BabyLeftParentsCare(recorded_at=at, by_role="coordinator", messages_stopped_at=at))
        kind = _TASK_OF[what]
        if state.is_open and not any(task.kind == kind for task in state.tasks.values()):
            said.append(opened(kind, uuid5(command.from_referral_id, what), at))
    return said


_TASK_OF: Mapping[v.LifeEvent, v.TaskKind] = {
    "loss": "loss-recorded",
    "death": "client-died",
    "baby-left-care": "baby-left-care",
}


def _asks(state: Referral, kind: v.TaskKind, command: Tell) -> list[Event]:
    """A task for a person while there is support or a wait for it, unless one of that kind is open already."""
    if not state.is_open or any(task.kind == kind for task in state.tasks.values()):
        return []
    return [opened(kind, command.fresh_id, command.now)]


def care_date_changed(state: Referral, event: CareDateChanged) -> Referral:
    stopped = event.messages_stopped_at or state.messages_stopped_at
    return replace(state, messages_stopped_at=stopped)


def lost(state: Referral, event: LossRecorded) -> Referral:
    return _struck(state, "loss", event, pathway="loss")


def died(state: Referral, event: PersonDied) -> Referral:
    if event.who == "baby":
        return _struck(state, "loss", event, pathway="loss")
    return replace(_struck(state, "death", event), link=None, proposal=None)


def left(state: Referral, event: BabyLeftParentsCare) -> Referral:
    return _struck(state, "baby-left-care", event)


def _struck(
    state: Referral,
    what: v.LifeEvent,
    event: LossRecorded | PersonDied | BabyLeftParentsCare,
    pathway: v.Pathway | None = None,
) -> Referral:
    struck = replace(
        state,
        life_events=state.life_events | {what},
        messages_stopped_at=event.messages_stopped_at,
        pathway=pathway or state.pathway,
    )
    return life_spread(struck, event.messages_stopped_at)


def retracted(state: Referral, event: LifeEventRetracted) -> Referral:
    remain = state.life_events - {event.what}
    return replace(state, life_events=remain, pathway="loss" if "loss" in remain else "usual")


def messages_resumed(state: Referral, _: MessagesResumed) -> Referral:
    return replace(state, messages_stopped_at=None)


def consent_changed(state: Referral, event: ConsentChanged) -> Referral:
    consents = {**state.consents, event.scope: event.given}
    consented_at = {**state.consented_at, event.scope: event.changed_at}
    return consent_spread(replace(state, consents=consents, consented_at=consented_at), event)


COMMANDS = {HearLife: hear_life, KnowLife: hear_life}
DECIDE = {
    u.RecordBirth: birth,
    u.ChangeCareDate: care_date,
    u.RecordLoss: loss,
    u.RecordDeath: death,
    u.RecordBabyLeftCare: left_care,
    u.RetractLifeEvent: retract,
    u.ResumeMessages: resume_messages,
    u.ChangeConsent: consent,
}
EVOLVE = {
    CareDateChanged: care_date_changed,
    LossRecorded: lost,
    PersonDied: died,
    BabyLeftParentsCare: left,
    LifeEventRetracted: retracted,
    MessagesResumed: messages_resumed,
    ConsentChanged: consent_changed,
}
