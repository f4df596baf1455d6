"""What referrals says: a referral's journey (`referral/<uuid>`), a peer's places (`caseload/<peer>`), and to what was
submitted a no (`submission/<uuid>`)."""

from shared.contracts.referrals.caseload import PlaceChanged, PlaceFreed, PlacesSet, PlaceTaken
from shared.contracts.referrals.contact import (
    ContactAttempted,
    ContactLimited,
    ContactLimitLifted,
    ReviewFellDue,
    RoleExplained,
    UnavailabilityRecorded,
    WaitBoundPassed,
)
from shared.contracts.referrals.ending import EndingPlanned, ReferralReopened, SupportEnded
from shared.contracts.referrals.intake import (
    DecisionDeferred,
    ReferralAccepted,
    ReferralCreated,
    ReferralDeclined,
    ReferralWithdrawn,
)
from shared.contracts.referrals.links import WishLinkGiven, WishLinkUsed
from shared.contracts.referrals.matching import (
    MatchDeclined,
    MatchEnded,
    MatchProposed,
    MatchWeighed,
    PeerMatched,
)
from shared.contracts.referrals.sessions import (
    SessionCancelled,
    SessionHeld,
    SessionMissed,
    SessionPlanned,
    SessionReplaced,
    SessionRetracted,
)
from shared.contracts.referrals.submission import SubmissionRefused
from shared.contracts.referrals.support import (
    ChangeConfirmed,
    GoalReviewed,
    GoalSet,
    PracticalHelpReceived,
    PracticalHelpReferred,
    PracticalHelpRequested,
    ReviewHeld,
    SupportChanged,
    SupportPaused,
    SupportResumed,
)

__all__ = [
    "ChangeConfirmed",
    "ContactAttempted",
    "ContactLimitLifted",
    "ContactLimited",
    "DecisionDeferred",
    "EndingPlanned",
    "GoalReviewed",
    "GoalSet",
    "MatchDeclined",
    "MatchEnded",
    "MatchProposed",
    "MatchWeighed",
    "PeerMatched",
    "PlaceChanged",
    "PlaceFreed",
    "PlaceTaken",
    "PlacesSet",
    "PracticalHelpReceived",
    "PracticalHelpReferred",
    "PracticalHelpRequested",
    "ReferralAccepted",
    "ReferralCreated",
    "ReferralDeclined",
    "ReferralReopened",
    "ReferralWithdrawn",
    "ReviewFellDue",
    "ReviewHeld",
    "RoleExplained",
    "SessionCancelled",
    "SessionHeld",
    "SessionMissed",
    "SessionPlanned",
    "SessionReplaced",
    "SessionRetracted",
    "SubmissionRefused",
    "SupportChanged",
    "SupportEnded",
    "SupportPaused",
    "SupportResumed",
    "UnavailabilityRecorded",
    "WaitBoundPassed",
    "WishLinkGiven",
    "WishLinkUsed",
]
