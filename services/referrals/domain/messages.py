"""Messages to a client: due when the plan says so, claimed once, never against their wish or when it is no longer so.

Only what is decided is here; who is written to, and where, is known to the vault and read at the moment of sending.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, get_args
from uuid import UUID, uuid5

from services.referrals.domain import tasks
from services.referrals.domain.commands import OfReferral, Tell
from services.referrals.domain.hours import Window, open_from, quiet_of, reminder_at
from services.referrals.domain.policy import Policy
from services.referrals.domain.state import Message, Referral, Reminders
from services.referrals.domain.times import said_at
from shared.contracts import attending_updates as a
from shared.contracts import values as v
from shared.contracts.event import Event
from shared.contracts.referrals import (
    ChangeConfirmed,
    MessageClaimed,
    MessageDropped,
    MessageFellDue,
    MessagePutOff,
    ReminderFailed,
    ReminderOptedOut,
    RemindersChosen,
    ReminderSent,
)
from shared.runtime.service import Refusal

ANSWERED_WITHIN = timedelta(minutes=15)
"""How long after a claim nobody knowing its outcome means that it is unknown."""
CONFIRM_WITHIN = timedelta(days=7)
LONGEST_REST = timedelta(hours=1)
ASKS_FOR_AN_ANSWER: frozenset[v.MessageKind] = frozenset({"change-confirmation"})
"""Sent on working days alone, so that somebody is there when the client answers."""


@dataclass(frozen=True, slots=True)
class LetMessageFallDue(OfReferral):
    """The time has come to remind the client of a session."""

    session_id: UUID
    channel: v.MessageChannel


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


def message_id(about: UUID, kind: v.MessageKind, channel: v.MessageChannel | None) -> UUID:
    """The one message of that kind about that, in that way; there is never a second."""
    return uuid5(about, f"{kind}:{channel or 'safest'}")


def choose(state: Referral, wish: a.ChooseReminders, command: Tell) -> Sequence[Event]:
    for channel in wish.channels:
        if state.consents.get(f"messages-{channel}") is False:
            raise Refusal(
                "consent-taken-back",
                f"The client took back that we may write by {channel}. Record their new consent first.",
                "channels",
            )
    at, channels = said_at(command), tuple(dict.fromkeys(wish.channels))
    if (state.reminders and at < state.reminders.chosen_at) or any(
        at < said or (at == said and channel in state.opted_out)
        for channel, said in state.spoke_of_messages_at.items()
        if channel in channels
    ):
        raise Refusal("overtaken", "The client said something later about messages, which stands; nothing was changed.")
    return [
        RemindersChosen(
            channels=channels,
            hours_before=wish.hours_before,
            quiet_from=command.policy.quiet_from,
            quiet_until=command.policy.quiet_until,
            chosen_at=at,
        )
    ]


def opt_out(state: Referral, wish: a.OptOut, command: Tell) -> Sequence[Event]:
    """What was chosen again since then stands; of a choice and a no at one moment the no does."""
    at, spoke = said_at(command), state.spoke_of_messages_at
    channels = tuple(c for c in dict.fromkeys(wish.channels) if c in state.opted_out or spoke.get(c, at) <= at)
    if not channels:
        raise Refusal("overtaken", "The client chose messages again since then, and that stands; nothing was changed.")
    return [ReminderOptedOut(channels=channels, channel=wish.channel, opted_out_at=at)]


def may_write(state: Referral, channel: v.MessageChannel) -> v.DroppedBecause | None:
    """Why the client is not written to in this way; None when they may be."""
    if state.messages_stopped_at is not None:
        return "stopped"
    if state.restricted:
        return "restricted"
    if channel in state.opted_out:
        return "opted-out"
    if state.consents.get(f"messages-{channel}") is False:
        return "consent"
    return None


def wished(state: Referral) -> tuple[v.MessageChannel, ...]:
    """The ways in which the client agreed to be written to and may be."""
    chosen = state.reminders.channels if state.reminders else ()
    every: tuple[v.MessageChannel, ...] = get_args(v.MessageChannel)
    return tuple(
        channel
        for channel in every
        if (channel in chosen or state.consents.get(f"messages-{channel}")) and may_write(state, channel) is None
    )


def reminders_due(state: Referral) -> dict[str, datetime]:
    """When each reminder is due, and when a message is given up, by the name of the deadline."""
    due: dict[str, datetime] = {}
    for id, message in state.messages.items():
        if message.status == "waiting":
            due[f"message-late:{id}"] = message.useful_until
        elif message.status == "claimed" and message.claimed_at:
            due[f"message-late:{id}"] = message.claimed_at + ANSWERED_WITHIN
    if state.reminders:
        for session_id, (kind, start) in _to_come(state).items():
            for channel in state.reminders.channels:
                if may_write(state, channel) is None and message_id(session_id, kind, channel) not in state.messages:
                    at = reminder_at(start, state.reminders.hours_before, state.reminders.quiet)
                    due[f"message:{session_id}:{channel}"] = at
    return due


def _to_come(state: Referral) -> dict[UUID, tuple[v.MessageKind, datetime]]:
    """What the client is to be reminded of: sessions with their peer, and meetings of their groups."""
    found: dict[UUID, tuple[v.MessageKind, datetime]] = {}
    if state.stage in ("waiting", "supported"):
        found = {id: ("group-reminder", meeting.start) for id, meeting in state.meetings.items()}
    if state.stage == "supported":
        found |= {
            id: ("session-reminder", session.start)
            for id, session in state.sessions.items()
            if session.status == "planned"
        }
    return found


def fall_due(state: Referral, command: LetMessageFallDue) -> Sequence[Event]:
    """At most one for a session and a way of writing; it is dropped at once where no hour is left to send it in."""
    kind, start = _to_come(state).get(command.session_id, (None, None))
    if kind is None or start is None or state.reminders is None:
        return []
    id = message_id(command.session_id, kind, command.channel)
    if id in state.messages:
        return []
    opens = open_from(command.at, state.reminders.quiet)
    in_time = opens is not None and opens < start
    due = MessageFellDue(
        message_id=id,
        kind=kind,
        about=command.session_id,
        channel=command.channel,
        send_from=opens if opens and in_time else start,
        useful_until=start,
        fell_due_at=command.at,
    )
    return [due] if in_time else [due, MessageDropped(message_id=id, because="too-late", dropped_at=command.at)]


def confirmation(state: Referral, change_id: UUID, command: Tell) -> list[MessageFellDue]:
    """The change is confirmed back to a client who agreed to be written to; all others are told by a person."""
    if not wished(state):
        return []
    send_from = open_from(command.now, quiet_of(command.policy), working_days=True) or command.now
    return [
        MessageFellDue(
            message_id=message_id(change_id, "change-confirmation", None),
            kind="change-confirmation",
            about=change_id,
            send_from=send_from,
            useful_until=send_from + CONFIRM_WITHIN,
            fell_due_at=command.at,
        )
    ]


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
    _, start = _to_come(state).get(message.about, (None, None))
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


def chosen(state: Referral, event: RemindersChosen) -> Referral:
    """What was dropped before may come again; what was claimed never does."""
    kept = {id: message for id, message in state.messages.items() if message.status != "dropped"}
    reminders = Reminders(event.channels, event.hours_before, quiet_of(event), event.chosen_at)
    state = _spoke(state, event.channels, event.chosen_at)
    return replace(state, reminders=reminders, opted_out=state.opted_out - {*event.channels}, messages=kept)


def opted_out(state: Referral, event: ReminderOptedOut) -> Referral:
    state = _spoke(state, event.channels, event.opted_out_at)
    return replace(state, opted_out=state.opted_out | {*event.channels})


def _spoke(state: Referral, channels: Sequence[v.MessageChannel], at: datetime) -> Referral:
    known = state.spoke_of_messages_at
    return replace(state, spoke_of_messages_at={**known, **{c: max(at, known.get(c, at)) for c in channels}})


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
    LetMessageFallDue: fall_due,
    ClaimMessage: claim,
    SettleMessage: settle,
    GiveMessageUp: give_up,
}
DECIDE = {a.ChooseReminders: choose, a.OptOut: opt_out}
EVOLVE = {
    RemindersChosen: chosen,
    ReminderOptedOut: opted_out,
    MessageFellDue: fell_due,
    MessagePutOff: put_off,
    MessageClaimed: claimed,
    MessageDropped: dropped,
    ReminderSent: sent,
    ReminderFailed: failed,
}
