"""Whether two records may be one person: facts that can be told, a suspicion, and what people decide of it."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, ClassVar, Literal
from uuid import UUID, uuid5

from shared.contracts.event import Event
from shared.contracts.referrals import DuplicateConfirmed, DuplicateDismissed, DuplicateSuspected, DuplicateUnlinked
from shared.contracts.referrals.duplicates import Fact
from shared.runtime.service import Aggregate, Refusal

ALIKE = 0.85
"""From which Jaro-Winkler similarity on two names may be two spellings of one."""
_NAMESPACE = UUID("5d1d7f0e-58c4-5a0b-9a39-5f5f3a3f6f10")


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a person that another record might also say."""

    given: tuple[str, ...] = ()
    """The first name, and the one they go by."""
    family: str | None = None
    birth_date: date | None = None
    chi: str | None = None
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()


def facts_shared(one: Known, other: Known) -> tuple[Fact, ...]:
    """What two records have in common, in a fixed order."""
    found: dict[Fact, bool] = {
        "same-chi": one.chi is not None and one.chi == other.chi,
        "same-birth-date": one.birth_date is not None and one.birth_date == other.birth_date,
        "similar-name": names_alike(one, other),
        "same-phone": bool({*one.phones} & {*other.phones}),
        "same-email": bool({*map(str.casefold, one.emails)} & {*map(str.casefold, other.emails)}),
    }
    return tuple(fact for fact, is_so in found.items() if is_so)


def suspicion(one: Known, other: Known) -> tuple[Fact, ...]:
    """The facts for which a person should look, or nothing.

    A CHI suffices. A name, a birth date, or a way of being reached needs a second; and two who are reached alike, as
    a couple or a mother and her daughter are, are not suspected when their birth dates differ.
    """
    facts = facts_shared(one, other)
    if "same-chi" in facts:
        return facts
    who = {"same-birth-date", "similar-name"} & {*facts}
    reached = {"same-phone", "same-email"} & {*facts}
    other_chi = one.chi is not None and other.chi is not None
    other_birth_date = "same-birth-date" not in facts and None not in (one.birth_date, other.birth_date)
    if len(who) == 2 or (who and reached and not other_birth_date and not other_chi):
        return facts
    return ()


def names_alike(one: Known, other: Known) -> bool:
    """Whether the names may be two spellings of one, also with first and last exchanged, or a first name alone."""
    alike_given = any(_alike(a, b) for a in one.given for b in other.given)
    if one.family is None or other.family is None:
        return alike_given
    if alike_given and _alike(one.family, other.family):
        return True
    return any(_alike(name, other.family) for name in one.given) and any(
        _alike(name, one.family) for name in other.given
    )


def _alike(one: str, other: str) -> bool:
    from rapidfuzz.distance import JaroWinkler

    return JaroWinkler.similarity(_plain(one), _plain(other)) >= ALIKE


def _plain(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name.casefold())
    return re.sub(r"[\W_]", "", "".join(char for char in letters if not unicodedata.combining(char)))


def duplicate_id(organisation: str, one: UUID, other: UUID) -> UUID:
    """The id of the question whether these two are one: always the same, whoever is named first."""
    return uuid5(_NAMESPACE, f"{organisation}/{min(one, other)}/{max(one, other)}")


Status = Literal["suspected", "confirmed", "dismissed", "unlinked"]


@dataclass(frozen=True, slots=True)
class Duplicate:
    """What is thought of two records; None as status before anything was."""

    status: Status | None = None
    people: tuple[UUID, UUID] | None = None
    facts: frozenset[Fact] = frozenset()


@dataclass(frozen=True, slots=True)
class OfDuplicate:
    """A command about two records, at a time."""

    duplicate_id: UUID
    at: datetime

    @property
    def subject(self) -> str:
        return f"duplicate/{self.duplicate_id}"


@dataclass(frozen=True, slots=True)
class Suspect(OfDuplicate):
    """Say that these two have these facts in common."""

    people: tuple[UUID, UUID]
    facts: tuple[Fact, ...]

    creates: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class Settle(OfDuplicate):
    """A person confirms that they are one, dismisses it, or undoes the link."""

    do: Literal["confirm", "dismiss", "unlink"]
    by_role: str


_FROM = {"confirm": ("suspected", "dismissed", "unlinked"), "dismiss": ("suspected",), "unlink": ("confirmed",)}


def decide(state: Duplicate, command: Suspect | Settle) -> Sequence[Event]:
    """What was dismissed or unlinked is suspected again only for a fact that was not known then."""
    if isinstance(command, Suspect):
        if state.status == "confirmed" or state.facts >= {*command.facts}:
            return []
        one, other = sorted(command.people)
        facts = tuple(sorted(state.facts | {*command.facts}))
        return [DuplicateSuspected(person_id=one, other_person_id=other, facts=facts, suspected_at=command.at)]
    if state.people is None or state.status not in _FROM[command.do]:
        raise Refusal(
            f"not-while-{state.status or 'unknown'}",
            f"These two records stand as {state.status or 'unknown'}; “{command.do}” has no meaning for them now.",
        )
    one, other = state.people
    match command.do:
        case "confirm":
            return [
                DuplicateConfirmed(
                    person_id=one, other_person_id=other, by_role=command.by_role, confirmed_at=command.at
                )
            ]
        case "dismiss":
            return [
                DuplicateDismissed(
                    person_id=one, other_person_id=other, by_role=command.by_role, dismissed_at=command.at
                )
            ]
        case "unlink":
            return [
                DuplicateUnlinked(person_id=one, other_person_id=other, by_role=command.by_role, unlinked_at=command.at)
            ]


def evolve(state: Duplicate, event: Any) -> Duplicate:
    """The state after the event."""
    match event:
        case DuplicateSuspected():
            return Duplicate("suspected", (event.person_id, event.other_person_id), frozenset(event.facts))
        case DuplicateConfirmed():
            return replace(state, status="confirmed")
        case DuplicateDismissed():
            return replace(state, status="dismissed")
        case DuplicateUnlinked():
            return replace(state, status="unlinked")
    return state


DUPLICATE = Aggregate("duplicate", Duplicate(), decide, evolve)
