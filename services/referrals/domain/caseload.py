"""A peer's places: whoever takes the last one has it. Nobody is scored here, only counted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from services.referrals.domain.commands import EndBarred
from services.referrals.domain.standing import NO_PLACE, Standing, in_order, not_available
from services.referrals.domain.standing import after as standing_after
from shared.contracts import values as v
from shared.contracts.event import Event
from shared.contracts.referrals import AvailabilityNoted, PlaceChanged, PlaceFreed, PlacesSet, PlaceTaken
from shared.runtime.envelope import id_of
from shared.runtime.service import Aggregate, Refusal, Secret


@dataclass(frozen=True, slots=True)
class Place:
    """What one client takes up."""

    referral_id: UUID
    weight: int
    setting: v.Setting | None = None


@dataclass(frozen=True, slots=True)
class Caseload:
    """The places taken with one peer, how many there are if hours were set, and how the peer stands if it was said."""

    places: int | None = None
    taken: Mapping[UUID, Place] = field(default_factory=dict)
    standing: Standing | None = None
    standing_since: datetime | None = None

    @property
    def used(self) -> int:
        return sum(place.weight for place in self.taken.values())


@dataclass(frozen=True, slots=True)
class OfCaseload:
    """A command about one peer's places, at a time."""

    peer_id: UUID
    at: datetime

    @property
    def subject(self) -> str:
        return f"caseload/{self.peer_id}"


@dataclass(frozen=True, slots=True)
class SetPlaces(OfCaseload):
    """So many hours are contracted, so many places there are."""

    contracted_hours: int
    places: int
    by_role: v.Decider

    creates: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class TakePlace(OfCaseload):
    """A client gets a place; `places_if_unset` counts for a peer for whom no hours were set.

    `kept_from` are the referrals of those with whom the client shares no peer.
    """

    match_id: UUID
    referral_id: UUID
    weight: int
    places_if_unset: int
    setting: v.Setting | None = None
    kept_from: frozenset[UUID] = frozenset()

    creates: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class Note(OfCaseload):
    """Supervision has said something of this peer; what it sealed goes to the vault."""

    said: Event
    secrets: Sequence[Secret] = ()
    forgets: Sequence[tuple[UUID, str]] = ()

    creates: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class ChangePlace(OfCaseload):
    """A client takes up more or less than before."""

    match_id: UUID
    weight: int


@dataclass(frozen=True, slots=True)
class FreePlace(OfCaseload):
    """A client takes up nothing any more."""

    match_id: UUID
    because: v.MatchEndReason


def decide(state: Caseload, command: Any) -> Sequence[Event]:
    """What follows from the command; refuses a new client when there is no room, and never a running one."""
    match command:
        case SetPlaces():
            return [
                PlacesSet(
                    contracted_hours=command.contracted_hours,
                    places_hundredths=command.places,
                    set_at=command.at,
                    by_role=command.by_role,
                )
            ]
        case TakePlace():
            return _take(state, command)
        case ChangePlace():
            return _change(state, command)
        case FreePlace():
            return _free(state, command)
        case Note():
            return _note(state, command)
    raise TypeError(f"no caseload knows the command {type(command).__name__}")


def _take(state: Caseload, command: TakePlace) -> Sequence[Event]:
    places = command.places_if_unset if state.places is None else state.places
    if command.match_id in state.taken:
        raise Refusal("place-already-taken", "This match has its place already.", "match_id")
    used = state.used + command.weight
    if state.standing is not None:
        state.standing.refuse_new(command.setting)
    if any(place.referral_id in command.kept_from for place in state.taken.values()):
        raise not_available()
    if used > places:
        raise Refusal("no-place-left", NO_PLACE, "peer_id")
    return [
        PlaceTaken(
            match_id=command.match_id,
            referral_id=command.referral_id,
            weight_hundredths=command.weight,
            used_hundredths=used,
            places_hundredths=places,
            taken_at=command.at,
            setting=command.setting,
        )
    ]


def _note(state: Caseload, command: Note) -> Sequence[Event]:
    standing = standing_after(state.standing or Standing(), command.said)
    if standing == state.standing:
        return []
    return [
        AvailabilityNoted(
            ready=in_order(standing.ready),
            stopped=in_order(standing.stopped),
            paused=standing.paused,
            left=standing.left,
            overdue=standing.overdue,
            places_hundredths=standing.places,
            noted_at=command.at,
        )
    ]


def _change(state: Caseload, command: ChangePlace) -> Sequence[Event]:
    place = state.taken.get(command.match_id)
    if place is None or place.weight == command.weight:
        return []
    return [
        PlaceChanged(
            match_id=command.match_id,
            weight_hundredths=command.weight,
            used_hundredths=state.used - place.weight + command.weight,
            changed_at=command.at,
        )
    ]


def _free(state: Caseload, command: FreePlace) -> Sequence[Event]:
    place = state.taken.get(command.match_id)
    if place is None:
        return []
    return [
        PlaceFreed(
            match_id=command.match_id,
            referral_id=place.referral_id,
            weight_hundredths=place.weight,
            used_hundredths=state.used - place.weight,
            because=command.because,
            freed_at=command.at,
        )
    ]


def evolve(state: Caseload, event: Any) -> Caseload:
    """The state after the event; an event that means nothing here changes nothing."""
    match event:
        case PlacesSet(places_hundredths=places):
            return replace(state, places=places)
        case PlaceTaken(match_id=match_id, referral_id=referral_id, weight_hundredths=weight, setting=setting):
            return replace(state, taken={**state.taken, match_id: Place(referral_id, weight, setting)})
        case AvailabilityNoted():
            return _noted(state, event)
        case PlaceChanged(match_id=match_id, weight_hundredths=weight) if match_id in state.taken:
            changed = replace(state.taken[match_id], weight=weight)
            return replace(state, taken={**state.taken, match_id: changed})
        case PlaceFreed(match_id=match_id):
            return replace(state, taken={other: place for other, place in state.taken.items() if other != match_id})
    return state


def _noted(state: Caseload, event: AvailabilityNoted) -> Caseload:
    places = event.places_hundredths
    standing = Standing(
        frozenset(event.ready), frozenset(event.stopped), event.paused, event.left, event.overdue, places
    )
    said_anew = places is not None and (state.standing is None or state.standing.places != places)
    return replace(
        state, standing=standing, standing_since=event.noted_at, places=places if said_anew else state.places
    )


def deadlines(state: Caseload) -> dict[str, datetime]:
    """Every match that may not go on, due since that was said: `bar:<referral>:<match>`."""
    if state.standing is None or state.standing_since is None:
        return {}
    return {
        f"bar:{place.referral_id}:{match_id}": state.standing_since
        for match_id, place in state.taken.items()
        if state.standing.ends(place.setting)
    }


def due(subject: str, name: str, now: datetime) -> Sequence[Any]:
    """The match ends and its place is freed, together."""
    _, referral_id, match_id = name.split(":")
    free = FreePlace(id_of(subject), now, UUID(match_id), "no-longer-allowed")
    return [EndBarred(UUID(referral_id), now, UUID(match_id)), free]


CASELOAD = Aggregate("caseload", Caseload(), decide, evolve, deadlines, due)
