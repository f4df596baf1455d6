"""Reaching the client, explaining the role, and the limits a treating team asks for."""

from datetime import date

import pytest

from shared.contracts import updates as u
from tests.unit.referrals.story import (
    ACCEPT,
    CONFIRM,
    END,
    EXPLANATION,
    LIMIT,
    MATCH,
    OTHER_PEER,
    PROPOSE,
    REOPEN,
    SPOKE,
    Story,
    day,
    ended,
    explained,
    held,
    one,
    planned,
    received,
    refusals,
    supported,
    waiting,
)


def test_only_speaking_ends_the_wait_for_a_first_contact() -> None:
    story = received()
    assert "wait:first-contact:red:2026-03-16" in story.due()
    tried = story.when(SPOKE.model_copy(update={"outcome": "message-left"}), 5).then("contact-attempted")
    assert "wait:first-contact:red:2026-03-16" in tried.due()
    spoke = tried.when(SPOKE, 9).then("contact-attempted", outcome="spoke", purpose="first")
    assert not [name for name in spoke.due() if "first-contact" in name]


def test_a_session_is_a_first_contact_too() -> None:
    story = explained().when(held(5), 5).then("session-held")
    assert story.state.first_contact_at == day(5)


def test_the_wait_turns_amber_then_red_once_each() -> None:
    story = received().passing(9)
    assert story.said == ()
    story = story.passing(10).then("wait-bound-passed", wait="first-contact", bound="amber", bound_on="2026-03-12")
    story = story.passing(11).then()
    story = story.passing(40).then("wait-bound-passed", bound="red", bound_on="2026-03-16")
    assert story.due() == {}


def test_bounds_met_late_come_in_order() -> None:
    late = waiting().passing(100)
    late.then(*["wait-bound-passed"] * 4)
    assert [(e.wait, e.bound) for e in late.said] == [
        ("first-contact", "amber"),
        ("first-contact", "red"),
        ("match", "amber"),
        ("match", "red"),
    ]


def test_the_client_s_own_days_away_do_not_count() -> None:
    away = u.RecordUnavailability(start=date(2026, 3, 9), end=date(2026, 3, 15), reason="away")
    story = received().when(away, 3).then("unavailability-recorded", start="2026-03-09", end="2026-03-15")
    assert story.due() == {
        "wait:first-contact:amber:2026-03-19": "2026-03-19",
        "wait:first-contact:red:2026-03-23": "2026-03-23",
    }
    twice = story.when(away, 4)
    assert twice.due() == story.due()


def test_bounds_are_days_here_also_when_the_clocks_change() -> None:
    story = received(received_at=day(18), referral_date=date(2026, 3, 20)).when(ACCEPT, 19)
    at = story.due()["wait:first-contact:amber:2026-03-30"]
    assert at == "2026-03-30"
    instant = next(v for k, v in _deadlines(story).items() if k == "wait:first-contact:amber:2026-03-30")
    assert instant.utcoffset().total_seconds() == 3600


def _deadlines(story: Story) -> dict:
    from services.referrals.domain import referral

    return referral.deadlines(story.state)


@refusals(
    [
        (
            "ends before it starts",
            received(),
            u.RecordUnavailability(start=date(2026, 3, 9), end=date(2026, 3, 8), reason="away"),
            1,
            "ends-before-it-starts",
        ),
        (
            "a year and more",
            received(),
            u.RecordUnavailability(start=date(2025, 3, 9), end=date(2026, 4, 8), reason="away"),
            1,
            "too-long",
        ),
        (
            "the end of time",
            received(),
            u.RecordUnavailability(start=date.max, end=date.max, reason="away"),
            1,
            "too-far-ahead",
        ),
        (
            "a point left out",
            received(),
            EXPLANATION.model_copy(update={"points": ("limits-of-confidentiality",)}),
            1,
            "explanation-incomplete",
        ),
        (
            "not in her language",
            received(language="ti", interpreter_needed=True),
            EXPLANATION,
            1,
            "not-in-their-language",
        ),
        (
            "limit reviewed yesterday",
            received(),
            LIMIT.model_copy(update={"review_on": date(2026, 3, 3)}),
            1,
            "review-in-the-past",
        ),
        ("no limit to lift", received(), u.LiftLimit(by_role="clinician"), 1, "no-limit"),
        (
            "a match in person under a limit",
            waiting().when(LIMIT, 2),
            PROPOSE.model_copy(update={"format": "home"}),
            3,
            "contact-limited",
        ),
        (
            "confirmed in person under a limit",
            waiting().when(PROPOSE, 2).when(LIMIT, 2),
            CONFIRM.model_copy(update={"format": "community"}),
            3,
            "contact-limited",
        ),
        ("a visit under a limit", supported().when(LIMIT, 4), planned(9, format="home"), 5, "contact-limited"),
        (
            "a lone joint visit under a limit",
            supported().when(LIMIT.model_copy(update={"limits": ("no-lone",)}), 4),
            planned(9, format="home"),
            5,
            "contact-limited",
        ),
        (
            "home visits as a change under a limit",
            supported().when(LIMIT, 4),
            u.ChangeSupport(asked_by="client", channel="phone", what=("other-format",), format="home"),
            5,
            "contact-limited",
        ),
    ]
)
def test_what_contact_does_not_allow_is_refused_with_its_code(
    given: Story, wish: u.Update, now: float, code: str
) -> None:
    given.when(wish, now).then_refused(code)


