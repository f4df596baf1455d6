"""What a peer agrees to be matched on: one thing at a time, sealed, and gone at once when they take it back."""

import json
from typing import Any

import pytest

from services.supervision.domain.peers.commands import SetLimits, SetTags
from services.supervision.domain.peers.peer import PEER
from services.supervision.domain.peers.tags import MOST, with_tag, without_tag
from shared.contracts import peer_updates as p
from shared.contracts import supervision as s
from shared.contracts import tag_updates as t
from shared.runtime.service import Refusal
from tests.unit.supervision.peers import ID, applied, day, in_order

LOSS, NICU = t.Experience(code="stillbirth"), t.Experience(code="neonatal-unit")
TAGS: list[tuple[t.Tag, str, Any]] = [
    (LOSS, "experiences", ("stillbirth",)),
    (t.Community(code="polish"), "communities", ("polish",)),
    (t.OwnGender(gender="man"), "gender", "man"),
    (t.OwnAge(age=29), "age", 29),
    (t.OwnRole(role="father"), "role", "father"),
]


def set_tags(tags: s.MatchTags, based_on: int = 0) -> SetTags:
    return SetTags(ID, day(1), tags, based_on)


@pytest.mark.parametrize(("tag", "name", "value"), TAGS)
def test_each_thing_is_agreed_and_taken_back_by_itself(tag: t.Tag, name: str, value: Any) -> None:
    every = s.MatchTags()
    for other, _, _ in TAGS:
        every = with_tag(every, other)
    assert getattr(with_tag(s.MatchTags(), tag), name) == value
    assert with_tag(every, tag) == every, "agreed twice is agreed"
    without = without_tag(every, tag)
    assert not getattr(without, name)
    assert all(getattr(without, other) == getattr(every, other) for _, other, _ in TAGS if other != name)
    assert without_tag(without, tag) == without


def test_taking_one_experience_back_leaves_the_others() -> None:
    both = with_tag(with_tag(s.MatchTags(), LOSS), NICU)
    assert without_tag(both, LOSS).experiences == ("neonatal-unit",)


def test_there_are_not_endlessly_many() -> None:
    tags = s.MatchTags(experiences=tuple(f"e-{number}" for number in range(MOST)))
    with pytest.raises(Refusal) as refused:
        with_tag(tags, LOSS)
    assert refused.value.code == "too-many-tags"


def test_what_is_agreed_crosses_sealed_and_is_in_clear_nowhere() -> None:
    said = PEER.decide(in_order().state, set_tags(with_tag(s.MatchTags(), LOSS)))
    assert json.loads(said[0].tags.content)["experiences"] == ["stillbirth"]
    assert said[0].tags.to == "referrals"
    with pytest.raises(ValueError, match="not sealed"):
        said[0].model_dump_json()
    assert "stillbirth" not in repr(said[0])


def test_the_last_thing_taken_back_takes_everything_back_once() -> None:
    story = in_order().when(set_tags(with_tag(s.MatchTags(), LOSS))).then("match-tags-consented")
    story = story.when(set_tags(s.MatchTags(), 1)).then("match-tags-withdrawn")
    story.when(set_tags(s.MatchTags(), 2)).then()


def test_what_was_taken_back_does_not_come_again_by_a_race() -> None:
    story = in_order().when(set_tags(with_tag(s.MatchTags(), LOSS))).when(set_tags(s.MatchTags(), 1))
    story.when(set_tags(with_tag(s.MatchTags(), LOSS), 1)).then_refused("changed-meanwhile")


def test_who_leaves_takes_it_all_back() -> None:
    story = in_order().when(set_tags(with_tag(s.MatchTags(), LOSS))).when(p.Leave(), 2)
    story.then("peer-left", "match-tags-withdrawn", "peer-not-ready")
    story.when(set_tags(with_tag(s.MatchTags(), LOSS), 2)).then_refused("not-at-this-stage")


def test_limits_cross_sealed_and_change_nothing_of_being_ready() -> None:
    limits = SetLimits(ID, day(1), s.MatchLimits(codes=("stillbirth",)))
    (said,) = PEER.decide(in_order().state, limits)
    assert json.loads(said.limits.content)["codes"] == ["stillbirth"]
    in_order().when(limits).then("match-limits-set")
    applied().when(limits).then_refused("not-at-this-stage")
