"""An invented charity, its people at desks, its clients and its peers, as the scenes have them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from demo.house import House, until
from demo.places import SCENES
from demo.sums import Sum
from demo.supervision import Supervision
from demo.telling import Teller
from shared.cli.terminal import Fault

NAME, ORGANISATION = SCENES.name, SCENES.organisation
BOARD = "S08000030"
SETTING = "third-sector"


@dataclass(frozen=True, slots=True)
class Scene:
    """What was seen: a table, what it says, and whether it is as it must be."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str
    sums: Sequence[Sum] = ()


@dataclass
class Charity:
    """The charity while its scenes are played; clients and peers are known by an invented letter or name."""

    house: House
    teller: Teller
    supervision: Supervision
    clients: dict[str, UUID] = field(default_factory=dict)
    people: dict[str, UUID] = field(default_factory=dict)
    peers: dict[str, UUID] = field(default_factory=dict)

    def id(self, thing: str) -> UUID:
        """The id of something here, always the same."""
        return uuid5(NAMESPACE_URL, f"kith-demo:{NAME}:{thing}")

    def peer_named(self, peer_id: str | None) -> str:
        """The letter of a peer."""
        return next((name for name, id in self.peers.items() if str(id) == peer_id), "-")

    def client_named(self, referral_id: str) -> str:
        return next(name for name, id in self.clients.items() if str(id) == referral_id)

    async def tell(self, path: str, wish: Mapping[str, Any], role: str = "coordinator") -> Any:
        """The answer to a wish; raises Fault when it is no."""
        answer = await self.house.tell("referrals", path, f"{role}@{NAME}", wish)
        if not answer.is_success:
            raise Fault("unexpected-no", f"{path}: {answer.json().get('detail')} [{answer.json().get('code')}]")
        return answer.json()

    async def refused(self, path: str, wish: Mapping[str, Any], role: str = "coordinator") -> str:
        """The code with which a wish is refused, or how it was answered otherwise."""
        answer = await self.house.tell("referrals", path, f"{role}@{NAME}", wish)
        return str(answer.json().get("code", "done"))

    async def ask(self, path: str, role: str = "coordinator", **params: Any) -> Any:
        """The answer to a question."""
        return await self.house.ask("referrals", path, f"{role}@{NAME}", **params)

    async def referred(self, name: str, **facts: Any) -> UUID:
        """A client of that name, referred and accepted; the name goes to the vault and nowhere else."""
        said = {
            "board_of_treatment": BOARD,
            "board_of_residence": BOARD,
            "sender": ORGANISATION,
            "referrer_role": "health-visitor",
            "client_agreed": True,
            "referral_date": self.day(0).isoformat(),
            "parent_role": "birth-parent",
            "setting": SETTING,
            "consents": [_agreed(scope, self.house.now) for scope in ("share-with-provider", "messages-text")],
            "person": {"given": name, "contact": CONTACT},
        }
        made = await self.tell("/referrals", said | facts)
        self.clients[name] = UUID(made["subject"].partition("/")[2])
        self.people[name] = UUID((await self.ask(f"/referrals/{self.clients[name]}"))["person_id"])
        await self.wish(name, "accept", {"by_role": "coordinator"})
        return self.clients[name]

    async def wish(self, name: str, do: str, wish: Mapping[str, Any], role: str = "coordinator") -> Any:
        """Something is told of that client."""
        return await self.tell(f"/referrals/{self.clients[name]}/{do}", wish, role)

    async def matched(self, name: str, peer: str, format: str = "phone") -> None:
        """A person proposes that peer and confirms it; what the rules say of the pair goes with the proposal."""
        pair = {"match_id": str(self.id(f"match:{name}:{peer}")), "peer_id": str(self.peers[peer])}
        await self.wish(name, "propose-match", {**pair, "format": format, "by_role": "coordinator"})
        await self.wish(name, "confirm-match", {**pair, "per_4_weeks_hundredths": 400, "by_role": "coordinator"})

    async def seen(self, name: str, field: str, value: Any) -> Mapping[str, Any]:
        """The referral once it shows that value."""

        async def so() -> Any:
            row = await self.ask(f"/referrals/{self.clients[name]}")
            return row if row[field] == value else None

        row: Mapping[str, Any] = await until(f"{name}'s referral shows {field} {value}", so)
        return row

    def day(self, days: int) -> date:
        """So many days from today."""
        return self.house.now.date() + timedelta(days=days)


CONTACT = {
    "phones": ["07700 900123"],
    "emails": ["somebody@example.org"],
    "safe": {"channels": ["text", "phone", "email"], "voicemail": False},
}
"""A number and an address that belong to nobody."""


def _agreed(scope: str, at: datetime) -> Mapping[str, Any]:
    return {"scope": scope, "given": True, "at": at.isoformat(), "how": "spoken", "text_version": "consent-2026-01"}


async def opened(house: House, teller: Teller) -> Charity:
    """The charity with four peers ready, as supervision tells it."""
    charity = Charity(house, teller, Supervision(house, ORGANISATION))
    teller.chapter(f"{SCENES.title}: one charity, seen from its desk")
    return charity
