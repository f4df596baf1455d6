"""A referral arrives, is judged by rules, and decided by a person."""

from datetime import date

import pytest

from services.referrals.domain.eligibility import CareDate, Facts, Illness, assess
from services.referrals.domain.policy import Policy
from shared.contracts import updates as u
from tests.unit.referrals.story import (
    ACCEPT,
    DECLINE,
    PAUSE,
    Story,
    create,
    day,
    ended,
    proposed,
    received,
    refusals,
    supported,
    waiting,
)

LOTHIAN_ONLY = Policy(areas=("S08000024",))


def test_a_referral_waits_for_a_decision_with_the_waits_it_was_promised() -> None:
    story = (
        Story()
        .when(create())
        .then("referral-created", first_contact_days={"amber": 10, "red": 14}, match_days={"amber": 28, "red": 56})
    )
    assert story.state.stage == "received"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"referrer_role": "family", "client_agreed": False}, "family-needs-agreement"),
        ({"referral_date": date(2026, 3, 5)}, "in-the-future"),
        ({"referral_date": date(2020, 3, 5)}, "too-long-ago"),
    ],
)
def test_a_referral_that_cannot_stand_is_refused(changes: dict, code: str) -> None:
    Story().when(create(**changes)).then_refused(code)


@pytest.mark.parametrize("role", ["gp", "family-nurse", "neonatal-unit", "mbu", "third-sector", "family", "self"])
def test_many_may_refer(role: str) -> None:
    Story().when(create(referrer_role=role)).then("referral-created", referrer_role=role)


def test_the_same_referral_twice_is_one() -> None:
    received().when(create()).then_refused("already-known")


@pytest.mark.parametrize(
    ("opens", "care", "referred", "inside"),
    [
        ("pregnancy", ("expected", "2026-09-01"), "2026-03-02", True),
        ("pregnancy", ("expected", "2026-12-21"), "2026-03-02", True),
        ("pregnancy", ("expected", "2026-12-22"), "2026-03-02", False),
        ("preconception", ("expected", "2026-12-22"), "2026-03-02", True),
        ("pregnancy", ("planning", None), "2026-03-02", False),
        ("preconception", ("planning", None), "2026-03-02", True),
        ("pregnancy", ("birth", "2025-03-02"), "2026-03-02", True),
        ("pregnancy", ("birth", "2025-03-01"), "2026-03-02", False),
        ("pregnancy", ("birth", "2024-02-29"), "2025-02-28", True),
        ("pregnancy", ("birth", "2024-02-29"), "2025-03-01", False),
        ("pregnancy", ("loss", "2026-03-04"), "2027-03-04", True),
        ("pregnancy", ("loss", "2026-03-04"), "2027-03-05", False),
    ],
)
def test_the_window_opens_as_the_policy_says_and_closes_after_a_year(
    opens: str, care: tuple, referred: str, inside: bool
) -> None:
    kind, on = care
    found = assess(
        Policy(window_opens=opens),
        Facts(care=(CareDate(kind=kind, on=on and date.fromisoformat(on)),)),
        referred_on=date.fromisoformat(referred),
        residence="S08000030",
        setting="third-sector",
    )
    assert (found.proposed, found.against) == (("accept", ()) if inside else ("decline", ("outside-window",)))


def test_after_a_loss_the_window_is_counted_anew_and_any_day_that_is_inside_counts() -> None:
    care = (CareDate(kind="birth", on=date(2024, 1, 1)), CareDate(kind="loss", on=date(2025, 12, 1)))
    found = assess(Policy(), Facts(care=care), referred_on=date(2026, 3, 2), residence="S08000030", setting="cpmht")
    assert found.proposed == "accept"


@pytest.mark.parametrize(
    ("residence", "proposed", "against", "not_known"),
    [
        ("S08000024", "accept", (), ()),
        ("S08000030", "decline", ("outside-area",), ()),
        ("RA2701", "accept", (), ()),
        ("RA2702", "decline", ("outside-area",), ()),
        ("RA2704", "ask", (), ("residence",)),
    ],
)
def test_who_lives_elsewhere_is_a_ground_and_an_unknown_home_a_question(
    residence: str, proposed: str, against: tuple, not_known: tuple
) -> None:
    facts = Facts(care=(CareDate(kind="birth", on=date(2026, 1, 1)),))
    found = assess(LOTHIAN_ONLY, facts, referred_on=date(2026, 3, 2), residence=residence, setting="cpmht")
    assert (found.proposed, found.against, found.not_known) == (proposed, against, not_known)


@pytest.mark.parametrize(
    ("setting", "level", "role", "proposed"),
    [
        ("third-sector", "moderate", "clinician", "accept"),
        ("third-sector", "severe", "clinician", "decline"),
        ("third-sector", "severe", "peer", "accept"),
        ("cpmht", "severe", "clinician", "accept"),
    ],
)
def test_the_ceiling_is_what_a_clinician_says(setting: str, level: str, role: str, proposed: str) -> None:
    facts = Facts(care=(CareDate(kind="birth", on=date(2026, 1, 1)),), illness=Illness(level=level, set_by_role=role))
    found = assess(Policy(), facts, referred_on=date(2026, 3, 2), residence="S08000030", setting=setting)
    assert found.proposed == proposed


def test_a_missing_fact_is_a_question_and_a_person_may_accept() -> None:
    received().when(ACCEPT, 1).then("referral-accepted", proposed="ask", rules_against=[], accepted_because=None)


