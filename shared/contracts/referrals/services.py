"""The directory of services, and who is with which: `service/<uuid>`, and beside it the referral."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.contracts import values as v
from shared.contracts.event import Event
from shared.contracts.service_updates import ServiceFacts

_SERVICE = "01956a10-4b20-7c11-9d52-0a1b2c3d4e5f"
_REFERRAL = "0195557a-2f10-7c44-8a6e-3b1d2c4f5a60"
_READERS = ("supervision", "evaluation")


class ServiceListed(ServiceFacts, Event, name="service-listed", owner="referrals", subject="service", readers=_READERS):
    """The directory has the service, or says of it now what is written here."""

    listed_at: AwareDatetime
    by_role: v.Decider

    model_config = v.example(
        {
            "title": "Toddle & Talk",
            "formats": ["group"],
            "place": "Hall by the harbour",
            "area": "S08000029",
            "for_whom": ["birth-parent", "father"],
            "listed_at": "2026-01-05T10:00:00Z",
            "by_role": "service-lead",
        }
    )


class ServiceChecked(Event, name="service-checked", owner="referrals", subject="service", readers=_READERS):
    """What the directory says of it held on that day, as somebody saw there, or learnt from afar."""

    checked_on: date
    visited: bool
    by_role: v.Role

    model_config = v.example({"checked_on": "2026-02-10", "visited": True, "by_role": "peer"})


class ServiceAtRisk(Event, name="service-at-risk", owner="referrals", subject="service", readers=_READERS):
    """The service may have to close."""

    reason: v.ServiceCloses
    at_risk_since: AwareDatetime
    may_close_on: date | None
    by_role: v.Decider

    model_config = v.example(
        {
            "reason": "accommodation",
            "at_risk_since": "2026-03-02T09:30:00Z",
            "may_close_on": "2026-03-16",
            "by_role": "service-lead",
        }
    )


class ServiceClosed(Event, name="service-closed", owner="referrals", subject="service", readers=_READERS):
    """The service has closed; each of its open cases goes back on the list, once, at its own date."""

    reason: v.ServiceCloses
    closed_at: AwareDatetime
    open_cases: Annotated[int, Field(ge=0, le=100_000)]
    by_role: v.Decider

    model_config = v.example(
        {"reason": "accommodation", "closed_at": "2026-03-16T12:00:00Z", "open_cases": 7, "by_role": "service-lead"}
    )


class ServiceCaseOpened(
    Event, name="service-case-opened", owner="referrals", subject="service", readers=("referrals",)
):
    """A client is with the service."""

    referral_id: UUID
    opened_at: AwareDatetime

    model_config = v.example({"referral_id": _REFERRAL, "opened_at": "2026-02-01T10:00:00Z"})


class ServiceCaseClosed(
    Event, name="service-case-closed", owner="referrals", subject="service", readers=("referrals",)
):
    """A client is not with the service any more."""

    referral_id: UUID
    closed_at: AwareDatetime

    model_config = v.example({"referral_id": _REFERRAL, "closed_at": "2026-03-16T12:00:01Z"})


class ServiceJoined(
    Event, name="service-joined", owner="referrals", subject="referral", readers=("gateway", *_READERS)
):
    """The client is with a service; `support_began` when they had none before."""

    service_id: UUID
    joined_at: AwareDatetime
    by_role: v.Role
    with_peer: bool
    stay_together: bool
    support_began: bool

    model_config = v.example(
        {
            "service_id": _SERVICE,
            "joined_at": "2026-02-01T10:00:00Z",
            "by_role": "coordinator",
            "with_peer": False,
            "stay_together": True,
            "support_began": True,
        }
    )


class ServiceLeft(Event, name="service-left", owner="referrals", subject="referral", readers=("gateway", *_READERS)):
    """The client is not with the service any more; `relisted`, they wait again, since `listed_on`."""

    service_id: UUID
    left_at: AwareDatetime
    reason: Literal["client-choice", "something-else-fits", "support-ended", "service-closed"]
    relisted: bool
    listed_on: date

    model_config = v.example(
        {
            "service_id": _SERVICE,
            "left_at": "2026-03-16T12:00:01Z",
            "reason": "service-closed",
            "relisted": True,
            "listed_on": "2025-11-20",
        }
    )


class CompanyChosen(Event, name="company-chosen", owner="referrals", subject="referral", readers=("referrals",)):
    """Whether the client wishes to stay together with others of the service."""

    service_id: UUID
    stay_together: bool
    chosen_at: AwareDatetime

    model_config = v.example({"service_id": _SERVICE, "stay_together": True, "chosen_at": "2026-03-05T15:00:00Z"})
