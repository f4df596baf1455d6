"""Groups: made ready, joined up to the cap by whom somebody has spoken with, met, and left."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from services.referrals.domain import group
from services.referrals.domain.group import FreeSeat, Group, Open, TakeSeat, TellGroup
from services.referrals.domain.in_group import BeginMembership, EndMembership, SetMeeting
from services.referrals.domain.keep_apart import Pairs, pairs_of
from shared.contracts import attending_updates as a
from shared.contracts import group_updates as g
from shared.runtime.service import Refusal
from tests.unit.referrals.story import END, ID, LIMIT, PEER, SPOKE, Story, day, one, supported, waiting

GROUP, SESSION = one(900), one(901)
OPEN = g.OpenGroup(cap=3, place="toddle-and-talk", facilitators=(PEER,), by_role="coordinator")
READY = g.ReadyGroup(done=("venue-booked", "equipment-there"), by_role="coordinator")
PLAN = g.PlanGroupSession(session_id=SESSION, planned_start=day(20.1), by_role="peer")


NOTHING = Group()


@dataclass(frozen=True)
class Class:
    """A group so far; each `when` is decided on it."""

    state: Group = NOTHING
    said: tuple[Any, ...] = ()
    refused: Refusal | None = None

    def when(self, wish: Any, now: float = 5) -> "Class":
        command = wish if hasattr(wish, "subject") else TellGroup(GROUP, day(now), wish, day(now), one(902))
        try:
            said = tuple(group.decide(self.state, command))
        except Refusal as refusal:
            return replace(self, said=(), refused=refusal)
        state = self.state
        for event in said:
            state = group.evolve(state, type(event).model_validate_json(event.model_dump_json()))
        return Class(state, said)

    def then(self, *names: str) -> "Class":
        assert self.refused is None, self.refused
        assert tuple(event.name for event in self.said) == names
        return self

    def then_refused(self, code: str) -> "Class":
        assert self.refused is not None, self.said
        assert self.refused.code == code
        return self


def opened(**changes: Any) -> Class:
    return Class().when(Open(GROUP, day(4), OPEN.model_copy(update=changes))).then("group-opened")


def seat(number: int, apart: Pairs = frozenset()) -> TakeSeat:
    return TakeSeat(GROUP, day(5), one(number), one(number + 100), apart)


def full() -> Class:
    return opened().when(seat(1)).when(seat(2)).when(seat(3)).then("group-joined")


def test_whoever_joins_while_a_group_is_closed_or_plans_to_meet_is_not_left_out() -> None:
    seen = opened().when(READY).when(seat(1))
    joined = seen.when(seat(2)).then("group-joined")
    plan = TellGroup(GROUP, day(5), PLAN, day(5), one(902), frozenset({one(1)}))
    seen.when(plan).then("group-session-planned")
    joined.when(plan).then_refused("changed-meanwhile")
    close = g.CloseGroup(because="course-over", by_role="coordinator")
    nobody_left = TellGroup(GROUP, day(5), close, day(5), one(902), frozenset())
    seen.when(FreeSeat(GROUP, day(5), one(1), "group-closed")).when(nobody_left).then("group-closed")
    joined.when(FreeSeat(GROUP, day(5), one(1), "group-closed")).when(nobody_left).then_refused("changed-meanwhile")
    planned = seen.when(PLAN).then("group-session-planned")
    planned.when(replace(seat(2), meetings=())).then_refused("changed-meanwhile")
    planned.when(replace(seat(2), meetings=((SESSION, PLAN.planned_start),))).then("group-joined")


def came(*numbers: int, session: UUID | None = SESSION) -> g.HoldGroupSession:
    return g.HoldGroupSession(
        session_id=session,
        started_at=day(20.1),
        minutes=90,
        attendance=tuple(g.GroupAttendance(referral_id=one(n), attendance=1) for n in numbers),
        facilitators=(PEER,),
        grounding="with-handout",
    )


def test_there_are_as_many_seats_as_were_opened() -> None:
    full().when(seat(4)).then_refused("group-full")
    full().when(FreeSeat(GROUP, day(6), one(2), "own-choice")).then("group-left").when(seat(4)).then("group-joined")


@pytest.mark.parametrize(
    "apart",
    [
        pytest.param([(one(101), one(102))], id="two clients"),
        pytest.param([(one(102), one(101))], id="said of the other"),
        pytest.param([(one(102), PEER)], id="a client and who leads the group"),
    ],
)
def test_who_is_kept_apart_never_has_a_seat_in_one_group_and_nobody_is_told_why(
    apart: Sequence[tuple[UUID, UUID]],
) -> None:
    refused = opened().when(seat(1)).when(seat(2, pairs_of(apart))).then_refused("group-not-suitable")
    assert "apart" not in str(refused.refused)
    opened().when(seat(1)).when(seat(3, pairs_of(apart))).then("group-joined")


def test_no_session_is_planned_before_venue_and_equipment_are_seen_to() -> None:
    opened().when(PLAN).then_refused("not-ready")
    opened().when(READY).then("group-readied").when(PLAN).then("group-session-planned")
    by_video = opened(format="video").when(g.ReadyGroup(done=("equipment-there",), by_role="peer"))
    by_video.when(PLAN).then("group-session-planned")


def test_of_every_member_it_is_said_whether_they_came() -> None:
    ready = full().when(READY).when(PLAN)
    ready.when(came(1, 2), 21).then_refused("attendance-incomplete")
    ready.when(came(1, 2, 3, 4), 21).then_refused("attendance-incomplete")
    held = ready.when(came(1, 2, 3), 21).then("group-session-held")
    assert held.said[0].grounding == "with-handout"
    held.when(came(1, 2, 3), 21).then_refused("session-already-recorded")


def test_a_closed_group_takes_nobody() -> None:
    closed = opened().when(g.CloseGroup(because="venue-lost", by_role="coordinator")).then("group-closed")
    closed.when(seat(1)).then_refused("group-closed")
    closed.when(PLAN).then_refused("group-closed")


@pytest.mark.parametrize(
    ("given", "wish", "code"),
    [
        (opened(), Open(GROUP, day(4), OPEN), "group-already-open"),
        (Class(), Open(GROUP, day(4), OPEN.model_copy(update={"facilitators": (PEER, PEER)})), "facilitator-twice"),
        (Class(), READY, "no-such-group"),
        (opened().when(seat(1)), seat(1), "already-in-group"),
        (opened().when(seat(1)), replace(seat(2), person_id=seat(1).person_id), "already-in-group"),
        (opened(), FreeSeat(GROUP, day(6), one(2), "own-choice"), "not-in-this-group"),
        (opened(), g.CallOffGroupSession(session_id=SESSION, by_role="peer"), "no-such-session"),
        (opened().when(READY), PLAN.model_copy(update={"planned_start": day(4)}), "plan-in-the-past"),
        (opened().when(READY).when(PLAN), PLAN, "session-already-known"),
        (opened(), came(), "in-the-future"),
    ],
)
def test_it_is_refused(given: Class, wish: Any, code: str) -> None:
    given.when(wish).then_refused(code)


def begin(*meetings: tuple[UUID, Any]) -> BeginMembership:
    return BeginMembership(ID, day(6), GROUP, "group", meetings)


def test_nobody_sits_in_a_class_before_somebody_has_spoken_with_them() -> None:
    waiting().when(begin()).then_refused("contact-first")
    waiting().when(SPOKE, 5).when(begin()).then("group-membership-began")


def test_a_limit_on_contact_holds_for_groups() -> None:
    limited = waiting().when(SPOKE, 5).when(LIMIT.model_copy(update={"limits": ("no-in-person",)}), 5)
    assert limited.when(begin()).refused is None, "others are there, so nobody is alone with the client"
    restricted = Story(replace(waiting().when(SPOKE, 5).state, restricted="restriction"))
    restricted.when(begin()).then_refused("processing-restricted")


def member() -> Story:
    return waiting().when(SPOKE, 5).when(a.ChooseReminders(channels=("text",)), 5).when(begin((SESSION, day(20.1))))


def reminders(story: Story) -> list[str]:
    return [name for name in story.due() if name.startswith("message:")]


def test_a_member_is_reminded_of_each_meeting_until_it_is_called_off_or_the_seat_is_given_up() -> None:
    assert reminders(member()) == [f"message:{SESSION}:text"]
    due = [event for event in member().passing(19.1).said if event.name == "message-fell-due"]
    assert [event.kind for event in due] == ["group-reminder"]
    assert reminders(member().when(SetMeeting(ID, day(7), GROUP, SESSION, None))) == []
    assert reminders(member().when(EndMembership(ID, day(7), GROUP, "own-choice"))) == []
    moved = member().when(SetMeeting(ID, day(7), GROUP, one(903), day(21.1)))
    assert {*reminders(moved)} == {f"message:{SESSION}:text", f"message:{one(903)}:text"}


def test_whoever_is_not_in_support_any_more_gives_the_seat_up() -> None:
    story = supported().when(SPOKE, 5).when(begin())
    assert f"leave-group:{GROUP}" not in story.due()
    story = story.when(END, 30)
    assert f"leave-group:{GROUP}" in story.due()
    assert f"leave-group:{GROUP}" not in story.passing(30).due()


class AnyOrder(RuleBasedStateMachine):
    """Whatever is asked in whatever order: never more members than seats, and never two who are kept apart."""

    @initialize(cap=st.integers(2, 4), pairs=st.lists(st.tuples(st.integers(1, 6), st.integers(1, 6)), max_size=6))
    def open(self, cap: int, pairs: list[tuple[int, int]]) -> None:
        self.it, self.cap = opened(cap=cap), cap
        self.apart = pairs_of((one(x + 100), one(y + 100)) for x, y in pairs if x != y)

    @rule(number=st.integers(1, 6))
    def take(self, number: int) -> None:
        self.it = self.it.when(seat(number, self.apart))

    @rule(number=st.integers(1, 6))
    def leave(self, number: int) -> None:
        self.it = self.it.when(FreeSeat(GROUP, day(6), one(number), "own-choice"))

    @invariant()
    def holds(self) -> None:
        members = [*self.it.state.members.values()]
        assert len(members) <= self.cap
        assert not any(frozenset({x, y}) in self.apart for x in members for y in members if x != y)


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=60, stateful_step_count=20, deadline=None)
