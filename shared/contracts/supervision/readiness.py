"""Who may support whom: peers in each setting, and providers. Why somebody is not ready stays with supervision."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.contracts import values as v
from shared.contracts.event import Event

_PEER = "01954d11-0b20-7a8f-8d77-1f2e3d4c5b6a"
_PROVIDER = "01954d11-0a10-7c3e-9b55-2f3e4d5c6b7a"
_AT = "2026-03-02T09:00:00Z"

Level = Literal["mild", "moderate", "severe"]

Missing = Annotated[tuple[v.Code, ...], Field(max_length=62)]
"""The codes of what is missing, or about to expire."""

NotReadyLevel = Literal["expiring", "no-new-people", "stop-contact"]
"""Soon not ready any more; no new people for now; a person decided that the peer meets nobody."""


class PeerReady(Event, name="peer-ready", owner="supervision", subject="peer", readers=("referrals",)):
    """The peer may support people in this setting; up to which level, if there is a bound."""

    peer_id: UUID
    setting: v.Setting
    ceiling: Level | None = None
    lone_visits: bool = False
    """Own-safety training and check-in are in place."""
    ready_at: AwareDatetime

    model_config = v.example(
        {"peer_id": _PEER, "setting": "third-sector", "ceiling": "moderate", "lone_visits": True, "ready_at": _AT}
    )


class PeerNotReady(Event, name="peer-not-ready", owner="supervision", subject="peer", readers=("referrals",)):
    """The peer is not, or soon will not be, ready for this setting; what is missing is never said of stop-contact."""

    peer_id: UUID
    setting: v.Setting
    level: NotReadyLevel
    missing: Missing = ()
    gap_owner: Literal["provider", "peer", "outside"] | None = None
    not_ready_at: AwareDatetime

    model_config = v.example(
        {
            "peer_id": _PEER,
            "setting": "third-sector",
            "level": "expiring",
            "missing": ["suicide-prevention"],
            "gap_owner": "provider",
            "not_ready_at": _AT,
        }
    )


class ProviderReadinessChanged(
    Event, name="provider-readiness-changed", owner="supervision", subject="provider", readers=("referrals",)
):
    """The provider may, or may not, take new referrals in these settings; those who are there stay."""

    provider_id: UUID
    ready: bool
    settings: Annotated[tuple[v.Setting, ...], Field(min_length=1, max_length=3)]
    missing: Missing = ()
    changed_at: AwareDatetime

    model_config = v.example({"provider_id": _PROVIDER, "ready": True, "settings": ["third-sector"], "changed_at": _AT})


class ContactStopped(Event, name="contact-stopped", owner="supervision", subject="peer", readers=("supervision",)):
    """A person decided that the peer meets nobody for now; why, and in what office, is said nowhere."""

    peer_id: UUID
    recorded_at: AwareDatetime

    model_config = v.example({"peer_id": _PEER, "recorded_at": _AT})


class ContactStopLifted(
    Event, name="contact-stop-lifted", owner="supervision", subject="peer", readers=("supervision",)
):
    """A person decided that the peer may meet people again, as far as everything else allows."""

    peer_id: UUID
    recorded_at: AwareDatetime

    model_config = v.example({"peer_id": _PEER, "recorded_at": _AT})
