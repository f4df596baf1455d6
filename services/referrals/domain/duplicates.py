"""Whether two records may be one person: facts that can be told, a suspicion, and what people decide of it."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal
from uuid import UUID

from services.referrals.domain.commands import OfReferral
from services.referrals.domain.state import Referral, Twin
from shared.contracts.event import Event
from shared.contracts.referrals import DuplicateConfirmed, DuplicateDismissed, DuplicateSuspected, DuplicateUnlinked
from shared.contracts.referrals.duplicates import Fact
from shared.runtime.service import Refusal

ALIKE = 0.85
"""From which Jaro-Winkler similarity on two names may be two spellings of one."""


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


@dataclass(frozen=True, slots=True)
class Suspect(OfReferral):
    """Say that the referral's person and another have these facts in common."""

    person_id: UUID
    other_person_id: UUID
    other_referral_id: UUID
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Settle(OfReferral):
    """A person confirms that they are one, dismisses it, or undoes the link."""

    other_person_id: UUID
    do: Literal["confirm", "dismiss", "unlink"]
    by_role: str


_FROM = {"confirm": ("suspected", "dismissed", "unlinked"), "dismiss": ("suspected",), "unlink": ("confirmed",)}


def suspect(state: Referral, command: Suspect) -> Sequence[Event]:
    """What was dismissed or unlinked is suspected again only for a fact that was not known then."""
    before = state.duplicates.get(command.other_person_id)
    known = before.facts if before else frozenset()
    if before and (before.status == "confirmed" or known >= {*command.facts}):
        return []
    return [
        DuplicateSuspected(
            person_id=command.person_id,
            other_person_id=command.other_person_id,
            other_referral_id=command.other_referral_id,
            facts=tuple(sorted(known | {*command.facts})),
            suspected_at=command.at,
        )
    ]


def settle(state: Referral, command: Settle) -> Sequence[Event]:
    """Only people settle it; whatever they decide can be decided otherwise later."""
    before = state.duplicates.get(command.other_person_id)
    if before is None:
        raise Refusal("not-suspected", "These two are not suspected to be one person.", "other_person_id")
    if before.status not in _FROM[command.do]:
        raise Refusal(f"is-{before.status}", f"These two stand as {before.status}; nothing was changed.")
    who: dict[str, Any] = {
        "person_id": before.person_id,
        "other_person_id": command.other_person_id,
        "by_role": command.by_role,
    }
    match command.do:
        case "confirm":
            return [DuplicateConfirmed(**who, confirmed_at=command.at)]
        case "dismiss":
            return [DuplicateDismissed(**who, dismissed_at=command.at)]
        case "unlink":
            return [DuplicateUnlinked(**who, unlinked_at=command.at)]


def suspected(state: Referral, event: DuplicateSuspected) -> Referral:
    twin = Twin(event.person_id, "suspected", frozenset(event.facts))
    return replace(state, duplicates={**state.duplicates, event.other_person_id: twin})


def _settled(status: Literal["confirmed", "dismissed", "unlinked"]) -> Any:
    def settled(state: Referral, event: Any) -> Referral:
        twin = replace(state.duplicates[event.other_person_id], status=status)
        return replace(state, duplicates={**state.duplicates, event.other_person_id: twin})

    return settled


COMMANDS = {Suspect: suspect, Settle: settle}
EVOLVE = {
    DuplicateSuspected: suspected,
    DuplicateConfirmed: _settled("confirmed"),
    DuplicateDismissed: _settled("dismissed"),
    DuplicateUnlinked: _settled("unlinked"),
}
