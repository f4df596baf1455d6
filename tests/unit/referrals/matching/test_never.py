"""What matching never looks at: change it, and no client, peer, score or assignment changes."""

import json
from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from services.referrals.domain import referral
from services.referrals.domain.policy import Policy
from services.referrals.domain.state import NEW
from services.referrals.matching.facts import Kept, Together, client_of, kept_apart, peer_of
from services.referrals.matching.values import Client, Peer
from services.referrals.rows import PeerRow, ReferralRow, first_row
from shared.runtime.envelope import Envelope
from tests.unit.referrals.story import ID, MONDAY, create, day

PERSON, PEER = UUID(int=1), UUID(int=101)
POLICY = Policy()
WISHES = {"experiences": ["stillbirth"], "role": "father", "area": "dundee", "languages": ["pl"]}
NEEDS = {
    "experience_tags": ["birth-trauma"],
    "support_needs": ["asylum"],
    "illness_level": {"code": "mild", "set_by_role": "clinician", "date": "2026-03-01"},
}


def row(**changes: Any) -> dict[str, Any]:
    """The row of a client who waits, as the query gives it, and everything else that the row holds."""
    (said,) = referral.decide(NEW, create())
    made = first_row(_envelope(said), said)
    return asdict(replace(made, stage="waiting", person_id=PERSON, consents=("share-with-provider",))) | changes


def _envelope(said: Any) -> Envelope:
    return Envelope(
        UUID(int=9), said.type(), "kith.referrals", f"referral/{ID}", MONDAY, MONDAY, "SC012345", 1, "coordinator",
        UUID(int=8), None, None, said,
    )  # fmt: skip


def kept(**changes: Any) -> Kept:
    said: Mapping[str, Any] = {"preferences": WISHES, "needs": NEEDS, "contact": {}} | changes
    return Kept(**{name: {PERSON: json.dumps(value).encode()} for name, value in said.items()})


def client(changes: Mapping[str, Any] | None = None, **in_vault: Any) -> Client:
    return client_of(row(**(changes or {})), 10, kept(**in_vault), POLICY)


MAY_COUNT = {
    "id", "person_id", "stage", "stage_since", "reopened_at", "restricted", "setting", "board_of_residence",
    "parent_role", "language", "interpreter_needed", "formats_wanted", "match_amber_days", "match_red_days",
    "contact_limits", "pathway", "consents", "peers_set_aside", "last_peer_id", "same_peer_wanted",
}  # fmt: skip
OTHERWISE: Mapping[type, Any] = {
    str: "something-else", int: 77, bool: True, UUID: UUID(int=77), date: date(2020, 1, 1),
    datetime: datetime(2020, 1, 1, tzinfo=UTC), tuple: ("something-else",),
}  # fmt: skip


@pytest.mark.parametrize("name", [f.name for f in fields(ReferralRow) if f.name not in MAY_COUNT])
def test_whatever_else_a_referral_says_changes_nothing(name: str) -> None:
    """Who sent it, attendance, declines, waits for contact, endings: every column that is not named above."""
    for otherwise in OTHERWISE.values():
        assert client({name: otherwise}) == client()


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("needs", {"ethnicity": "other", "simd_quintile": 1, "epds_total": 22, "phq9": 20, "diagnosis": "f53"}),
        ("needs", {"stage": "postnatal", "stage_weeks": 7}),
        ("preferences", {"ethnicity": "other", "simd_quintile": 1}),
        ("contact", {"address": ["1 High Street"], "phones": ["01382496000"], "emails": ["a@example.org"]}),
    ],
    ids=["deprivation, ethnicity, measures, diagnosis", "stage", "nothing beside the wishes", "where they live"],
)
def test_what_else_the_vault_keeps_changes_nothing(name: str, more: Mapping[str, Any]) -> None:
    said: Any = {"preferences": WISHES, "needs": NEEDS, "contact": {}}
    assert client(**{name: {**said[name], **more}}) == client()


def test_a_postcode_says_where_a_journey_begins_and_nothing_else() -> None:
    nowhere = {name: value for name, value in WISHES.items() if name != "area"}
    here = client(preferences=nowhere, contact={"postcode": "DD1 4HN"})
    assert here.area == "dd1"
    assert replace(here, area=None) == client(preferences=nowhere)


@pytest.mark.parametrize("role", ["self", "family", "peer", "third-sector", "coordinator"])
def test_a_level_that_no_clinician_set_is_none(role: str) -> None:
    level = {"code": "severe", "set_by_role": role, "date": "2026-03-01"}
    assert client(needs={**NEEDS, "illness_level": level}).level is None
    assert client(needs={**NEEDS, "illness_level": {**level, "set_by_role": "clinician"}}).level == "severe"


