"""Two records that may be one person: said of the first referral of the later; settled by people, never merged."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.contracts import values as v
from shared.contracts.event import Event

_AT = "2026-03-16T09:00:00Z"
_PERSON = "0195557a-2f11-7b02-b4c8-9e7a60d1c3f2"
_OTHER = "01956301-1c44-7e19-a00c-5f6e7d8c9b0a"
_REFERRAL = "0195557a-2f10-7c44-8a6e-3b1d2c4f5a60"

Fact = Literal["same-chi", "same-birth-date", "similar-name", "same-phone", "same-email"]
"""What two records have in common: that it is so, and never what it is."""


class DuplicateSuspected(
    Event, name="duplicate-suspected", owner="referrals", subject="referral", readers=("referrals", "evaluation")
):
    """Two records have these facts in common; a person looks and decides."""

    person_id: UUID
    other_person_id: UUID
    other_referral_id: UUID
    facts: Annotated[tuple[Fact, ...], Field(min_length=1, max_length=5)]
    suspected_at: AwareDatetime

    model_config = v.example(
        {
            "person_id": _PERSON,
            "other_person_id": _OTHER,
            "other_referral_id": _REFERRAL,
            "facts": ["same-phone", "similar-name"],
            "suspected_at": _AT,
        }
    )


class DuplicateConfirmed(
    Event, name="duplicate-confirmed", owner="referrals", subject="referral", readers=("referrals", "evaluation")
):
    """A person decided that both records are of one person: they are linked, and each keeps its own history."""

    person_id: UUID
    other_person_id: UUID
    by_role: v.Code
    confirmed_at: AwareDatetime

    model_config = v.example(
        {"person_id": _PERSON, "other_person_id": _OTHER, "by_role": "coordinator", "confirmed_at": _AT}
    )


class DuplicateDismissed(
    Event, name="duplicate-dismissed", owner="referrals", subject="referral", readers=("referrals", "evaluation")
):
    """A person decided that these are two people; only a fact that was not known then raises it again."""

    person_id: UUID
    other_person_id: UUID
    by_role: v.Code
    dismissed_at: AwareDatetime

    model_config = v.example(
        {"person_id": _PERSON, "other_person_id": _OTHER, "by_role": "coordinator", "dismissed_at": _AT}
    )


class DuplicateUnlinked(
    Event, name="duplicate-unlinked", owner="referrals", subject="referral", readers=("referrals", "evaluation")
):
    """The link between two records is undone, and both stand as they always did."""

    person_id: UUID
    other_person_id: UUID
    by_role: v.Code
    unlinked_at: AwareDatetime

    model_config = v.example(
        {"person_id": _PERSON, "other_person_id": _OTHER, "by_role": "coordinator", "unlinked_at": _AT}
    )
