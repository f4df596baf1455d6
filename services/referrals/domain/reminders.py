"""How a client wishes to be written to, and when a message falls due: a reminder, or that a change is made."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import get_args
from uuid import UUID, uuid5

from services.referrals.domain.commands import OfReferral, Tell
from services.referrals.domain.hours import open_from, quiet_of, reminder_at
from services.referrals.domain.state import Referral, Reminders
from services.referrals.domain.times import said_at
from shared.contracts import attending_updates as a
from shared.contracts import values as v
from shared.contracts.event import Event
from shared.contracts.referrals import (
    MessageDropped,
    MessageFellDue,
    ReminderOptedOut,
    RemindersChosen,
)
from shared.runtime.service import Refusal

CONFIRM_WITHIN = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class LetMessageFallDue(OfReferral):
    """The time has come to remind the client of a session."""

    session_id: UUID
    channel: v.MessageChannel


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


def deadlines(state: Referral) -> dict[str, datetime]:
    """When each reminder is due: `message:<session>:<channel>`."""
    due: dict[str, datetime] = {}
    if state.reminders is None:
        return due
    for session_id, (kind, start) in to_come(state).items():
        for channel in state.reminders.channels:
            if may_write(state, channel) is None and message_id(session_id, kind, channel) not in state.messages:
                at = reminder_at(start, state.reminders.hours_before, state.reminders.quiet)
                due[f"message:{session_id}:{channel}"] = at
    return due


def to_come(state: Referral) -> dict[UUID, tuple[v.MessageKind, datetime]]:
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
    kind, start = to_come(state).get(command.session_id, (None, None))
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


COMMANDS = {LetMessageFallDue: fall_due}
DECIDE = {a.ChooseReminders: choose, a.OptOut: opt_out}
EVOLVE = {RemindersChosen: chosen, ReminderOptedOut: opted_out}
