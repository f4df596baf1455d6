"""The score: what each factor is worth, over what the client stated alone, and how it is told."""

from uuid import UUID

import pytest

from services.referrals.matching.columns import pairs
from services.referrals.matching.explain import in_points, in_points_each, wait_of
from services.referrals.matching.terms import TERMS, related
from services.referrals.matching.values import Client, Peer
from tests.unit.referrals.matching.people import CLIENT, MINUTES, PEER, client, explained, peer

NOTHING_STATED = Client(UUID(int=1), "third-sector", board="S08000030")


def factor(code: str, one: Client, other: Peer) -> float | None:
    """The factor's value from 0 to 1 for one pair; None where the client stated nothing."""
    (term,) = (term for term in TERMS if term.code == code)
    value, stated = term.value(pairs([one], [other], MINUTES))
    return round(float(value[0, 0]), 4) if stated[0] else None


def test_the_weights_are_those_of_the_rules_of_care() -> None:
    weights = {term.code: term.weight for term in TERMS}
    assert weights == {
        "shared-experience": 35,
        "wishes": 20,
        "format-and-times": 15,
        "role": 10,
        "language": 10,
        "travel": 10,
    }


CASES: list[tuple[str, str, Client, Peer, float | None]] = [
    ("all three shared", "shared-experience", CLIENT, PEER, 1.0),
    ("only the first", "shared-experience", CLIENT, peer(experiences=frozenset({"stillbirth"})), 0.5),
    ("only the last", "shared-experience", CLIENT, peer(experiences=frozenset({"feeding"})), round(1 / 6, 4)),
    ("a related one", "shared-experience", CLIENT, peer(experiences=frozenset({"neonatal-death"})), 0.25),
    ("exact counts before related", "shared-experience", client(experiences=("stillbirth",)), PEER, 1.0),
    ("none", "shared-experience", CLIENT, peer(experiences=frozenset()), 0.0),
    ("not stated", "shared-experience", client(experiences=()), PEER, None),
    ("all wishes", "wishes", CLIENT, PEER, 1.0),
    ("two of three", "wishes", CLIENT, peer(age=41), round(2 / 3, 4)),
    ("the youngest is included", "wishes", client(genders=frozenset(), communities=frozenset()), peer(age=25), 1.0),
    ("age not said", "wishes", client(genders=frozenset(), communities=frozenset()), peer(age=None), 0.0),
    ("one wish alone", "wishes", client(genders=frozenset({"woman"}), communities=frozenset(), ages=None), PEER, 0.0),
    ("no wishes", "wishes", client(genders=frozenset(), communities=frozenset(), ages=None), PEER, None),
    ("all slots", "format-and-times", CLIENT, PEER, 1.0),
    ("half the times", "format-and-times", CLIENT, peer(slots=frozenset({"thu-evening"})), 0.5),
    ("half the ways", "format-and-times", client(slots=frozenset()), peer(formats=frozenset({"phone"})), 0.5),
    ("half of each", "format-and-times", CLIENT,
     peer(slots=frozenset({"thu-evening"}), formats=frozenset({"phone"})), 0.25),
    ("neither stated", "format-and-times", client(slots=frozenset(), formats=()), PEER, None),
    ("father to father", "role", CLIENT, PEER, 1.0),
    ("another role", "role", CLIENT, peer(role="birth-parent"), 0.0),
    ("the same though any will do", "role", client(role="any"), PEER, 1.0),
    ("any", "role", client(role="any"), peer(role="birth-parent"), 0.5),
    ("role not stated", "role", client(role=None), PEER, None),
    ("first language", "language", client(language="pl"), peer(first_languages=frozenset({"pl"})), 1.0),
    ("fluent", "language", client(language="pl"), peer(fluent=frozenset({"pl"})), 0.6),
    ("both fluent", "language", client(language="ti", fluent=frozenset({"en"})), PEER, 0.6),
    ("interpreter", "language", client(language="ti", interpreter=True), PEER, 0.3),
    ("remote", "travel", CLIENT, peer(area="westray"), 1.0),
    ("half an hour", "travel", client(formats=("home",)), peer(area="arbroath"), 0.5),
    ("both ways alike", "travel", client(formats=("home",), area="kirkwall"), peer(area="westray"), 0.0),
    ("where they live", "travel", client(formats=("home",)), PEER, 1.0),
    ("an unknown area of the peer", "travel", client(formats=("home",)), peer(area="elsewhere"), 0.0),
    ("home rather than phone", "travel", client(formats=("home", "phone")), peer(area="arbroath"), 0.5),
    ("area not known", "travel", client(area=None), PEER, None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "one", "other", "value"), [pytest.param(*case[1:], id=f"{case[1]}: {case[0]}") for case in CASES]
)
def test_each_factor_is_worth_what_the_table_says(code: str, one: Client, other: Peer, value: float | None) -> None:
    assert factor(code, one, other) == (None if value is None else pytest.approx(value, abs=1e-4))


