"""The commands about a peer: somebody applies, a wish is told, rules are set, and a day has come to think again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import ClassVar
from uuid import UUID

from services.supervision.domain.peers.policy import Policy
from services.supervision.domain.peers.state import Supervised
from shared.contracts import supervision as s
from shared.contracts.days import day_of
from shared.contracts.peer_updates import AnyPeerUpdate
from shared.runtime.service import Refusal, Secret

TOLERANCE = timedelta(minutes=5)
"""How far a sender's clock may be ahead of ours."""


@dataclass(frozen=True, slots=True)
class OfPeer:
    """A command about one peer: `at` is when what it tells happened."""

    peer_id: UUID
    at: datetime

    @property
    def subject(self) -> str:
        return f"peer/{self.peer_id}"


@dataclass(frozen=True, slots=True)
class Apply(OfPeer):
    """Somebody would like to be a peer; what they ask to be arranged for them goes to the vault alone."""

    post: s.Post
    now: datetime
    policy: Policy
    secrets: Sequence[Secret] = ()

    creates: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class TellPeer(OfPeer):
    """A wish: `now` is when it is told; `fresh_id` names what it makes if the wish does not.

    With `seen` it goes together with commands that were made for a peer who stood so, and for no other.
    """

    wish: AnyPeerUpdate
    now: datetime
    policy: Policy
    fresh_id: UUID
    secrets: Sequence[Secret] = ()
    forgets: Sequence[tuple[UUID, str]] = ()
    seen: Supervised | None = None

    @property
    def today(self) -> date:
        """The day here on which it is told."""
        return day_of(self.now)


@dataclass(frozen=True, slots=True)
class SetRules(OfPeer):
    """The organisation has set other rules."""

    policy: Policy
    now: datetime


@dataclass(frozen=True, slots=True)
class Rethink(OfPeer):
    """A day has come on which something may have become otherwise by itself; `at` is now."""


@dataclass(frozen=True, slots=True)
class OfferDebrief(OfPeer):
    """Something happened to somebody the peer supports; `at` is now."""

    debrief_id: UUID
    referral_id: UUID


@dataclass(frozen=True, slots=True)
class NoteNotBack(OfPeer):
    """The time has come by which the peer was expected back; `at` is now."""

    visit_id: UUID


@dataclass(frozen=True, slots=True)
class NoteAlarmed(OfPeer):
    """Whoever is on duty is told that the peer is not back; goes together with the concern."""

    visit_id: UUID


@dataclass(frozen=True, slots=True)
class NoteUnanswered(OfPeer):
    """The time has come by which somebody was to answer; `at` is now."""

    advice_id: UUID


@dataclass(frozen=True, slots=True)
class SetTags(OfPeer):
    """Everything the peer agrees to be matched on now; `based_on` counts the changes it was made from."""

    tags: s.MatchTags
    based_on: int
    secrets: Sequence[Secret] = ()
    forgets: Sequence[tuple[UUID, str]] = ()


@dataclass(frozen=True, slots=True)
class SetLimits(OfPeer):
    """With whom the peer is not to be matched just now."""

    limits: s.MatchLimits
    secrets: Sequence[Secret] = ()


@dataclass(frozen=True, slots=True)
class KeepPrivate(OfPeer):
    """Something of the peer's own goes to the vault; nothing is said of it."""

    secrets: Sequence[Secret] = ()
    forgets: Sequence[tuple[UUID, str]] = ()


def refuse_future_day(day: date, command: TellPeer, field: str) -> None:
    """Raises Refusal for a day still to come."""
    if day > command.today:
        raise Refusal("in-the-future", "That day is still to come. Check the date.", field)


def refuse_future(moment: datetime, command: TellPeer, field: str) -> None:
    """Raises Refusal for a time still to come."""
    if moment > command.now + TOLERANCE:
        raise Refusal("in-the-future", "That is still to come. Check the time.", field)
