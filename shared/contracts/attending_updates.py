"""What helps a client to come: reminders as they choose them, and support to attend. Told like every other wish."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from shared.contracts import values as v
from shared.contracts.update import Update

Channels = Annotated[tuple[v.MessageChannel, ...], Field(min_length=1, max_length=2)]


class ChooseReminders(Update):
    """The client wishes to be reminded: how, and how long before; what was chosen earlier no longer counts."""

    do: Literal["choose-reminders"] = "choose-reminders"
    channels: Channels
    hours_before: Annotated[int, Field(ge=1, le=168)] = 24


class OptOut(Update):
    """The client wishes no more messages, in one way or in any; it counts at once."""

    do: Literal["opt-out"] = "opt-out"
    channels: Channels = ("text", "email")
    channel: v.WishChannel
    """By what the client said so."""


class AgreeTravelSupport(Update):
    """It is agreed how the client gets there."""

    do: Literal["agree-travel-support"] = "agree-travel-support"
    how: v.TravelSupport
    by_role: v.Role
    session_id: UUID | None = None
    """For one session; left out, for all."""


class BookInterpreter(Update):
    """An interpreter is booked for a session that is planned."""

    do: Literal["book-interpreter"] = "book-interpreter"
    session_id: UUID
    language: v.Language
    by_role: v.Role


class AgreeAttendanceSupport(Update):
    """It is agreed what else helps the client to come."""

    do: Literal["agree-attendance-support"] = "agree-attendance-support"
    what: v.AttendanceSupport
    by_role: v.Role


AnyAttendingUpdate = ChooseReminders | OptOut | AgreeTravelSupport | BookInterpreter | AgreeAttendanceSupport
