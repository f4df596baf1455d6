"""One journey across organisations, each with a referral of its own; and back to the clinical team."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.contracts import values as v
from shared.contracts.event import Event

_HANDOVER = "0195a2c0-1d20-7b31-8c42-6f7081920a3b"
_FROM = "0195557a-2f10-7c44-8a6e-3b1d2c4f5a60"
_TO = "0195b4d1-3e40-7a52-9d63-708192a3b4c5"
_HANDBACK = "0195c5e2-4f50-7b63-8e74-8192a3b4c5d6"
_READERS = ("supervision", "evaluation")


class HandoverProposed(Event, name="handover-proposed", owner="referrals", subject="referral", readers=_READERS):
    """Another organisation is asked to take the client on; who was asked may see this part of the journey."""

    handover_id: UUID
    to_organisation: v.OrganisationCode
    to_setting: v.Setting
    accept_by: date
    proposed_at: AwareDatetime

    model_config = v.example(
        {
            "handover_id": _HANDOVER,
            "to_organisation": "S08000032",
            "to_setting": "cpmht",
            "accept_by": "2026-03-17",
            "proposed_at": "2026-03-10T10:00:00Z",
        }
    )


class HandoverEscalated(Event, name="handover-escalated", owner="referrals", subject="referral", readers=_READERS):
    """Its day has passed and nobody has accepted: a person is asked, and the peer stays."""

    handover_id: UUID
    accept_by: date
    escalated_at: AwareDatetime

    model_config = v.example(
        {"handover_id": _HANDOVER, "accept_by": "2026-03-17", "escalated_at": "2026-03-18T00:00:00Z"}
    )


class HandoverAccepted(Event, name="handover-accepted", owner="referrals", subject="referral", readers=_READERS):
    """The organisation that was asked takes the client on, with a referral of its own; it is said of both referrals."""

    handover_id: UUID
    from_organisation: v.OrganisationCode
    from_referral_id: UUID
    to_organisation: v.OrganisationCode
    to_referral_id: UUID
    accepted_at: AwareDatetime

    model_config = v.example(
        {
            "handover_id": _HANDOVER,
            "from_organisation": "S08000031",
            "from_referral_id": _FROM,
            "to_organisation": "S08000032",
            "to_referral_id": _TO,
            "accepted_at": "2026-03-13T14:00:00Z",
        }
    )


class HandoverLapsed(Event, name="handover-lapsed", owner="referrals", subject="referral", readers=_READERS):
    """The client was accepted when it was no longer asked, or no longer could be; it is said of both referrals."""

    handover_id: UUID
    from_organisation: v.OrganisationCode
    from_referral_id: UUID
    to_organisation: v.OrganisationCode
    to_referral_id: UUID
    lapsed_at: AwareDatetime

    model_config = v.example(
        {
            "handover_id": _HANDOVER,
            "from_organisation": "S08000031",
            "from_referral_id": _FROM,
            "to_organisation": "S08000032",
            "to_referral_id": _TO,
            "lapsed_at": "2026-03-13T14:00:01Z",
        }
    )


class HandoverCompleted(Event, name="handover-completed", owner="referrals", subject="referral", readers=_READERS):
    """The client has arrived; what was before may come to its end."""

    handover_id: UUID
    completed_at: AwareDatetime
    by_role: v.Decider

    model_config = v.example(
        {"handover_id": _HANDOVER, "completed_at": "2026-04-03T11:00:00Z", "by_role": "coordinator"}
    )


class PartnerTold(Event, name="partner-told", owner="referrals", subject="referral", readers=("referrals",)):
    """Another referral of the same journey has heard what was decided here."""

    referral_id: UUID
    of: Literal["accepted", "lapsed", "acquainted", "consent", "life", "limit", "erasure", "restriction"]
    words: Annotated[tuple[Annotated[str, Field(max_length=100)], ...], Field(max_length=8)] = ()
    """What exactly was told, where more of the kind may be waiting."""
    told_at: AwareDatetime

    model_config = v.example({"referral_id": _FROM, "of": "accepted", "told_at": "2026-03-13T14:00:01Z"})


class HandbackRequested(Event, name="handback-requested", owner="referrals", subject="referral", readers=_READERS):
    """The client needs more than a peer can give, and the clinical team is asked to take that on by a day."""

    handback_id: UUID
    requested_at: AwareDatetime
    by_role: v.Role
    accept_by: date

    model_config = v.example(
        {
            "handback_id": _HANDBACK,
            "requested_at": "2026-03-10T11:00:00Z",
            "by_role": "peer",
            "accept_by": "2026-03-12",
        }
    )


class HandbackAccepted(Event, name="handback-accepted", owner="referrals", subject="referral", readers=_READERS):
    """The clinical team has taken on what goes beyond a peer's role."""

    handback_id: UUID
    accepted_at: AwareDatetime

    model_config = v.example({"handback_id": _HANDBACK, "accepted_at": "2026-03-11T15:00:00Z"})
