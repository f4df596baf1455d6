"""A database restored from its backups converges: what it lacks is taken back, and whoever was erased stays erased."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from deploy.embedded.postgres import _bin
from tests.rig.house import Board, House, referral, whole_house
from tests.rig.referring import arrived
from tests.rig.stage import until

pytestmark = pytest.mark.timeout(300)

DATABASE = "kith_referrals"
ERASE = {"ground": "person-asked", "decision_ref": "ig-2026-014", "retention_class": "peer-support"}
SAID = "select s.subject, j.sequence, j.event_id, j.type, j.body from journal j join stream s on s.id = j.stream"


@pytest.fixture(scope="module")
async def spoilt(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """A house whose databases are taken away and put back."""
    async with whole_house(tmp_path_factory.mktemp("house")) as running:
        yield running


async def tool(house: House, name: str, *words: str) -> None:
    address = house.stack.cluster.postgres
    where = ["-h", address.host, "-p", str(address.port), "-U", address.superuser]
    child = await asyncio.create_subprocess_exec(
        str(_bin() / name), *where, *words, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    _, told = await child.communicate()
    assert child.returncode == 0, told.decode()


async def as_superuser(house: House, *statements: str) -> None:
    connection = await asyncpg.connect(house.stack.cluster.postgres.dsn())
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def restore(house: House, *backups: Path) -> str:
    """The service works in a new database made of the backups; the name of the one that it worked in."""
    suffix = uuid4().hex[:6]
    restored, before = f"restored_{suffix}", f"before_{suffix}"
    await as_superuser(house, f"create database {restored} owner {DATABASE}_owner")
    for backup in backups:
        await tool(house, "pg_restore", "-d", restored, str(backup))
    pid = house.stack.kept["referrals"].pid
    os.kill(pid, signal.SIGSTOP)
    await as_superuser(
        house,
        f"alter database {DATABASE} allow_connections false",
        f"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{DATABASE}'",
    )
    await until(lambda: renamed(house, DATABASE, before))
    await as_superuser(
        house, f"alter database {before} allow_connections true", f"alter database {restored} rename to {DATABASE}"
    )
    os.kill(pid, signal.SIGKILL)
    return before


async def renamed(house: House, old: str, new: str) -> bool:
    try:
        await as_superuser(house, f"alter database {old} rename to {new}")
    except asyncpg.ObjectInUseError:
        return False
    return True


async def quiet(house: House) -> None:
    """What was said is sent, and the master key that was to be changed is changed."""

    async def so() -> bool:
        for service in ("gateway", "referrals"):
            if await house.sql(service, "select 1 from unsent limit 1"):
                return False
        return not await house.sql("referrals", "select 1 from keys.rotation where done_at is null")

    await until(so, 40, pause=0.1)


async def person_of(board: Board, referral_id: str) -> str:
    row = await board.ask("referrals", f"/referrals/{referral_id}/person")
    return str(row["person_id"])


async def sent(board: Board, given: str) -> str:
    """A referral that came through the gateway, whose content only Kafka brought, sealed."""
    receipt = await arrived(board, referral(person={"given": given}))
    return str(receipt["referral_id"])


async def told(board: Board, given: str) -> str:
    outcome = await board.tell("referrals", "/referrals", referral(person={"given": given}))
    return str(outcome["subject"].partition("/")[2])


@pytest.mark.parametrize("keys_of", ["newest", "night"])
async def test_a_restored_database_takes_back_what_it_lacks_and_keeps_nothing_of_whoever_was_erased(
    spoilt: House, tmp_path: Path, keys_of: str
) -> None:
    house, board = spoilt, spoilt.board()
    masters = house.stack.home / "master-keys" / "referrals.json"
    anna, bina = await told(board, "Anna"), await sent(board, "Bina")
    person = await person_of(board, anna)
    await board.tell("referrals", f"/referrals/{anna}/withdraw", {"by": "client", "reason": "client-choice"})
    lost = await person_of(board, await told(board, "Carol"))
    await quiet(house)
    backup, keys = tmp_path / "backup", tmp_path / "keys"
    await tool(house, "pg_dump", "-Fc", "-N", "keys", "-f", str(backup), DATABASE)
    await tool(house, "pg_dump", "-Fc", "-n", "keys", "-f", str(keys), DATABASE)
    file = masters.read_bytes()

    late = await sent(board, "Dora")
    await board.tell("referrals", f"/referrals/{bina}/accept", {"by_role": "coordinator"})
    await board.tell("referrals", f"/people/{person}/erase", ERASE, "information-governance")
    await quiet(house)
    if keys_of == "newest":
        # Of this erasure only the keys know: what said it was lost before it was sent.
        await house.sql("referrals", "delete from keys.data_key where id = $1", UUID(lost))
        await house.sql("referrals", "insert into keys.erasure values ($1, $2, now())", UUID(lost), board.name)
        await tool(house, "pg_dump", "-Fc", "-n", "keys", "-f", str(keys), DATABASE)
        file = masters.read_bytes()
    assert await house.sql("referrals", "select 1 from vault where person_id = $1", UUID(person)) == []

    before = await restore(house, backup, keys)
    masters.write_bytes(file)
    await until(lambda: answers(board, late), 60, pause=0.2)
    await quiet(house)
    assert await journal(house, DATABASE) == await journal(house, before), "all of it, and nothing a second time"
    gone = await board.call("GET", "referrals", f"/people/{person}", "coordinator")
    assert (gone.status_code, gone.json()["code"]) == (410, "erased")
    for table in ("vault where person_id", "keys.data_key where id", "keys.found_by where person_id"):
        assert await house.sql("referrals", f"select 1 from {table} = $1", UUID(person)) == [], table
    rests = await house.sql("referrals", "select 1 from vault where person_id = $1", UUID(lost))
    assert bool(rests) == (keys_of == "night")
    assert masters.read_bytes() != file or keys_of == "newest", "no backup of the keys opens what was erased"
    for each, given in ((bina, "Bina"), (late, "Dora")):
        seen = await board.ask("referrals", f"/referrals/{each}/person")
        assert seen["identity"]["given"] == given
    assert (await board.ask("referrals", f"/referrals/{bina}"))["stage"] == "waiting"
    after = await sent(board, "Elin")
    assert (await board.ask("referrals", f"/referrals/{after}/person"))["identity"]["given"] == "Elin"


async def answers(board: Board, referral_id: str) -> bool:
    """Whether the service is there again, and the person's content with it."""
    try:
        answer = await board.call("GET", "referrals", f"/referrals/{referral_id}/person", "coordinator")
    except httpx.TransportError:
        return False
    return answer.status_code == 200 and bool(answer.json().get("identity"))


async def journal(house: House, database: str) -> list[Any]:
    connection = await asyncpg.connect(house.stack.cluster.postgres.dsn(database))
    try:
        rows = await connection.fetch(f"{SAID} where s.topic = 'kith.referrals' order by s.subject, j.sequence")
        return [tuple(row) for row in rows]
    finally:
        await connection.close()
