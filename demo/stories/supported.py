"""Support as clients wish it: steady, less, with another peer, after a rest, and once more."""

from dataclasses import replace

from demo.calendar import iso, working
from demo.case import EVERY_THIRD_WEEK, FORTNIGHTLY, Case, Step
from demo.stories.parts import CHANGE, CLIENT, FRIDAY, Steps, begun, ending, goal, meetings, review


def steady(c: Case) -> Steps:
    what = c.chance("sessions").choice(("hhhhhhh", "hhmhhhh", "hhhchhh", "hhhhshh"))
    return (*begun(c), *meetings(c, 2, what), *goal(c, 2, 6), *review(c), *ending(c, 9))


def dial_down(c: Case) -> Steps:
    """Weekly visits become a call every third week, as she wishes; she is told by phone that it is done."""
    other = "phone" if c.format != "phone" else "video"
    wish = CLIENT | {"what": ["less", "other-format"], "per_4_weeks_hundredths": EVERY_THIRD_WEEK, "format": other}
    then = replace(c, format=other)
    return (
        *begun(c),
        *meetings(c, 2, "hhh"),
        c.plan(working(4, FRIDAY), "overtaken", working(5, c.weekday)),
        Step(working(5, 0), "change-support", wish, aloud="a client asks for less, and another way of meeting: done"),
        Step(working(5, 1), "confirm-change", {"change_id": CHANGE, "channel": "phone"}),
        *meetings(then, 6, "h", first=False),
        *meetings(then, 9, "h", first=False),
        *ending(c, 10),
    )


def another_peer(c: Case) -> Steps:
    """The wish is met at once; the place is freed, the earlier peer keeps no mark, the client keeps their date."""
    wish = CLIENT | {"what": ["other-peer"]}
    return (
        *begun(c),
        *meetings(c, 2, "hh"),
        Step(working(4, 0), "change-support", wish, aloud="a client asks for another peer: done, and nobody's failure"),
        Step(working(4, 0), "see", {"field": "stage", "is": "waiting"}),
        c.propose(working(4, 2), peer=1, match="second-match"),
        c.confirm(working(4, 3), peer=1, match="second-match", often=FORTNIGHTLY),
        *meetings(c, 5, "hhh", first=False),
        *ending(c, 9),
    )


def practical_help(c: Case) -> Steps:
    """Asked for, passed on, and really arrived."""
    named = c.id("help")
    ask = {"help_id": named, "kind": "mbuff-claim", "claim_by": iso(working(12, 0))}
    received = "a family fund claim has arrived: help counts when it is received"
    taken_back = "a session recorded for the wrong client is taken back; both stay on the timeline"
    slip = working(5, c.weekday)
    return (
        *begun(c),
        *meetings(c, 2, "hhh"),
        c.hold(slip, "slip"),
        Step(
            slip, "retract-session", {"session_id": c.id("slip"), "because": "other-client"}, "peer", aloud=taken_back
        ),
        Step(working(2, c.weekday), "request-help", ask, "peer"),
        Step(working(3, 2), "refer-help", {"help_id": named, "to": "mbu-family-fund"}),
        Step(working(6, 1), "receive-help", {"help_id": named}, aloud=received),
        *ending(c, 7),
    )


def pause(c: Case) -> Steps:
    """Support rests as long as the client likes; the day to ask again comes by itself."""
    until = working(7, 0)
    by_link = "a client without an account asks for a rest, by a link that works once; no reason asked"
    return (
        *begun(c),
        *meetings(c, 2, "hh"),
        Step(working(4, 0), "pause", {"wish": "pause", "until": iso(until)}, by="link", aloud=by_link),
        Step(until, "see", {"field": "reviews_to_hold", "has": "pause/"}),
        Step(until, "resume", {"asked_by": "client"}),
        *meetings(c, 8, "hh", first=False),
        *ending(c, 11),
    )


def comes_back(c: Case) -> Steps:
    """Inside the return window, without a new referral, to the same peer because the client wants that."""
    back = "a client comes back inside the return window: no new referral, the same peer, as wished"
    return (
        *begun(c),
        *meetings(c, 2, "hhhh"),
        *ending(c, 6),
        Step(working(10, 1), "reopen", CLIENT | {"same_peer_wanted": True}, aloud=back),
        c.call(working(10, 2), "spoke"),
        c.propose(working(10, 3), match="again"),
        c.confirm(working(10, 4), match="again"),
        *meetings(c, 11, "hh", first=False),
    )


def lost_touch(c: Case) -> Steps:
    """Nobody is let go for missed sessions before a person has tried again and asked why."""
    end = {"by": "service", "planned": False, "reasons": ["lost-touch"], "future_contact_given": True}
    return (
        *begun(c),
        *meetings(c, 2, "hmm"),
        Step(working(5, 0), "end", end, unless="try-again-first", aloud="the rules ask a person to try again first"),
        c.call(working(5, 1), "message-left", "re-engage"),
        Step(working(7, 1), "end", end),
    )
