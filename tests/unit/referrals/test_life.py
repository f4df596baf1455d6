"""What life brings: what stops at once, who is asked, and what only people may do."""

from datetime import date, timedelta
from typing import Any, get_args

import pytest

from services.referrals.domain.commands import GiveLink
from services.referrals.domain.tasks import TASKS
from shared.contracts import life_updates as life
from shared.contracts import updates as u
from shared.contracts import values as v
from tests.unit.referrals.story import (
    ACCEPT,
    CONFIRM,
    ID,
    PROPOSE,
    Story,
    day,
    ended,
    explained,
    held,
    one,
    planned,
    proposed,
    received,
    refusals,
    supported,
    waiting,
)

BIRTH = life.RecordBirth(by_role="clinician")
LOSS = life.RecordLoss(by_role="clinician")
DIED = life.RecordDeath(who="client", by_role="clinician")
BABY_DIED = life.RecordDeath(who="baby", by_role="clinician")
LEFT = life.RecordBabyLeftCare(by_role="clinician")
RESUME_MESSAGES = life.ResumeMessages(by_role="coordinator", client_asked=True)


def consent(given: bool, *scopes: v.ConsentScope) -> life.ChangeConsent:
    return life.ChangeConsent(scopes=scopes, given=given, how="spoken", text_version="consent-1")


def kinds(story: Story) -> list[str]:
    return [task.kind for task in story.state.tasks.values()]


@pytest.mark.parametrize(
    ("wish", "event", "task", "pathway"),
    [
        (BIRTH, "care-date-changed", "birth-recorded", "usual"),
        (LOSS, "loss-recorded", "loss-recorded", "loss"),
        (BABY_DIED, "person-died", "loss-recorded", "loss"),
        (DIED, "person-died", "client-died", "usual"),
        (LEFT, "baby-left-parents-care", "baby-left-care", "usual"),
    ],
)
def test_in_one_decision_messages_stop_the_pathway_changes_and_a_person_is_asked(
    wish: u.Update, event: str, task: str, pathway: str
) -> None:
    story = explained().when(wish, 5).then(event, "task-opened", messages_stopped_at=day(5).isoformat()[:-6] + "Z")
    assert (story.state.messages_stopped_at, story.state.pathway, kinds(story)) == (day(5), pathway, [task])
    assert story.state.stage == "supported", "nothing about the support is decided"
    assert story.state.match


def test_a_stop_counts_from_when_it_was_told_though_it_happened_before() -> None:
    story = explained().when(LOSS.model_copy(update={"at": day(4)}), 9)
    assert (story.said[0].recorded_at, story.state.messages_stopped_at) == (day(4), day(9))


@pytest.mark.parametrize("given", [received(), waiting(), proposed(), supported(), explained()])
@pytest.mark.parametrize("wish", [BIRTH, LOSS, DIED, LEFT])
def test_it_may_come_at_any_stage(given: Story, wish: u.Update) -> None:
    assert "task-opened" in [event.name for event in given.when(wish, 9).said]


def test_who_is_no_longer_supported_hears_nothing_more_and_nobody_is_asked_to_act() -> None:
    story = ended().when(LOSS, 70).then("loss-recorded")
    assert story.state.messages_stopped_at == day(70)


def test_a_second_message_about_the_same_loss_opens_no_second_task() -> None:
    story = explained().when(LOSS, 5).when(LOSS, 6, fresh=one(7)).then("loss-recorded")
    assert kinds(story) == ["loss-recorded"]


def test_messages_go_on_only_when_a_person_has_asked_the_client() -> None:
    story = explained().when(LOSS, 5).passing(300)
    assert story.state.messages_stopped_at
    story = story.when(RESUME_MESSAGES, 301).then("messages-resumed")
    assert story.state.messages_stopped_at is None
    assert story.state.pathway == "loss", "the words stay those of a loss"


def test_another_expected_day_stops_nothing() -> None:
    story = explained().when(life.ChangeCareDate(by_role="peer"), 5).then("care-date-changed", messages_stopped_at=None)
    assert story.state.messages_stopped_at is None


def test_after_a_death_support_is_ended_by_people_and_nothing_is_planned_or_written() -> None:
    story = explained().when(planned(20), 4).when(u.RequestHelp(kind="mbuff-claim", claim_by=date(2026, 6, 1)), 4)
    story = story.when(DIED, 9).then("person-died", "session-replaced", "task-opened")
    assert story.due() == {}
    story = story.passing(400)
    assert (story.state.stage, story.said) == ("supported", ()), "no machine ends it"
    end = u.End(by="service", planned=False, reasons=("died",), future_contact_given=False)
    story = story.when(end, 10).then("support-ended", return_until=None).passing(10).then("match-ended")
    assert not any(name.startswith(("review", "wait", "claim")) for name in story.due())