def test_the_earliest_contact_is_the_first_whichever_was_recorded_first() -> None:
    earlier = SPOKE.model_copy(update={"at": day(3)})
    assert waiting().when(SPOKE, 9).when(earlier, 10).then("contact-attempted").state.first_contact_at == day(3)


def test_back_on_the_day_of_the_ending_the_wait_for_a_first_contact_runs() -> None:
    story = explained().when(held(59.9), 60).when(END, 60.1).passing(60.1).when(REOPEN, 60.2)
    assert story.state.first_contact_at is None
    assert [name for name in story.due() if name.startswith("wait:first-contact")]


def test_after_a_return_only_what_happened_since_then_is_a_first_contact() -> None:
    story = ended().when(REOPEN, 70).then("referral-reopened")
    before = SPOKE.model_copy(update={"at": day(50)})
    assert story.when(before, 71).then("contact-attempted").state.first_contact_at is None
    assert story.when(SPOKE, 72).then("contact-attempted").state.first_contact_at == day(72)


@pytest.mark.parametrize(
    ("language", "told_in", "interpreted"), [("ti", "ti", False), ("ti", "en", True), ("en-GB", "en", False)]
)
def test_the_role_is_explained_in_a_language_that_the_client_follows(
    language: str, told_in: str, interpreted: bool
) -> None:
    told = EXPLANATION.model_copy(update={"language": told_in, "interpreted": interpreted})
    received(language=language, interpreter_needed=True).when(told, 1).then("role-explained", language=told_in)


@pytest.mark.parametrize(
    "session",
    [
        planned(9, format="phone"),
        planned(9, format="clinic", joint_with_roles=("midwife",)),
        planned(9, format="video"),
    ],
    ids=["phone", "joint", "video"],
)
def test_a_limit_leaves_open_what_it_does_not_name(session: object) -> None:
    supported().when(LIMIT, 4).when(session, 5).then("session-planned")


def test_a_limit_says_neither_why_nor_what_kind_of_risk() -> None:
    story = (
        supported().when(LIMIT, 4).then("contact-limited", limits=["no-in-person", "no-lone"], review_on="2026-04-01")
    )
    assert "violence" not in story.said[0].model_dump_json()


def test_visits_planned_before_a_limit_no_longer_stand_and_calls_do() -> None:
    story = supported().when(planned(9, format="home"), 4).when(planned(10), 4)
    story.when(LIMIT, 5).then("contact-limited", "session-replaced")


def test_a_limit_is_looked_at_again_and_lifted_only_by_a_person() -> None:
    story = supported().when(LIMIT, 4).passing(31).then("review-fell-due", of="contact-limit", due_on="2026-04-01")
    assert story.state.limit is not None
    story = story.when(u.LiftLimit(by_role="clinician"), 32).then("contact-limit-lifted")
    story.when(planned(40, format="home"), 33).then("session-planned")


def test_what_happened_against_a_limit_is_recorded_and_says_so() -> None:
    story = explained().when(LIMIT, 5)
    story.when(held(6, format="home"), 7).then("session-held", outside_contact_limit=True)
    story.when(held(6), 7).then("session-held", outside_contact_limit=False)
    story.when(held(4.5, format="home"), 7).then("session-held", outside_contact_limit=False)


def test_after_two_declines_somebody_talks_with_the_client_first() -> None:
    from shared.contracts import match_updates as m

    story = waiting()
    for number in (1, 2):
        wish = PROPOSE.model_copy(update={"peer_id": one(number), "match_id": one(number)})
        story = story.when(wish, 2).when(m.DeclineMatch(match_id=one(number), declined_by="peer"), 3)
        story.then("match-declined", declined_by="peer")
    third = PROPOSE.model_copy(update={"peer_id": OTHER_PEER, "match_id": MATCH})
    story.when(third, 4).then_refused("talk-first")
    story.when(SPOKE, 4).when(third, 5).then("match-proposed")
