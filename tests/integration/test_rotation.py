"""Master keys change while all goes on; a crash at any step is made good; no backup of keys outlives an erasure."""

import asyncio
import random
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from deploy.embedded import Cluster
from shared.runtime import rotation, vault
from shared.runtime.auth import Principal
from shared.runtime.engine import Engine
from shared.runtime.keys import DataKey, WrongKey
from shared.runtime.master_keys import MasterKeys
from tests.rig.keeper import OURS, Vault, vault_at

ANNA = UUID(int=1)
WHO = Principal("coordinator-key", OURS, frozenset({"coordinator"}))
STEPS = ("rotation.written", "rotation.begun", "rotation.wrapped", "rotation.dropped")


@pytest.fixture
async def kept(ground: Cluster, tmp_path: Path) -> AsyncIterator[Vault]:
    async with vault_at(ground, tmp_path) as made:
        yield made


async def asked(kept: Vault) -> None:
    async with kept.engine.database.worker() as connection:
        await rotation.ask(kept.engine, connection)


async def rotated(kept: Vault) -> None:
    """A change of the master key was asked for, and is done."""
    await asked(kept)
    await kept.tend()
    assert (await rotation.status(kept.engine))["asked"] == 0


def in_file(kept: Vault) -> frozenset[str]:
    assert kept.engine.keyring
    return MasterKeys(kept.engine.keyring.masters.path).kids


async def read(kept: Vault, person: UUID, by: Engine | None = None) -> bytes | None:
    found = await vault.read(by or kept.engine, WHO, OURS, [(person, "identity")], "a test")
    return found.get((person, "identity"))


async def test_after_a_rotation_everything_opens_and_the_old_key_is_out_of_the_file(kept: Vault) -> None:
    await kept.keep(ANNA, "identity", b"kept", finds={"chi": "9990000018"})
    before = in_file(kept)
    await rotated(kept)
    assert len(in_file(kept)) == 1
    assert before.isdisjoint(in_file(kept))
    assert await read(kept, ANNA) == b"kept"
    assert await vault.find(kept.engine, OURS, "chi", "9990000018") == [ANNA]
    async with kept.another() as fresh:
        assert await read(kept, ANNA, fresh) == b"kept"
        assert await vault.find(fresh, OURS, "chi", "9990000018") == [ANNA]


async def test_nothing_rotates_unless_it_is_asked_for(kept: Vault) -> None:
    await kept.keep(ANNA, "identity", b"kept")
    before = in_file(kept)
    await kept.tend()
    await kept.tend()
    assert in_file(kept) == before


async def test_an_instance_that_slept_through_a_rotation_goes_on(kept: Vault) -> None:
    async with kept.another() as sleeper:
        await kept.keep(ANNA, "identity", b"kept", by=sleeper)
        await rotated(kept)
        await rotated(kept)
        other = uuid4()
        await kept.keep(other, "identity", b"new", by=sleeper)
        assert await read(kept, ANNA, sleeper) == b"kept"
        assert await read(kept, other) == b"new"
        await rotated(kept)
        assert await read(kept, other, sleeper) == b"new"


@pytest.mark.parametrize("halt", STEPS)
async def test_a_crash_at_any_step_is_made_good_by_the_next_turn(
    kept: Vault, halt: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Crash(BaseException):
        pass

    def crash(name: str) -> None:
        if name == halt:
            raise Crash

    await kept.keep(ANNA, "identity", b"kept")
    before = in_file(kept)
    await asked(kept)
    with monkeypatch.context() as patch:
        patch.setattr(rotation, "step", crash)
        with pytest.raises(Crash):
            await kept.tend()
    async with kept.another() as fresh:
        assert await read(kept, ANNA, fresh) == b"kept", "between the steps everything opens"
        await kept.keep(ANNA, "needs", b"{}", by=fresh)
        await kept.tend(fresh)
        assert await read(kept, ANNA, fresh) == b"kept"
    assert (await rotation.status(kept.engine))["asked"] == 0
    assert len(in_file(kept)) == 1
    assert before.isdisjoint(in_file(kept))


async def test_a_backup_of_the_keys_opens_nothing_of_whoever_was_erased_afterwards(kept: Vault) -> None:
    await kept.keep(ANNA, "identity", b"kept")
    [row] = await kept.sql("select id, wrapped, master from keys.data_key where id = $1", ANNA)
    await kept.do(ANNA, erases=[ANNA])
    await kept.tend()
    assert kept.engine.keyring
    masters = MasterKeys(kept.engine.keyring.masters.path)
    for kid in masters.kids:
        with pytest.raises(WrongKey):
            masters.unwrap(DataKey(row["id"], row["wrapped"], kid))
    assert row["master"] not in masters.kids


async def test_two_instances_rotate_under_traffic_and_nothing_fails(kept: Vault) -> None:
    contents: dict[UUID, bytes] = {}
    ending = asyncio.Event()
    chance = random.Random(4)

    async def traffic(engine: Engine) -> None:
        mine: list[UUID] = []
        while not ending.is_set():
            person = chance.choice(mine) if mine and chance.random() < 0.6 else uuid4()
            mine.append(person)
            content = uuid4().bytes
            await kept.keep(person, "identity", content, by=engine)
            contents[person] = content
            assert await read(kept, person, engine) == content

    async def tending(engine: Engine) -> None:
        while not ending.is_set():
            await kept.tend(engine)
            await asyncio.sleep(0.02)

    async with kept.another() as other:
        going = [asyncio.create_task(traffic(engine)) for engine in (kept.engine, other) for _ in range(3)]
        going += [asyncio.create_task(tending(engine)) for engine in (kept.engine, other)]
        for n in range(20):
            await asked(kept)
            async with asyncio.timeout(20):
                while (await rotation.status(kept.engine))["asked"]:
                    await asyncio.sleep(0.02)
                    assert not any(task.done() for task in going), f"something failed in rotation {n}"
        ending.set()
        await asyncio.gather(*going)
        await kept.tend()
        everything = await vault.read_all(other, WHO, OURS, "identity", None, "a test")
    assert everything == contents
    assert len(contents) > 50
    assert len(in_file(kept)) == 1
    await rotated(kept)
    assert await vault.read_all(kept.engine, WHO, OURS, "identity", None, "a test") == contents


async def test_while_another_process_changes_the_file_the_turn_is_left_to_it(kept: Vault) -> None:
    await kept.keep(ANNA, "identity", b"kept")
    before = in_file(kept)
    assert kept.engine.keyring
    await asked(kept)
    with MasterKeys(kept.engine.keyring.masters.path)._alone():
        await kept.tend()
    assert in_file(kept) == before
    await kept.tend()
    assert before.isdisjoint(in_file(kept))
