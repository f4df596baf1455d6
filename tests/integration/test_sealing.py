"""What crosses Kafka for one reader alone is sealed to it, with keys that live days, and gone with the person."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from deploy.embedded import Cluster
from shared.runtime import dead_letters, vault
from shared.runtime.auth import Principal
from shared.runtime.database import is_transient
from shared.runtime.hearing import hear_over
from shared.runtime.keys import WrongKey
from shared.runtime.master_keys import write_file
from shared.runtime.sealing import CannotOpen, NoKeyYet, key_pair, kid_of, open_token, seal_to
from shared.runtime.service import Secret
from tests.rig.keeper import OURS, Vault, two_at

ANNA = UUID(int=1)
WHO = Principal("coordinator-key", OURS, frozenset({"coordinator"}))
CANARY = b"Canary-Wilhelmina"


@pytest.fixture
async def two(ground: Cluster, tmp_path: Path) -> AsyncIterator[tuple[Vault, Vault]]:
    async with two_at(ground, tmp_path) as made:
        yield made


async def introduced(two: tuple[Vault, Vault]) -> tuple[Vault, Vault]:
    """The teller knows the keeper's key of today."""
    teller, keeper = two
    await keeper.tend()
    await teller.hear(*await keeper.said())
    await teller.tend()
    return two


async def read(keeper: Vault, person: UUID) -> bytes | None:
    found = await vault.read(keeper.engine, WHO, OURS, [(person, "identity")], "a test")
    return found.get((person, "identity"))


def test_a_token_opens_with_its_own_key_only_and_whole() -> None:
    kid, (private, public) = uuid4(), key_pair()
    token = seal_to(kid, public, CANARY)
    assert open_token(token, {kid: private}) == CANARY
    assert kid_of(token) == kid
    header, *parts = token.split(".")
    for spoilt, privates in (
        (token, {}),
        (token, {uuid4(): private}),
        (token, {kid: key_pair()[0]}),
        (token[:-4], {kid: private}),
        (".".join([header, *parts[:2]]), {kid: private}),
        (".".join([header, parts[0], parts[1], parts[2][::-1], parts[3]]), {kid: private}),
        ("", {kid: private}),
        ("no token", {kid: private}),
        ("bm8.no.to.ke.n", {kid: private}),
    ):
        with pytest.raises(CannotOpen) as refused:
            open_token(spoilt, privates)
        assert "Canary" not in str(refused.value)


async def test_what_was_sealed_is_in_the_readers_vault_and_nowhere_in_the_clear(two: tuple[Vault, Vault]) -> None:
    teller, keeper = await introduced(two)
    await teller.tell(ANNA, CANARY, keeper.service.name)
    said = await teller.said()
    assert await keeper.hear(*said) == [("done", None)]
    assert await read(keeper, ANNA) == CANARY
    assert await vault.find(keeper.engine, OURS, "name", CANARY.decode()) == [ANNA], "found by the service's finder"
    for one in two:
        for table in await one.sql(
            "select schemaname || '.' || tablename as name from pg_tables where schemaname in ('public', 'keys')"
        ):
            assert "Canary" not in str(await one.sql(f"select * from {table['name']}")), table["name"]
    assert not any(CANARY in (record.body or b"") for record in said)


async def test_nothing_is_said_while_no_key_is_known(two: tuple[Vault, Vault]) -> None:
    teller, keeper = two
    with pytest.raises(NoKeyYet):
        await teller.tell(ANNA, CANARY, keeper.service.name)
    assert await teller.said() == []
    await introduced(two)
    await teller.tell(ANNA, CANARY, keeper.service.name)
    with pytest.raises(NoKeyYet):
        await teller.tell(ANNA, CANARY, "somebody-else")


async def test_a_token_that_no_key_opens_is_parked_and_says_what_to_do(two: tuple[Vault, Vault]) -> None:
    teller, keeper = await introduced(two)
    await teller.tell(ANNA, CANARY, keeper.service.name)
    [record] = await teller.said()
    await keeper.sql("update keys.data_key set purpose = 'index' where purpose = 'transport'")
    assert await keeper.hear(record) == [("parked", "cannot-open")]
    [letter] = await dead_letters.list_parked(keeper.engine, topic=None, code=None, fate=None, after=0, limit=9)
    assert "have the sender send it again" in letter["detail"]
    assert await read(keeper, ANNA) is None
    await keeper.sql("update keys.data_key set purpose = 'transport' where destroy_at is not null")
    replayed = await dead_letters.replay(keeper.engine, letter["id"])
    assert replayed is not None
    assert replayed.fate == "done"
    assert await read(keeper, ANNA) == CANARY


