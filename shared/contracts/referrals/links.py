"""Links by which a client without an account says a wish. The link itself is never here, only what it is known by."""

from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, StringConstraints

from shared.contracts import values as v
from shared.contracts.event import Event

_LINK = "01957a90-4414-7c3f-9e6d-5a4b3c2d1e0f"


class WishLinkGiven(Event, name="wish-link-given", owner="referrals", subject="referral", readers=("referrals",)):
    """The client was given a link to say one wish with, until it runs out; an earlier link is worth nothing now."""

    link_id: UUID
    secret_sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    given_at: AwareDatetime
    by_role: v.Role
    expires_at: AwareDatetime

    model_config = v.example(
        {
            "link_id": _LINK,
            "secret_sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "given_at": "2026-03-20T10:00:00Z",
            "by_role": "coordinator",
            "expires_at": "2026-04-03T10:00:00Z",
        }
    )


class WishLinkUsed(Event, name="wish-link-used", owner="referrals", subject="referral", readers=("evaluation",)):
    """The client said a wish with the link, which is worth nothing now."""

    link_id: UUID
    used_at: AwareDatetime

    model_config = v.example({"link_id": _LINK, "used_at": "2026-03-21T20:15:00Z"})
