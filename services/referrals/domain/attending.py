"""Support to attend: travel, an interpreter, childcare, phone credit, more contact; as agreed with the client."""

from collections.abc import Sequence
from dataclasses import replace

from services.referrals.domain.commands import Tell
from services.referrals.domain.state import Referral
from shared.contracts import attending_updates as a
from shared.contracts.event import Event
from shared.contracts.referrals import AttendanceSupportAgreed, InterpreterBooked, TravelSupportAgreed
from shared.runtime.service import Refusal


def agree_travel(state: Referral, wish: a.AgreeTravelSupport, command: Tell) -> Sequence[Event]:
    if wish.session_id is not None:
        _refuse_unless_planned(state, wish)
    return [TravelSupportAgreed(how=wish.how, session_id=wish.session_id, agreed_at=command.at, by_role=wish.by_role)]


def book_interpreter(state: Referral, wish: a.BookInterpreter, command: Tell) -> Sequence[Event]:
    """For one session once: a second booking would be paid for and sit there."""
    _refuse_unless_planned(state, wish)
    if wish.session_id in state.interpreted:
        raise Refusal("interpreter-already-booked", "An interpreter is booked for this session already.", "session_id")
    return [
        InterpreterBooked(
            session_id=wish.session_id, language=wish.language, booked_at=command.at, by_role=wish.by_role
        )
    ]


def agree_other(state: Referral, wish: a.AgreeAttendanceSupport, command: Tell) -> Sequence[Event]:
    return [AttendanceSupportAgreed(what=wish.what, agreed_at=command.at, by_role=wish.by_role)]


def _refuse_unless_planned(state: Referral, wish: a.AgreeTravelSupport | a.BookInterpreter) -> None:
    session = wish.session_id and state.sessions.get(wish.session_id)
    if not session or session.status != "planned":
        raise Refusal("no-such-session", "No planned session of this client has this id.", "session_id")


def interpreter_booked(state: Referral, event: InterpreterBooked) -> Referral:
    return replace(state, interpreted=state.interpreted | {event.session_id})


def agreed(state: Referral, _: TravelSupportAgreed | AttendanceSupportAgreed) -> Referral:
    """It is for people to see, and no rule depends on it."""
    return state


DECIDE = {
    a.AgreeTravelSupport: agree_travel,
    a.BookInterpreter: book_interpreter,
    a.AgreeAttendanceSupport: agree_other,
}
EVOLVE = {
    TravelSupportAgreed: agreed,
    InterpreterBooked: interpreter_booked,
    AttendanceSupportAgreed: agreed,
}
