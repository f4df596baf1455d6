"""What may be done with what is kept of a person: put right, restricted, kept apart; erased if nothing holds it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from services.referrals.domain.policy import Retention
from shared.contracts.days import day_of
from shared.contracts.event import Event
from shared.contracts.referrals import (
    ErasureHeld,
    ErasureHoldLifted,
    KeepApartLifted,
    KeepApartSet,
    PersonCorrected,
    PersonErased,
    PersonReferred,
    ProcessingRestricted,
    ProcessingRestrictionLifted,
)
from shared.contracts.referrals.people import HoldKind, Kept, RightsGround
from shared.runtime.service import Aggregate, Refusal, Secret

Standing = Literal["restriction", "erasure"]


@dataclass(frozen=True, slots=True)
class Person:
    """What was decided about one person's data."""

    erased: bool = False
    restricted: bool = False
    holds: Mapping[UUID, HoldKind] = field(default_factory=dict)
    apart_from: frozenset[UUID] = frozenset()
    referred: frozenset[UUID] = frozenset()
    """The referrals that came of somebody whose id was known before."""
    submissions: frozenset[UUID] = frozenset()
    """What the erasure named to whoever keeps submissions."""

    @property
    def standing(self) -> Standing | None:
        """What a new referral of theirs comes under."""
        return "erasure" if self.erased else "restriction" if self.restricted else None


@dataclass(frozen=True, slots=True)
class OfPerson:
    """A command about one person, at a time, by somebody of that role."""

    person_id: UUID
    at: datetime
    by_role: str

    @property
    def creates(self) -> bool:
        """It may be the first that is said of the person."""
        return True

    @property
    def subject(self) -> str:
        return f"person/{self.person_id}"


@dataclass(frozen=True, slots=True)
class Refer(OfPerson):
    """A referral of somebody whose id was known before is made; together with it, so that no decision misses it."""

    referral_id: UUID
    standing: Standing | None
    """What it comes under, as it was seen when the referral was thought of."""

    @property
    def creates(self) -> bool:
        """What was seen was said before."""
        return self.standing is None


