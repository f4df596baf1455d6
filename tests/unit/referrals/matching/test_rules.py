"""Every hard rule: what stands against a pair, in private, and that the words for it give nothing away."""

from typing import Any
from uuid import UUID

import numpy as np
import pytest

from services.referrals.domain.caseload import CASELOAD, Caseload, TakePlace
from services.referrals.domain.standing import NOT_AVAILABLE, Standing
from services.referrals.matching.columns import pairs
from services.referrals.matching.rules import RULES, allowed
from services.referrals.matching.values import Client, Peer
from shared.runtime.service import Refusal
from tests.unit.referrals.matching.people import CLIENT, PEER, client, explained, peer
from tests.unit.referrals.story import day

OTHER = UUID(int=2)


def test_who_fits_in_every_way_stands_against_nothing() -> None:
    found = explained(CLIENT, PEER)
    assert (found.codes, found.against, found.score, found.is_candidate) == ((), (), 10_000, True)


CASES: list[tuple[str, Client, Peer, tuple[str, ...]]] = [
    ("H1 not ready in this setting", CLIENT, peer(readiness={"mbu": "ready"}), ("not-ready",)),
    ("H1 no new people", CLIENT, peer(readiness={"third-sector": "no-new-people"}), ("not-ready",)),
    ("H1 soon not ready is still ready", CLIENT, peer(readiness={"third-sector": "expiring"}), ()),
    ("H1 provider not ready", CLIENT, peer(provider_not_ready=frozenset({"third-sector"})), ("not-ready",)),
    ("H1 provider not ready elsewhere", CLIENT, peer(provider_not_ready=frozenset({"mbu"})), ()),
    ("H1 left", CLIENT, peer(left=True), ("not-ready",)),
    ("H1 stop-contact", CLIENT, peer(readiness={"third-sector": "stop-contact"}), ("not-ready", "stop-contact")),
    ("H2 supervision overdue", CLIENT, peer(supervision_overdue=True), ("supervision-overdue",)),
    ("H3 no place", CLIENT, peer(used=540), ("no-place-left",)),
    ("H3 the last place, to the hundredth", CLIENT, peer(used=500), ()),
    ("H3 a fortnightly client needs less", client(weight=60), peer(used=540), ()),
    ("H3 a pause looks like full places", CLIENT, peer(paused=True), ("no-place-left",)),
    ("H4 another area, in person", client(formats=("home",)), peer(boards=frozenset({"S08000015"})), ("out-of-reach",)),
    ("H4 another area, by phone", CLIENT, peer(boards=frozenset({"S08000015"})), ()),
    ("H4 every area", client(formats=("home",), board="S08000028"), peer(boards=frozenset()), ()),
    ("H5 no way in common", client(formats=("video",)), PEER, ("no-common-format",)),
    ("H5 any way will do", client(formats=()), peer(formats=frozenset({"message"})), ()),
    ("H6 no common language", client(language="ti"), PEER, ("no-common-language",)),
    ("H6 an interpreter is accepted", client(language="ti", interpreter=True), PEER, ()),
    ("H6 a second language", client(language="ti", fluent=frozenset({"en-GB"})), PEER, ()),
    ("H6 a peer's second language", client(language="pl"), peer(fluent=frozenset({"pl"})), ()),
    ("H6 British Sign Language is a language", client(language="bfi"), PEER, ("no-common-language",)),
    ("H6 signed by both", client(language="bfi"), peer(first_languages=frozenset({"bfi"})), ()),
    ("H7 gender", client(musts=frozenset({"gender-of-peer"})), peer(gender="woman"), ("must-not-met",)),
    ("H7 gender not said", client(musts=frozenset({"gender-of-peer"})), peer(gender=None), ("must-not-met",)),
    ("H7 gender is only a wish", CLIENT, peer(gender="woman"), ()),
    (
        "H7 not my community",
        client(musts=frozenset({"not-my-community"}), own_communities=frozenset({"gaelic"}), area=None),
        PEER,
        ("must-not-met",),
    ),
    ("H7 not from where I live", client(musts=frozenset({"not-my-community"})), PEER, ("must-not-met",)),
    ("H7 from elsewhere", client(musts=frozenset({"not-my-community"})), peer(area="arbroath"), ()),
    (
        "H7 nobody I know",
        client(musts=frozenset({"nobody-i-know"}), knows=frozenset({PEER.id})),
        PEER,
        ("must-not-met",),
    ),
    ("H7 knowing somebody is no must", client(knows=frozenset({PEER.id})), PEER, ()),
    ("H8 not this pair", client(not_with=frozenset({PEER.id})), PEER, ("not-this-pair",)),
    ("H8 not another pair", client(not_with=frozenset({OTHER})), PEER, ()),
    (
        "H8 with somebody kept apart",
        client(kept_from=frozenset({OTHER})),
        peer(clients=frozenset({OTHER})),
        ("not-this-pair",),
    ),
    ("H9 a care limit", client(brings=frozenset({"loss"})), peer(limits=frozenset({"loss"})), ("care-limit",)),
    ("H9 a limit on something else", client(brings=frozenset({"loss"})), peer(limits=frozenset({"violence"})), ()),
    (
        "H10 above the ceiling",
        client(level="severe"),
        peer(ceilings={"third-sector": "moderate"}),
        ("beyond-the-task",),
    ),
    ("H10 at the ceiling", client(level="moderate"), peer(ceilings={"third-sector": "moderate"}), ()),
    ("H10 a ceiling elsewhere", client(level="severe"), peer(ceilings={"mbu": "mild"}), ()),
    ("H10 no level set", client(level=None), peer(ceilings={"third-sector": "mild"}), ()),
    (
        "H10 no in-person contact",
        client(formats=("home",), limits=frozenset({"no-in-person"})),
        PEER,
        ("beyond-the-task",),
    ),
    ("H10 nobody alone at home", client(formats=("home",), limits=frozenset({"no-lone"})), PEER, ("beyond-the-task",)),
    ("H10 by phone", client(limits=frozenset({"no-lone", "no-in-person"})), PEER, ()),
    ("H11 a consent is not in force", client(agreed=False), PEER, ("not-agreed",)),
    ("H12 home visits not set up", client(formats=("home",)), peer(lone_visits=False), ("no-safe-visits",)),
    ("H12 another way is left", CLIENT, peer(lone_visits=False), ()),
]


