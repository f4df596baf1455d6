"""What no machine may do about a concern is not among the things that a machine can say."""

from collections.abc import Iterator
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any, get_args, get_type_hints
from uuid import UUID

import pytest

from services.supervision.domain.safeguarding import answering, escalating, noticing, posting
from services.supervision.domain.safeguarding import concern_commands as told
from services.supervision.domain.safeguarding.concern import COMMANDS, CONCERN, DECIDE
from services.supervision.domain.safeguarding.noticing import DECIDE as OF_NOTICING
from shared.contracts import concern_updates as u
from shared.contracts import supervision as c
from shared.contracts.event import Event
from shared.contracts.registry import published
from shared.contracts.supervision import DutyRole, OutOfHoursRoute
from tests.unit.supervision.concern_story import (
    ACKNOWLEDGE,
    CLOSE,
    FRESH,
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
from tests.unit.supervision.duty import BOARD, POLICY

BY_A_PERSON = {
    c.ConcernAcknowledged,
    c.ConcernUrgencyRaised,
    c.ConcernUrgencyLowered,
    c.ConcernDecided,
    c.ConcernHandoverProposed,
    c.ConcernOutcomeRecorded,
    c.ConcernClosed,
}
BY_THE_CLOCK = {c.ConcernEscalated, c.ConcernAlarmed, c.ConcernOverdue, c.ConcernNoticeFailed}
OF_PEOPLES_WORD = {c.ConcernHandedOver, c.ConcernGiverTold}
"""What the clock carries from one house to the other after a person there has accepted."""


def stories() -> Iterator[Story]:
    """Concerns in every condition that the clock may find them in."""
    other = item(2, at=OPENED + timedelta(minutes=1))
    for sign in (item(), item(hours_ago=50), worry(), worry("yes"), worry(about="staff"), worry(about="child")):
        for at in (OPENED, OPENED + timedelta(hours=5)):
            new = opened(sign, at)
            by: Any = "named-officer" if sign.about == "staff" else "clinician"
            known = new.when(ACKNOWLEDGE.model_copy(update={"by_role": by}), at)
            with_outcome = known.when(OUTCOME.model_copy(update={"by_role": by}), at)
            asked = new.when(PROPOSE.model_copy(update={"by_role": by}), at)
            yield from (new, known, with_outcome, asked, new.sending(at, arrives=None), new.sending(at, arrives=False))
            yield from (new.when(other, at), known.when(other, at), with_outcome.when(CLOSE, at))
            yield new.passing(at + timedelta(days=30))
            yield known.passing(at + timedelta(days=30)).sending(at + timedelta(days=30), arrives=None)
    yield opened().when(lower("next-working-day"))
    take = told.TakeOn(
        ID,
        OPENED,
        u.AcceptConcernHandover(by_role="clinician"),
        item(),
        FRESH,
        "S08000031",
        FRESH,
        "S08000030",
        BOARD,
        POLICY,
    )
    yield Story().when(take)


def what_the_clock_says(story: Story, now: datetime) -> Iterator[tuple[Any, tuple[Event, ...]]]:
    for name in CONCERN.deadlines(story.state):
        for command in CONCERN.due(f"concern/{ID}", name, now):
            yield command, tuple(story.when(command).said) if command.subject == f"concern/{ID}" else ()


def test_no_deadline_says_anybodys_word_for_them() -> None:
    heard: set[type] = set()
    kinds: set[type] = set()
    for story in stories():
        for command, said in what_the_clock_says(story, OPENED + timedelta(days=40)):
            kinds.add(type(command))
            heard |= {type(event) for event in said}
    assert heard <= BY_THE_CLOCK | OF_PEOPLES_WORD
    assert heard >= BY_THE_CLOCK, "all that the clock may say was met"
    assert kinds == set(get_args(told.ByClock)), "and all that a deadline may become"


def test_every_command_that_no_person_gives_says_only_what_is_allowed_whatever_the_concern() -> None:
    machine = [
        told.Escalate(ID, OPENED, 1, "second"),
        *(told.Alarm(ID, OPENED, 1, because) for because in get_args(c.AlarmBecause)),
        told.GrowLate(ID, OPENED, 1, "outcome"),
        told.GrowLate(ID, OPENED, 1, "decision"),
        told.LapseNotice(ID, OPENED, told.notice_id(ID, 1, "first", 0)),
        told.HearAccepted(ID, OPENED, "S08000030", FRESH, "S08000032", FRESH),
        told.NoteGiverTold(ID, OPENED, FRESH),
        told.NoteReceipt(ID, OPENED, told.notice_id(ID, 1, "first", 0), False),
        told.NoteCorrection(ID, OPENED, UUID(int=1)),
    ]
    for story in stories():
        for command in machine:
            after = story.when(command)
            assert not BY_A_PERSON & {type(event) for event in after.said}
            assert after.state.open == story.state.open
            assert after.state.urgency == story.state.urgency
            assert (after.state.outcome, after.state.decision) == (story.state.outcome, story.state.decision)


@pytest.mark.parametrize("event", sorted(BY_A_PERSON, key=lambda event: event.name))
def test_what_only_a_person_says_names_their_role(event: type[Event]) -> None:
    assert event.model_fields["by_role"].is_required()


@pytest.mark.parametrize("command", get_args(told.ByClock))
def test_what_a_deadline_becomes_has_no_role_to_speak_in(command: type) -> None:
    assert not {"by_role", "wish"} & {field.name for field in fields(command)}
    assert command in COMMANDS


def test_the_rules_of_people_are_reached_by_a_persons_wish_alone() -> None:
    wishes = set(get_args(u.AnyConcernUpdate))
    assert set(DECIDE) == set(OF_NOTICING) | set(answering.DECIDE) == wishes
    assert all(wish.model_fields["by_role"].is_required() for wish in wishes)
    assert not wishes & set(COMMANDS)
    assert not (escalating.COMMANDS.keys() | posting.COMMANDS.keys()) & (
        answering.COMMANDS.keys() | noticing.COMMANDS.keys()
    )


def test_nobody_but_those_who_answer_can_be_told_of_a_concern() -> None:
    """No client, family, referrer, police or emergency service is among those whom a notice can reach."""
    told = set(get_args(DutyRole)) | set(get_args(OutOfHoursRoute))
    for word in ("client", "family", "referrer", "police", "999", "emergency", "gp", "peer", "coordinator"):
        assert not any(word in role for role in told), word


def test_a_deadline_of_a_concern_touches_no_match_no_client_and_nothing_but_concerns() -> None:
    for story in stories():
        for command, _ in what_the_clock_says(story, OPENED + timedelta(days=40)):
            assert command.subject.startswith("concern/")


def test_nothing_is_inferred_from_words_or_attendance() -> None:
    assert set(get_args(c.SignSource)) == {"person", "measure", "risk-item", "held-measure", "handover", "lone-visit"}
    assert str not in get_type_hints(told.Sign).values()


def test_no_event_has_room_for_what_was_seen_or_heard() -> None:
    """Each field is an id, a closed word, a time, a day, a number or a yes or no; and one a code of an organisation."""
    for event in published().events:
        if event.owner == "supervision" and event.subject in ("concern", "rota"):
            for path, schema in leaves(event.model_json_schema()):
                closed = schema.keys() & {"enum", "const", "format", "pattern"}
                assert closed or schema.get("type") in ("integer", "boolean", "null"), f"{event.name}: {path}"
                assert len(str(schema.get("pattern", ""))) < 70


def leaves(schema: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(schema, dict):
        for inner in ("properties", "$defs"):
            for name, value in schema.get(inner, {}).items():
                yield from leaves(value, f"{path}.{name}")
        for inner in ("anyOf", "allOf"):
            for value in schema.get(inner, ()):
                yield from leaves(value, path)
        if "items" in schema:
            yield from leaves(schema["items"], f"{path}[]")
        if schema.get("type") in ("string", "integer", "boolean", "number"):
            yield path, schema
