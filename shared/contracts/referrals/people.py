"""What is said of a person (`person/<uuid>`): put right, restricted, erased, kept apart; never who it is."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.contracts import values as v
from shared.contracts.event import Event

_AT = "2026-03-12T10:00:00Z"
_PERSON = "0195557a-2f11-7b02-b4c8-9e7a60d1c3f2"
_OTHER = "01956301-1c44-7e19-a00c-5f6e7d8c9b0a"
_REFERRAL = "0195557a-2f10-7c44-8a6e-3b1d2c4f5a60"
_SUBMISSION = "5c1f0a52-7d0e-5b1a-9d55-0f3f6a2b7c10"

Kept = Literal["identity", "contact", "needs", "preferences"]
"""What the vault keeps of a person, by name."""
RightsGround = Literal["person-asked", "retention-ended", "sent-in-error", "court-order", "complaint", "under-review"]
"""Why a person's data are erased or restricted, coarse; whatever else there is to say stands in the officer's file."""
HoldKind = Literal["legal", "open-concern", "complaint"]
"""What keeps a record from being erased for now."""


class PersonReferred(Event, name="person-referred", owner="referrals", subject="person", readers=("referrals",)):
    """There is another referral of somebody whose id was known before."""

    referral_id: UUID
    referred_at: AwareDatetime

    model_config = v.example({"referral_id": _REFERRAL, "referred_at": _AT})


class PersonCorrected(Event, name="person-corrected", owner="referrals", subject="person", readers=("referrals",)):
    """What was kept of a person was put right; which parts, and not what stood or stands there."""

    corrected: Annotated[tuple[Kept, ...], Field(min_length=1, max_length=4)]
    corrected_at: AwareDatetime
    by_role: v.Code

    model_config = v.example({"corrected": ["identity"], "corrected_at": _AT, "by_role": "coordinator"})


class PersonErased(
    Event,
    name="person-erased",
    owner="referrals",
    subject="person",
    readers=("gateway", "supervision", "evaluation"),
):
    """An officer decided; the keys of all that says who a person is are gone, and every reader destroys its own.

    `submission_ids` are the receipts known here to be of the person, or named by the officer.
    """

    person_id: UUID
    referral_ids: Annotated[tuple[UUID, ...], Field(max_length=500)]
    submission_ids: Annotated[tuple[UUID, ...], Field(max_length=5000)]
    ground: RightsGround
    retention_class: v.Code
    decision_ref: v.Code
    by_role: v.Code
    erased_at: AwareDatetime

    model_config = v.example(
        {
            "person_id": _PERSON,
            "referral_ids": [_REFERRAL],
            "submission_ids": [_SUBMISSION],
            "ground": "person-asked",
            "retention_class": "peer-support",
            "decision_ref": "ig-2026-014",
            "by_role": "information-governance",
            "erased_at": _AT,
        }
    )


class ProcessingRestricted(
    Event,
    name="processing-restricted",
    owner="referrals",
    subject="person",
    readers=("gateway", "supervision", "evaluation"),
):
    """An officer decided that a person's data are kept and not used: no matching, no message, no sharing."""

    person_id: UUID
    referral_ids: Annotated[tuple[UUID, ...], Field(max_length=500)]
    ground: RightsGround
    decision_ref: v.Code
    by_role: v.Code
    restricted_at: AwareDatetime

    model_config = v.example(
        {
            "person_id": _PERSON,
            "referral_ids": [_REFERRAL],
            "ground": "complaint",
            "decision_ref": "ig-2026-015",
            "by_role": "information-governance",
            "restricted_at": _AT,
        }
    )


class ProcessingRestrictionLifted(
    Event,
    name="processing-restriction-lifted",
    owner="referrals",
    subject="person",
    readers=("gateway", "supervision", "evaluation"),
):
    """A person's data may be used again."""

    person_id: UUID
    referral_ids: Annotated[tuple[UUID, ...], Field(max_length=500)]
    decision_ref: v.Code
    by_role: v.Code
    lifted_at: AwareDatetime

    model_config = v.example(
        {
            "person_id": _PERSON,
            "referral_ids": [_REFERRAL],
            "decision_ref": "ig-2026-016",
            "by_role": "information-governance",
            "lifted_at": _AT,
        }
    )


class ErasureHeld(Event, name="erasure-held", owner="referrals", subject="person", readers=("referrals",)):
    """Nothing of a person is erased while this stands: a legal hold, an open concern, a complaint."""

    hold_id: UUID
    kind: HoldKind
    by_role: v.Code
    held_at: AwareDatetime

    model_config = v.example({"hold_id": _OTHER, "kind": "legal", "by_role": "information-governance", "held_at": _AT})


class ErasureHoldLifted(Event, name="erasure-hold-lifted", owner="referrals", subject="person", readers=("referrals",)):
    """That no longer keeps a person's record from being erased."""

    hold_id: UUID
    by_role: v.Code
    lifted_at: AwareDatetime

    model_config = v.example({"hold_id": _OTHER, "by_role": "information-governance", "lifted_at": _AT})


class KeepApartSet(
    Event, name="keep-apart-set", owner="referrals", subject="person", readers=("referrals", "supervision")
):
    """A person is never to meet another, or a certain peer; why is known to those who set it alone.

    Between two persons it is said of both.
    """

    apart_from: UUID
    who: Literal["person", "peer"]
    by_role: v.Code
    set_at: AwareDatetime

    model_config = v.example({"apart_from": _OTHER, "who": "peer", "by_role": "coordinator", "set_at": _AT})


class KeepApartLifted(
    Event, name="keep-apart-lifted", owner="referrals", subject="person", readers=("referrals", "supervision")
):
    """They may meet again."""

    apart_from: UUID
    who: Literal["person", "peer"]
    by_role: v.Code
    lifted_at: AwareDatetime

    model_config = v.example({"apart_from": _OTHER, "who": "peer", "by_role": "coordinator", "lifted_at": _AT})


class SafeContactChanged(
    Event, name="safe-contact-changed", owner="referrals", subject="referral", readers=("referrals",)
):
    """The client said anew how they may be reached; what they said is in the vault, and holds from now on."""

    changed_at: AwareDatetime
    by_role: v.Role

    model_config = v.example({"changed_at": _AT, "by_role": "coordinator"})


class ReferralRestricted(
    Event, name="referral-restricted", owner="referrals", subject="referral", readers=("gateway", "evaluation")
):
    """The referral's person is erased, or their data may not be used for now; what the referral may do follows."""

    because: Literal["restriction", "erasure"]
    restricted_at: AwareDatetime

    model_config = v.example({"because": "restriction", "restricted_at": _AT})


class ReferralRestrictionLifted(
    Event, name="referral-restriction-lifted", owner="referrals", subject="referral", readers=("gateway", "evaluation")
):
    """The referral goes on as before."""

    lifted_at: AwareDatetime

    model_config = v.example({"lifted_at": _AT})
