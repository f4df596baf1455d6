"""A proposal with its reasons, and the whole list at once: software proposes, a person confirms one by one."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from demo.house import until
from demo.scenes.charity import BOARD, SETTING, Charity, Scene
from demo.sums import Sum
from shared.contracts.supervision import MatchTags

EVENINGS = ("tue-evening", "thu-evening")
MORNINGS = ("mon-morning", "wed-morning", "fri-morning")

PEERS: Mapping[str, tuple[MatchTags, Mapping[str, Any]]] = {
    "D": (
        MatchTags(experiences=("postnatal-depression",), gender="man", age=34, role="father"),
        {"formats": ("phone", "video"), "slots": EVENINGS},
    ),
    "R": (
        MatchTags(experiences=("birth-trauma", "postnatal-anxiety"), gender="woman", age=31, role="birth-parent"),
        {"formats": ("phone", "home", "community"), "slots": MORNINGS},
    ),
    "J": (
        MatchTags(experiences=("neonatal-unit",), gender="woman", age=42, role="birth-parent"),
        {"formats": ("phone", "home", "group"), "slots": (*MORNINGS, "thu-evening")},
    ),
    "M": (
        MatchTags(experiences=("stillbirth",), gender="woman", age=38, role="birth-parent"),
        {"formats": ("phone", "community"), "slots": MORNINGS, "places_hundredths": 100, "contracted_hours": 3},
    ),
}
"""Letters stand for peers; what they agreed to be matched on crosses Kafka sealed."""

CLIENTS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "Callum": (
        "father",
        {"experiences": ["postnatal-depression"], "role": "father", "formats": ["phone"], "slots": ["thu-evening"]},
    ),
    "Eilidh": ("birth-parent", {"experiences": ["birth-trauma"], "formats": ["home", "phone"]}),
    "Morag": ("birth-parent", {"experiences": ["neonatal-unit"], "genders": ["woman"], "formats": ["home"]}),
    "Shona": ("birth-parent", {"experiences": ["stillbirth"], "formats": ["community", "phone"]}),
    "Ailsa": ("birth-parent", {"experiences": ["miscarriage"], "genders": ["woman"], "formats": ["phone"]}),
    "Niamh": ("birth-parent", {"experiences": ["postnatal-anxiety"], "musts": ["gender-of-peer"], "genders": ["man"]}),
}
FIRST_OF_LATER, WEEKS_LATER = "Morag", timedelta(weeks=5)
"""Those before her have waited so long when the others come."""
SHARED = "shares an experience the client said matters"


async def play(charity: Charity) -> Sequence[Scene]:
    """A father's candidates with the reasons; then the list as a whole; then he is matched, by a person."""
    for letter, (tags, capacity) in PEERS.items():
        charity.peers[letter] = charity.id(f"peer:{letter}")
        full = {"contracted_hours": 15, "places_hundredths": 600, "boards": (BOARD,), **capacity}
        await charity.supervision.peer(charity.peers[letter], SETTING, tags, **full)
    charity.teller.say("supervision says of four peers that they are ready, and what they agreed to be matched on")
    for name, (role, wishes) in CLIENTS.items():
        if name == FIRST_OF_LATER:
            await charity.house.turn(charity.house.now + WEEKS_LATER)
        await charity.referred(name, parent_role=role)
        await charity.wish(name, "record-preferences", {"by_role": "coordinator", "preferences": wishes})
    found = await until("all four peers are known", lambda: _known(charity))
    scenes = [_proposal(charity, found), _preview(charity, await charity.ask("/matching/preview"))]
    charity.teller.say("a father's peers, with the reasons; then the whole list: a preview, nothing is kept of it")
    await charity.matched("Callum", "D")
    charity.teller.say("a person proposes peer D to him and confirms; nothing was sent before that")
    return scenes


async def _known(charity: Charity) -> Any:
    found = await charity.ask(f"/referrals/{charity.clients['Callum']}/candidates")
    every = (*found["candidates"], *found["below_the_floor"], *found["not_available"])
    best = found["candidates"][0]["shared_and_met"] if found["candidates"] else ()
    return found if len(every) == len(PEERS) and SHARED in best else None


def _proposal(charity: Charity, found: Mapping[str, Any]) -> Scene:
    rows = [
        (charity.peer_named(each["peer_id"]), str(each["score"]), "; ".join(each["shared_and_met"]), _not_met(each))
        for each in (*found["candidates"], *found["below_the_floor"])
    ]
    rows += [
        (charity.peer_named(each["peer_id"]), "-", "", "; ".join(each["because"])) for each in found["not_available"]
    ]
    first = charity.peer_named(found["candidates"][0]["peer_id"])
    return Scene(
        "A proposal with its reasons: a father who wants a dad, evenings, by phone",
        ("peer", "#score", "what is shared and met", "what is not"),
        rows,
        f"{found['you_decide']} {found['others_waiting']} others wait.",
        [Sum("the father's first candidate is the peer who is a father", 1, int(first == "D"))],
    )


def _not_met(each: Mapping[str, Any]) -> str:
    return "; ".join(each["not_met"])


def _preview(charity: Charity, found: Mapping[str, Any]) -> Scene:
    rows = [
        (
            charity.client_named(row["referral_id"]),
            str(row["wait"]["days"]),
            charity.peer_named(row["peer_id"]),
            "-" if row["score"] is None else str(row["score"]),
            {None: "", "nobody-fits": "nobody fits just now", "no-place-left": "no place left"}[row["without_place"]],
        )
        for row in found["rows"]
    ]
    used = [row["peer_id"] for row in found["rows"] if row["peer_id"]]
    return Scene(
        "The whole list at once: a preview",
        ("client", "#days", "peer", "#score", "without a place because"),
        sorted(rows),
        f"{found['you_decide']} {'No other way to place them all is better.' if found['exact'] else ''}",
        [
            Sum("clients of the preview are those who wait", len(CLIENTS), found["waiting"]),
            Sum("the peer with one place has at most one", 1, max(1, used.count(str(charity.peers["M"])))),
            Sum("whose must is met by nobody free is placed with nobody else", 1, int(_niamh(charity, found))),
        ],
    )


def _niamh(charity: Charity, found: Mapping[str, Any]) -> bool:
    """Her must is a man: peer D or nobody."""
    row = next(row for row in found["rows"] if charity.client_named(row["referral_id"]) == "Niamh")
    return row["peer_id"] in (None, str(charity.peers["D"]))