@dataclass(frozen=True, slots=True)
class Correct(OfPerson):
    """Put right what the vault keeps under these names."""

    corrected: tuple[Kept, ...]
    secrets: tuple[Secret, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """What an officer decided, coarse; the rest is in the officer's own file."""

    ground: RightsGround
    ref: str


@dataclass(frozen=True, slots=True)
class Erase(OfPerson):
    """Destroy the keys of all that says who this is; goes together with closing each of the person's referrals."""

    decision: Decision
    referral_ids: tuple[UUID, ...]
    submission_ids: tuple[UUID, ...]
    retention_class: str
    retention: Retention
    last_contact_on: date
    apart_from: frozenset[UUID] = frozenset()
    """Whom they are never to meet, as it was when `forgets` was made of it: why, kept with each of those."""
    forgets: tuple[tuple[UUID, str], ...] = ()

    @property
    def erases(self) -> Sequence[UUID]:
        return (self.person_id,)


@dataclass(frozen=True, slots=True)
class Restrict(OfPerson):
    """Keep and do not use, or (`on` false) use again; goes together with each of the person's referrals."""

    decision: Decision
    referral_ids: tuple[UUID, ...]
    on: bool

    @property
    def creates(self) -> bool:
        """What is lifted was said before."""
        return self.on


@dataclass(frozen=True, slots=True)
class Hold(OfPerson):
    """Let nothing of this person be erased for now."""

    hold_id: UUID
    kind: HoldKind


@dataclass(frozen=True, slots=True)
class LiftHold(OfPerson):
    """That hold no longer stands."""

    hold_id: UUID

    @property
    def creates(self) -> bool:
        """What is lifted was said before."""
        return False


@dataclass(frozen=True, slots=True)
class KeepApart(OfPerson):
    """Let them never meet, or (`on` false) meet again; between persons it is said of both, together."""

    apart_from: UUID
    who: Literal["person", "peer"]
    on: bool
    secrets: tuple[Secret, ...] = ()
    forgets: tuple[tuple[UUID, str], ...] = ()

    @property
    def creates(self) -> bool:
        """What is lifted was said before."""
        return self.on


_HELD: Mapping[HoldKind, tuple[str, str]] = {
    "open-concern": ("open-concern", "A concern about this person is open. Close it first; nothing is erased before."),
    "legal": ("legal-hold", "A legal hold stands on this record. It is lifted by whoever set it, and not otherwise."),
    "complaint": ("open-complaint", "A complaint about this record is open. Settle it first."),
}


def decide(state: Person, command: Any) -> Sequence[Event]:
    """What follows from the command; of a person who was erased nothing more is kept, and what came later may go."""
    if state.erased and isinstance(command, Erase):
        later = tuple(each for each in command.submission_ids if each not in state.submissions)
        command = replace(command, submission_ids=later)
    if state.erased and not (isinstance(command, Erase) and command.submission_ids):
        raise Refusal("person-erased", "This person was erased; there is nothing left of them to change.")
    match command:
        case Refer():
            if command.standing != state.standing:
                raise Refusal(
                    "decided-meanwhile",
                    "What may be done with what is kept of this person was decided meanwhile. Send the same again.",
                )
            return [PersonReferred(referral_id=command.referral_id, referred_at=command.at)]
        case Correct():
            return [
                PersonCorrected(corrected=command.corrected, corrected_at=command.at, by_role=command.by_role),
            ]
        case Erase():
            return _erase(state, command)
        case Restrict():
            return _restrict(state, command)
        case Hold():
            if command.hold_id in state.holds:
                return []
            said = ErasureHeld(hold_id=command.hold_id, kind=command.kind, by_role=command.by_role, held_at=command.at)
            return [said]
        case LiftHold():
            if command.hold_id not in state.holds:
                raise Refusal("no-such-hold", "No hold with this id stands on the record.", "hold_id")
            return [ErasureHoldLifted(hold_id=command.hold_id, by_role=command.by_role, lifted_at=command.at)]
        case KeepApart():
            return _keep_apart(state, command)
    raise TypeError(f"no person knows the command {type(command).__name__}")


def _erase(state: Person, command: Erase) -> Sequence[Event]:
    for kind, (code, why) in _HELD.items():
        if kind in state.holds.values():
            raise Refusal(code, why)
    _refuse_unseen(state, command.referral_ids)
    if state.apart_from - command.apart_from:
        raise Refusal(
            "kept-apart-meanwhile", "Somebody was kept apart from this person meanwhile. Look, and then decide again."
        )
    ground, until = command.decision.ground, command.retention.until(command.last_contact_on)
    if ground not in ("person-asked", "retention-ended", "sent-in-error", "court-order"):
        raise Refusal("not-a-ground-to-erase", "This is a ground to restrict and not to erase.", "ground")
    if day_of(command.at) < until:
        if ground == "retention-ended":
            raise Refusal("retention-not-over", f"Records of this class are kept until {until}.", "ground")
        if ground == "person-asked" and not command.retention.on_request:
            raise Refusal(
                "kept-by-duty",
                f"Records of this class must be kept until {until}, also when the person asks. Restrict them instead, "
                "and tell the person why and whom to complain to.",
                "retention_class",
            )
    return [
        PersonErased(
            person_id=command.person_id,
            referral_ids=command.referral_ids,
            submission_ids=command.submission_ids,
            ground=ground,
            retention_class=command.retention_class,
            decision_ref=command.decision.ref,
            by_role=command.by_role,
            erased_at=command.at,
        )
    ]


def _restrict(state: Person, command: Restrict) -> Sequence[Event]:
    if command.on == state.restricted:
        raise Refusal(
            "already-restricted" if command.on else "not-restricted",
            "It is so already; nothing was changed.",
        )
    _refuse_unseen(state, command.referral_ids)
    if command.on:
        return [
            ProcessingRestricted(
                person_id=command.person_id,
                referral_ids=command.referral_ids,
                ground=command.decision.ground,
                decision_ref=command.decision.ref,
                by_role=command.by_role,
                restricted_at=command.at,
            )
        ]
    return [
        ProcessingRestrictionLifted(
            person_id=command.person_id,
            referral_ids=command.referral_ids,
            decision_ref=command.decision.ref,
            by_role=command.by_role,
            lifted_at=command.at,
        )
    ]


def _refuse_unseen(state: Person, seen: tuple[UUID, ...]) -> None:
    """Nobody decides about a referral that came in while they decided."""
    if state.referred - set(seen):
        raise Refusal(
            "referred-meanwhile", "A referral of this person came in meanwhile. Look at it, and then decide again."
        )


def _keep_apart(state: Person, command: KeepApart) -> Sequence[Event]:
    if command.apart_from == command.person_id:
        raise Refusal("same-person", "Nobody is kept apart from themselves.", "apart_from")
    if command.on == (command.apart_from in state.apart_from):
        if command.on:
            return []
        raise Refusal("not-kept-apart", "These two are not kept apart.", "apart_from")
    if command.on:
        return [
            KeepApartSet(apart_from=command.apart_from, who=command.who, by_role=command.by_role, set_at=command.at)
        ]
    return [
        KeepApartLifted(apart_from=command.apart_from, who=command.who, by_role=command.by_role, lifted_at=command.at)
    ]


def evolve(state: Person, event: Any) -> Person:
    """The state after the event."""
    match event:
        case PersonReferred(referral_id=referral_id):
            return replace(state, referred=state.referred | {referral_id})
        case PersonErased(submission_ids=submission_ids):
            return replace(state, erased=True, submissions=state.submissions | {*submission_ids})
        case ProcessingRestricted():
            return replace(state, restricted=True)
        case ProcessingRestrictionLifted():
            return replace(state, restricted=False)
        case ErasureHeld(hold_id=hold_id, kind=kind):
            return replace(state, holds={**state.holds, hold_id: kind})
        case ErasureHoldLifted(hold_id=hold_id):
            return replace(state, holds={key: kind for key, kind in state.holds.items() if key != hold_id})
        case KeepApartSet(apart_from=other):
            return replace(state, apart_from=state.apart_from | {other})
        case KeepApartLifted(apart_from=other):
            return replace(state, apart_from=state.apart_from - {other})
    return state


PERSON = Aggregate("person", Person(), decide, evolve)
