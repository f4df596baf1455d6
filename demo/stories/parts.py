"""What several stories have in common: how support begins, goes on, is looked at, and ends."""

from demo.calendar import iso, working
from demo.case import WEEKLY, Case, Step

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
    fell_due = "six weeks after the match a review falls due by itself"
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
