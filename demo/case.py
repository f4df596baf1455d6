"""One client's case, and the words in which its steps are written down."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from random import Random
from typing import Any, Literal
from uuid import NAMESPACE_URL, UUID, uuid5

from demo.calendar import on
from demo.places import Sender

SOURCE = "/demo"
POINTS = ("what-a-peer-is-and-is-not", "limits-of-confidentiality", "how-to-change-or-stop", "whom-to-call-in-a-crisis")
WEEKLY, FORTNIGHTLY, EVERY_THIRD_WEEK = 400, 200, 133
SESSION_HOUR = time(14)

By = Literal["desk", "event", "link"]


@dataclass(frozen=True, slots=True)
class Step:
    """Something that is done about a case on a day: at a desk, by an event, or by the client with a link that works
    once. `aloud` is said when it has happened.

    `see` is no wish: it waits until the referral shows that value, which nobody wrote by hand.
    """

    day: int
    do: str
    wish: Mapping[str, Any]
    role: str = "coordinator"
    by: By = "desk"
    aloud: str = ""
    unless: str = ""
    """A rule's no that is as good an answer; then `instead` follows."""
    instead: "tuple[Step, ...]" = ()


@dataclass(frozen=True, slots=True)
class Case:
    """One client: who referred them, which story is theirs, the peers meant for them, and how they like to meet."""

    number: int
    seed: int
    story: str
    sender: Sender
    facts: Mapping[str, Any]
    peers: tuple[UUID, UUID]
    weekday: int
    format: str

    @property
    def event_id(self) -> str:
        """The id that the sender gave the referral."""
        return f"form-{self.number:04}"

    def id(self, thing: str) -> str:
        """The id of something in this case, the same whenever the same day is made."""
        return str(uuid5(NAMESPACE_URL, f"kith-demo:{self.seed}:{self.number}:{thing}"))

    def chance(self, thing: str) -> Random:
        """What falls to chance about something in this case, always the same way."""
        return Random(self.id(thing))

    def accept(self, day: int, **more: Any) -> Step:
        return Step(day, "accept", {"by_role": "coordinator", **more})

    def decline(self, day: int, ground: str, instead: str, **more: Any) -> Step:
        actions = ["client-told", instead]
        wish = {"by_role": "coordinator", "grounds": [ground], "actions": actions, **more}
        return Step(day, "decline", wish)

    def call(self, day: int, outcome: str, purpose: str = "first") -> Step:
        wish = {"channel": "phone", "outcome": outcome, "purpose": purpose, "by_role": "coordinator"}
        return Step(day, "record-contact", wish)

    def propose(self, day: int, peer: int = 0, match: str = "match", **more: Any) -> Step:
        wish = {
            "match_id": self.id(match),
            "peer_id": str(self.peers[peer]),
            "format": self.format,
            "by_role": "coordinator",
        }
        return Step(day, "propose-match", wish | more)

    def confirm(self, day: int, peer: int = 0, match: str = "match", often: int = WEEKLY, **more: Any) -> Step:
        wish = {
            "match_id": self.id(match),
            "peer_id": str(self.peers[peer]),
            "per_4_weeks_hundredths": often,
            "by_role": "coordinator",
        }
        return Step(day, "confirm-match", wish, **more)

    def plan(self, day: int, name: str, for_day: int, **more: Any) -> Step:
        wish = {"session_id": self.id(name), "planned_start": self.at(for_day), "format": self.format}
        return Step(day, "plan-session", wish | more, "peer")

    def hold(self, day: int, name: str, *, first: bool = False, **more: Any) -> Step:
        chance = self.chance(name)
        wish: dict[str, Any] = {
            "session_id": self.id(name),
            "started_at": self.at(day),
            "minutes": chance.choice((40, 50, 60, 60, 75)),
            "format": self.format,
            "activities": chance.sample(("informal-chat", "walk", "sensory-play", "bookbug", "grounding"), 2),
        }
        if first:
            told = {"language": self.facts["language"], "by_role": "peer", "text_version": "role-2026-01"}
            wish["role_explained"] = {**told, "points": list(POINTS)}
        return Step(day, "hold-session", wish | more, "peer")

    def miss(self, day: int, name: str, by: str = "client") -> Step:
        wish = {"planned_start": self.at(day), "format": self.format, "missed_by": by}
        return Step(day, "miss-session", {"session_id": self.id(name), **wish}, "peer")

    def cancel(self, day: int, name: str, for_day: int, by: str = "client") -> Step:
        wish = {"planned_start": self.at(for_day), "format": self.format, "cancelled_by": by}
        return Step(day, "cancel-session", {"session_id": self.id(name), **wish}, "peer")

    def at(self, day: int) -> str:
        """When a session of that day begins."""
        moment: datetime = on(day, SESSION_HOUR)
        return moment.isoformat()