def test_who_has_died_waits_for_nothing() -> None:
    assert waiting().due()
    assert waiting().when(DIED, 2).due() == {}


def test_a_link_is_worth_nothing_after_a_death() -> None:
    give = GiveLink(ID, day(4), one(3), "0" * 64, "coordinator", day(14))
    assert explained().when(give).when(DIED, 5).state.link is None


AFTER = explained().when(held(5), 6).when(DIED, 9)


@refusals(
    [
        ("plan after a death", AFTER, planned(20), 10, "nothing-more-planned"),
        ("propose after a death", waiting().when(DIED, 2), PROPOSE, 3, "nothing-more-planned"),
        ("accept after a death", received().when(DIED, 2), ACCEPT, 3, "nothing-more-planned"),
        ("confirm after a death", proposed().when(DIED, 2), CONFIRM, 3, "nothing-more-planned"),
        ("write after a death", AFTER, RESUME_MESSAGES, 10, "nothing-more-planned"),
        ("messages that were never stopped", supported(), RESUME_MESSAGES, 10, "messages-go-on"),
        (
            "take back what was not said",
            supported(),
            life.RetractLifeEvent(what="loss", because="not-so", by_role="coordinator"),
            10,
            "nothing-recorded",
        ),
    ]
)
def test_what_a_death_leaves_without_meaning_is_refused(given: Story, wish: u.Update, now: float, code: str) -> None:
    given.when(wish, now).then_refused(code)


def test_what_was_before_a_death_is_still_recorded() -> None:
    AFTER.when(held(8), 10).then("session-held")


def test_a_loss_recorded_of_the_wrong_client_is_taken_back_and_messages_still_rest() -> None:
    wrong = life.RetractLifeEvent(what="loss", because="other-client", by_role="coordinator")
    story = explained().when(LOSS, 5).when(wrong, 6).then("life-event-retracted", what="loss")
    assert (story.state.pathway, story.state.messages_stopped_at) == ("usual", day(5))


def test_after_a_death_recorded_wrongly_the_client_waits_as_before() -> None:
    wrong = life.RetractLifeEvent(what="death", because="other-client", by_role="coordinator")
    assert waiting().when(DIED, 2).when(wrong, 3).due().items() >= waiting().due().items()


def test_an_agreement_taken_back_counts_at_once_and_a_person_tells_the_client() -> None:
    story = explained().when(consent(True, "share-with-journey", "messages-text"), 5)
    assert story.state.consents == {"share-with-journey": True, "messages-text": True}
    story = story.when(consent(False, "share-with-journey"), 6).then("consent-changed", "task-opened")
    assert story.state.consents["share-with-journey"] is False
    assert kinds(story) == ["consent-withdrawn"]
    again = story.when(consent(False, "share-with-journey"), 7).then("consent-changed", given=False)
    again.when(consent(False, "share-with-journey"), 7).then()
    story.when(consent(False, "messages-text"), 7).then("consent-changed", given=False)


def test_a_clock_ahead_of_ours_makes_no_agreement_later_than_now() -> None:
    ahead = day(5) + timedelta(minutes=4)
    yes = consent(True, "messages-text").model_copy(update={"at": ahead})
    before = v.Consent(scope="equity", given=True, at=day(90), how="written", text_version="c-1")
    story = explained(consents=[before]).when(yes, 5).then("consent-changed")
    story = story.when(consent(False, "messages-text", "equity"), 5).then("consent-changed", "consent-changed")
    assert story.state.consents == {"messages-text": False, "equity": False}


def test_the_last_agreement_in_a_referral_counts() -> None:
    said = [
        v.Consent(scope="equity", given=given, at=day(at), how="written", text_version="c-1")
        for given, at in ((False, 1), (True, 0))
    ]
    assert received(consents=said).state.consents == {"equity": False}


@pytest.mark.parametrize("kind", get_args(v.TaskKind))
def test_every_task_has_words_and_answers(kind: v.TaskKind) -> None:
    assert TASKS[kind].words.endswith(".")
    assert TASKS[kind].choices or kind == "handback-requested"


def test_a_task_is_answered_once_and_only_with_one_of_its_answers() -> None:
    story = explained().when(LOSS, 5)
    [task_id] = story.state.tasks
    answer: dict[str, Any] = {"task_id": task_id, "by_role": "coordinator"}
    story.when(u.AnswerTask(**answer, outcome="cheer-up"), 6).then_refused("not-an-answer", "outcome")
    story = story.when(u.AnswerTask(**answer, outcome="stay-with-this-peer"), 6).then("task-answered")
    assert story.state.tasks == {}
    story.when(u.AnswerTask(**answer, outcome="pause"), 7).then_refused("no-such-task", "task_id")