async def test_there_is_a_key_of_every_day_and_each_is_destroyed_after_its_days(two: tuple[Vault, Vault]) -> None:
    _, keeper = two
    clock, said = keeper.engine.clock, set[tuple[UUID, bool]]()
    for _ in range(10):
        await keeper.tend(said=said)
        await keeper.tend(said=said)
        clock.set(clock.now() + timedelta(days=1, minutes=1))
    [count] = await keeper.sql("select count(*) as n from keys.data_key where purpose = 'transport'")
    assert count["n"] == 7
    published = [record for record in await keeper.said() if b"public" in (record.body or b"")]
    assert len(published) == 10


async def test_a_key_that_a_crash_left_unpublished_is_published(two: tuple[Vault, Vault]) -> None:
    _, keeper = two
    await keeper.tend()
    for table in ("unsent", "journal", "stream"):
        await keeper.sql(f"delete from {table}")
    await keeper.tend()
    assert len(await keeper.said()) == 1
    await keeper.tend()
    assert len(await keeper.said()) == 1


async def test_an_erasure_retires_the_keys_by_which_the_person_came_and_then_destroys_them(
    two: tuple[Vault, Vault],
) -> None:
    teller, keeper = await introduced(two)
    await teller.tell(ANNA, CANARY, keeper.service.name)
    [record] = await teller.said()
    await keeper.hear(record)
    await keeper.do(ANNA, secrets=[Secret(ANNA, "identity", b"corrected")])
    await keeper.do(ANNA, erases=[ANNA])
    await keeper.tend()
    [old, new] = await keeper.sql("select * from keys.data_key where purpose = 'transport' order by retired_at")
    assert old["retired_at"] is not None
    assert new["retired_at"] is None, "a new key is there at once"
    await teller.hear(*await keeper.said())
    await teller.tend()
    assert teller.engine.keyring
    assert teller.engine.keyring.readers[keeper.service.name][0] == new["id"]
    await teller.tell(ANNA, CANARY, keeper.service.name)
    [_, late] = await teller.said()
    assert await keeper.hear(late) == [("done", None)]
    assert await read(keeper, ANNA) is None, "what comes late of somebody erased is not kept"
    keeper.engine.clock.set(keeper.engine.clock.now() + timedelta(hours=25))
    await keeper.tend()
    assert await keeper.sql("select from keys.data_key where id = $1", old["id"]) == []


@pytest.mark.parametrize(
    ("erased_first", "no"), [(False, True), (True, True), (True, False)], ids=["refused", "late-refused", "late"]
)
async def test_an_erasure_destroys_the_keys_of_what_was_not_kept_as_well(
    two: tuple[Vault, Vault], erased_first: bool, no: bool
) -> None:
    teller, keeper = await introduced(two)
    await teller.tell(ANNA, CANARY, keeper.service.name, no=no)
    [record] = await teller.said()
    if erased_first:
        await keeper.do(ANNA, erases=[ANNA])
        await keeper.tend()
    assert await keeper.hear(record) == [("refused", "no") if no else ("done", None)]
    if not erased_first:
        await keeper.do(ANNA, erases=[ANNA])
    await keeper.tend()
    old = await keeper.sql("select * from keys.data_key where purpose = 'transport' and retired_at is not null")
    assert [row["id"] for row in old] == [kid_of(json.loads(record.body or b"")["content"])]


async def test_what_is_heard_under_the_wrong_master_keys_waits_for_the_right_ones(two: tuple[Vault, Vault]) -> None:
    teller, keeper = await introduced(two)
    await teller.tell(ANNA, CANARY, keeper.service.name)
    [record] = await teller.said()
    path = keeper.settings.master_keys
    assert path
    right = path.read_text()
    write_file(path, keeper.engine.keyring.masters.current, dict.fromkeys(json.loads(right)["keys"], bytes(32)))
    async with keeper.another() as locked, locked.database.worker() as connection:
        with pytest.raises(WrongKey) as no:
            [part async for part in hear_over(locked, connection, [record])]
    assert is_transient(no.value)
    path.write_text(right)
    assert await keeper.hear(record) == [("done", None)]
    assert await read(keeper, ANNA) == CANARY
