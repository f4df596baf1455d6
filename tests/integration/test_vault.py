"""What is known of persons is encrypted under a key of each, read with an audit, and gone when the key is."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest

from deploy.embedded import Cluster
from shared.runtime import vault
from shared.runtime.auth import Principal
from shared.runtime.decisions import Cause, NotFound
from shared.runtime.keeping import Errand, carry_out
from shared.runtime.keys import KeyGone, WrongKey
from shared.runtime.master_keys import BadMasterKeys, MasterKeys, make_file
from shared.runtime.service import Refusal, Secret
from tests.rig.keeper import OURS, THEIRS, Vault, vault_at

ANNA, BINA = UUID(int=1), UUID(int=2)
WHO = Principal("coordinator-key", OURS, frozenset({"coordinator"}))
CANARY = b'{"given": "Canary-Wilhelmina"}'


@pytest.fixture
async def kept(ground: Cluster, tmp_path: Path) -> AsyncIterator[Vault]:
    async with vault_at(ground, tmp_path) as made:
        yield made


async def read(kept: Vault, person: UUID, name: str = "identity", organisation: str = OURS) -> bytes | None:
    found = await vault.read(kept.engine, WHO, organisation, [(person, name)], "a test")
    return found.get((person, name))


async def test_what_was_kept_is_read_again_and_the_last_word_counts(kept: Vault) -> None:
    await kept.keep(ANNA, "identity", b"first")
    await kept.keep(ANNA, "identity", CANARY)
    await kept.keep(BINA, "identity", b"other")
    assert await read(kept, ANNA) == CANARY
    assert await read(kept, BINA) == b"other"
    assert await read(kept, uuid4()) is None
    both = await vault.read_all(kept.engine, WHO, OURS, "identity", None, "a test")
    assert both == {ANNA: CANARY, BINA: b"other"}
    assert await vault.read_all(kept.engine, WHO, OURS, "identity", [BINA], "a test") == {BINA: b"other"}


async def test_what_is_kept_only_where_nothing_was_leaves_what_was_and_the_facts_it_is_found_by(kept: Vault) -> None:
    phone, other = "+441312496000", "+441312496001"
    await kept.keep(ANNA, "contact", b"the client's own", finds={"phone": phone})
    again = [
        Secret(ANNA, "contact", b"somebody else's", {"phone": other}, unless_kept=True),
        Secret(ANNA, "needs", b"new", {"phone": other}, unless_kept=True),
        Secret(BINA, "contact", b"first", {"phone": phone}, unless_kept=True),
    ]
    async with kept.engine.database.worker() as connection, connection.transaction():
        own_and_again = [Errand(OURS, [Secret(BINA, "identity", CANARY)]), Errand(OURS, again)]
        late = Errand(OURS, [Secret(BINA, "identity", b"late", unless_kept=True)])
        await carry_out(kept.engine, connection, None, [*own_and_again, late])
    assert [await read(kept, ANNA, name) for name in ("contact", "needs")] == [b"the client's own", b"new"]
    assert [await read(kept, BINA, name) for name in ("contact", "identity")] == [b"first", CANARY]
    assert await vault.find(kept.engine, OURS, "phone", phone) == [ANNA, BINA]
    assert await vault.find(kept.engine, OURS, "phone", other) == [ANNA]


async def test_what_was_forgotten_is_not_read_again(kept: Vault) -> None:
    await kept.do(ANNA, secrets=[Secret(ANNA, "identity", CANARY), Secret(ANNA, "needs", b"{}")])
    await kept.do(ANNA, forgets=[(ANNA, "identity")])
    assert await read(kept, ANNA) is None
    assert await read(kept, ANNA, "needs") == b"{}"


async def test_nothing_is_kept_when_a_rule_says_no(kept: Vault) -> None:
    with pytest.raises(Refusal, match="rule"):
        await kept.do(ANNA, secrets=[Secret(ANNA, "identity", CANARY)], no=True)
    assert await read(kept, ANNA) is None


async def test_every_reading_is_in_the_audit(kept: Vault) -> None:
    await kept.do(ANNA, secrets=[Secret(ANNA, "identity", CANARY), Secret(ANNA, "needs", b"{}")])
    await vault.read(kept.engine, WHO, OURS, [(ANNA, "identity"), (ANNA, "needs")], "the page of a person")
    cause = Cause(OURS, "clock", uuid4(), None, None, kept.engine.clock.now())
    await vault.read_all(kept.engine, cause, OURS, "needs", None, "matching")
    one, all_ = await kept.sql("select * from vault_read order by id")
    assert (one["who"], one["role"], one["purpose"], one["person_id"], one["names"]) == (
        "coordinator-key", "coordinator", "the page of a person", ANNA, ["identity", "needs"]
    )  # fmt: skip
    assert (all_["role"], all_["purpose"], all_["person_id"], all_["names"]) == ("clock", "matching", None, ["needs"])


async def test_a_person_is_found_by_a_fact_and_only_in_their_own_organisation(kept: Vault) -> None:
    await kept.keep(ANNA, "identity", CANARY, finds={"chi": "9990000018", "phone": "+441312496000"})
    await kept.keep(BINA, "identity", b"other", finds={"phone": "+441312496000"})
    assert await vault.find(kept.engine, OURS, "phone", "+441312496000") == [ANNA, BINA]
    assert await vault.find(kept.engine, OURS, "chi", "9990000018") == [ANNA]
    assert await vault.find(kept.engine, OURS, "phone", "9990000018") == []
    assert await vault.find(kept.engine, THEIRS, "chi", "9990000018") == []
    await kept.keep(ANNA, "identity", CANARY)
    assert await vault.find(kept.engine, OURS, "chi", "9990000018") == [], "the old fact leads no more"


async def test_another_organisation_reads_nothing_and_overwrites_nothing(kept: Vault) -> None:
    await kept.keep(ANNA, "identity", CANARY)
    assert await read(kept, ANNA, organisation=THEIRS) is None
    with pytest.raises(NotFound):
        await kept.keep(ANNA, "identity", b"theirs", organisation=THEIRS)
    with pytest.raises(NotFound):
        other = uuid4()
        await kept.do(other, organisation=THEIRS, secrets=[Secret(ANNA, "identity", b"theirs")])
    await kept.do(uuid4(), organisation=THEIRS, erases=[ANNA])
    assert await read(kept, ANNA, organisation=THEIRS) is None
    assert await read(kept, ANNA) == CANARY


async def test_what_is_heard_of_one_organisation_is_never_kept_of_another_s_person(kept: Vault) -> None:
    await kept.keep(ANNA, "identity", CANARY)
    errand = Errand(THEIRS, secrets=[Secret(ANNA, "identity", b"theirs")])
    async with kept.engine.database.worker() as connection:
        with pytest.raises(Refusal) as no:
            await carry_out(kept.engine, connection, None, [errand])
    assert no.value.code == "kept-elsewhere"
    assert await read(kept, ANNA) == CANARY


async def test_straight_in_sql_another_organisation_sees_and_changes_no_row(kept: Vault) -> None:
    await kept.keep(ANNA, "identity", CANARY, finds={"chi": "9990000018"})
    await read(kept, ANNA)
    await kept.do(BINA, secrets=[Secret(BINA, "identity", CANARY)])
    await kept.do(BINA, erases=[BINA])
    connection = await kept.engine.database.connect("api")
    try:
        for table in ("vault", "vault_read", "keys.data_key", "keys.found_by", "keys.erasure"):
            assert await kept.sql(f"select from {table} where organisation = $1", OURS), table
            for organisation in (THEIRS, ""):
                await connection.execute("select set_config('kith.organisation', $1, false)", organisation)
                assert await connection.fetch(f"select * from {table}") == [], table
                if table not in ("vault_read", "keys.erasure"):
                    assert await connection.execute(f"delete from {table}") == "DELETE 0", table
        for change in (
            "update keys.data_key set wrapped = ''",
            "delete from vault_read",
            "update vault_read set who = 'nobody'",
            "delete from keys.erasure",
            "delete from keys.master",
            "select from keys.rotation",
            "select from keys.came",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(change)
    finally:
        await connection.close()


async def test_an_erasure_destroys_the_key_and_nothing_is_kept_again(kept: Vault) -> None:
    await kept.keep(ANNA, "identity", CANARY, finds={"chi": "9990000018"})
    await kept.do(ANNA, erases=[ANNA])
    assert await kept.sql("select from keys.data_key where id = $1", ANNA) == []
    assert await kept.sql("select from vault") == await kept.sql("select from keys.found_by") == []
    await kept.keep(ANNA, "identity", CANARY)
    assert await read(kept, ANNA) is None, "what comes late of somebody erased is not kept"


async def test_contents_whose_key_is_gone_are_told_apart_from_none(kept: Vault) -> None:
    await kept.keep(ANNA, "identity", CANARY)
    await kept.sql("delete from keys.data_key where id = $1", ANNA)
    with pytest.raises(KeyGone, match="erased"):
        await read(kept, ANNA)
    async with kept.another() as other:
        with pytest.raises(KeyGone):
            await vault.read(other, WHO, OURS, [(ANNA, "identity")], "a test")


async def test_contents_exchanged_between_persons_or_names_do_not_open(kept: Vault) -> None:
    await kept.do(ANNA, secrets=[Secret(ANNA, "identity", CANARY), Secret(ANNA, "needs", b"{}")])
    await kept.keep(BINA, "identity", b"other")
    for change in (
        "update vault set sealed = (select sealed from vault where (person_id, name) = ($1, 'needs')) "
        "where (person_id, name) = ($1, 'identity')",
        "update vault set sealed = (select sealed from vault where person_id <> $1) "
        "where (person_id, name) = ($1, 'identity')",
        "update vault set sealed = substring(sealed from 1 for 20) where (person_id, name) = ($1, 'identity')",
        "update vault set sealed = '' where (person_id, name) = ($1, 'identity')",
        "update keys.data_key set wrapped = (select wrapped from keys.data_key where id = "
        "'00000000-0000-0000-0000-000000000002') where id = $1",
    ):
        await kept.sql(change, ANNA)
        with pytest.raises(WrongKey, match="KITH_MASTER_KEYS"):
            await read(kept, ANNA)


async def test_without_the_right_master_keys_nothing_is_read_and_it_says_so(kept: Vault, tmp_path: Path) -> None:
    await kept.keep(ANNA, "identity", CANARY)
    assert kept.engine.keyring
    kept.engine.keyring.masters = MasterKeys(make_file(tmp_path / "other.json"))
    with pytest.raises(BadMasterKeys, match="another service or of another time"):
        await read(kept, ANNA)
    with pytest.raises(BadMasterKeys):
        await kept.keep(BINA, "identity", b"other")


async def test_no_secret_stands_anywhere_in_the_clear(kept: Vault) -> None:
    await kept.keep(ANNA, "identity", CANARY, finds={"chi": "9990000018"})
    await read(kept, ANNA)
    for table in await kept.sql(
        "select schemaname || '.' || tablename as name from pg_tables where schemaname in ('public', 'keys')"
    ):
        rows = str(await kept.sql(f"select * from {table['name']}"))
        assert "Canary" not in rows, table["name"]
        assert "9990000018" not in rows, table["name"]
    assert b"Canary" not in kept.engine.metrics.render()
