"""What may be told of a provider: its policies and routes, who answers for each post, and whom it briefed."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from shared.contracts import supervision as s
from shared.contracts import values as v
from shared.contracts.update import Update

Lead = Literal["service-lead", "safeguarding-lead", "information-governance", "workforce-lead"]


class RegisterProvider(Update):
    """The provider has peers in these settings."""

    do: Literal["register"] = "register"
    by_role: Lead
    settings: s.Settings


class RecordDocument(Update):
    """The document is in force, in this version, through the day of its review."""

    do: Literal["record-document"] = "record-document"
    by_role: Lead
    document: s.Document
    text_version: v.Code
    owner_role: s.OwnerRole
    covers: Annotated[tuple[s.Covered, ...], Field(max_length=3)] = ()
    review_on: date


class SetDutyRoute(Update):
    """Whom to turn to about somebody's safety is agreed, through the day on which somebody looks again."""

    do: Literal["set-duty-route"] = "set-duty-route"
    by_role: Lead
    duty: s.Duty
    review_on: date


class SetPostBodies(Update):
    """Who employs, hosts, supervises, and answers for data and PVG of this post."""

    do: Literal["set-post-bodies"] = "set-post-bodies"
    by_role: Lead
    post_id: UUID
    setting: v.Setting
    employer: v.OrganisationCode | None = None
    host: v.OrganisationCode | None = None
    data_controller: v.OrganisationCode | None = None
    supervising: v.OrganisationCode | None = None
    pvg_body: v.OrganisationCode | None = None


class ClosePost(Update):
    """The provider does not have this post any more."""

    do: Literal["close-post"] = "close-post"
    by_role: Lead
    post_id: UUID


class BriefTeam(Update):
    """The wider team of a setting was told what the role is and what it is not."""

    do: Literal["brief-team"] = "brief-team"
    by_role: Lead
    setting: v.Setting
    text_version: v.Code
    on: date


AnyProviderUpdate = Annotated[
    RegisterProvider | RecordDocument | SetDutyRoute | SetPostBodies | ClosePost | BriefTeam,
    Field(discriminator="do"),
]
