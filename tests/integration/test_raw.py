"""What outsiders send is kept as it came under a key of its own: shown, replayed, compared, until the key is gone."""

import base64
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest

from deploy.embedded import Cluster
from services.gateway.placing import place
from services.gateway.retention import forget_some
from services.gateway.service import SERVICE
from shared.contracts.referrals.keys import ReferralsKeyPublished
from shared.runtime import dead_letters, rotation
from shared.runtime.decisions import Cause
from shared.runtime.envelope import Envelope
from shared.runtime.keys import KeyGone
from shared.runtime.raw import opened
from shared.runtime.reading import intake_id
from shared.runtime.sealing import key_pair, open_token
from shared.runtime.service import Reaction
from shared.runtime.wire import HTTP, Record, headers_of
from tests.rig.house import referral
from tests.rig.keeper import OURS, Vault, vault_at

PRODUCER = "forms-x"
CANARY = "Canary-Wilhelmina"
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
async def gateway(ground: Cluster, tmp_path: Path) -> AsyncIterator[Vault]:
    async with vault_at(ground, tmp_path, SERVICE, {PRODUCER: OURS}) as made:
        yield made


def sent(own_id: str = "one", topic: str = HTTP, name: str = "referral-submitted", **data: Any) -> Record:
    """What a producer sends; the canary stands in its body, its key and a header."""
    attributes = {
        "specversion": "1.0", "id": own_id, "source": "/forms", "type": f"kith.{name}.v1",
        "time": "2026-03-02T09:00:00+00:00", "subject": CANARY, "producer": PRODUCER,
    }  # fmt: skip
    headers = tuple((f"ce_{key}", value.encode()) for key, value in attributes.items())
    return Record(topic, 0, 0, CANARY.encode(), headers, orjson.dumps({**referral(), "extra": CANARY, **data}))


async def everything(gateway: Vault) -> str:
    tables = await gateway.sql(
        "select schemaname || '.' || tablename as name from pg_tables where schemaname in ('public', 'keys')"
    )
    return "".join([str(await gateway.sql(f"select * from {table['name']}")) for table in tables])


@pytest.mark.parametrize("topic", [HTTP, f"kith.intake.{PRODUCER}"])
async def test_what_was_sent_stands_nowhere_in_the_clear(gateway: Vault, topic: str) -> None:
    assert await gateway.hear(sent(topic=topic)) == [("done", None)]
    assert CANARY not in await everything(gateway)


@pytest.mark.parametrize("topic", [HTTP, f"kith.intake.{PRODUCER}"])
async def test_a_copy_is_a_duplicate_and_other_bytes_are_an_impostor(gateway: Vault, topic: str) -> None:
    first = sent(topic=topic)
    await gateway.hear(first)
    assert await gateway.hear(first) == [("duplicate", None)]
    assert await gateway.hear(first._replace(body=b"{}")) == [("parked", "impostor-id")]
    assert await gateway.hear(first._replace(key=b"other")) == [("parked", "impostor-id")]


async def test_nothing_is_kept_under_the_id_of_what_was_destroyed_be_it_a_copy_or_not(gateway: Vault) -> None:
    await gateway.hear(sent())
    await gateway.sql("delete from keys.data_key where purpose = 'submission'")
    before = await gateway.sql("select id from inbox")
    assert await gateway.hear(sent(), sent(other=1)) == [("duplicate", "first-destroyed")] * 2
    assert await gateway.sql("select id from inbox") == before
    assert not await gateway.sql("select from keys.data_key where purpose = 'submission'")


async def test_a_dead_letter_shows_the_bytes_that_came_and_is_replayed(gateway: Vault) -> None:
    def fails(*_: Any) -> Any:
        raise RuntimeError("a rule with a fault in it")

    whole, came = gateway.engine, sent()
    gateway.engine = replace(whole, service=replace(SERVICE, intake=Reaction(lambda event: [event.subject], fails)))
    assert await gateway.hear(came) == [("parked", "handler-failed")]
    gateway.engine = whole
    [letter] = await dead_letters.list_parked(whole, topic=None, code=None, fate=None, after=0, limit=9)
    assert CANARY not in str(letter)
    shown = await dead_letters.show(whole, letter["id"])
    assert shown is not None
    assert base64.b64decode(shown["body_base64"]) == came.body
    assert base64.b64decode(shown["key"]) == came.key
    assert [name for name, _ in shown["headers"]] == [name for name, _ in came.headers]
    assert shown.keys().isdisjoint({"wrapped", "master", "raw_key"})
    replayed = await dead_letters.replay(whole, letter["id"])
    assert replayed is not None
    assert replayed.fate == "done"
    assert await gateway.hear(came) == [("duplicate", None)]


