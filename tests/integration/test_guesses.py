"""After an erasure no guess of what was said can be confirmed: nothing is left that a key anyone holds would match."""

import hashlib
import hmac
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from deploy.embedded import Cluster
from services.gateway.service import SERVICE
from services.gateway.taking import recall, remember
from shared.runtime.commands import Idempotency, KeyReused, Outcome, execute
from shared.runtime.decisions import Cause
from shared.runtime.keys import DataKey, WrongKey, digest
from shared.runtime.master_keys import MasterKeys
from shared.runtime.raw import forget
from shared.runtime.reading import intake_id
from shared.runtime.wire import HTTP, Record, pack
from tests.rig.keeper import OURS, Keep, Vault, vault_at

ANNA = UUID(int=1)
SAID = hashlib.sha256(b"what was said of Anna").digest()
OTHER = hashlib.sha256(b"what was not").digest()
ATTRIBUTES = {
    "specversion": "1.0", "id": "one", "source": "/forms", "type": "kith.referral-submitted.v1",
    "time": "2026-03-02T09:00:00+00:00", "producer": "forms-x",
}  # fmt: skip
HEADERS = tuple((f"ce_{name}", value.encode()) for name, value in ATTRIBUTES.items())
CAME = Record(HTTP, 0, 0, b"key", HEADERS, b'{"given": "Anna"}')


@pytest.fixture
async def kept(ground: Cluster, tmp_path: Path) -> AsyncIterator[Vault]:
    async with vault_at(ground, tmp_path) as made:
        yield made


@pytest.fixture
async def gateway(ground: Cluster, tmp_path: Path) -> AsyncIterator[Vault]:
    async with vault_at(ground, tmp_path, SERVICE, {"forms-x": OURS}) as made:
        yield made


async def copied(service: Vault) -> tuple[str, list[DataKey]]:
    """A copy of the database, all of its tables as text, and the keys in it as they are wrapped."""
    tables = await service.sql(
        "select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('public', 'keys')"
    )
    rows = [row[0] for table in tables for row in await service.sql(f"select t::text from {table['name']} t")]
    return "\n".join(rows), [
        DataKey(*row) for row in await service.sql("select id, wrapped, master from keys.data_key")
    ]


def prints(service: Vault, wrapped: Sequence[DataKey], words: bytes) -> Iterator[str]:
    """Every digest of the words that can be made without a key, or with one in the file or that opens by one in it."""
    assert service.engine.keyring
    masters = MasterKeys(service.engine.keyring.masters.path)
    held = {bytes(32), *(masters._of(kid) for kid in masters.kids)}
    for key in wrapped:
        for kid in masters.kids:
            try:
                held.add(masters.unwrap(DataKey(key.id, key.wrapped, kid)))
            except WrongKey:
                continue
    yield from (words.hex(), hashlib.sha256(words).hexdigest(), hashlib.blake2b(words, digest_size=16).hexdigest())
    for key_bytes in held:
        yield hmac.digest(key_bytes, words, hashlib.sha256).hex()
        yield digest(key_bytes, words).hex()
        yield digest(key_bytes, b"kith:mark", words).hex()


def confirmed(service: Vault, copies: Sequence[tuple[str, list[DataKey]]], words: bytes) -> bool:
    """Whether a copy holds what shows that these words were said, for somebody who has the keys of all copies."""
    wrapped = [key for _, keys in copies for key in keys]
    found = list(prints(service, wrapped, words))
    return any(each in text for text, _ in copies for each in found)


async def ask(kept: Vault, words: bytes) -> Outcome:
    """What is kept of Anna when these words are sent under one Idempotency-Key."""
    now = kept.engine.clock.now()
    cause = Cause(OURS, "coordinator", uuid4(), None, None, now)
    return await execute(kept.engine, cause, [Keep(f"person/{ANNA}", now)], idempotency=Idempotency("one", words))


async def test_what_was_asked_under_an_idempotency_key_confirms_no_guess_after_an_erasure(kept: Vault) -> None:
    first = await ask(kept, SAID)
    with pytest.raises(KeyReused):
        await ask(kept, OTHER)
    before = await copied(kept)
    assert confirmed(kept, [before], SAID), "before, it does: the search finds what there is"
    assert not confirmed(kept, [before], OTHER)
    await kept.do(ANNA, erases=[ANNA])
    await kept.tend()
    assert not confirmed(kept, [before, await copied(kept)], SAID)
    assert (await ask(kept, SAID)).events == first.events, "the same request is still one effect, and one answer"


async def test_what_was_submitted_confirms_no_guess_after_it_was_destroyed(gateway: Vault) -> None:
    packed = pack((("key", CAME.key), ("body", CAME.body), *CAME.headers))
    now = gateway.engine.clock.now()
    assert [code for _, code in await gateway.hear(CAME)] == [None]
    assert await remember(gateway.engine, OURS, "sent:one", SAID, now)
    assert await remember(gateway.engine, OURS, "sent:one", OTHER, now) is None
    before = await copied(gateway)
    assert confirmed(gateway, [before], SAID), "before, it does: the search finds what there is"
    async with gateway.engine.database.worker() as connection:
        await forget(gateway.engine, connection, [intake_id("forms-x", "/forms", "one")])
    await gateway.tend()
    copies = [before, await copied(gateway)]
    assert [words for words in (SAID, packed, CAME.body or b"") if confirmed(gateway, copies, words)] == []
    assert await recall(gateway.engine, OURS, "sent:one"), "that it came is known all the same"