@pytest.mark.parametrize("what", ["restriction", "erasure"])
def test_nobody_is_matched_whose_data_may_not_be_used(what: str) -> None:
    assert client().agreed
    assert not client({"restricted": what}).agreed
    assert not client({"consents": ("messages-text",)}).agreed
    assert not client({"stage": "paused"}).agreed


def test_a_decline_acts_on_its_pair_only_and_not_once_the_client_asks_for_the_peer() -> None:
    aside = {"peers_set_aside": (str(PEER),)}
    assert client(aside).not_with == {PEER}
    assert replace(client(aside), not_with=frozenset()) == client()
    assert client_of(row(**aside), 10, kept(), POLICY, asks_for=PEER).not_with == frozenset()


def test_after_a_return_the_earlier_peer_comes_only_if_the_client_wants() -> None:
    back = {"last_peer_id": PEER, "reopened_at": day(80), "stage_since": day(80)}
    assert client(back).earlier_peer == PEER
    unwanted = client({**back, "same_peer_wanted": False})
    assert (unwanted.earlier_peer, unwanted.not_with) == (None, {PEER})


PEER_ROW = {
    **asdict(
        PeerRow(
            PEER, "SC012345", 3, readiness=("third-sector|ready|moderate|lone",), formats=("phone",),
            first_languages=("en",), slots=("thu-evening",),
        )
    ),
    "places": 600, "used": 100, "last_taken_on": date(2026, 2, 1),
}  # fmt: skip


def peer(**changes: Any) -> Peer:
    return peer_of({**PEER_ROW, **changes}, Kept(), POLICY, date(2026, 3, 2), (), ())


@pytest.mark.parametrize("name", ["sequence", "contracted_hours", "places_hundredths", "organisation"])
def test_whatever_else_is_known_of_a_peer_changes_nothing(name: str) -> None:
    assert peer(**{name: 7}) == peer()


def test_a_peers_outcomes_declines_and_attendance_have_no_place_to_stand() -> None:
    here = {f.name for f in fields(Peer)} | {f.name for f in fields(Client)}
    words = ("outcome", "decline", "attend", "missed", "measure", "diagnos", "simd", "depriv", "ethnic", "sender")
    assert not [name for name in here for word in words if word in name]


def test_the_lower_of_two_ceilings_counts_and_a_provider_that_is_not_ready_stops_new_people() -> None:
    assert peer().ceilings == {"third-sector": "moderate"}
    assert peer(readiness=("third-sector|ready|severe|",)).ceilings == {"third-sector": "moderate"}
    assert peer(readiness=("third-sector|ready|mild|",)).ceilings == {"third-sector": "mild"}
    assert peer().idle_days == 29
    found = peer_of(PEER_ROW, Kept(), POLICY, date(2026, 3, 2), ["third-sector"], ())
    assert found.provider_not_ready == {"third-sector"}


ONE, TWO = UUID(int=21), UUID(int=22)


def couple(first: Mapping[str, Any] | None, second: Mapping[str, Any] | None, **more: Any) -> list[Client]:
    """Two who wait, with what each says of a partner."""
    from shared.contracts.preferences import Preferences

    said = {ONE: first, TWO: second}
    partners = {id: Preferences.model_validate_json(json.dumps(wish, default=str)) for id, wish in said.items() if wish}
    together = Together(partners=partners, person_of={ONE: UUID(int=31), TWO: UUID(int=32)}, **more)
    return kept_apart([replace(client(), id=id) for id in (ONE, TWO)], together)


def test_a_couple_has_one_peer_only_if_both_ask() -> None:
    one, two = {"partner": TWO, "partner_may_share_peer": True}, {"partner": ONE, "partner_may_share_peer": True}
    assert [c.kept_from for c in couple(one, two)] == [frozenset(), frozenset()]
    for said in ((one, None), (None, two), (one, {**two, "partner_may_share_peer": False})):
        assert [c.kept_from for c in couple(*said)] == [{TWO}, {ONE}]
    assert [c.not_with for c in couple(one, None, peer_of={TWO: PEER})] == [{PEER}, frozenset()]


def test_who_is_kept_apart_has_neither_that_peer_nor_one_of_theirs() -> None:
    apart = [frozenset({UUID(int=31), UUID(int=32)}), frozenset({UUID(int=31), PEER})]
    first, second = couple(None, None, apart=apart, peer_of={TWO: UUID(int=102)})
    assert (first.kept_from, first.not_with) == ({TWO}, {PEER, UUID(int=32), UUID(int=102)})
    assert second.kept_from == {ONE}
    assert PEER not in second.not_with
