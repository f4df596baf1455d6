"""Messages to a client: when they fell due, that one was claimed, and what became of it; never to whom or what."""

from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.contracts import values as v
from shared.contracts.event import Event

_MESSAGE = "5f0d2c1b-7a44-5c19-9a0e-3b8f6d1e2c70"
_SESSION = "01958b2e-3c51-7d6f-8a90-b1c2d3e4f506"


class RemindersChosen(
    Event, name="reminders-chosen", owner="referrals", subject="referral", readers=("referrals", "evaluation")
):
    """The client wishes to be reminded of sessions in these ways, so long before; never in the hours named quiet."""

    channels: Annotated[tuple[v.MessageChannel, ...], Field(min_length=1, max_length=2)]
    hours_before: Annotated[int, Field(ge=1, le=168)]
    quiet_from: v.Clock
    quiet_until: v.Clock
    chosen_at: AwareDatetime

    model_config = v.example(
        {
            "channels": ["text"],
            "hours_before": 24,
            "quiet_from": "20:00",
            "quiet_until": "09:00",
            "chosen_at": "2026-03-02T10:00:00Z",
        }
    )


class ReminderOptedOut(
    Event, name="reminder-opted-out", owner="referrals", subject="referral", readers=("referrals", "evaluation")
):
    """The client wishes no more messages in these ways; nothing that is not sent yet is sent."""

    channels: Annotated[tuple[v.MessageChannel, ...], Field(min_length=1, max_length=2)]
    channel: v.WishChannel
    opted_out_at: AwareDatetime

    model_config = v.example({"channels": ["text", "email"], "channel": "text", "opted_out_at": "2026-03-04T18:05:00Z"})


class MessageFellDue(Event, name="message-fell-due", owner="referrals", subject="referral", readers=("referrals",)):
    """A message is to be sent, not before `send_from` and not after `useful_until`.

    `about` is the session or the change that it speaks of; without a channel it goes the way that is safest.
    """

    message_id: UUID
    kind: v.MessageKind
    about: UUID
    channel: v.MessageChannel | None = None
    send_from: AwareDatetime
    useful_until: AwareDatetime
    fell_due_at: AwareDatetime

    model_config = v.example(
        {
            "message_id": _MESSAGE,
            "kind": "session-reminder",
            "about": _SESSION,
            "channel": "text",
            "send_from": "2026-03-04T18:00:00Z",
            "useful_until": "2026-03-05T18:00:00Z",
            "fell_due_at": "2026-03-04T18:00:00Z",
        }
    )


class MessagePutOff(Event, name="message-put-off", owner="referrals", subject="referral", readers=("referrals",)):
    """A message is not sent yet: it is night, no hour that is safe, no working day, or nobody takes it just now."""

    message_id: UUID
    until: AwareDatetime
    because: v.PutOffBecause

    model_config = v.example({"message_id": _MESSAGE, "until": "2026-03-05T09:00:00Z", "because": "quiet-hours"})


class MessageClaimed(Event, name="message-claimed", owner="referrals", subject="referral", readers=("referrals",)):
    """A message is about to be sent, once: whoever finds it claimed does not send it again."""

    message_id: UUID
    channel: v.MessageChannel
    claimed_at: AwareDatetime

    model_config = v.example({"message_id": _MESSAGE, "channel": "text", "claimed_at": "2026-03-04T18:00:01Z"})


class MessageDropped(Event, name="message-dropped", owner="referrals", subject="referral", readers=("referrals",)):
    """A message that was due is not sent, because it is not wanted, not true or not safe any more."""

    message_id: UUID
    because: v.DroppedBecause
    dropped_at: AwareDatetime

    model_config = v.example({"message_id": _MESSAGE, "because": "opted-out", "dropped_at": "2026-03-04T18:06:00Z"})


class ReminderSent(
    Event, name="reminder-sent", owner="referrals", subject="referral", readers=("referrals", "evaluation")
):
    """The server took the message."""

    message_id: UUID
    kind: v.MessageKind
    about: UUID
    channel: v.MessageChannel
    sent_at: AwareDatetime

    model_config = v.example(
        {
            "message_id": _MESSAGE,
            "kind": "session-reminder",
            "about": _SESSION,
            "channel": "text",
            "sent_at": "2026-03-04T18:00:02Z",
        }
    )


class ReminderFailed(
    Event, name="reminder-failed", owner="referrals", subject="referral", readers=("referrals", "evaluation")
):
    """The message was not sent and will not be, or (`unknown`) nobody can say; a person sees to it."""

    message_id: UUID
    kind: v.MessageKind
    about: UUID
    channel: v.MessageChannel | None = None
    because: v.FailedBecause
    failed_at: AwareDatetime

    model_config = v.example(
        {
            "message_id": _MESSAGE,
            "kind": "session-reminder",
            "about": _SESSION,
            "channel": "text",
            "because": "unknown",
            "failed_at": "2026-03-04T18:01:00Z",
        }
    )
