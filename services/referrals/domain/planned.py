"""Planned sessions that no longer stand because the plan changed."""

from collections.abc import Callable
from datetime import datetime

from services.referrals.domain.state import Referral, Session
from shared.contracts.referrals import SessionReplaced
from shared.contracts.values import SessionReplacedBecause


def replaced(
    state: Referral,
    because: SessionReplacedBecause,
    at: datetime,
    which: Callable[[Session], bool] = lambda _: True,
) -> list[SessionReplaced]:
    """One event for each session that was still to come at that moment."""
    return [
        SessionReplaced(session_id=session_id, because=because, replaced_at=at)
        for session_id, session in state.sessions.items()
        if session.status == "planned" and session.start >= at and which(session)
    ]
