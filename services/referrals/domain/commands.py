"""The commands of a referral: one to create it, one to tell it a wish, and what follows by itself when a time comes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar, Literal
from uuid import UUID

from services.referrals.domain.eligibility import NOTHING_KNOWN, Facts
from services.referrals.domain.policy import Policy
from services.referrals.domain.ranking import Ranking
from shared.contracts import values as v
from shared.contracts.handover_updates import AnyHandoverUpdate
from shared.contracts.match_updates import AnyMatchUpdate
from shared.contracts.service_updates import AnyServiceUpdate
from shared.contracts.session_reports import AnySessionUpdate
from shared.contracts.updates import AnyUpdate
from shared.runtime.service import Secret

Wish = AnyUpdate | AnySessionUpdate | AnyMatchUpdate | AnyServiceUpdate | AnyHandoverUpdate


@dataclass(frozen=True, slots=True)
class OfReferral:
    """A command about one referral, at a time."""

    referral_id: UUID
    at: datetime

    @property
    def subject(self) -> str:
        return f"referral/{self.referral_id}"


@dataclass(frozen=True, slots=True)
class Create(OfReferral):
    """Make a referral of what was received."""

    facts: v.ReferralFacts
    submission_id: UUID | None
    policy: Policy
    secrets: Sequence[Secret] = ()
    standing: Literal["restriction", "erasure"] | None = None
    """What was decided about the person's data before."""
    others: tuple[UUID, ...] = ()
    """The person's referrals that were made before."""

    creates: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class Tell(OfReferral):
    """A wish: `at` is when it happened, `now` when it is told; `fresh_id` names what it makes if the wish does not."""

    wish: Wish
    now: datetime
    policy: Policy
    fresh_id: UUID
    facts: Facts = NOTHING_KNOWN
    ranking: Ranking | None = None
    """What the rules of matching say of the pair that the wish names, if they know the peer."""
    secrets: Sequence[Secret] = ()


@dataclass(frozen=True, slots=True)
class PassBound(OfReferral):
    """A wait has reached a bound."""

    wait: v.Wait
    bound: v.Bound
    on: date


@dataclass(frozen=True, slots=True)
class FallDue(OfReferral):
    """A day has come on which a person must look again."""

    of: v.ReviewOf
    on: date
    help_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class GrowLate(OfReferral):
    """The last day of a task has passed."""

    task_id: UUID


@dataclass(frozen=True, slots=True)
class SettleMatch(OfReferral):
    """A match that a wish has ended comes to its end; goes together with freeing the place."""

    match_id: UUID


@dataclass(frozen=True, slots=True)
class EndBarred(OfReferral):
    """What supervision says of the peer does not allow the match any more; goes together with freeing the place."""

    match_id: UUID


@dataclass(frozen=True, slots=True)
class WeighMatch(OfReferral):
    """A change takes effect on the place; goes together with changing it in the caseload."""

    match_id: UUID
    weight: int


@dataclass(frozen=True, slots=True)
class AskPerson(OfReferral):
    """A person must do this today; the same kind and cause is the same task."""

    kind: v.TaskKind
    cause: UUID


@dataclass(frozen=True, slots=True)
class GiveLink(OfReferral):
    """Give the client a link to say one wish with; its secret is known here by its hash alone."""

    link_id: UUID
    secret_sha256: str
    by_role: v.Role
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class UseLink(OfReferral):
    """What the client says with the link."""

    secret_sha256: str
    told: Tell


def tell(referral_id: UUID, wish: Wish, now: datetime, policy: Policy, fresh_id: UUID) -> Tell:
    """The command for a wish told now, which happened when the wish says, or now."""
    return Tell(referral_id, wish.at or now, wish, now, policy, fresh_id)
