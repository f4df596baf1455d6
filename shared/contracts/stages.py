"""How a referral stands, in the words that end a sentence about it."""

from collections.abc import Mapping

STAGE_WORDS: Mapping[str, str] = {
    "received": "waits for a decision",
    "waiting": "is on the waiting list",
    "supported": "is in support",
    "paused": "is paused",
    "ended": "has ended",
    "declined": "was declined",
    "withdrawn": "was withdrawn",
}
