"""What else befalls a referral: told by a charity, raced, declined, limited, withdrawn, or waiting still."""

from dataclasses import replace

from demo.calendar import iso, working
from demo.case import Case, Step
from demo.stories.parts import EARLY, Steps, begun, ending, goal, meetings


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
    no = c.decline(4, "outside-window", "signposted", signposted_to=["toddler-group-example"], facts=birth)
    ask = {"by_role": "coordinator", "not_known": ["window"], "asked": "referrer", "ask_again_on": iso(4)}
    waits = "a decision waits for what only the referrer knows; the receipt says so"
    return (
        Step(1, "defer-decision", ask, aloud=waits),
        Step(4, "see", {"field": "reviews_to_hold", "has": "decision/"}),
        Step(4, "eligibility", birth),
        no,
        c.call(4, "spoke", "other"),
    )


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