async def test_an_instance_that_slept_through_rotations_seals_under_a_master_key_that_is_there(gateway: Vault) -> None:
    async with gateway.another() as other:
        await gateway.hear(sent())
        for _ in range(2):
            async with other.database.worker() as connection:
                await rotation.ask(other, connection)
            await gateway.tend(other)
        assert gateway.engine.keyring
        slept = gateway.engine.keyring.masters.current
        assert await gateway.hear(sent("late")) == [("done", None)]
    rows = await gateway.sql(
        "select i.*, k.wrapped, k.master from inbox i join keys.data_key k on k.id = i.raw_key order by i.id"
    )
    assert slept not in {row["master"] for row in rows}
    assert [opened(gateway.engine.keyring, row).body for row in rows] == [sent().body, sent("late").body]


async def test_a_dead_letter_that_was_erased_says_so(gateway: Vault) -> None:
    await gateway.hear(sent())
    await gateway.hear(sent(other=1))
    [letter] = await dead_letters.list_parked(gateway.engine, topic=None, code=None, fate=None, after=0, limit=9)
    about = [row["about"] for row in await gateway.sql("select about from keys.data_key where purpose = 'submission'")]
    assert about == [intake_id(PRODUCER, "/forms", "one")] * 2, "an impostor's key goes with the submission's"
    await gateway.sql("delete from keys.data_key where about = $1", about[0])
    with pytest.raises(KeyGone, match="erased"):
        await dead_letters.show(gateway.engine, letter["id"])
    with pytest.raises(KeyGone, match="erased"):
        await dead_letters.replay(gateway.engine, letter["id"])


async def test_what_is_settled_is_forgotten_after_its_days_and_what_waits_is_not(gateway: Vault) -> None:
    wish = {"do": "pause", "asked_by": "client", "channel": "text", "until": "2026-04-13"}
    held = sent("held", name="update-submitted", referral_event_id="unknown", update=wish)
    await gateway.hear(sent(), held, sent("twice"), sent("twice", other=1))
    left = "select about from keys.data_key where purpose = 'submission'"
    clock = gateway.engine.clock
    clock.set(clock.now() + timedelta(days=29))
    assert await forget_some(gateway.engine) == 0
    clock.set(clock.now() + timedelta(days=2))
    assert await forget_some(gateway.engine) == 1
    assert await forget_some(gateway.engine) == 0
    one, waiting, twice = (intake_id(PRODUCER, "/forms", own) for own in ("one", "held", "twice"))
    assert {row["about"] for row in await gateway.sql(left)} == {waiting, twice}, "one is held, one has an impostor"
    assert await gateway.sql("select from keys.rotation where done_at is null"), "no backup of keys opens it either"
    with pytest.raises(KeyGone):
        cause = Cause(OURS, "coordinator", one, None, None, clock.now())
        await place(gateway.engine, one, cause)


def key_of_referrals(kid: UUID, public: str) -> Record:
    """What referrals publishes of its key of today."""
    ends_at = datetime.now(UTC) + timedelta(days=3)
    said = ReferralsKeyPublished(key_id=kid, curve="X25519", public=public, ends_at=ends_at)
    event = Envelope(
        id=uuid4(), type=said.type(), source="kith.referrals", subject=f"key/{kid}", time=NOW, recorded_at=NOW,
        organisation="kith", sequence=1, actor_role="service", correlation_id=uuid4(), causation_id=None,
        traceparent=None, data=said,
    )  # fmt: skip
    body = SERVICE.registry.encode(said)
    return Record("kith.referrals", 0, 0, event.subject.encode(), tuple(headers_of(event)), body)


async def released(gateway: Vault) -> int:
    return sum([taken async for taken in dead_letters.release(gateway.engine)])


@pytest.mark.parametrize("topic", [HTTP, f"kith.intake.{PRODUCER}"])
async def test_what_must_be_sealed_waits_for_a_key_and_is_then_taken_by_itself(gateway: Vault, topic: str) -> None:
    client = {"given": CANARY, "family": CANARY, "birth_date": "1990-04-02"}
    assert await gateway.hear(sent(topic=topic, person=client)) == [("held", "no-key-yet")]
    assert await gateway.hear(sent(topic=topic, person=client)) == [("duplicate", None)]
    await gateway.tend()
    assert await released(gateway) == 0
    kid, (private, public) = uuid4(), key_pair()
    await gateway.hear(key_of_referrals(kid, public))
    await gateway.tend()
    assert await released(gateway) == 1
    [row] = await gateway.sql("select body from journal where type = 'kith.referral-received.v1'")
    token = orjson.loads(row["body"])["person"]
    assert CANARY.encode() in open_token(token, {kid: private})
    assert CANARY not in await everything(gateway)
    assert await released(gateway) == 0


async def test_owners_topics_cost_no_key_and_no_statement_more(gateway: Vault) -> None:
    await gateway.hear(sent())
    before = await gateway.sql("select id from keys.data_key")
    record = sent("two")._replace(topic="kith.referrals")
    await gateway.hear(record)
    assert await gateway.sql("select id from keys.data_key") == before
    [row] = await gateway.sql("select raw_key from inbox where topic = 'kith.referrals'")
    assert row["raw_key"] is None
