"""A client and a peer who fit in every way, to be spoilt in one."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from services.referrals.matching.columns import Minutes, pairs
from services.referrals.matching.explain import Explained, explain
from services.referrals.matching.values import Client, Peer

CLIENT = Client(
    UUID(int=1),
    "third-sector",
    board="S08000030",
    formats=("phone", "home"),
    experiences=("stillbirth", "birth-trauma", "feeding"),
    genders=frozenset({"man"}),
    communities=frozenset({"gaelic"}),
    ages=(25, 40),
    slots=frozenset({"thu-evening", "mon-evening"}),
    role="father",
    own_role="father",
    language="en",
    area="dundee",
    interpreter=False,
)
PEER = Peer(
    UUID(int=101),
    readiness={"third-sector": "ready"},
    formats=frozenset({"phone", "home"}),
    slots=frozenset({"thu-evening", "mon-evening"}),
    first_languages=frozenset({"en"}),
    boards=frozenset({"S08000030"}),
    area="dundee",
    lone_visits=True,
    experiences=frozenset({"stillbirth", "birth-trauma", "feeding"}),
    communities=frozenset({"gaelic"}),
    gender="man",
    age=31,
    role="father",
)
MINUTES: Minutes = {"dundee": {"arbroath": 30}, "kirkwall": {"westray": 95}}


def client(**changes: Any) -> Client:
    return replace(CLIENT, **changes)


def peer(**changes: Any) -> Peer:
    return replace(PEER, **changes)


def explained(one: Client, other: Peer, minutes: Minutes = MINUTES) -> Explained:
    """The one pair of the two."""
    return explain(pairs([one], [other], minutes))[0][0]
