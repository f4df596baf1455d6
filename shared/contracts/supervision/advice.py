"""A peer is unsure and asks; somebody answers in time. What was asked and answered is the vault's alone."""

from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime

from shared.contracts import values as v
from shared.contracts.event import Event

_PEER = "01954d11-0b20-7a8f-8d77-1f2e3d4c5b6a"
_ADVICE = "01954d11-1020-7a8f-8d77-1f2e3d4c5b70"
_AT = "2026-03-02T11:30:00Z"

Answerer = Literal["supervisor", "service-lead", "line-manager"]


class AdviceRequested(Event, name="advice-requested", owner="supervision", subject="peer", readers=("supervision",)):
    """A peer is unsure and asks; somebody is to answer by then."""

    peer_id: UUID
    advice_id: UUID
    answer_by: AwareDatetime
    recorded_at: AwareDatetime

    model_config = v.example(
        {"peer_id": _PEER, "advice_id": _ADVICE, "answer_by": "2026-03-02T15:30:00Z", "recorded_at": _AT}
    )


class AdviceAnswered(Event, name="advice-answered", owner="supervision", subject="peer", readers=("supervision",)):
    """Somebody has answered."""

    peer_id: UUID
    advice_id: UUID
    by_role: Answerer
    recorded_at: AwareDatetime

    model_config = v.example(
        {"peer_id": _PEER, "advice_id": _ADVICE, "by_role": "supervisor", "recorded_at": "2026-03-02T12:00:00Z"}
    )


class AdviceOverdue(Event, name="advice-overdue", owner="supervision", subject="peer", readers=("supervision",)):
    """Nobody has answered in time: the team's to mend, and never counted against whoever asked."""

    peer_id: UUID
    advice_id: UUID
    recorded_at: AwareDatetime

    model_config = v.example({"peer_id": _PEER, "advice_id": _ADVICE, "recorded_at": "2026-03-02T15:30:00Z"})
