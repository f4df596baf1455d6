"""What supervision says of peers (`peer/<uuid>`) and providers (`provider/<uuid>`)."""

from shared.contracts.supervision.readiness import (
    Level,
    NotReadyLevel,
    PeerNotReady,
    PeerReady,
    ProviderReadinessChanged,
)
from shared.contracts.supervision.supervising import SupervisionHeld, SupervisionOverdue
from shared.contracts.supervision.tags import (
    MatchLimits,
    MatchLimitsSet,
    MatchTags,
    MatchTagsConsented,
    MatchTagsWithdrawn,
)
from shared.contracts.supervision.work import CapacityChanged, PeerLeft, PeerPaused, PeerReturned

__all__ = [
    "CapacityChanged",
    "Level",
    "MatchLimits",
    "MatchLimitsSet",
    "MatchTags",
    "MatchTagsConsented",
    "MatchTagsWithdrawn",
    "NotReadyLevel",
    "PeerLeft",
    "PeerNotReady",
    "PeerPaused",
    "PeerReady",
    "PeerReturned",
    "ProviderReadinessChanged",
    "SupervisionHeld",
    "SupervisionOverdue",
]
