"""Organisations at the desk of a real referrals service: its door and its database, and a clock that they move."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from uuid import uuid4

import httpx

from deploy.embedded import Cluster
from services.referrals.domain.policy import Policies
from services.referrals.service import referrals
from shared.runtime.auth import keys_of, mint
from shared.runtime.deadlines import keep_deadlines
from shared.runtime.door import door
from shared.runtime.engine import Engine, make_engine
from shared.runtime.health import Health
from shared.runtime.master_keys import make_file
from shared.runtime.migrate import migrate, provision
from shared.runtime.settings import Settings

PEER = "01954d11-0b20-7a8f-8d77-1f2e3d4c5b6a"
POINTS = ["what-a-peer-is-and-is-not", "limits-of-confidentiality", "how-to-change-or-stop", "whom-to-call-in-a-crisis"]
DESK = ["coordinator", "clinician", "information-governance"]
NEW = {
    "board_of_treatment": "S08000030",
    "board_of_residence": "S08000027",
    "sender": "SC099999",
    "referrer_role": "health-visitor",
    "client_agreed": True,
    "referral_date": "2026-03-02",
    "parent_role": "birth-parent",
    "setting": "cpmht",
}


class Desk:
    """One organisation's way to the service."""

    def __init__(self, engine: Engine, client: httpx.AsyncClient, key: str) -> None:
        self.engine, self.client, self.key = engine, client, key
        self.carrier = ""
        """The key of whoever passes clients' replies on."""

    async def get(self, path: str, status: int = 200) -> Any:
        answer = await self.client.get(path, headers={"X-API-Key": self.key})
        assert answer.status_code == status, answer.text
        return answer.json()

    async def post(self, path: str, body: dict[str, Any], status: int = 200) -> Any:
        answer = await self.client.post(path, json=body, headers={"X-API-Key": self.key})
        assert answer.status_code == status, answer.text
        return answer.json()

    async def tell(self, referral: str, do: str, status: int = 200, **wish: Any) -> Any:
        return await self.post(f"/referrals/{referral}/{do}", wish, status)

    async def refer(self, **changes: Any) -> str:
        outcome = await self.post("/referrals", NEW | changes, 201)
        return outcome["subject"].partition("/")[2]

    def wait(self, days: float) -> None:
        self.engine.clock.set(self.engine.clock.now() + timedelta(days=days))
        self.engine.due.set()


@asynccontextmanager
async def two_desks(ground: Cluster) -> AsyncIterator[tuple[Desk, Desk]]:
    """The same service seen by two organisations, on Monday 2 March 2026."""
    folder = mkdtemp()
    service = referrals(Policies())
    address = ground.postgres
    settings = Settings(
        service="referrals",
        database_name=f"referrals_{uuid4().hex[:8]}",
        database_host=address.host,
        database_port=address.port,
        bootstrap=ground.bootstrap,
        clock="controlled",
        master_keys=make_file(Path(folder) / "master-keys.json"),
    )
    await provision({"dsn": address.dsn()}, settings)
    engine = make_engine(service, settings, {})
    engine.clock.set(datetime(2026, 3, 2, 9, tzinfo=UTC))
    await engine.database.open()
    async with engine.database.owner() as connection:
        await migrate(connection, service, settings)
    minted = [mint(name, name, DESK) for name in ("SC012345", "SC054321")]
    carrier, carrying = mint("carrier", "SC012345", ["message-carrier"])
    app = door(engine, keys_of([*(record for _, record in minted), carrying]), service.routes)
    stopping = asyncio.Event()
    keeping = asyncio.ensure_future(keep_deadlines(engine, Health(), stopping))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://referrals") as client:
        ours, theirs = (Desk(engine, client, key) for key, _ in minted)
        ours.carrier = carrier
        yield ours, theirs
    stopping.set()
    engine.due.set()
    await asyncio.wait_for(keeping, 20)
    await engine.database.close()


async def match(desk: Desk, referral: str, peer: str = PEER, status: int = 200) -> str:
    await desk.tell(referral, "accept", by_role="coordinator")
    match_id = str(uuid4())
    await desk.tell(referral, "propose-match", match_id=match_id, peer_id=peer, format="home", by_role="coordinator")
    wish = {"match_id": match_id, "peer_id": peer, "per_4_weeks_hundredths": 400, "by_role": "coordinator"}
    await desk.tell(referral, "confirm-match", status, **wish)
    return match_id
