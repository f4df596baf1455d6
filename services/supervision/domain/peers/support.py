"""Who supports a client, so that they are looked after when something happens to the client; no more is kept of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, ClassVar, NamedTuple
from uuid import UUID

from services.supervision.domain.peers.commands import OfferDebrief
from shared.contracts import supervision as s
from shared.contracts.event import Event
from shared.runtime.envelope import id_of
from shared.runtime.service import Aggregate


class News(NamedTuple):
    """Who is to be told, since when."""

    peer_id: UUID
    noted_at: datetime


@dataclass(frozen=True, slots=True)
class Support:
    """The peer who supports the client now, and what they are to be told of."""

    peer_id: UUID | None = None
    news: Mapping[UUID, News] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NoteSupporter:
    """A match began, or (None) ended; an end says whose, so that it does not end the next."""

    referral_id: UUID
    at: datetime
    peer_id: UUID | None
    was: UUID | None = None

    creates: ClassVar[bool] = True

    @property
    def subject(self) -> str:
        return f"support/{self.referral_id}"


@dataclass(frozen=True, slots=True)
class NoteNews:
    """Something happened to the client, known by the event that said so."""

    referral_id: UUID
    at: datetime
    event_id: UUID

    creates: ClassVar[bool] = True

    @property
    def subject(self) -> str:
        return f"support/{self.referral_id}"


def decide(state: Support, command: Any) -> Sequence[Event]:
    """What is noted; of a client whom nobody supports, nothing."""
    match command:
        case NoteSupporter(peer_id=peer_id, was=was):
            over = peer_id is None and was is not None and was != state.peer_id
            if over or peer_id == state.peer_id:
                return []
            return [s.SupporterNoted(referral_id=command.referral_id, peer_id=peer_id, noted_at=command.at)]
        case NoteNews(event_id=event_id):
            if state.peer_id is None or event_id in state.news:
                return []
            about = {"referral_id": command.referral_id, "peer_id": state.peer_id}
            return [s.HardNewsNoted(event_id=event_id, noted_at=command.at, **about)]
    raise TypeError(f"no support knows the command {type(command).__name__}")


def evolve(state: Support, event: Any) -> Support:
    """The state after the event; an event that means nothing here changes nothing."""
    match event:
        case s.SupporterNoted(peer_id=peer_id):
            return replace(state, peer_id=peer_id)
        case s.HardNewsNoted(event_id=event_id, peer_id=peer_id, noted_at=noted_at):
            return replace(state, news={**state.news, event_id: News(peer_id, noted_at)})
    return state


def deadlines(state: Support) -> dict[str, datetime]:
    """At once, each peer is offered to talk, in a step of its own: `offer:<event>/<peer>`."""
    return {f"offer:{event_id}/{news.peer_id}": news.noted_at for event_id, news in state.news.items()}


def due(subject: str, name: str, now: datetime) -> Sequence[Any]:
    """The peer is offered to talk."""
    event_id, peer_id = name.removeprefix("offer:").split("/")
    return [OfferDebrief(UUID(peer_id), now, UUID(event_id), id_of(subject))]


SUPPORT = Aggregate("support", Support(), decide, evolve, deadlines, due)
