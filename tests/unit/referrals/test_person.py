"""What may be done with what is kept of a person, and what keeps it from being done."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from services.referrals.domain import person
from services.referrals.domain.person import (
    Correct,
    Decision,
    Erase,
    Hold,
    KeepApart,
    LiftHold,
    Person,
    Refer,
    Restrict,
)
from services.referrals.domain.policy import Policy
from services.referrals.domain.rights import USES, LiftRestriction, RestrictReferral
from shared.contracts.service_updates import JoinService
from shared.contracts.updates import ChangeSafeContact
from shared.runtime.service import Refusal, Secret
from tests.unit.referrals.story import (
    CONFIRM,
    DECLINE,
    END,
    ID,
    MONDAY,
    PROPOSE,
    REOPEN,
    Story,
    create,
    ended,
    one,
    proposed,
    received,
    supported,
    waiting,
)

ANNA = one(1)
OFFICER = "information-governance"
ASKED = Decision("person-asked", "ig-2026-014")
POLICY = Policy()


def said(state: Person, *commands: Any) -> tuple[Person, Sequence[Any]]:
    events: list[Any] = []
    for command in commands:
        for event in person.decide(state, command):
            state = person.evolve(state, type(event).model_validate_json(event.model_dump_json()))
            events.append(event)
    return state, events


def erase(of: str = "peer-support", ground: Any = "person-asked", last: date = date(2026, 3, 1)) -> Erase:
    decision, retention = Decision(ground, "ig-2026-014"), POLICY.retention[of]
    return Erase(ANNA, MONDAY, OFFICER, decision, (ID,), (one(5),), of, retention, last)


def hold(kind: Any, number: int = 7) -> Hold:
    return Hold(ANNA, MONDAY, OFFICER, one(number), kind)


def apart(on: bool = True) -> KeepApart:
    return KeepApart(ANNA, MONDAY, "coordinator", one(2), "person", on)


def test_an_erasure_destroys_the_persons_key_and_names_what_others_destroy() -> None:
    state, (event,) = said(Person(), erase())
    assert state.erased
    assert erase().erases == (ANNA,)
    assert (event.person_id, event.referral_ids, event.submission_ids) == (ANNA, (ID,), (one(5),))
    assert (event.by_role, event.decision_ref) == (OFFICER, "ig-2026-014")


@pytest.mark.parametrize(
    ("kind", "code"), [("legal", "legal-hold"), ("open-concern", "open-concern"), ("complaint", "open-complaint")]
)
def test_nothing_is_erased_while_something_holds_it_and_all_of_it_once_nothing_does(kind: Any, code: str) -> None:
    state, _ = said(Person(), hold(kind))
    with pytest.raises(Refusal) as refused:
        said(state, erase(ground="court-order"))
    assert refused.value.code == code
    state, _ = said(state, LiftHold(ANNA, MONDAY, OFFICER, one(7)), erase())
    assert state.erased


def test_of_two_holds_both_must_be_lifted() -> None:
    state, _ = said(Person(), hold("legal", 7), hold("legal", 8), LiftHold(ANNA, MONDAY, OFFICER, one(7)))
    with pytest.raises(Refusal, match="legal hold"):
        said(state, erase())


def test_nobody_is_erased_while_the_reason_of_somebody_kept_apart_meanwhile_would_stay() -> None:
    state, _ = said(Person(), apart())
    with pytest.raises(Refusal) as refused:
        said(state, erase())
    assert refused.value.code == "kept-apart-meanwhile"
    state, _ = said(state, replace(erase(), apart_from=frozenset({one(2)})))
    assert state.erased


@pytest.mark.parametrize(
    ("of", "ground", "last", "code"),
    [
        ("mental-health", "person-asked", date(2026, 3, 1), "kept-by-duty"),
        ("mental-health", "retention-ended", date(2006, 3, 3), "retention-not-over"),
        ("peer-support", "retention-ended", date(2020, 3, 3), "retention-not-over"),
        ("peer-support", "complaint", date(2000, 1, 1), "not-a-ground-to-erase"),
    ],
)
def test_what_must_be_kept_is_kept_and_the_officer_is_told_why(of: str, ground: Any, last: date, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        said(Person(), erase(of, ground, last))
    assert refused.value.code == code
    assert str(refused.value).endswith(".")


@pytest.mark.parametrize(
    ("of", "ground", "last"),
    [
        ("peer-support", "person-asked", date(2026, 3, 1)),
        ("peer-support", "retention-ended", date(2020, 3, 2)),
        ("mental-health", "person-asked", date(2006, 3, 2)),
        ("mental-health", "court-order", date(2026, 3, 1)),
        ("maternity", "sent-in-error", date(2026, 3, 1)),
    ],
)
def test_what_need_not_be_kept_may_go(of: str, ground: Any, last: date) -> None:
    assert said(Person(), erase(of, ground, last))[0].erased


def test_after_an_erasure_nothing_more_is_decided() -> None:
    state, _ = said(Person(), erase())
    correct = Correct(ANNA, MONDAY, "coordinator", ("identity",), (Secret(ANNA, "identity", b"{}"),))
    for command in (correct, erase(), hold("legal"), apart(), Restrict(ANNA, MONDAY, OFFICER, ASKED, (), True)):
        with pytest.raises(Refusal) as refused:
            said(state, command)
        assert refused.value.code == "person-erased"


def test_a_restriction_is_set_once_and_lifted_once() -> None:
    def restrict(on: bool) -> Restrict:
        return Restrict(ANNA, MONDAY, OFFICER, ASKED, (ID,), on)

    state, events = said(Person(), restrict(True), restrict(False))
    assert [event.name for event in events] == ["processing-restricted", "processing-restriction-lifted"]
    for now, again, code in (
        (Person(), False, "not-restricted"),
        (Person(restricted=True), True, "already-restricted"),
    ):
        with pytest.raises(Refusal) as refused:
            said(now, restrict(again))
        assert refused.value.code == code
    assert not state.restricted


def test_who_is_kept_apart_is_said_once_and_may_be_lifted() -> None:
    state, events = said(Person(), apart(), apart(), apart(on=False))
    assert [event.name for event in events] == ["keep-apart-set", "keep-apart-lifted"]
    with pytest.raises(Refusal, match="not kept apart"):
        said(state, apart(on=False))
    with pytest.raises(Refusal, match="themselves"):
        said(state, KeepApart(ANNA, MONDAY, "coordinator", ANNA, "person", True))


RESTRICT = RestrictReferral(ID, MONDAY, "restriction")
CLOSE = RestrictReferral(ID, MONDAY, "erasure")
JOIN = JoinService(service_id=one(9), by_role="coordinator")


@pytest.mark.parametrize("story", [received(), waiting(), supported()], ids=["received", "waiting", "supported"])
def test_nobody_is_erased_while_a_referral_is_open(story: Story) -> None:
    story.when(CLOSE).then_refused("support-runs")


def test_of_an_erased_person_nothing_falls_due_and_nothing_can_be_told() -> None:
    declined = received().when(DECLINE.model_copy(update={"review_on": date(2026, 4, 1)}), 1)
    assert [name.partition(":")[0] for name in declined.due()] == ["review"]
    assert declined.when(CLOSE).then("referral-restricted", because="erasure").due() == {}
    ended().when(CLOSE).when(REOPEN, 61).then_refused("person-erased")


def test_what_would_use_the_data_rests_while_they_are_restricted_and_goes_on_afterwards() -> None:
    resting = proposed().when(RESTRICT).then("referral-restricted")
    resting.when(CONFIRM, 3).then_refused("processing-restricted")
    waiting().when(RESTRICT).when(PROPOSE, 2).then_refused("processing-restricted")
    waiting().when(RESTRICT).when(JOIN, 2).then_refused("processing-restricted")
    going_on = resting.when(LiftRestriction(ID, MONDAY)).then("referral-restriction-lifted")
    going_on.when(CONFIRM, 3).then("peer-matched")
    assert {"propose-match", "confirm-match", "plan-session"} <= USES


def test_support_that_runs_may_be_ended_while_data_are_restricted() -> None:
    supported().when(RESTRICT).when(END, 60).then("support-ended")


def test_how_to_be_reached_is_said_anew_without_saying_it() -> None:
    story = waiting().when(ChangeSafeContact(by_role="coordinator"), 2).then("safe-contact-changed")
    assert story.state.safe_contact_at == MONDAY + timedelta(days=2)
    late = ChangeSafeContact(by_role="coordinator", at=MONDAY + timedelta(days=1))
    story.when(late, 3).then_refused("overtaken")


def test_a_new_referral_of_somebody_restricted_is_restricted_and_of_somebody_erased_refused() -> None:
    restricted = Story().when(replace(create(), standing="restriction"))
    restricted.then("referral-created", "referral-restricted")
    assert restricted.state.restricted == "restriction"
    Story().when(replace(create(), standing="erasure")).then_refused("person-erased")


@pytest.mark.parametrize("decide", [erase(), Restrict(ANNA, MONDAY, OFFICER, ASKED, (), True)])
def test_nobody_decides_about_a_referral_that_came_in_while_they_decided(decide: Erase | Restrict) -> None:
    state, _ = said(Person(), Refer(ANNA, MONDAY, "gp", ID, None))
    with pytest.raises(Refusal, match="meanwhile") as no:
        said(state, replace(decide, referral_ids=(one(9),)))
    assert no.value.code == "referred-meanwhile"
    said(state, replace(decide, referral_ids=(one(9), ID)))


def test_of_somebody_erased_no_referral_is_made() -> None:
    with pytest.raises(Refusal) as no:
        person.decide(Person(erased=True), Refer(ANNA, MONDAY, "gp", ID, None))
    assert no.value.code == "person-erased"


@pytest.mark.parametrize(("seen", "stands"), [(None, "restriction"), ("restriction", None)])
def test_no_referral_comes_under_what_was_decided_otherwise_meanwhile(seen: Any, stands: str | None) -> None:
    now = Person(restricted=stands is not None)
    with pytest.raises(Refusal) as no:
        person.decide(now, Refer(ANNA, MONDAY, "gp", ID, seen))
    assert no.value.code == "decided-meanwhile"
    [event] = person.decide(now, Refer(ANNA, MONDAY, "gp", ID, now.standing))
    assert event.referral_id == ID


def test_what_was_sent_of_somebody_erased_later_may_be_destroyed_too_and_nothing_twice() -> None:
    state, _ = said(Person(), erase())
    state, (event,) = said(state, replace(erase(), submission_ids=(one(5), one(6))))
    assert event.submission_ids == (one(6),)
    with pytest.raises(Refusal, match="erased"):
        said(state, replace(erase(), submission_ids=(one(5), one(6))))
