"""What opens a concern, what joins it, how urgent it is, who may say so, and who may see it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.supervision.domain.safeguarding.concern_commands import NoteCorrection
from services.supervision.domain.safeguarding.narrative import secrets_of
from services.supervision.domain.safeguarding.noticing import concern_id_of, urgency_of_item
from shared.contracts import concern_updates as u
from shared.contracts.supervision import AlreadyHandled, concern_about
from tests.unit.supervision.concern_story import (
    ACKNOWLEDGE,
    ANNA,
    CLOSE,
    ID,
    OPENED,
    OUTCOME,
    PROPOSE,
    Story,
    item,
    lower,
    opened,
    worry,
)
from tests.unit.supervision.duty import POLICY, shown, wall

SEEN_TO = AlreadyHandled(by_role="clinician", at=OPENED)


@pytest.mark.parametrize(("danger", "urgency"), [("yes", "life"), ("not-sure", "life"), ("no", "today")])
def test_not_sure_whether_anyone_is_in_danger_is_yes(danger: str, urgency: str) -> None:
    opened(worry(danger)).then("opened", urgency=urgency, source="person", raised_by_role="peer")


@pytest.mark.parametrize(
    ("case", "hours_ago", "handled", "setting", "urgency"),
    [
        ("just now", 0, None, None, "life"),
        ("within a day", 24, None, None, "life"),
        ("later", 24.1, None, None, "measure-late"),
        ("a clock that is ahead", -2, None, None, "life"),
        ("seen to by a clinician", 1, "clinician", None, "measure-late"),
        ("seen to by a peer", 1, "peer", "cpmht", "life"),
        ("seen to by the nurse in charge of a ward", 1, "charge-nurse", "mbu", "measure-late"),
        ("by a nurse elsewhere", 1, "charge-nurse", "cpmht", "life"),
    ],
)
def test_a_risk_item_of_the_last_day_is_a_matter_of_life_whatever_its_value(
    case: str, hours_ago: float, handled: Any, setting: Any, urgency: str
) -> None:
    seen_to = AlreadyHandled(by_role=handled, at=OPENED) if handled else None
    completed_at = OPENED - timedelta(hours=hours_ago)
    assert urgency_of_item(completed_at, OPENED, seen_to, setting, POLICY) == urgency


def test_an_item_of_which_nobody_knows_when_it_was_completed_is_a_matter_of_life() -> None:
    assert urgency_of_item(None, OPENED, None, None, POLICY) == "life"


def test_one_concern_however_it_comes() -> None:
    assert concern_about(ANNA, "adult") == ID != concern_about(ANNA, "child")
    opened().then("opened", concern_id=ID, person_id=ANNA, audience="safeguarding")


def test_the_same_by_another_door_joins_and_tells_nobody_anew() -> None:
    monday = wall("2026-03-09 09:10")
    story = opened().when(ACKNOWLEDGE, OPENED + timedelta(minutes=9))
    again = story.when(item(), monday).then("annotated", what="same-again")
    assert again.state == story.state


def test_something_else_about_the_same_person_joins_the_open_concern() -> None:
    story = opened().when(item(2), OPENED + timedelta(minutes=5)).then("joined", urgency="life", times=None)
    assert story.due() == opened().due(), "and puts nothing off"


def test_what_joins_a_concern_that_somebody_has_in_hand_is_told_and_answered_anew() -> None:
    story = (
        opened().when(ACKNOWLEDGE, "2026-03-06 17:00").when(item(2, at=wall("2026-03-09 10:00")), "2026-03-09 10:00")
    )
    story.then("joined", urgency="life")
    assert story.state.waits
    assert story.wanted() == [("first", "first-line", 0)]
    assert story.due()["alarm:not-acknowledged"] == "Mon 09 Mar 10:45"


def test_what_joins_makes_a_concern_more_urgent_and_never_less() -> None:
    story = opened(worry()).when(item(2), OPENED + timedelta(minutes=1)).then("joined", urgency="life")
    assert story.due()["alarm:not-acknowledged"] == "Fri 06 Mar 17:37", "no later than it was"
    opened().when(worry(), OPENED + timedelta(minutes=1)).then("joined", urgency="life", times=None)


def test_what_was_noticed_before_and_has_grown_more_urgent_is_not_the_same_again() -> None:
    seen_to = replace(item(), urgency="measure-late", already_handled=SEEN_TO)
    opened(seen_to).when(item()).then("joined", urgency="life")


def test_how_urgent_each_was_in_itself_is_remembered_whatever_it_joined() -> None:
    joined = opened().when(worry("no"), OPENED + timedelta(minutes=1)).then("joined", urgency="life")
    lowered = joined.when(lower("today"), OPENED + timedelta(minutes=2))
    lowered.when(worry("yes"), OPENED + timedelta(minutes=3)).then("joined", urgency="life")


def test_a_repeat_of_what_a_clinician_lowered_does_not_raise_it_again() -> None:
    story = opened().when(lower("today"), "2026-03-06 16:55").then("urgency-lowered")
    story.when(item(), "2026-03-06 16:57").then("annotated", what="same-again")


def test_a_corrected_score_leaves_it_open_with_a_note() -> None:
    story = opened().when(NoteCorrection(ID, OPENED + timedelta(days=3), UUID(int=1)))
    story.then("annotated", what="score-corrected")
    assert story.state == opened().state
    opened().when(NoteCorrection(ID, OPENED, UUID(int=9))).then()


def test_what_is_noticed_after_it_was_closed_opens_it_anew_and_what_was_noticed_before_does_not() -> None:
    closed = opened().when(OUTCOME).when(CLOSE).then("closed")
    closed.when(item(), OPENED + timedelta(days=3)).then("annotated")
    again = closed.when(item(2, at=OPENED + timedelta(days=9)), OPENED + timedelta(days=9)).then(
        "opened", urgency="life"
    )
    assert again.state.outcome is None
    assert again.said[0].times.round > closed.state.round, "so that no notice is taken for an old one"


@pytest.mark.parametrize("by_role", ["peer", "coordinator", "supervisor", "clinician", "client"])
def test_anybody_raises_how_urgent_it_is(by_role: Any) -> None:
    story = opened(worry()).when(u.RaiseUrgency(urgency="life", by_role=by_role), OPENED + timedelta(minutes=3))
    story.then("urgency-raised", urgency="life")
    assert story.wanted() == [("first", "first-line", 0)]


def test_raising_it_puts_nothing_off_that_nobody_has_answered() -> None:
    at = OPENED + timedelta(minutes=30)
    before, after = opened(worry()), opened(worry()).when(u.RaiseUrgency(urgency="life", by_role="peer"), at)
    assert before.state.times
    assert after.state.times
    assert after.state.times.alarm_at <= before.state.times.alarm_at
    assert after.state.times.acknowledge_by <= before.state.times.acknowledge_by


@pytest.mark.parametrize(
    ("by_role", "setting", "refused"),
    [
        ("clinician", "cpmht", None),
        ("safeguarding-lead", "cpmht", "only-a-clinician-lowers"),
        ("charge-nurse", "cpmht", "only-a-clinician-lowers"),
        ("charge-nurse", "mbu", None),
        ("safeguarding-lead", "mbu", "only-a-clinician-lowers"),
    ],
)
def test_only_a_clinician_lowers_it_or_whom_the_setting_names(by_role: Any, setting: Any, refused: str | None) -> None:
    story = opened(item(setting=setting)).when(lower("today", by_role))
    if refused:
        story.then_refused(refused)
    else:
        story.then("urgency-lowered", urgency="today")
        assert story.state.open


def test_up_is_not_down() -> None:
    opened().when(u.RaiseUrgency(urgency="today", by_role="peer")).then_refused("not-more-urgent")
    opened(worry()).when(lower("life")).then_refused("not-less-urgent")


def test_lowered_in_hand_it_stays_in_hand_and_unread_it_is_told_anew() -> None:
    in_hand = opened().when(ACKNOWLEDGE, "2026-03-06 17:00").when(lower("next-working-day"), "2026-03-06 17:01")
    assert in_hand.due() == {"late:outcome": "Fri 13 Mar 17:00"}
    unread = opened().when(lower("next-working-day"), "2026-03-06 16:55")
    assert unread.wanted() == [("first", "first-line", 0)]
    assert unread.due()["step:second"] == "Mon 09 Mar 12:55"


@pytest.mark.parametrize(
    ("about", "about_officer", "audience", "roles"),
    [
        ("peer", False, "named-officer", ("named-officer", "deputy-officer")),
        ("staff", False, "named-officer", ("named-officer", "deputy-officer")),
        ("staff", True, "deputy-officer", ("deputy-officer",)),
        ("child", False, "safeguarding", ("clinician", "safeguarding-lead", "charge-nurse")),
        ("unborn", False, "safeguarding", ("clinician", "safeguarding-lead", "charge-nurse")),
    ],
)
def test_who_may_take_it_in_hand_goes_by_whom_it_is_about(
    about: str, about_officer: bool, audience: str, roles: tuple[str, ...]
) -> None:
    story = opened(worry(about=about, about_named_officer=about_officer)).then("opened", audience=audience)
    for role in ("clinician", "safeguarding-lead", "charge-nurse", "named-officer", "deputy-officer"):
        said = story.when(u.AcknowledgeConcern(by_role=role))  # type: ignore[arg-type]
        if role in roles:
            said.then("acknowledged")
        else:
            said.then_refused("not-yours-to-say")


def test_of_whom_a_concern_about_a_colleague_is_stays_in_the_vault() -> None:
    for about in ("peer", "staff"):
        assert opened(worry(about=about)).said[0].person_id is None
        assert opened(replace(worry(about=about), person_id=ANNA)).said[0].person_id is None


def test_of_nobody_known_or_of_a_colleague_each_concern_is_its_own() -> None:
    fresh = UUID(int=77)
    assert concern_id_of(item(), fresh) == ID
    assert concern_id_of(worry(about="child"), fresh) == concern_about(ANNA, "child")
    for sign in (worry(about="staff"), replace(worry(about="peer"), person_id=ANNA), item(person_id=None)):
        assert concern_id_of(sign, fresh) == fresh


def test_what_is_about_somebody_else_joins_nothing_and_no_officer_reads_of_themself() -> None:
    opened().when(worry(about="child")).then_refused("another-concern")
    of_officer = worry(about="staff", about_named_officer=True, number=51)
    opened(worry(about="staff")).when(of_officer).then_refused("another-concern")


def test_words_are_kept_under_the_clients_key_and_of_a_colleague_under_the_concerns_own() -> None:
    [of_client] = secrets_of(ID, worry(), "she said")
    assert (of_client.person_id, of_client.name) == (ANNA, f"concern-words/{UUID(int=50)}")
    words, who = secrets_of(ID, worry(about="peer"), "he said", colleague_id=UUID(int=5))
    assert {words.person_id, who.person_id} == {ID}
    assert "said" not in repr(words)
    assert secrets_of(ID, item(), "") == []


def test_what_whoever_raised_it_was_told_is_written_down() -> None:
    [said] = opened(worry("not-sure"), "2026-03-06 20:00").said
    assert (said.times.duty, shown(said.times.nobody_until)) == ("declared-gap", "Mon 09 Mar 09:00")


def test_what_joins_a_concern_that_went_elsewhere_is_this_houses_again() -> None:
    story = opened().when(PROPOSE).when(u.NoteHandoverAccepted(handover_id=UUID(int=200), by_role="clinician"))
    story.then("handed-over")
    story = story.when(item(2), OPENED + timedelta(hours=1)).then("joined")
    assert story.state.waits
    assert "alarm:not-acknowledged" in story.due()


def test_of_a_concern_that_nobody_raised_nothing_can_be_said() -> None:
    Story().when(ACKNOWLEDGE).then_refused("unknown-concern")