def test_stating_little_is_no_disadvantage() -> None:
    everybody = explained(CLIENT, PEER)
    little = explained(NOTHING_STATED, PEER)
    assert (everybody.score, little.score) == (10_000, 10_000)
    assert [factor.code for factor in little.factors] == ["language"]


def test_weights_are_shared_out_over_what_was_stated() -> None:
    only_experience = client(
        genders=frozenset(), communities=frozenset(), ages=None, slots=frozenset(), formats=(), role=None, area=None
    )
    found = explained(only_experience, peer(experiences=frozenset()))
    assert found.score == round(10_000 * 10 / 45)
    assert not found.is_candidate, "below the floor nobody is proposed by default"


def test_the_earlier_peer_has_ten_more_if_the_client_asks() -> None:
    other = peer(experiences=frozenset())
    assert explained(client(earlier_peer=PEER.id), other).score == explained(CLIENT, other).score + 1000
    assert in_points(explained(client(earlier_peer=PEER.id), PEER).score) == 100


def test_a_score_is_the_sum_of_what_is_told() -> None:
    found = explained(CLIENT, peer(age=50, role="birth-parent", slots=frozenset({"mon-evening"})))
    assert found.score == sum(factor.points for factor in found.factors)
    assert {factor.code: factor.how for factor in found.factors} == {
        "shared-experience": "met",
        "wishes": "in part",
        "format-and-times": "in part",
        "role": "not met",
        "language": "met",
        "travel": "met",
    }


def test_the_words_say_that_an_experience_is_shared_and_never_which() -> None:
    for shared in ({"stillbirth"}, {"feeding"}, set(CLIENT.experiences)):
        words = " ".join(f.words for f in explained(CLIENT, peer(experiences=frozenset(shared))).factors)
        assert "shares an experience the client said matters" in words
        assert not [word for word in (*CLIENT.experiences, *related()) if word in words]


def test_the_wait_adds_up_to_a_quarter_of_a_score() -> None:
    waits = [wait_of(pairs([client(waiting_days=days)], [PEER]), 0) for days in (0, 14, 28, 56, 200)]
    assert [(wait.points, wait.past) for wait in waits] == [
        (0, None),
        (625, None),
        (1250, "amber"),
        (2500, "red"),
        (2500, "red"),
    ]


def test_scenario_father_finds_the_dad_on_thursday_evening_first() -> None:
    father = Client(
        UUID(int=1),
        "third-sector",
        board="S08000030",
        formats=("phone",),
        slots=frozenset({"mon-evening", "tue-evening", "wed-evening", "thu-evening", "fri-evening"}),
        role="father",
        own_role="father",
    )
    dad = Peer(
        UUID(int=104),
        readiness={"third-sector": "ready"},
        formats=frozenset({"phone"}),
        slots=frozenset({"thu-evening"}),
        first_languages=frozenset({"en"}),
        role="father",
    )
    mothers = [
        Peer(
            UUID(int=n),
            readiness={"third-sector": "ready"},
            formats=frozenset({"phone", "home"}),
            slots=frozenset({"mon-morning", "tue-afternoon"}),
            first_languages=frozenset({"en"}),
            role="birth-parent",
        )
        for n in (101, 102)
    ]
    found = {other.id: explained(father, other) for other in (dad, *mothers)}
    best = max(found.values(), key=lambda pair: pair.score)
    assert best.peer_id == dad.id
    assert "is a parent in the role the client wished for" in [f.words for f in best.factors if f.how == "met"]


def test_published_points_add_up_to_the_published_score() -> None:
    assert in_points_each([4444, 2500, 1806, 1250]) == [44, 25, 19, 12]
    assert sum(in_points_each([3333, 3333, 3334])) == in_points(10_000)
