"""A link for a client without an account: one wish, once, while it holds."""

import pytest

from services.referrals.domain.commands import GiveLink, UseLink
from shared.contracts import updates as u
from tests.unit.referrals.story import END, FRESH, ID, PAUSE, Story, day, received, supported, tell

SECRET, OTHER = "a" * 64, "b" * 64


def give(now: float, secret: str = SECRET) -> GiveLink:
    return GiveLink(ID, day(now), FRESH, secret, "coordinator", day(now + 14))


def use(now: float, secret: str = SECRET, wish: u.Pause | u.ChangeSupport = PAUSE) -> UseLink:
    return UseLink(ID, day(now), secret, tell(wish, now))


def test_a_wish_by_link_is_the_wish_and_the_link_is_used_up() -> None:
    story = supported().when(give(5)).then("wish-link-given", link_id=FRESH)
    story = story.when(use(6)).then("wish-link-used", "support-paused")
    story.when(use(6)).then_refused("link-not-valid")


def test_a_wish_that_is_refused_leaves_the_link_as_it_was() -> None:
    more = u.ChangeSupport(asked_by="client", channel="link", what=("more",), per_4_weeks_hundredths=100)
    story = supported().when(give(5)).when(use(6, wish=more))
    story.then_refused("not-more")
    story.when(use(7)).then("wish-link-used", "support-paused")


def test_a_newer_link_makes_the_older_one_worthless() -> None:
    story = supported().when(give(5)).when(give(6, OTHER))
    story.when(use(7)).then_refused("link-not-valid")
    story.when(use(7, OTHER)).then("wish-link-used", "support-paused")


@pytest.mark.parametrize(
    ("given", "now"),
    [(supported(), 6), (supported().when(give(5)), 19), (supported().when(give(5, OTHER)), 6)],
    ids=["never given", "run out", "another secret"],
)
def test_what_is_not_the_link_or_has_run_out_is_refused(given: Story, now: float) -> None:
    given.when(use(now)).then_refused("link-not-valid")


def test_a_link_holds_until_its_hour() -> None:
    supported().when(give(5)).when(use(18.99)).then("wish-link-used", "support-paused")


def test_a_link_is_for_whoever_waits_or_is_in_support() -> None:
    received().when(give(1)).then("wish-link-given")
    supported().when(END, 60).when(give(61)).then_refused("not-while-ended")
