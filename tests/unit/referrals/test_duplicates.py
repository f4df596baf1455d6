"""Who may be one person: facts that can be told, a suspicion, and what people decide of it."""

from datetime import date
from typing import Any

import pytest

from services.referrals.domain.duplicates import Known, Settle, Suspect, suspicion
from tests.unit.referrals.story import ID, MONDAY, Story, ended, one, received

BORN, PHONE = date(1996, 4, 2), "+447700900123"


def known(given: str | None = None, family: str | None = None, **more: Any) -> Known:
    return Known(given=(given,) if given else (), family=family, **more)


ABEBA = known("Abeba", "Tesfay", birth_date=BORN, phones=(PHONE,), chi="9990000018")

CASES = {
    "the same CHI suffices": (known("Ada", chi="9990000018"), ABEBA, ("same-chi",)),
    "another spelling and the same phone": (
        known("Abebe", phones=(PHONE,)), ABEBA, ("similar-name", "same-phone"),
    ),
    "another spelling and the same birth date": (
        known("Ábeba", "Tesfai", birth_date=BORN), ABEBA, ("same-birth-date", "similar-name"),
    ),
    "first and last name exchanged": (
        known("Tesfay", "Abeba", birth_date=BORN), ABEBA, ("same-birth-date", "similar-name"),
    ),
    "the same birth date and phone under another name": (
        known("Selam", "Haile", birth_date=BORN, phones=(PHONE,)), ABEBA, ("same-birth-date", "same-phone"),
    ),
    "an email in other letters": (
        known("Ada", emails=("ADA@example.org",)),
        known("Ada", emails=("ada@example.org",)),
        ("similar-name", "same-email"),
    ),
    "a couple with one phone": (known("Robel", "Tesfay", birth_date=date(1994, 1, 1), phones=(PHONE,)), ABEBA, ()),
    "a couple with one phone and no birth date": (known("Robel", "Tesfay", phones=(PHONE,)), ABEBA, ()),
    "mother and daughter of one name and phone": (
        known("Abeba", "Tesfay", birth_date=date(1970, 1, 1), phones=(PHONE,)), ABEBA, (),
    ),
    "one phone and another CHI": (known("Abeba", "Tesfay", phones=(PHONE,), chi="9990000026"), ABEBA, ()),
    "a birth date alone": (known("Morag", "Example", birth_date=BORN), ABEBA, ()),
    "a name alone": (known("Abeba", "Tesfay"), ABEBA, ()),
    "nothing known": (Known(), Known(), ()),
}  # fmt: skip


@pytest.mark.parametrize(("here", "there", "facts"), CASES.values(), ids=CASES.keys())
def test_who_is_suspected_and_for_which_facts(here: Known, there: Known, facts: tuple[str, ...]) -> None:
    assert suspicion(here, there) == suspicion(there, here) == facts


def suspect(*facts: Any) -> Suspect:
    return Suspect(ID, MONDAY, one(1), one(9), one(8), facts)


def settle(do: Any) -> Settle:
    return Settle(ID, MONDAY, one(9), do, "coordinator")


def suspected(story: Story | None = None) -> Story:
    return (story or received()).when(suspect("same-phone")).then("duplicate-suspected", facts=["same-phone"])


@pytest.mark.parametrize("settled", [("dismiss", "dismissed"), ("confirm", "confirmed")])
def test_people_settle_it_and_the_same_facts_raise_nothing(settled: tuple[str, str]) -> None:
    story = suspected().when(settle(settled[0])).then(f"duplicate-{settled[1]}")
    story.when(suspect("same-phone")).then()


def test_what_was_dismissed_is_suspected_again_only_for_a_fact_not_known_then() -> None:
    story = suspected().when(settle("dismiss")).then("duplicate-dismissed")
    story.when(suspect("same-phone", "same-chi")).then("duplicate-suspected", facts=["same-chi", "same-phone"])


def test_a_link_is_undone_and_may_be_made_again() -> None:
    story = suspected().when(settle("confirm")).when(settle("unlink")).then("duplicate-unlinked")
    story.when(suspect("same-phone")).then()
    story.when(settle("confirm")).then("duplicate-confirmed")


def test_who_was_never_suspected_or_stands_otherwise_is_refused() -> None:
    received().when(settle("confirm")).then_refused("not-suspected", "other_person_id")
    suspected().when(settle("unlink")).then_refused("is-suspected")
    suspected().when(settle("confirm")).when(settle("dismiss")).then_refused("is-confirmed")


def test_linking_changes_nothing_else_of_the_history() -> None:
    linked = suspected(ended()).when(settle("confirm"))
    unlinked = linked.when(settle("unlink"))
    assert unlinked.state.sessions == linked.state.sessions
    assert (unlinked.state.stage, unlinked.state.person_id) == (ended().state.stage, ended().state.person_id)
