"""A provider takes new people only with all in place; what lapses stops new ones, on its day, and moves nobody."""

from datetime import date
from typing import Any

import pytest

from services.supervision.domain.peers.provider import PROVIDER, NoteDutyGap, TellProvider, provider_of
from shared.contracts import provider_updates as p
from shared.contracts import supervision as s
from tests.unit.supervision.peers import Story, day, on, one

ID = provider_of("SC012345")
LEAD: Any = {"by_role": "service-lead"}
EVERYBODY: tuple[s.Covered, ...] = ("peers", "volunteers", "clients")
REVIEW = on(60)


def tell(wish: Any, now: float = 0) -> TellProvider:
    return TellProvider(ID, day(now), wish, day(now))


def document(kind: s.Document, review_on: date = REVIEW, covers: tuple[s.Covered, ...] = EVERYBODY) -> p.RecordDocument:
    said: Any = {"document": kind, "text_version": "v-1", "owner_role": "service-lead"}
    return p.RecordDocument(**said, covers=covers, review_on=review_on, **LEAD)


def post(setting: Any = "third-sector", number: int = 1, **changes: Any) -> p.SetPostBodies:
    bodies = dict.fromkeys(("employer", "host", "data_controller", "supervising", "pvg_body"), "SC012345")
    return p.SetPostBodies(post_id=one(number), setting=setting, **bodies | changes, **LEAD)


REGISTER = p.RegisterProvider(settings=("third-sector",), **LEAD)
IN_PLACE: dict[str, Any] = {
    "safeguarding-policy": document("safeguarding-policy"),
    "data-sharing-agreement": document("data-sharing-agreement", on(90), ()),
    "duty-in-hours": p.SetDutyRoute(duty="in-hours", review_on=on(90), **LEAD),
    "duty-out-of-hours": p.SetDutyRoute(duty="out-of-hours", review_on=on(90), **LEAD),
    "post-bodies": post(),
}


def registered(*settings: Any) -> Story:
    story = Story(PROVIDER, f"provider/{ID}", PROVIDER.initial)
    return story.when(tell(p.RegisterProvider(settings=settings, **LEAD) if settings else REGISTER))


def complete(without: str = "", *settings: Any) -> Story:
    story = registered(*settings)
    for code, wish in IN_PLACE.items():
        story = story if code == without else story.when(tell(wish))
    return story


def test_a_provider_is_not_ready_until_all_is_in_place() -> None:
    registered().then("provider-registered", "provider-readiness-changed", ready=False, missing=list(IN_PLACE))
    complete().then("post-bodies-set", "provider-readiness-changed", ready=True, missing=[])


@pytest.mark.parametrize("code", IN_PLACE)
def test_whatever_one_thing_is_missing_no_new_people_come(code: str) -> None:
    story = complete(without=code)
    assert story.state.said["third-sector"] == (False, (code,))
    story = story.when(tell(IN_PLACE[code]))
    assert story.state.said["third-sector"] == (True, ())
    assert [event.name for event in story.said[1:]] == ["provider-readiness-changed"]


@pytest.mark.parametrize("left_out", EVERYBODY)
def test_a_policy_that_leaves_somebody_out_is_none(left_out: s.Covered) -> None:
    covers = tuple(each for each in EVERYBODY if each != left_out)
    story = complete(without="safeguarding-policy").when(tell(document("safeguarding-policy", covers=covers)))
    assert story.state.said["third-sector"] == (False, ("safeguarding-policy",))


@pytest.mark.parametrize("body", ["employer", "host", "data_controller", "supervising", "pvg_body"])
def test_every_post_has_everybody_who_answers_for_it(body: str) -> None:
    story = complete().when(tell(post(number=2, **{body: None})))
    story.then("post-bodies-set", "provider-readiness-changed", ready=False, missing=["post-bodies"])
    closed = p.ClosePost(post_id=one(2), **LEAD)
    story.when(tell(closed)).then("post-closed", "provider-readiness-changed", ready=True)


def test_what_lapses_stops_new_people_the_day_after_its_review_once() -> None:
    story = complete()
    assert story.passing(60.5).said == (), "through the day of its review it holds"
    story = story.passing(61).then("provider-readiness-changed", ready=False, missing=["safeguarding-policy"])
    again = story.passing(200)
    again.then("provider-readiness-changed", ready=False)
    assert again.due() == {}
    assert set(again.said[-1].missing) == {*IN_PLACE} - {"post-bodies"}


def test_what_was_looked_at_again_does_not_lapse() -> None:
    story = complete().when(tell(document("safeguarding-policy", on(80)), 50)).then("provider-document-recorded")
    assert story.passing(80.5).said == ()
    story.passing(81).then("provider-readiness-changed", ready=False)


def test_an_undeclared_gap_in_the_rota_stops_new_people_while_it_is_there() -> None:
    story = complete().when(NoteDutyGap(ID, day(1), True))
    story.then("duty-gap-noted", "provider-readiness-changed", ready=False, missing=["duty-rota-gap"])
    story.when(NoteDutyGap(ID, day(1), True)).then()
    story.when(NoteDutyGap(ID, day(2), False)).then("duty-gap-noted", "provider-readiness-changed", ready=True)


def test_each_setting_needs_its_own_posts() -> None:
    story = complete("", "mbu", "third-sector")
    assert story.state.said == {"mbu": (False, ("post-bodies",)), "third-sector": (True, ())}
    story.when(tell(post("mbu", 2))).then("post-bodies-set", "provider-readiness-changed", settings=["mbu"])


def test_of_several_settings_the_same_is_said_at_once() -> None:
    story = registered("third-sector", "mbu").then("provider-registered", "provider-readiness-changed")
    assert story.said[-1].settings == ("mbu", "third-sector")


def test_a_setting_given_up_takes_nobody_new() -> None:
    fewer = p.RegisterProvider(settings=("mbu",), **LEAD)
    story = complete().when(tell(fewer))
    assert story.state.said["third-sector"] == (False, ())


def test_a_team_is_briefed_in_a_version_of_the_role() -> None:
    wish = p.BriefTeam(setting="third-sector", text_version="role-1", on=on(0), **LEAD)
    complete().when(tell(wish)).then("team-briefed", text_version="role-1")
    late = wish.model_copy(update={"on": on(1)})
    complete().when(tell(late)).then_refused("in-the-future")


def test_what_is_reviewed_was_not_reviewed_yet() -> None:
    complete().when(tell(document("safeguarding-policy", on(-1)))).then_refused("review-in-the-past")
    story = Story(PROVIDER, f"provider/{ID}", PROVIDER.initial)
    story.when(tell(document("safeguarding-policy"))).then_refused("unknown-provider")


def test_an_organisation_is_one_provider() -> None:
    assert provider_of("SC012345") == provider_of("SC012345") != provider_of("S08000030")
