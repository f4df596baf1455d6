"""The stories of clients, each a table of what is done on which day. People decide every step; nothing is scored."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from demo.calendar import iso, working
from demo.case import EVERY_THIRD_WEEK, FORTNIGHTLY, WEEKLY, Case, Step

Steps = tuple[Step, ...]
FRIDAY = 4
CLIENT = {"asked_by": "client", "channel": "phone"}
GOALS = ("getting-out", "confidence", "meeting-others", "bond-with-baby", "asking-for-help")


CHANGE = "the change to be confirmed"
EARLY = "what the early submission made"
"""Ids that the services choose: they are asked for when the step comes."""


def pace(c: Case) -> tuple[int, int]:
    """The days on which the referral is accepted and a peer is proposed."""
    chance = c.chance("pace")
    return chance.choice((1, 2)), working(1, chance.randrange(3))


def begun(c: Case, often: int = WEEKLY) -> Steps:
    """Accepted, reached at the second try, matched with a peer in the second week."""
    accepted, proposed = pace(c)
    return (
        c.accept(accepted),
        c.call(accepted + 1, "no-answer"),
        c.call(accepted + 2, "spoke"),
        c.propose(proposed),
        c.confirm(proposed + 1, often=often),
    )


def meetings(c: Case, week: int, what: str, *, first: bool = True) -> Steps:
    """A session a week: `h` held, `m` missed by the client, `s` by the service, `c` called off the day before."""
    steps: list[Step] = []
    for n, letter in enumerate(what):
        day, name = working(week + n, c.weekday), f"session-{week + n}"
        steps.append(c.plan(working(week + n - 1, FRIDAY), name, day))
        match letter:
            case "h":
                steps.append(c.hold(day, name, first=first))
                first = False
            case "c":
                steps.append(c.cancel(day - 1, name, day))
            case _:
                steps.append(c.miss(day, name, "service" if letter == "s" else "client"))
    return tuple(steps)


def goal(c: Case, week: int, looked_at: int) -> Steps:
    """A goal set with the client, and looked at again."""
    chance = c.chance("goal")
    named, score = c.id("goal"), chance.randrange(1, 4)
    return (
        Step(working(week, c.weekday), "set-goal", {"goal_id": named, "area": chance.choice(GOALS), "score": score}),
        Step(working(looked_at, FRIDAY), "review-goal", {"goal_id": named, "score": score + 4, "state": "reached"}),
    )


def review(c: Case) -> Steps:
    """Six weeks after the match a review falls due by itself; a person holds it."""
    matched = pace(c)[1] + 1
    fell_due = "six weeks after the match a review falls due by itself; a person will hold it"
    return (
        Step(matched + 42, "see", {"field": "reviews_to_hold", "has": "support/"}, aloud=fell_due),
        Step(matched + 43, "hold-review", {"by_role": "coordinator", "ground_rules_revisited": True}),
    )


def ending(c: Case, week: int) -> Steps:
    """An ending agreed two weeks ahead, with contact details for later given."""
    on = working(week, FRIDAY)
    agreed = {"ends_on": iso(on), "agreed_with_client": True, "by_role": "peer"}
    end = {"by": "client", "planned": True, "reasons": ["goals-met"], "future_contact_given": True}
    return (Step(on - 14, "plan-ending", agreed, "peer"), Step(on, "end", end))


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
    return (
        *begun(c),
        *meetings(c, 2, "hhh"),
        Step(working(2, c.weekday), "request-help", ask, "peer"),
        Step(working(3, 2), "refer-help", {"help_id": named, "to": "mbu-family-fund"}),
        Step(working(6, 1), "receive-help", {"help_id": named}, aloud=received),
        *ending(c, 7),
    )


def pause(c: Case) -> Steps:
    """Support rests as long as the client likes; the day to ask again comes by itself."""
    until = working(7, 0)
    return (
        *begun(c),
        *meetings(c, 2, "hh"),
        Step(working(4, 0), "pause", CLIENT | {"until": iso(until)}, aloud="a client asks for a rest; no reason asked"),
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


def reported(c: Case) -> Steps:
    """A charity tells of its sessions by events, from its own system."""
    what = c.chance("sessions").choice(("hhhh", "hmhh", "hchh", "hhsh"))
    steps = (*meetings(c, 2, what), *goal(c, 2, 5))
    end = {"by": "client", "planned": True, "reasons": ["goals-met"], "future_contact_given": True}
    return (
        *begun(c),
        *(replace(step, by="event") for step in steps),
        Step(working(7, 2), "end", end, by="event"),
    )


def early_help(c: Case) -> Steps:
    """A request for help that came before its referral; the id of what it made is the id of its submission."""
    return (
        *begun(c),
        *meetings(c, 2, "hh"),
        Step(working(2, 0), "refer-help", {"help_id": EARLY, "to": "foodbank-example"}),
        Step(working(2, 3), "receive-help", {"help_id": EARLY}),
        *ending(c, 6),
    )


def race(c: Case) -> Steps:
    """Two coordinators confirm the last place at the same moment; whoever comes second looks for another peer."""
    day = working(1, 3)
    declined = {"match_id": c.id("match"), "declined_by": "coordinator"}
    instead = (
        Step(day, "decline-match", declined),
        c.propose(day, peer=1, match="instead"),
        c.confirm(day, peer=1, match="instead"),
    )
    late = "two coordinators confirm a peer's last place at once: one has it, the other is told so"
    return (
        c.accept(1),
        c.call(2, "spoke"),
        c.propose(working(1, 2)),
        c.confirm(day, unless="no-place-left", instead=instead, aloud=late),
        *meetings(c, 2, "hhh"),
        *ending(c, 6),
    )


def pair_declined(c: Case) -> Steps:
    """The first pair is not taken up: that says something about this pair only."""
    declined = {"match_id": c.id("first"), "declined_by": "client"}
    return (
        c.accept(1),
        c.call(2, "spoke"),
        c.propose(7, match="first"),
        Step(8, "decline-match", declined),
        c.propose(9, peer=1, match="second"),
        c.confirm(10, peer=1, match="second"),
        *meetings(c, 2, "hhh"),
        *ending(c, 6),
    )


def out_of_window(c: Case) -> Steps:
    """Fourteen months after the birth: declined by a person, who says why and what was done instead."""
    birth = {"care": [{"kind": "birth", "on": "2025-01-02"}]}
    no = c.decline(1, "outside-window", "signposted", signposted_to=["toddler-group-example"], facts=birth)
    return (Step(1, "eligibility", birth), no, c.call(2, "spoke", "other"))


def elsewhere(c: Case) -> Steps:
    return (c.call(1, "spoke"), c.decline(2, "another-service-fits-better", "referred-on"))


def against_the_rules(c: Case) -> Steps:
    """The rules propose to decline; a person accepts all the same, and says why."""
    said = "the rules propose to decline; a person accepts all the same, and says why"
    loss = {"care": [{"kind": "loss", "on": "2025-01-20"}]}
    accept = Step(
        1, "accept", {"by_role": "service-lead", "facts": loss}, "service-lead", unless="against-the-rules", aloud=said
    )
    why = {"by_role": "service-lead", "override": "loss-after-window", "facts": loss}
    return (
        replace(accept, instead=(Step(1, "accept", why, "service-lead"),)),
        c.call(2, "spoke"),
        c.propose(8),
        c.confirm(9),
        *meetings(c, 2, "hhh"),
        *ending(c, 6),
    )


def limited(c: Case) -> Steps:
    """The treating team asks for no visits for now: support begins by phone, and nobody is told why."""
    limit = {"by_role": "clinician", "offered": ["phone"], "review_on": iso(working(5, 0))}
    by_phone = replace(c, format="phone")
    return (
        c.accept(1),
        Step(2, "limit-contact", limit, "clinician"),
        c.call(3, "spoke"),
        by_phone.propose(7),
        by_phone.confirm(8),
        *meetings(by_phone, 2, "hh"),
        Step(working(5, 0), "see", {"field": "reviews_to_hold", "has": "contact-limit/"}),
        Step(working(5, 0), "lift-limit", {"by_role": "clinician"}, "clinician"),
        *ending(c, 7),
    )


def withdrawn(c: Case) -> Steps:
    return (c.accept(1), Step(4, "withdraw", {"by": "client", "reason": "client-choice"}))


def waits(c: Case) -> Steps:
    """No peer is free: the service's own wait turns amber, then red, and the client is kept company meanwhile."""
    return (
        c.accept(1),
        c.call(3, "spoke"),
        Step(working(4, 0), "see", {"field": "match_colour", "is": "amber"}),
        c.call(working(4, 1), "spoke", "waiting"),
        Step(working(8, 0), "see", {"field": "match_colour", "is": "red"}, aloud="eight weeks without a peer: red"),
        c.call(working(8, 1), "spoke", "waiting"),
    )


STORIES: Mapping[str, Callable[[Case], Steps]] = {
    "supported to a planned ending": steady,
    "less, and another way of meeting": dial_down,
    "another peer, as wished": another_peer,
    "practical help that arrived": practical_help,
    "a rest, then on": pause,
    "ended, and came back": comes_back,
    "lost touch, after trying again": lost_touch,
    "told by events from a charity": reported,
    "help asked before the referral": early_help,
    "raced for a peer's last place": race,
    "another peer than first proposed": pair_declined,
    "declined: outside the window": out_of_window,
    "declined: another service fits": elsewhere,
    "accepted against the rules": against_the_rules,
    "by phone, as the team asked": limited,
    "withdrawn before support": withdrawn,
    "still waiting for a peer": waits,
}