@pytest.mark.parametrize(("one", "other", "codes"), [pytest.param(*case[1:], id=case[0]) for case in CASES])
def test_each_hard_rule_stands_against_what_it_is_for_and_nothing_else(
    one: Client, other: Peer, codes: tuple[str, ...]
) -> None:
    found = explained(one, other)
    assert found.codes == codes
    assert found.is_candidate == (not codes)
    assert bool(allowed(pairs([one], [other]))[0, 0]) == (not codes)
    assert not (codes and found.factors), "of whom nothing can be proposed, nothing is told"


PRIVATE = {"not-ready", "stop-contact", "supervision-overdue", "not-this-pair", "care-limit"}


def test_every_private_reason_has_the_words_and_the_code_of_plain_lack_of_readiness() -> None:
    told = {code: explained(one, other).against for _, one, other, codes in CASES for code in codes}
    assert told.keys() >= PRIVATE
    assert {told[code] for code in PRIVATE} == {(("peer-not-available", NOT_AVAILABLE),)}
    others = {words for rule in RULES if rule.code not in PRIVATE for words in (rule.public,)}
    assert NOT_AVAILABLE not in others
    public = [rule.public for rule in RULES]
    assert not [words for words in public if "supervision" in words or "limit" in words or "stop" in words]


def test_the_last_word_at_the_place_is_the_same_for_every_private_reason() -> None:
    def refusal(standing: Standing) -> tuple[str, str]:
        take = TakePlace(PEER.id, day(0), OTHER, CLIENT.id, 100, 600, "third-sector")
        with pytest.raises(Refusal) as refused:
            CASELOAD.decide(Caseload(standing=standing), take)
        return refused.value.code, str(refused.value)

    ready = frozenset({"third-sector"})
    stopped: Any = {
        refusal(Standing()),
        refusal(Standing(ready=frozenset({"mbu"}))),
        refusal(Standing(ready=ready, overdue=True)),
        refusal(Standing(ready=ready, left=True)),
        refusal(Standing(stopped=ready)),
    }
    assert [code for code, _ in stopped] == ["peer-not-available"]
    full = Caseload(places=50, standing=Standing(ready=ready))
    take = TakePlace(PEER.id, day(0), OTHER, CLIENT.id, 100, 600, "third-sector")
    with pytest.raises(Refusal) as no_place:
        CASELOAD.decide(full, take)
    assert refusal(Standing(ready=ready, paused=True)) == (no_place.value.code, str(no_place.value))


def test_one_pair_is_a_cell_of_the_whole_list() -> None:
    clients = [client(**vars_of(case[1]), id=UUID(int=n + 1)) for n, case in enumerate(CASES)]
    peers = [peer(**vars_of(case[2]), id=UUID(int=n + 101)) for n, case in enumerate(CASES)]
    whole = pairs(clients, peers)
    for rule in RULES:
        matrix = rule.allows(whole)
        cells = [[bool(rule.allows(pairs([one], [other]))[0, 0]) for other in peers[:12]] for one in clients]
        assert np.array_equal(matrix[:, :12], np.array(cells)), rule.id


def vars_of(value: Client | Peer) -> dict[str, Any]:
    """Every field but the id."""
    return {name: getattr(value, name) for name in value.__slots__ if name != "id"}