def test_accepting_against_the_rules_needs_a_reason() -> None:
    late = Facts(care=(CareDate(kind="birth", on=date(2024, 1, 1)),))
    story = received()
    story.when(ACCEPT, 1, knowing=late).then_refused("against-the-rules", "override")
    story.when(u.Accept(by_role="service-lead", override="client-need"), 1, knowing=late).then(
        "referral-accepted",
        proposed="decline",
        rules_against=["outside-window"],
        accepted_because="client-need",
        decided_by_role="service-lead",
    )


def test_what_a_person_knew_is_not_published() -> None:
    late = Facts(care=(CareDate(kind="loss", on=date(2025, 12, 24)),), illness=None)
    (event,) = received().when(ACCEPT, 1, knowing=late).said
    assert "2025-12-24" not in event.model_dump_json()
    assert "loss" not in event.model_dump_json()


def test_the_window_never_ends_running_support() -> None:
    story = supported().when(u.HoldReview(by_role="peer", ground_rules_revisited=True), 300)
    story.then("review-held")
    assert story.state.stage == "supported"


def test_a_decline_says_why_and_what_was_done_instead() -> None:
    story = received().when(DECLINE, 1)
    story.then("referral-declined", decision=2, grounds=["outside-area"], actions=["client-told"])
    assert story.state.stage == "declined"
    assert story.due() == {}


DEFER = u.DeferDecision(by_role="coordinator", not_known=("window",), asked="referrer", ask_again_on=date(2026, 3, 6))
LATER = DECLINE.model_copy(update={"review_on": date(2026, 4, 1)})


def test_a_decision_that_lacks_a_fact_is_put_off_to_a_day_and_both_waits_go_on() -> None:
    story = received().when(DEFER, 1)
    story.then("decision-deferred", decision=3, not_known=["window"], asked="referrer", ask_again_on="2026-03-06")
    assert story.state.stage == "received"
    assert {"review:decision:2026-03-06", "wait:first-contact:amber:2026-03-12"} <= story.due().keys()
    story = story.passing(5).then("review-fell-due", of="decision", due_on="2026-03-06")
    again = DEFER.model_copy(update={"ask_again_on": date(2026, 3, 9)})
    assert "review:decision:2026-03-09" in story.when(again, 5).then("decision-deferred").due()


@pytest.mark.parametrize("decided", [ACCEPT, DECLINE, u.Withdraw(by="client", reason="client-choice")])
def test_a_decision_taken_is_not_asked_for_again(decided: u.Update) -> None:
    story = received().when(DEFER, 1).when(decided, 2)
    assert (story.state.decision_due_on, "review:decision:2026-03-06" in story.due()) == (None, False)


def test_a_decline_with_a_day_is_looked_at_again_and_a_person_decides_anew() -> None:
    story = received().when(LATER, 1).then("referral-declined", review_on="2026-04-01")
    story = story.passing(31).then("review-fell-due", of="decline", due_on="2026-04-01")
    assert story.state.stage == "declined", "nobody is accepted by a clock"
    assert story.when(DECLINE, 32).then("referral-declined", review_on=None).due() == {}
    accepted = story.when(ACCEPT, 32).then("referral-accepted")
    assert accepted.state.listed_on == date(2026, 3, 2), "the client keeps their date"


@refusals(
    [
        (
            "deferred to today",
            received(),
            DEFER.model_copy(update={"ask_again_on": date(2026, 3, 3)}),
            1,
            "review-in-the-past",
        ),
        (
            "deferred for years",
            received(),
            DEFER.model_copy(update={"ask_again_on": date(2036, 3, 3)}),
            1,
            "too-far-ahead",
        ),
        ("deferred after the decision", waiting(), DEFER, 2, "not-while-waiting"),
        ("a decline looked at again yesterday", received(), LATER, 60, "review-in-the-past"),
        ("no reason", received(), u.Decline(by_role="coordinator", actions=("client-told",)), 1, "reasons-missing"),
        (
            "nothing instead",
            received(),
            u.Decline(by_role="coordinator", grounds=("outside-area",)),
            1,
            "nothing-done-instead",
        ),
        (
            "signposted to nowhere",
            received(),
            u.Decline(by_role="coordinator", grounds=("outside-area",), actions=("signposted",)),
            1,
            "signposted-where",
        ),
        ("accept twice", waiting(), ACCEPT, 2, "not-while-waiting"),
        ("decline after accept", waiting(), DECLINE, 2, "not-while-waiting"),
        ("decline in support", supported(), DECLINE, 9, "not-while-supported"),
        ("accept before the referral", received(), ACCEPT.model_copy(update={"at": day(-5)}), 1, "before-the-referral"),
        ("accept tomorrow", received(), ACCEPT.model_copy(update={"at": day(2)}), 1, "in-the-future"),
        ("accept of last year", received(), ACCEPT.model_copy(update={"at": day(0)}), 400, "too-long-ago"),
        ("withdraw in support", supported(), u.Withdraw(by="client", reason="client-choice"), 9, "not-while-supported"),
        (
            "withdraw in a pause of support",
            supported().when(PAUSE, 9),
            u.Withdraw(by="client", reason="client-choice"),
            10,
            "support-has-begun",
        ),
        ("withdraw after the end", ended(), u.Withdraw(by="client", reason="client-choice"), 70, "not-while-ended"),
    ]
)
def test_what_cannot_be_decided_so_is_refused_with_its_code(
    given: Story, wish: u.Update, now: float, code: str
) -> None:
    given.when(wish, now).then_refused(code)


def test_nothing_can_be_wished_of_a_referral_nobody_knows() -> None:
    Story().when(ACCEPT).then_refused("unknown-referral")


def test_withdrawing_takes_the_proposal_along() -> None:
    story = proposed().when(u.Withdraw(by="client", reason="client-choice"), 3).then("referral-withdrawn")
    assert story.state.proposal is None
    assert story.due() == {}
