"""A provider: whether it may take new people in each setting; what lapses stops them, and moves nobody who is there."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, ClassVar, NamedTuple, get_args
from uuid import NAMESPACE_URL, UUID, uuid5

from shared.contracts import provider_updates as p
from shared.contracts import supervision as s
from shared.contracts import values as v
from shared.contracts.days import day_of, start_of
from shared.contracts.event import Event
from shared.runtime.envelope import id_of
from shared.runtime.service import Aggregate, Refusal

NO_POST: v.Code = "post-bodies"
ROTA_GAP: v.Code = "duty-rota-gap"
_ONE_DAY = timedelta(days=1)


def provider_of(organisation: str) -> UUID:
    """The one provider that an organisation is."""
    return uuid5(NAMESPACE_URL, f"kith:provider:{organisation}")


class InForce(NamedTuple):
    """Something agreed, through the day on which somebody looks again."""

    review_on: date
    covers: frozenset[s.Covered] = frozenset()


class PostBodies(NamedTuple):
    """A post, and whether everybody who answers for it is named."""

    setting: v.Setting
    complete: bool


class Said(NamedTuple):
    """What was said last of a setting."""

    ready: bool
    missing: tuple[v.Code, ...]


@dataclass(frozen=True, slots=True)
class Provider:
    """What a provider has in place."""

    settings: tuple[v.Setting, ...] = ()
    in_force: Mapping[v.Code, InForce] = field(default_factory=dict)
    """Documents and duty routes, by the code that is missing without them."""
    rota_gap: bool = False
    posts: Mapping[UUID, PostBodies] = field(default_factory=dict)
    said: Mapping[v.Setting, Said] = field(default_factory=dict)
    thought_on: date = date.min


@dataclass(frozen=True, slots=True)
class TellProvider:
    """What a person says of the provider at a time; `now` is when it is told."""

    provider_id: UUID
    at: datetime
    wish: p.AnyProviderUpdate
    now: datetime

    @property
    def creates(self) -> bool:
        """Registering may be the first that is said of it."""
        return isinstance(self.wish, p.RegisterProvider)

    @property
    def subject(self) -> str:
        return f"provider/{self.provider_id}"


@dataclass(frozen=True, slots=True)
class NoteDutyGap:
    """The rota has hours in which nobody is there and nobody said so, or no more has; `at` is now."""

    provider_id: UUID
    at: datetime
    gap: bool

    creates: ClassVar[bool] = False

    @property
    def subject(self) -> str:
        return f"provider/{self.provider_id}"


@dataclass(frozen=True, slots=True)
class RethinkProvider:
    """A day has come on which something may have lapsed; `at` is now."""

    provider_id: UUID
    at: datetime

    @property
    def subject(self) -> str:
        return f"provider/{self.provider_id}"


def readiness(state: Provider, setting: v.Setting, on: date) -> Said:
    """Whether new people may come in that setting on that day, and what is missing if not."""
    if setting not in state.settings:
        return Said(False, ())
    posts = [post for post in state.posts.values() if post.setting == setting]
    missing = [code for code in _ASKED if not _holds(state, code, on)]
    if not posts or not all(post.complete for post in posts):
        missing.append(NO_POST)
    if state.rota_gap:
        missing.append(ROTA_GAP)
    return Said(not missing, tuple(missing))


_ASKED: Sequence[v.Code] = (*get_args(s.Document), *(f"duty-{when}" for when in get_args(s.Duty)))


def _holds(state: Provider, code: v.Code, on: date) -> bool:
    """A safeguarding policy covers peers, volunteers and clients; one that leaves somebody out is none."""
    found = state.in_force.get(code)
    if found is None or on > found.review_on:
        return False
    return code != "safeguarding-policy" or found.covers == frozenset(get_args(s.Covered))


def decide(state: Provider, command: Any) -> Sequence[Event]:
    """What follows from the command, and what it makes of being ready; raises Refusal with a stable code."""
    if not state.settings and not (isinstance(command, TellProvider) and command.creates):
        raise Refusal("unknown-provider", "No provider with this id is registered.")
    now = command.at
    match command:
        case TellProvider(now=now):
            said = [_told(command)]
        case NoteDutyGap(gap=gap) if gap != state.rota_gap:
            said = [s.DutyGapNoted(provider_id=command.provider_id, gap=gap, recorded_at=now)]
        case NoteDutyGap() | RethinkProvider():
            said = []
        case _:
            raise TypeError(f"no provider knows the command {type(command).__name__}")
    after = state
    for event in said:
        after = evolve(after, event)
    return [*said, *_news(after, command.provider_id, now)]


def _told(command: TellProvider) -> Event:
    wish, today = command.wish, day_of(command.now)
    of: dict[str, Any] = {"provider_id": command.provider_id, "recorded_at": command.now}
    match wish:
        case p.RegisterProvider():
            settings = tuple(each for each in get_args(v.Setting) if each in wish.settings)
            return s.ProviderRegistered(settings=settings, **of)
        case p.RecordDocument() | p.SetDutyRoute() if wish.review_on < today:
            raise Refusal("review-in-the-past", "Set a day still to come on which somebody looks again.", "review_on")
        case p.RecordDocument():
            return s.ProviderDocumentRecorded(**_fields(wish), **of)
        case p.SetDutyRoute():
            return s.DutyRouteSet(**_fields(wish), **of)
        case p.SetPostBodies():
            return s.PostBodiesSet(**_fields(wish), **of)
        case p.ClosePost():
            return s.PostClosed(post_id=wish.post_id, **of)
        case p.BriefTeam():
            if wish.on > today:
                raise Refusal("in-the-future", "That day is still to come. Check the date.", "on")
            return s.TeamBriefed(setting=wish.setting, text_version=wish.text_version, briefed_on=wish.on, **of)


def _fields(wish: p.AnyProviderUpdate) -> dict[str, Any]:
    return {name: getattr(wish, name) for name in type(wish).model_fields if name not in ("do", "at", "by_role")}


def _news(state: Provider, provider_id: UUID, now: datetime) -> Iterator[Event]:
    """One event for all settings of which the same is to be said."""
    news: dict[Said, list[v.Setting]] = {}
    for setting in get_args(v.Setting):
        found = readiness(state, setting, day_of(now))
        if (setting in state.settings or setting in state.said) and state.said.get(setting) != found:
            news.setdefault(found, []).append(setting)
    for found, settings in news.items():
        yield s.ProviderReadinessChanged(
            provider_id=provider_id,
            ready=found.ready,
            settings=tuple(settings),
            missing=found.missing,
            changed_at=now,
        )


def evolve(state: Provider, event: Any) -> Provider:
    """The state after the event; an event that means nothing here changes nothing."""
    at = getattr(event, "recorded_at", None) or getattr(event, "changed_at", None)
    if at is not None:
        state = replace(state, thought_on=max(state.thought_on, day_of(at)))
    match event:
        case s.ProviderRegistered(settings=settings):
            return replace(state, settings=settings)
        case s.ProviderDocumentRecorded():
            found = InForce(event.review_on, frozenset(event.covers))
            return replace(state, in_force={**state.in_force, event.document: found})
        case s.DutyRouteSet():
            return replace(state, in_force={**state.in_force, f"duty-{event.duty}": InForce(event.review_on)})
        case s.DutyGapNoted(gap=gap):
            return replace(state, rota_gap=gap)
        case s.PostBodiesSet(post_id=post_id, setting=setting):
            bodies = (event.employer, event.host, event.data_controller, event.supervising, event.pvg_body)
            return replace(state, posts={**state.posts, post_id: PostBodies(setting, None not in bodies)})
        case s.PostClosed(post_id=post_id):
            return replace(state, posts={id: post for id, post in state.posts.items() if id != post_id})
        case s.ProviderReadinessChanged(ready=ready, settings=settings, missing=missing):
            return replace(state, said={**state.said, **dict.fromkeys(settings, Said(ready, missing))})
    return state


def deadlines(state: Provider) -> dict[str, datetime]:
    """The next day on which something lapses that makes a difference, from its first moment here: `rethink:<day>`."""
    for day in sorted({found.review_on + _ONE_DAY for found in state.in_force.values()}):
        if day > state.thought_on and list(_news(state, UUID(int=0), start_of(day))):
            return {f"rethink:{day}": start_of(day)}
    return {}


def due(subject: str, _: str, now: datetime) -> Sequence[Any]:
    """The provider is thought of anew."""
    return [RethinkProvider(id_of(subject), now)]


PROVIDER = Aggregate("provider", Provider(), decide, evolve, deadlines, due)
