"""What the referrer is told: received, waiting, started, ended; nothing else, and to nobody else."""

from dataclasses import replace
from typing import Any

import pytest

from shared.contracts import values as v
from tests.unit.referrals.story import ACCEPT, CONFIRM, END, MONDAY, PROPOSE, REOPEN, Story, received

YES = v.Consent(scope="feedback-to-referrer", given=True, at=MONDAY, how="spoken", text_version="c-1")
NO = YES.model_copy(update={"given": False})


def referred(role: str = "health-visitor", *consents: v.Consent) -> Story:
    return received(referrer_role=role, consents=consents)


def told(story: Story) -> list[Any]:
    return [event.state for event in story.said if event.name == "referrer-told"]


def test_each_state_is_told_once() -> None:
    story, states = referred("health-visitor", YES), []
    for wish, now in [(ACCEPT, 1), (PROPOSE, 2), (CONFIRM, 3), (END, 5), (REOPEN, 6)]:
        story = story.passing(now)
        states += told(story)
        story = story.when(wish, now)
    states += told(story.passing(7))
    assert states == ["received", "waiting", "started", "ended"]


@pytest.mark.parametrize(
    ("role", "consents"),
    [
        ("self", (YES,)),
        ("family", (YES,)),
        ("health-visitor", ()),
        ("health-visitor", (NO,)),
    ],
)
def test_nobody_is_told_without_the_clients_yes_and_the_family_never(
    role: str, consents: tuple[v.Consent, ...]
) -> None:
    story = referred(role, *consents)
    assert [name for name in story.due() if name.startswith("tell")] == []
    assert told(story.passing(1)) == []


@pytest.mark.parametrize("change", [{"consents": {"feedback-to-referrer": False}}, {"restricted": "restriction"}])
def test_what_was_about_to_be_told_is_not_once_it_may_not_be(change: dict[str, Any]) -> None:
    story = referred("health-visitor", YES)
    assert [name for name in story.due() if name.startswith("tell")] == ["tell-referrer:received"]
    assert told(Story(replace(story.state, **change)).passing(1)) == []
