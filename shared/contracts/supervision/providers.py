"""What a provider has in place (`provider/<uuid>`): policies, duty routes, who answers for each post, briefed teams."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.contracts import values as v
from shared.contracts.event import Event
from shared.contracts.supervision.recruiting import Settings

_PROVIDER = "01954d11-0a10-7c3e-9b55-2f3e4d5c6b7a"
_POST = "01954d11-0a20-7c3e-9b55-2f3e4d5c6b7b"
_AT = "2026-03-02T09:00:00Z"

Document = Literal["safeguarding-policy", "data-sharing-agreement"]
Covered = Literal["peers", "volunteers", "clients"]
OwnerRole = Literal["service-lead", "safeguarding-lead", "information-governance", "workforce-lead"]
Duty = Literal["in-hours", "out-of-hours"]


class ProviderRegistered(
    Event, name="provider-registered", owner="supervision", subject="provider", readers=("supervision",)
):
    """The provider has peers in these settings."""

    provider_id: UUID
    settings: Settings
    recorded_at: AwareDatetime

    model_config = v.example({"provider_id": _PROVIDER, "settings": ["third-sector"], "recorded_at": _AT})


class ProviderDocumentRecorded(
    Event, name="provider-document-recorded", owner="supervision", subject="provider", readers=("supervision",)
):
    """The document is in force in this version, for whom, owned by somebody, through the day of its review."""

    provider_id: UUID
    document: Document
    text_version: v.Code
    owner_role: OwnerRole
    covers: Annotated[tuple[Covered, ...], Field(max_length=3)] = ()
    review_on: date
    recorded_at: AwareDatetime

    model_config = v.example(
        {
            "provider_id": _PROVIDER,
            "document": "safeguarding-policy",
            "text_version": "safeguarding-3",
            "owner_role": "safeguarding-lead",
            "covers": ["peers", "volunteers", "clients"],
            "review_on": "2027-03-01",
            "recorded_at": _AT,
        }
    )


class DutyRouteSet(Event, name="duty-route-set", owner="supervision", subject="provider", readers=("supervision",)):
    """Whom to turn to about somebody's safety is agreed, in or out of hours, until somebody looks again."""

    provider_id: UUID
    duty: Duty
    review_on: date
    recorded_at: AwareDatetime

    model_config = v.example(
        {"provider_id": _PROVIDER, "duty": "in-hours", "review_on": "2027-03-01", "recorded_at": _AT}
    )


class DutyGapNoted(Event, name="duty-gap-noted", owner="supervision", subject="provider", readers=("supervision",)):
    """The duty rota has, or no more has, hours in which nobody is there and nobody said so."""

    provider_id: UUID
    gap: bool
    recorded_at: AwareDatetime

    model_config = v.example({"provider_id": _PROVIDER, "gap": True, "recorded_at": _AT})


class PostBodiesSet(Event, name="post-bodies-set", owner="supervision", subject="provider", readers=("supervision",)):
    """Who employs, hosts, supervises, answers for the data and for the PVG membership of this post."""

    provider_id: UUID
    post_id: UUID
    setting: v.Setting
    employer: v.OrganisationCode | None
    host: v.OrganisationCode | None
    data_controller: v.OrganisationCode | None
    supervising: v.OrganisationCode | None
    pvg_body: v.OrganisationCode | None
    recorded_at: AwareDatetime

    model_config = v.example(
        {
            "provider_id": _PROVIDER,
            "post_id": _POST,
            "setting": "third-sector",
            "employer": "SC012345",
            "host": "SC012345",
            "data_controller": "SC012345",
            "supervising": "S08000030",
            "pvg_body": "SC012345",
            "recorded_at": _AT,
        }
    )


class PostClosed(Event, name="post-closed", owner="supervision", subject="provider", readers=("supervision",)):
    """The provider does not have this post any more."""

    provider_id: UUID
    post_id: UUID
    recorded_at: AwareDatetime

    model_config = v.example({"provider_id": _PROVIDER, "post_id": _POST, "recorded_at": _AT})


class TeamBriefed(Event, name="team-briefed", owner="supervision", subject="provider", readers=("supervision",)):
    """The wider team of the setting was told what the role is and what it is not, in this version."""

    provider_id: UUID
    setting: v.Setting
    text_version: v.Code
    briefed_on: date
    recorded_at: AwareDatetime

    model_config = v.example(
        {
            "provider_id": _PROVIDER,
            "setting": "third-sector",
            "text_version": "role-2026-01",
            "briefed_on": "2026-02-26",
            "recorded_at": _AT,
        }
    )
