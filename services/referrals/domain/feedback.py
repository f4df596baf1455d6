"""What the referrer is told: where things stand and nothing else, once each, and only as the client agreed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from services.referrals.domain.commands import OfReferral
from services.referrals.domain.state import Referral
from shared.contracts import values as v
from shared.contracts.event import Event
from shared.contracts.referrals import ReferrerTold

_STANDS: Mapping[str, v.FeedbackState] = {
    "received": "received",
    "waiting": "waiting",
    "supported": "started",
    "ended": "ended",
}


@dataclass(frozen=True, slots=True)
class TellReferrer(OfReferral):
    """Tell whoever referred the client where things stand."""

    state: v.FeedbackState


def to_tell(state: Referral) -> v.FeedbackState | None:
    """What the referrer may know and was not told: nothing without the client's yes, and never the family's."""
    if state.referrer_role in ("self", "family") or state.restricted or state.client_died:
        return None
    if not state.consents.get("feedback-to-referrer"):
        return None
    stands = _STANDS.get(state.stage or "")
    return None if stands in state.referrer_told else stands


def deadlines(state: Referral) -> dict[str, datetime]:
    """It is told by itself, as soon as it is so."""
    stands = to_tell(state)
    return {f"tell-referrer:{stands}": state.received_at} if stands and state.received_at else {}


def tell(state: Referral, command: TellReferrer) -> Sequence[Event]:
    if to_tell(state) != command.state:
        return []
    return [ReferrerTold(state=command.state, told_at=command.at)]


def told(state: Referral, event: ReferrerTold) -> Referral:
    return replace(state, referrer_told=state.referrer_told | {event.state})


COMMANDS: Mapping[type, Any] = {TellReferrer: tell}
EVOLVE = {ReferrerTold: told}
