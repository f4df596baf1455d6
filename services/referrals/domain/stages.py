"""The stages of a referral, and which wishes each allows."""

from collections.abc import Mapping
from typing import Literal, get_args

Stage = Literal["received", "waiting", "supported", "paused", "ended", "declined", "withdrawn"]

MOVES: Mapping[tuple[Stage, str], tuple[Stage, ...]] = {
    ("received", "accept"): ("waiting",),
    ("received", "decline"): ("declined",),
    ("declined", "accept"): ("waiting",),
    ("declined", "decline"): ("declined",),
    ("received", "withdraw"): ("withdrawn",),
    ("received", "pause"): ("paused",),
    ("waiting", "withdraw"): ("withdrawn",),
    ("waiting", "confirm-match"): ("supported",),
    ("waiting", "join-service"): ("supported",),
    ("waiting", "pause"): ("paused",),
    ("waiting", "end"): ("ended",),
    ("supported", "end-match"): ("waiting",),
    ("supported", "settle-match"): ("waiting",),
    ("supported", "leave-service"): ("waiting",),
    ("supported", "pause"): ("paused",),
    ("supported", "end"): ("ended",),
    ("paused", "resume"): ("received", "waiting", "supported"),
    ("paused", "withdraw"): ("withdrawn",),
    ("paused", "end"): ("ended",),
    ("ended", "reopen"): ("waiting",),
}
"""The wishes that move a referral to another stage. Nobody asks for `settle-match`: it follows a change."""

OPEN: tuple[Stage, ...] = ("received", "waiting", "supported", "paused")
_BEGUN: tuple[Stage, ...] = ("waiting", "supported", "paused")
_IN_SUPPORT: tuple[Stage, ...] = ("supported", "paused")
_EVER_BEGUN: tuple[Stage, ...] = (*_BEGUN, "ended")
_KNOWN: tuple[Stage, ...] = (*OPEN, "ended", "declined")

STAYS: Mapping[str, tuple[Stage, ...]] = {
    "defer-decision": ("received",),
    "record-contact": (*OPEN, "ended", "declined"),
    "record-unavailability": OPEN,
    "explain-role": OPEN,
    "limit-contact": OPEN,
    "lift-limit": OPEN,
    "record-preferences": OPEN,
    "propose-match": ("waiting",),
    "decline-match": ("waiting", "paused"),
    "end-match": ("paused",),
    "join-service": _IN_SUPPORT,
    "leave-service": _BEGUN,
    "choose-company": _BEGUN,
    "propose-handover": _BEGUN,
    "complete-handover": (*_BEGUN, "ended"),
    "request-handback": OPEN,
    "accept-handback": _KNOWN,
    "plan-session": ("supported",),
    "hold-session": _EVER_BEGUN,
    "miss-session": _EVER_BEGUN,
    "cancel-session": _EVER_BEGUN,
    "retract-session": _EVER_BEGUN,
    "change-support": _BEGUN,
    "confirm-change": _EVER_BEGUN,
    "plan-ending": _IN_SUPPORT,
    "hold-review": _IN_SUPPORT,
    "set-goal": _IN_SUPPORT,
    "review-goal": _IN_SUPPORT,
    "request-help": OPEN,
    "refer-help": (*OPEN, "ended"),
    "receive-help": (*OPEN, "ended"),
    "change-safe-contact": (*OPEN, "ended", "declined"),
    "answer-task": get_args(Stage),
    "choose-reminders": OPEN,
    "opt-out": get_args(Stage),
    "agree-travel-support": OPEN,
    "book-interpreter": ("supported",),
    "agree-attendance-support": OPEN,
    "record-birth": _KNOWN,
    "change-care-date": _KNOWN,
    "record-loss": _KNOWN,
    "record-death": _KNOWN,
    "record-baby-left-care": _KNOWN,
    "retract-life-event": _KNOWN,
    "resume-messages": OPEN,
    "change-consent": get_args(Stage),
}
"""The wishes that leave the stage as it is, and in which stages they make sense."""
