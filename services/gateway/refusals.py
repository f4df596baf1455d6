"""What it means to a sender that a rule of referrals said no; nothing was changed by what was sent."""

from collections.abc import Mapping

from shared.contracts.stages import STAGE_WORDS

NOT_FOUND = "not-found"
"""The code when there is no such referral, or it is another organisation's, which nobody is to tell apart."""
NOT_TOLD = "not-told"
"""The code in place of one that might tell how a referral stands to somebody who is not told."""

REFUSALS: Mapping[str, str] = {
    NOT_FOUND: "No referral of this organisation has this id. Check it.",
    NOT_TOLD: "It was not taken. Why is not told here; ask whoever coordinates the referral.",
    **{
        f"not-while-{stage}": f"The referral {so}; what was asked means nothing now."
        for stage, so in STAGE_WORDS.items()
    },
    # Times and dates.
    "before-the-referral": "It is before the referral was made. Check the time.",
    "before-the-match": "It is before the match began. Check the time.",
    "before-the-pause": "It is before the pause began. Check the time.",
    "before-the-end": "It is before support ended. Check the time.",
    "too-long-ago": "It is too long ago to be recorded. Check the time.",
    "too-far-ahead": "It is more than a year ahead. Check the date.",
    "too-long": "At most a year can be recorded at a time; or pause instead.",
    "ends-before-it-starts": "The last day is before the first. Check the dates.",
    "ends-in-the-past": "An ending is planned for a day still to come; or end the support now.",
    "review-in-the-past": "The day of review is past. Set one still to come.",
    "claim-day-past": "The last day to claim is past. Check the date, or leave it out.",
    "until-in-the-past": "The last day is past. Give one still to come, or leave it open.",
    "consent-taken-back": "The client took back that they may be written to so. Record their new consent first.",
    "no-such-session": "No planned session of this client has this id. Check it.",
    "interpreter-already-booked": "An interpreter is booked for this session already.",
    "answered-elsewhere": "This task is answered by what is done about it, not by itself.",
    # Arriving, ending, coming back.
    "person-erased": "The person was erased; nothing more is kept of them.",
    "processing-restricted": "The person's data may not be used for now; ask whoever decides about them.",
    "already-known": "This referral is known already.",
    "overtaken": "The client said something later about this, which stands.",
    "against-the-rules": "The rules propose to decline. To accept all the same, say why in `override`.",
    "reasons-missing": "It does not say why.",
    "nothing-done-instead": "It does not say what was done for the client instead.",
    "signposted-where": "It does not say to which service the client was signposted.",
    "support-has-begun": "Support has begun; end it instead of withdrawing the referral.",
    "contact-details-missing": "A planned ending gives the client contact details for later. Give them, then say so.",
    "try-again-first": "A person tries again and asks why before support ends for losing touch. Record that first.",
    "link-not-valid": "The link was used before or has run out.",
    "no-return": "Support did not end in a way that one comes back from.",
    "return-window-passed": "The time to come back in has passed. Refer again.",
    # Contact and the role.
    "explanation-incomplete": "The client was not told all of what a peer is and is not. Tell the rest as well.",
    "not-in-their-language": "The client asked for an interpreter. Explain it in their language.",
    "contact-limited": "In-person contact is limited just now. Offer phone, a joint appointment, or a later start.",
    "no-limit": "No limit is in force.",
    # Sessions.
    "session-already-known": "This session is known already.",
    "session-already-recorded": "What became of this session is recorded already.",
    "session-not-recorded": "Nothing is recorded of a session with this id.",
    "session-overlaps": "Another session of this client has the same start.",
    "plan-in-the-past": "A session is planned ahead; report it as held or missed.",
    "already-begun": "A session is called off before it begins; afterwards it was missed.",
    "no-peer-then": "The client had no peer at that time. Check the time.",
    "support-paused": "Support rests at that time. Check the time, or resume it first.",
    "role-not-explained": "The role is explained before or at the first session. Record that in `role_explained`.",
    # Support, goals, practical help.
    "no-peer-yet": "There is no peer now.",
    "less-or-more": "It says both less and more.",
    "how-often": "Less or more goes together with how often in four weeks.",
    "not-less": "That is not less than now. Check how often.",
    "not-more": "That is not more than now. Check how often.",
    "which-format": "`other-format` goes together with the way of meeting.",
    "same-format": "That is how they meet already.",
    "no-such-change": "No change of support has this id.",
    "change-already-confirmed": "The client was told of this change already.",
    "goal-already-set": "This goal is set already; review it instead.",
    "no-such-goal": "The client has no goal with this id.",
    "help-already-requested": "This help is requested already.",
    "no-such-help": "The client asked for no help with this id.",
    # What life brings, and what people are asked.
    "nothing-more-planned": "Nothing more is planned with this client here; ask whoever coordinates the referral.",
    "nothing-recorded": "Nothing of this kind is recorded.",
    "messages-go-on": "Messages are not stopped.",
    "no-such-task": "There is no open task with this id.",
    "not-an-answer": "The task does not take this answer.",
    "help-already-received": "This help has reached the client already.",
}
