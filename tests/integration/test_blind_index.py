"""The index by which persons are found follows the master key: at every moment it finds, and no copy of it confirms."""

import asyncio
import random
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from deploy.embedded import Cluster
from shared.runtime import rotation, vault
from shared.runtime.engine import Engine
from shared.runtime.keys import DataKey, WrongKey, digest
from shared.runtime.master_keys import MasterKeys, write_file
from tests.rig.keeper import OURS, THEIRS, Vault, vault_at

ANNA, BINA = UUID(int=1), UUID(int=2)
CHI = "9990000018"


@pytest.fixture
async def kept(ground: Cluster, tmp_path: Path) -> AsyncIterator[Vault]:
    async with vault_at(ground, tmp_path) as made:
        yield made


async def rotated(kept: Vault) -> None:
    async with kept.engine.database.worker() as connection:
        await rotation.ask(kept.engine, connection)
    await kept.tend()
    assert (await rotation.status(kept.engine))["asked"] == 0


async def copied(kept: Vault) -> tuple[list[bytes], list[DataKey]]:
    """What a copy of the schema `keys` holds: the index, and the keys as they are wrapped."""
    digests = [row["digest"] for row in await kept.sql("select digest from keys.found_by")]
    return digests, [DataKey(*row) for row in await kept.sql("select id, wrapped, master from keys.data_key")]


def confirmed(kept: Vault, folder: Path, digests: list[bytes], wrapped: list[DataKey], guess: str) -> bool:
    """Whether the guess is confirmed by a digest, with any two keys that are in the file now or open by one in it."""
    assert kept.engine.keyring
    masters = MasterKeys(kept.engine.keyring.masters.path)
    held = {kid: masters._of(kid) for kid in masters.kids}
    for key in wrapped:
        for kid in masters.kids:
            try:
                held[f"{key.id}{kid}"] = masters.unwrap(DataKey(key.id, key.wrapped, kid))
            except WrongKey:
                continue
    everything = folder / secrets.token_hex(4)
    write_file(everything, next(iter(held)), held)
    tried = MasterKeys(everything)
    guesses = [digest(key, OURS.encode(), b"chi", guess.encode()) for key in held.values()]
    covered = [tried.cover(kid, each) for kid in tried.kids for each in guesses]
    return not {*guesses, *covered}.isdisjoint(digests)


async def test_a_copy_of_the_keys_from_before_an_erasure_confirms_no_guess_with_any_key_that_is_held(
    kept: Vault, tmp_path: Path
) -> None:
    await kept.keep(ANNA, "identity", b"erased", finds={"chi": CHI})
    digests, wrapped = await copied(kept)
    assert confirmed(kept, tmp_path, digests, wrapped, CHI), "before, it does: the search finds what there is"
    assert not confirmed(kept, tmp_path, digests, wrapped, "9990000026")
    await kept.do(ANNA, erases=[ANNA])
    await kept.keep(BINA, "identity", b"stays", finds={"chi": "9990000026"})
    await kept.tend()
    now, wrapped_now = await copied(kept)
    assert not confirmed(kept, tmp_path, [*digests, *now], [*wrapped, *wrapped_now], CHI)
    assert confirmed(kept, tmp_path, now, [*wrapped, *wrapped_now], "9990000026")
    assert await vault.find(kept.engine, OURS, "chi", "9990000026") == [BINA]


async def test_an_instance_that_slept_through_rotations_finds_and_is_not_told_of_others(kept: Vault) -> None:
    async with kept.another() as sleeper:
        await kept.keep(ANNA, "identity", b"one", finds={"chi": CHI}, by=sleeper)
        await rotated(kept)
        await rotated(kept)
        assert await vault.find(sleeper, OURS, "chi", CHI) == [ANNA]
        assert await vault.find(sleeper, THEIRS, "chi", CHI) == []


async def test_two_with_one_fact_are_alike_while_only_one_of_them_is_under_the_new_key(
    kept: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Halt(BaseException):
        pass

    def halt(name: str) -> None:
        if name == "rotation.wrapped":
            raise Halt

    await kept.keep(ANNA, "identity", b"one", finds={"chi": CHI, "phone": "+441312496000"})
    await kept.keep(uuid4(), "identity", b"other", finds={"phone": "+441312496001"})
    async with kept.engine.database.worker() as connection:
        await rotation.ask(kept.engine, connection)
    with monkeypatch.context() as patch:
        patch.setattr(rotation, "step", halt)
        with pytest.raises(Halt):
            await kept.tend()
    await kept.keep(BINA, "identity", b"two", finds={"chi": CHI})
    assert len({row["master"] for row in await kept.sql("select master from keys.found_by")}) == 2
    assert await vault.alike(kept.engine, OURS, ANNA) == [BINA]
    assert await vault.alike(kept.engine, OURS, BINA) == [ANNA]
    assert await vault.alike(kept.engine, THEIRS, BINA) == []
    await kept.tend()
    assert await vault.alike(kept.engine, OURS, ANNA) == [BINA]


async def test_whoever_was_kept_is_found_at_every_moment_of_rotations_under_traffic(
    kept: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "PAGE", 50)
    persons: list[UUID] = []
    ending = asyncio.Event()
    chance = random.Random(6)

    async def traffic(engine: Engine) -> None:
        while not ending.is_set():
            person = uuid4()
            await kept.keep(person, "identity", b"", by=engine, finds={"chi": str(person), "phone": "+441312496000"})
            persons.append(person)
            known = chance.choice(persons)
            assert await vault.find(engine, OURS, "chi", str(known)) == [known]
            assert known in await vault.find(engine, OURS, "phone", "+441312496000")

    async def tending(engine: Engine) -> None:
        while not ending.is_set():
            await kept.tend(engine)
            await asyncio.sleep(0.02)

    async with kept.another() as other:
        going = [asyncio.create_task(traffic(engine)) for engine in (kept.engine, other) for _ in range(2)]
        going += [asyncio.create_task(tending(engine)) for engine in (kept.engine, other)]
        for n in range(6):
            async with kept.engine.database.worker() as connection:
                await rotation.ask(kept.engine, connection)
            async with asyncio.timeout(20):
                while (await rotation.status(kept.engine))["asked"]:
                    await asyncio.sleep(0.02)
                    failed = [task for task in going if task.done()]
                    assert not failed, (n, failed)
        ending.set()
        await asyncio.gather(*going)
    assert set(await vault.find(kept.engine, OURS, "phone", "+441312496000")) == set(persons)
    assert len(persons) > 20
