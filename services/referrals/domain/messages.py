"""Messages to a client: claimed once, never against their wish or when it is no longer so, and settled once.

Only what is decided is here; who is written to, and where, is known to the vault and read at the moment of sending.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, get_args
from uuid import UUID

from services.referrals.domain import tasks
from services.referrals.domain.commands import OfReferral
from services.referrals.domain.hours import Window, open_from, quiet_of
from services.referrals.domain.policy import Policy
from services.referrals.domain.reminders import may_write, to_come
from services.referrals.domain.state import Message, Referral
from shared.contracts import values as v
from shared.contracts.event import Event
from shared.contracts.referrals import (
    ChangeConfirmed,
    MessageClaimed,
    MessageDropped,
    MessageFellDue,
    MessagePutOff,
    ReminderFailed,
    ReminderSent,
)

ANSWERED_WITHIN = timedelta(minutes=15)
"""How long after a claim nobody knowing its outcome means that it is unknown."""
LONGEST_REST = timedelta(hours=1)
ASKS_FOR_AN_ANSWER: frozenset[v.MessageKind] = frozenset({"change-confirmation"})
"""Sent on working days alone, so that somebody is there when the client answers."""


@dataclass(frozen=True, slots=True)
class ClaimMessage(OfReferral):
    """Send it now, in this way, if it is still wanted, true and safe, and not in the night."""

    message_id: UUID
    channel: v.MessageChannel
    safe_hours: tuple[Window, ...]
    policy: Policy


@dataclass(frozen=True, slots=True)
class SettleMessage(OfReferral):
    """What became of a message: sent, not taken yet, dropped or failed."""

    message_id: UUID
    outcome: v.MessageOutcome


@dataclass(frozen=True, slots=True)
class GiveMessageUp(OfReferral):
    """Its usefulness has ended, or nobody has said what became of it."""

    message_id: UUID


def deadlines(state: Referral) -> dict[str, datetime]:
    """When a message is given up: `message-late:<id>`."""
    due: dict[str, datetime] = {}
    for id, message in state.messages.items():
        if message.status == "waiting":
            due[f"message-late:{id}"] = message.useful_until
        elif message.status == "claimed" and message.claimed_at:
            due[f"message-late:{id}"] = message.claimed_at + ANSWERED_WITHIN
    return due


def claim(state: Referral, command: ClaimMessage) -> Sequence[Event]:
    """The last look before sending, under the lock of the referral: who opts out a moment earlier gets nothing."""
    message = state.messages.get(command.message_id)
    if message is None or message.status != "waiting" or command.at < message.send_from:
        return []
    if because := may_write(state, command.channel) or _no_longer_so(state, message):
        return [_dropped(command, because)]
    if command.at >= message.useful_until:
        return _failed(command, message, "too-late")
    asks = message.kind in ASKS_FOR_AN_ANSWER
    opens = open_from(command.at, quiet_of(command.policy), command.safe_hours, working_days=asks)
    if opens is None or opens >= message.useful_until:
        return _failed(command, message, "too-late")
    if opens > command.at:
        return [MessagePutOff(message_id=command.message_id, until=opens, because="quiet-hours")]
    return [MessageClaimed(message_id=command.message_id, channel=command.channel, claimed_at=command.at)]


def _no_longer_so(state: Referral, message: Message) -> v.DroppedBecause | None:
    if message.kind == "change-confirmation":
        return "no-longer-so" if state.changes.get(message.about, True) else None
    _, start = to_come(state).get(message.about, (None, None))
    return None if start == message.useful_until else "no-longer-so"


def settle(state: Referral, command: SettleMessage) -> Sequence[Event]:
    """Said once. That it was sent is believed also after it was given up: then somebody knows after all."""
    message, outcome, id = state.messages.get(command.message_id), command.outcome, command.message_id
    if message is None:
        return []
    if outcome == "sent" and message.status in ("claimed", "unknown") and message.channel:
        sent = ReminderSent(
            message_id=id, kind=message.kind, about=message.about, channel=message.channel, sent_at=command.at
        )
        if message.kind == "change-confirmation" and state.changes.get(message.about) is False:
            return [sent, ChangeConfirmed(change_id=message.about, at=command.at, channel=message.channel)]
        return [sent]
    if message.status not in ("waiting", "claimed"):
        return []
    if outcome == "not-taken-yet":
        rest = min(timedelta(minutes=2**message.tries), LONGEST_REST)
        return [MessagePutOff(message_id=id, until=command.at + rest, because="not-taken-yet")]
    if outcome in get_args(v.DroppedBecause):
        return [_dropped(command, outcome)]  # type: ignore[arg-type]
    return _failed(command, message, outcome) if outcome != "sent" else []  # type: ignore[arg-type]


def give_up(state: Referral, command: GiveMessageUp) -> Sequence[Event]:
    message = state.messages.get(command.message_id)
    if message is None or message.status not in ("waiting", "claimed"):
        return []
    if message.status == "claimed":
        return _failed(command, message, "unknown")
    if because := (message.channel and may_write(state, message.channel)) or _no_longer_so(state, message):
        return [_dropped(command, because)]
    return _failed(command, message, "too-late")


def _dropped(command: Any, because: v.DroppedBecause) -> MessageDropped:
    return MessageDropped(message_id=command.message_id, because=because, dropped_at=command.at)


def _failed(command: Any, message: Message, because: v.FailedBecause) -> Sequence[Event]:
    """A person sees to it: the client was to know something and perhaps does not."""
    kind: v.TaskKind = "message-unknown" if because == "unknown" else "message-not-sent"
    return [
        ReminderFailed(
            message_id=command.message_id,
            kind=message.kind,
            about=message.about,
            channel=message.channel,
            because=because,
            failed_at=command.at,
        ),
        tasks.opened(kind, command.message_id, command.at),
    ]


def fell_due(state: Referral, event: MessageFellDue) -> Referral:
    message = Message("waiting", event.kind, event.about, event.channel, event.send_from, event.useful_until)
    return _with(state, event.message_id, message)


def put_off(state: Referral, event: MessagePutOff) -> Referral:
    tried = event.because == "not-taken-yet"
    return _changed(state, event.message_id, status="waiting", send_from=event.until, tried=tried)


def claimed(state: Referral, event: MessageClaimed) -> Referral:
    return _changed(state, event.message_id, status="claimed", channel=event.channel, claimed_at=event.claimed_at)


def dropped(state: Referral, event: MessageDropped) -> Referral:
    return _changed(state, event.message_id, status="dropped")


def sent(state: Referral, event: ReminderSent) -> Referral:
    return _changed(state, event.message_id, status="sent")


def failed(state: Referral, event: ReminderFailed) -> Referral:
    return _changed(state, event.message_id, status="unknown" if event.because == "unknown" else "failed")


def _changed(state: Referral, id: UUID, *, tried: bool = False, **changes: Any) -> Referral:
    message = state.messages.get(id)
    if message is None:
        return state
    return _with(state, id, replace(message, tries=message.tries + tried, **changes))


def _with(state: Referral, id: UUID, message: Message) -> Referral:
    messages: Mapping[UUID, Message] = {**state.messages, id: message}
    return replace(state, messages=messages)


COMMANDS: Mapping[type, Any] = {
    ClaimMessage: claim,
    SettleMessage: settle,
    GiveMessageUp: give_up,
}
EVOLVE = {
    MessageFellDue: fell_due,
    MessagePutOff: put_off,
    MessageClaimed: claimed,
    MessageDropped: dropped,
    ReminderSent: sent,
    ReminderFailed: failed,
}
