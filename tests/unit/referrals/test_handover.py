"""A client goes on elsewhere: asked, accepted, late; what is told and shared; and back to the clinical team."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from services.referrals.domain import news
from services.referrals.domain.handover import TakeOn
from services.referrals.domain.news import HearAccepted, HearConsent, HearDecision, HearLapsed, HearLife
from services.referrals.domain.rights import RestrictReferral
from services.referrals.domain.tasks import TASKS
from shared.contracts import handover_updates as h
from shared.contracts import life_updates as life
from shared.contracts import updates as u
from shared.contracts import values as v
from tests.unit.referrals.story import DECLINE, END, FRESH, ID, LIMIT, Story, day, one, received, refusals, supported
from tests.unit.referrals.test_life import consent, kinds

THERE, HERE = "S08000032", "S08000031"
HANDOVER, NEXT = FRESH, one(71)
PROPOSE = h.ProposeHandover(
    to_organisation=THERE, to_setting="cpmht", accept_by=date(2026, 3, 17), by_role="coordinator"
)
DONE = h.CompleteHandover(handover_id=HANDOVER, by_role="coordinator")
AGREED = v.Consent(scope="share-with-journey", given=True, at=day(0), how="spoken", text_version="c-1")
HANDBACK = h.RequestHandback(handback_id=one(80), by_role="peer", accept_by=date(2026, 3, 12))
TAKEN = h.AcceptHandback(handback_id=one(80), by_role="clinician")


def agreed() -> Story:
    return supported(consents=[AGREED])


def asked() -> Story:
    return agreed().when(PROPOSE, 8).then("handover-proposed")


def heard(at: float = 11) -> HearAccepted:
    return HearAccepted(ID, day(at), HERE, HANDOVER, THERE, NEXT)


def accepted() -> Story:
    return asked().when(heard()).then("handover-accepted")


def test_what_is_not_accepted_by_its_day_is_asked_of_a_person_and_the_peer_stays() -> None:
    story = asked().passing(day(15.5))
    assert story.said == (), "the day itself is in time"
    story = story.passing(16)
    assert [event.name for event in story.said] == ["handover-escalated", "task-opened"]
    assert kinds(story) == ["handover-not-accepted"]
    assert story.state.match
    assert story.state.stage == "supported"


def test_accepted_late_is_accepted_and_the_task_is_done() -> None:
    story = asked().passing(16).when(heard(17)).then("handover-accepted", "task-answered")
    assert kinds(story) == []
    story.when(heard(18)).then()


def test_what_was_not_accepted_may_be_asked_of_others() -> None:
    other = PROPOSE.model_copy(update={"accept_by": date(2026, 4, 1)})
    asked().when(other, 9).then_refused("handover-open")
    asked().passing(16).when(other, 17, fresh=one(72)).then("handover-proposed")


def test_once_accepted_a_consent_taken_back_reaches_the_other_part() -> None:
    story = accepted().when(consent(False, "share-with-journey"), 12).passing(12)
    assert [event.name for event in story.said] == ["partner-told"]


def test_whoever_took_the_client_on_hears_once_that_they_were_erased_and_nobody_else_does() -> None:
    erase = RestrictReferral(ID, day(40), "erasure")
    story = accepted().when(END, 33).then("support-ended").passing(33).when(erase).then("referral-restricted")
    [name] = [name for name in story.due() if name.startswith("partner")]
    told, _ = news.due(ID, name, day(40))
    assert told == HearDecision(NEXT, day(40), THERE, "erasure", ID)
    assert [event.name for event in story.passing(40).said] == ["partner-told"]
    taken = received().when(TakeOn(ID, day(1), HANDOVER, HERE, one(73), THERE)).passing(1)
    story = taken.when(HearDecision(ID, day(40), THERE, "erasure", one(73))).then(
        "task-opened", kind="erased-elsewhere"
    )
    gone = story.when(DECLINE, 41).when(erase).then("referral-restricted")
    assert not [name for name in gone.due() if name.startswith("partner")], "who handed on has not received it"
    gone.when(HearDecision(ID, day(42), THERE, "erasure", one(73))).then()


def test_the_new_referral_tells_the_old_one_once() -> None:
    story = received().when(TakeOn(ID, day(1), HANDOVER, HERE, one(73), THERE)).then("handover-accepted")
    [name] = [name for name in story.due() if name.startswith("partner")]
    assert name == f"partner/accepted/{one(73)}/{HANDOVER}/{THERE}/{HERE}"
    story = story.passing(1)
    assert [event.name for event in story.said] == ["partner-told"]
    assert not [name for name in story.due() if name.startswith("partner")]


def test_a_consent_taken_back_elsewhere_counts_here_once() -> None:
    no = HearConsent(ID, day(12), HERE, False, "spoken", "c-1")
    story = accepted().when(no).then("consent-changed", given=False, scope="share-with-journey")
    story.when(no).then()


@pytest.mark.parametrize(
    ("meanwhile", "wish"),
    [
        ("consent taken back", consent(False, "share-with-journey")),
        ("ended", END),
        ("died", life.RecordDeath(who="client", by_role="coordinator")),
        ("restricted", RestrictReferral(ID, day(10.5), "restriction")),
        ("asked of others", None),
    ],
)
def test_what_was_accepted_when_it_was_no_longer_asked_is_said_to_both(meanwhile: str, wish: Any) -> None:
    if wish is None:
        other = PROPOSE.model_copy(update={"accept_by": date(2026, 4, 1)})
        story = asked().passing(16).when(other, 17, fresh=one(72))
    else:
        story = asked().when(wish, 10.5)
    story = story.when(heard(20)).then("handover-lapsed")
    assert NEXT not in story.state.partners, "and nothing more goes there"
    [name] = [name for name in story.due() if name.startswith("partner/lapsed")]
    told, _ = news.due(ID, name, day(20))
    assert told == HearLapsed(NEXT, day(20), THERE, HANDOVER, HERE, ID)
    there = received().when(TakeOn(ID, day(1), HANDOVER, HERE, one(73), THERE)).passing(1)
    there = there.when(HearLapsed(ID, day(20), THERE, HANDOVER, HERE, one(73))).then("handover-lapsed", "task-opened")
    assert kinds(there) == ["handover-lapsed"]
    assert not there.state.partners
    there.when(HearLapsed(ID, day(21), THERE, HANDOVER, HERE, one(73))).then()


def test_who_accepted_too_late_received_the_record_and_hears_of_its_erasure_before_or_after() -> None:
    erase = RestrictReferral(ID, day(12), "erasure")
    ended = asked().when(END, 10).passing(10)
    for story in (ended.when(heard(11)).when(erase), ended.when(erase).when(heard(13))):
        assert [name for name in story.due() if name.startswith(f"partner/erasure/{NEXT}")]


def test_what_life_brings_stops_messages_on_every_part_of_the_journey_within_the_consent() -> None:
    lost = life.RecordDeath(who="baby", by_role="coordinator")
    story = asked().when(lost, 10).when(heard(11)).then("handover-accepted")
    [name] = [name for name in story.due() if name.startswith("partner/life")]
    told, _ = news.due(ID, name, day(11))
    assert told == HearLife(NEXT, day(11), THERE, frozenset({"loss"}), ID)
    later = story.passing(11).when(life.RecordBabyLeftCare(by_role="coordinator"), 12)
    assert any(name.startswith("partner/life") for name in later.due())
    silent = accepted().when(consent(False, "share-with-journey"), 12).passing(12).when(lost, 13)
    assert not [name for name in silent.due() if name.startswith("partner/life")]

    there = supported().when(replace(told, referral_id=ID, from_referral_id=one(73)))
    there = there.then("loss-recorded", "task-opened")
    assert (there.state.pathway, kinds(there)) == ("loss", ["loss-recorded"])
    assert there.state.messages_stopped_at == day(11)
    there.when(replace(told, referral_id=ID, from_referral_id=one(73))).then()


def test_a_limit_of_the_treating_team_holds_on_every_part_of_the_journey() -> None:
    story = asked().when(LIMIT, 9).when(heard(11)).then("handover-accepted")
    [name] = [name for name in story.due() if name.startswith("partner/limit")]
    told, _ = news.due(ID, name, day(11))
    there = supported().when(replace(told, referral_id=ID)).then("contact-limited")
    assert there.state.limit
    assert there.state.limit.kinds == frozenset(LIMIT.limits)
    there.when(replace(told, referral_id=ID)).then()


def test_a_restriction_is_told_to_whoever_received_the_record() -> None:
    story = accepted().when(RestrictReferral(ID, day(12), "restriction")).then("referral-restricted")
    [name] = [name for name in story.due() if name.startswith("partner/restriction")]
    told, _ = news.due(ID, name, day(12))
    received().when(replace(told, referral_id=ID)).then("task-opened", kind="restricted-elsewhere")


def test_an_echo_of_an_earlier_word_never_undoes_a_later_one() -> None:
    yes = HearConsent(ID, day(12), HERE, True, "spoken", "c-1")
    story = accepted().when(consent(False, "share-with-journey"), 13)
    story.when(yes).then()
    assert not story.state.consents["share-with-journey"]
    story.when(replace(yes, at=day(13))).then()
    story.when(replace(yes, at=day(14))).then("consent-changed", given=True)


@pytest.mark.parametrize(
    ("given", "at", "code"), [(True, 11, "overtaken"), (True, 12, "overtaken"), (False, 11, "overtaken")]
)
def test_a_word_that_comes_late_changes_nothing(given: bool, at: float, code: str) -> None:
    story = supported().when(consent(False, "messages-text"), 12)
    late = consent(given, "messages-text").model_copy(update={"at": day(at)})
    story.when(late, 13).then_refused(code)


def test_an_arrival_is_said_by_people_and_support_here_is_ended_by_people() -> None:
    story = accepted().when(DONE, 32).then("handover-completed")
    assert story.state.stage == "supported"
    story.when(END, 33).then("support-ended")


def test_beyond_a_peer_s_role_is_a_task_with_a_day_until_the_clinical_team_says_yes() -> None:
    story = supported().when(HANDBACK, 8).then("handback-requested", "task-opened")
    [task_id] = story.state.tasks
    done = u.AnswerTask(task_id=task_id, by_role="coordinator", outcome="done")
    story.when(done, 9).then_refused("answered-elsewhere")
    late = story.passing(11)
    assert [event.name for event in late.said] == ["task-overdue"]
    assert kinds(late) == ["handback-requested"], "it stays, late or not"
    story = late.when(TAKEN, 12).then("handback-accepted", "task-answered", "task-opened")
    assert kinds(story) == ["support-after-handback"]
    assert story.state.stage == "supported", "a person decides whether peer support goes on"


def test_a_handback_outlives_the_support() -> None:
    story = supported().when(HANDBACK, 8).when(END, 9)
    assert kinds(story) == ["handback-requested"]
    story.when(TAKEN, 10).then("handback-accepted", "task-answered")


def test_nothing_but_the_clinical_team_s_yes_answers_a_handback() -> None:
    assert TASKS["handback-requested"].choices == ()
    assert h.AcceptHandback.model_fields["by_role"].annotation is not v.Role
    with pytest.raises(ValueError, match="clinician"):
        h.AcceptHandback(handback_id=one(80), by_role=_any("coordinator"))


def _any(value: Any) -> Any:
    return value


@refusals(
    [
        ("without consent", supported(), PROPOSE, 8, "consent-missing"),
        ("for a day past", agreed(), PROPOSE, 30, "accept-by-past"),
        ("done before it is accepted", asked(), DONE, 9, "not-accepted"),
        ("done of another", accepted(), DONE.model_copy(update={"handover_id": one(9)}), 12, "no-such-handover"),
        ("asked twice", supported().when(HANDBACK, 8), HANDBACK, 9, "handback-open"),
        ("asked for the past", supported(), HANDBACK, 20, "accept-by-past"),
        ("nothing asked", supported(), TAKEN, 9, "no-such-handback"),
    ]
)
def test_what_makes_no_sense_is_refused_with_its_code(given: Story, wish: u.Update, now: float, code: str) -> None:
    given.when(wish, now).then_refused(code)
