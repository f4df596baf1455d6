"""Erasure, proven: canaries come in through every door; afterwards no key that anyone still holds opens any of them."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.runtime.keys import DataKey, WrongKey, unseal
from shared.runtime.master_keys import MasterKeys
from shared.runtime.sealing import CannotOpen, open_token
from tests.rig.desk import POINTS
from tests.rig.house import Board, House, referral
from tests.rig.referring import arrived, placed
from tests.rig.stage import until

pytestmark = pytest.mark.timeout(300)

SERVICES = ("gateway", "referrals", "supervision", "evaluation")
KEEPERS = ("gateway", "referrals")
PARTITIONS = 12
RIGHTS = "information-governance"
DECISION = {"ground": "person-asked", "decision_ref": "ig-2026-014", "retention_class": "peer-support"}


@dataclass
class Planted:
    """What was planted of one person, and by which receipts."""

    tag: str
    canaries: list[str] = field(default_factory=list)
    receipts: list[str] = field(default_factory=list)
    event: dict[str, Any] = field(default_factory=dict)
    """One of the events by which it came."""

    def canary(self, door: str) -> str:
        """A word that nobody else says."""
        word = f"canary-{door}-{self.tag}"
        self.canaries.append(word)
        return word

    def person(self, door: str) -> dict[str, Any]:
        """Somebody whose every word is a canary."""
        return {
            "given": self.canary(f"{door}-given"),
            "sender_reference": self.canary(f"{door}-ref"),
            "contact": {
                "emails": [f"{self.canary(f'{door}-mail')}@example.org"],
                "safe": {"channels": ["email"], "own_words": self.canary(f"{door}-safe")},
            },
        }


async def plant(board: Board) -> tuple[Planted, str]:
    """Something of a person comes in through every door there is; answers the id that their record has."""
    planted, senders = Planted(uuid4().hex[:8]), str(uuid4())
    person, needs = planted.person, {"experience_tags": [planted.canary("needs")]}

    def submitted(door: str, **more: Any) -> dict[str, Any]:
        return board.event("referral-submitted", referral(person_id=senders, person=person(door), **more))

    early = await arrived(board, referral(person_id=senders, person=person("early")))
    person_id = (await board.ask("referrals", f"/referrals/{early['referral_id']}"))["person_id"]
    over_http = await board.tell(
        "referrals", "/referrals", referral(person_id=person_id, person=person("http"), needs=needs)
    )
    first = over_http["subject"].partition("/")[2]
    planted.event = submitted("structured", needs=needs)
    structured = await board.submit(planted.event)
    batch = await board.submit([submitted("batch-1"), submitted("batch-2")])
    binary = submitted("binary")
    headers = {f"ce-{name}": value for name, value in binary.items() if name != "data"}
    posted = await board.call(
        "POST", "gateway", "/events", "sender",
        content=json.dumps(binary["data"]), headers={"Content-Type": "application/json", **headers},
    )  # fmt: skip
    for answer in (structured, batch, posted):
        assert answer.status_code == 202, answer.text
    kafka = submitted("kafka")
    await board.produce(kafka)

    refused = await board.submit(board.event("referral-submitted", referral(person={**person("rejected"), "chi": "1"})))
    impostor = await board.submit({**binary, "data": referral(person=person("parked"))})
    held = await board.submit(
        board.event(
            "update-submitted",
            {
                "referral_event_id": "never-came",
                "update": {"do": "change-safe-contact", "by_role": "coordinator"},
                "contact": {"emails": [f"{planted.canary('held')}@example.org"]},
            },
        )
    )
    assert (refused.status_code, impostor.status_code, held.status_code) == (422, 409, 202)
    planted.receipts += [refused.json()["receipt"]["receipt_id"], held.json()["receipt_id"]]

    await _support(board, planted, first)
    contact = {"emails": [f"{planted.canary('safe')}@example.org"], "safe": {"channels": ["email"]}}
    body = {"by_role": "coordinator", "contact": contact}
    await board.tell("referrals", f"/referrals/{first}/change-safe-contact", body)
    update = {
        "referral_id": first,
        "update": {"do": "change-safe-contact", "by_role": "coordinator"},
        "contact": {"emails": [f"{planted.canary('update')}@example.org"]},
    }
    assert (await board.submit(board.event("update-submitted", update))).status_code == 202
    report = {"do": "hold-session", "started_at": board.house.now.isoformat(), "minutes": 30, "format": "phone"}
    noted = {"referral_id": first, "report": report, "note": planted.canary("refused-note")}
    assert (await board.submit(board.event("session-reported", noted))).status_code == 202
    corrected = {"identity": {"given": planted.canary("corrected")}}
    await board.tell("referrals", f"/people/{person_id}/correct", corrected)
    return planted, person_id


async def _support(board: Board, planted: Planted, referral_id: str) -> None:
    """Support that ran, with a note and preferences, and has ended."""
    here = f"/referrals/{referral_id}"
    wishes = {"communities": [planted.canary("preferences")]}
    await board.tell("referrals", f"{here}/record-preferences", {"preferences": wishes, "by_role": "coordinator"})
    await board.tell("referrals", f"{here}/accept", {"by_role": "coordinator"})
    match_id, peer_id = str(uuid4()), str(uuid4())
    match = {"match_id": match_id, "peer_id": peer_id, "format": "phone", "by_role": "coordinator"}
    await board.tell("referrals", f"{here}/propose-match", match)
    await board.tell("referrals", f"{here}/confirm-match", {**match, "per_4_weeks_hundredths": 400})
    await board.house.turn_to(board.house.now + timedelta(hours=2))
    told = {"language": "en", "by_role": "peer", "text_version": "role-1", "points": POINTS}
    held = {"started_at": board.house.now.isoformat(), "minutes": 60, "format": "phone", "role_explained": told}
    await board.tell("referrals", f"{here}/hold-session", {**held, "note": planted.canary("note")}, "peer")


async def all_heard(board: Board, person_id: str, referrals: int) -> None:
    """Everything that was sent of the person has come through."""

    async def so() -> bool:
        found = await board.house.sql("referrals", "select id from referral where person_id = $1", UUID(person_id))
        waiting = await board.house.sql("gateway", "select 1 from unsent limit 1")
        return len(found) == referrals and not waiting

    await until(so, 40)


async def end_all(board: Board, person_id: str) -> None:
    for row in await board.house.sql(
        "referrals", "select id, stage from referral where person_id = $1", UUID(person_id)
    ):
        if row["stage"] == "received":
            body: dict[str, Any] = {"by": "client", "reason": "client-choice"}
            await board.tell("referrals", f"/referrals/{row['id']}/withdraw", body)
        elif row["stage"] == "supported":
            body = {"by": "client", "planned": True, "reasons": ["goals-met"], "future_contact_given": True}
            await board.tell("referrals", f"/referrals/{row['id']}/end", body)


@dataclass
class Held:
    """What somebody holds: ciphertexts with what they are bound to, tokens, and keys as they are wrapped."""

    sealed: list[tuple[bytes, bytes]] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    keys: list[tuple[str, DataKey]] = field(default_factory=list)


async def copied(house: House) -> Held:
    """A copy of every database, the schema `keys` among it, and of every topic of an owner."""
    held = Held()
    for service in KEEPERS:
        for row in await house.sql(service, "select id, wrapped, master from keys.data_key"):
            held.keys.append((service, DataKey(UUID(str(row["id"])), row["wrapped"], row["master"])))
        for row in await house.sql(service, "select raw_key, body from inbox where raw_key is not null"):
            held.sealed.append((row["body"], f"inbox/{row['raw_key']}".encode()))
        for row in await house.sql(service, "select person_id, name, sealed from vault"):
            held.sealed.append((row["sealed"], f"vault/{row['person_id']}/{row['name']}".encode()))
    for body in await bodies(house):
        held.tokens += _tokens(body)
    for service in SERVICES:
        for row in await house.sql(service, "select body from journal"):
            held.tokens += _tokens(row["body"])
    held.tokens = list(dict.fromkeys(held.tokens))
    return held


def _tokens(body: bytes) -> Iterator[str]:
    try:
        said = json.loads(body)
    except ValueError:
        return
    for value in said.values() if isinstance(said, dict) else ():
        if isinstance(value, str) and value.startswith("eyJ"):
            yield value


async def bodies(house: House) -> Sequence[bytes]:
    """Every record of the owners' topics, headers and all, as a reader of Kafka sees it."""
    found: list[bytes] = []
    consumer = AIOKafkaConsumer(bootstrap_servers=house.stack.cluster.bootstrap, enable_auto_commit=False)
    await consumer.start()
    try:
        for topic in ("kith.gateway", "kith.referrals", "kith.evaluation"):
            places = [TopicPartition(topic, partition) for partition in range(PARTITIONS)]
            consumer.assign(places)
            ends = await consumer.end_offsets(places)
            await consumer.seek_to_beginning(*places)
            while any([await consumer.position(place) < ends[place] for place in places]):
                for records in (await consumer.getmany(timeout_ms=200)).values():
                    for record in records:
                        found.append(record.value or b"")
                        found += [value for _, value in record.headers]
    finally:
        await consumer.stop()
    return found


def opened(house: House, held: Held, *more: Held) -> list[bytes]:
    """All that opens when every key among these is tried on every ciphertext and token among these."""
    masters = {name: MasterKeys(house.stack.home / "master-keys" / f"{name}.json") for name in KEEPERS}
    bare: dict[UUID, bytes] = {}
    everything = (held, *more)
    for service, key in {each for some in everything for each in some.keys}:
        for kid in masters[service].kids:
            try:
                bare[key.id] = masters[service].unwrap(DataKey(key.id, key.wrapped, kid))
            except WrongKey:
                continue
    found = []
    for sealed, about in {each for some in everything for each in some.sealed}:
        for key_bytes in bare.values():
            if len(key_bytes) == 32:
                try:
                    found.append(unseal(key_bytes, sealed, about))
                except WrongKey:
                    continue
    for token in {each for some in everything for each in some.tokens}:
        try:
            found.append(open_token(token, bare))
        except (CannotOpen, ValueError):
            continue
    return found


async def everywhere(house: House) -> Iterator[tuple[str, bytes]]:
    """Every place where something might stand in clear: tables, segments, logs, metrics."""
    places: list[tuple[str, bytes]] = []
    for service in SERVICES:
        tables = await house.sql(
            service,
            "select schemaname, tablename from pg_tables where schemaname in ('public', 'keys', 'rebuilding')",
        )
        for schema, table in tables:
            rows = await house.sql(service, f'select t::text as row from {schema}."{table}" t')
            places.append((f"{service}: {table}", "\n".join(row["row"] for row in rows).encode()))
            for column in await house.sql(
                service,
                "select column_name from information_schema.columns "
                "where table_schema = $1 and table_name = $2 and data_type = 'bytea'",
                schema,
                table,
            ):
                name = column["column_name"]
                for row in await house.sql(service, f'select "{name}" as bytes from {schema}."{table}"'):
                    places.append((f"{service}: {table}.{name}", row["bytes"] or b""))
        log = house.stack.run.services[service].log
        places.append((str(log), log.read_bytes()))
        metrics = await house.http.get(f"{house.url(service)}/metrics")
        places.append((f"{service}: /metrics", metrics.content))
    places += [("a record", body) for body in await bodies(house)]
    for broker in house.stack.cluster.brokers:
        for segment in broker.folder.glob("kith.*/*.log"):
            if not segment.parent.name.startswith("kith.intake."):
                places.append((str(segment), segment.read_bytes()))
    return iter(places)


async def destroyed(house: House) -> None:
    """What was under way had its day; every key that an erasure touches is gone, and the master keys were changed."""

    async def retired() -> bool:
        return not await house.sql(
            "referrals", "select 1 from keys.came c join keys.erasure e on e.about = c.person_id "
            "join keys.data_key k on k.id = c.transport where k.retired_at is null"
        )  # fmt: skip

    await until(retired, 60, pause=0.2)
    await house.turn_to(house.now + timedelta(hours=25))

    async def so() -> bool:
        for service in KEEPERS:
            if await house.sql(service, "select 1 from keys.rotation where done_at is null"):
                return False
            if await house.sql(service, "select 1 from keys.data_key where destroy_at <= $1", house.now):
                return False
        return not await house.sql(
            "gateway", "select 1 from keys.data_key k join submission s on s.id = k.about "
            "join erased e on s.referral_id = any (e.referral_ids) where k.purpose = 'submission'"
        )  # fmt: skip

    await until(so, 60, pause=0.2)


async def test_no_key_that_anyone_still_holds_opens_anything_of_whoever_was_erased(board: Board) -> None:
    house = board.house
    (planted, anna), kept = await plant(board), Planted("kept" + uuid4().hex[:6])
    bystander = (await arrived(board, referral(person=kept.person("bystander"))))["referral_id"]
    await all_heard(board, anna, 7)

    early = await board.call("POST", "referrals", f"/people/{anna}/erase", RIGHTS, json=DECISION)
    assert (early.status_code, early.json()["code"]) == (409, "support-runs")
    await end_all(board, anna)
    before = await copied(house)
    openable = b"\n".join(opened(house, before))
    unseen = [word for word in planted.canaries if word.encode() not in openable]
    assert len(unseen) <= len(planted.canaries) / 4, "before, nearly all of it opens: the search finds what there is"

    decision = {**DECISION, "receipts": planted.receipts}
    await board.tell("referrals", f"/people/{anna}/erase", decision, RIGHTS)
    gone = await board.call("GET", "referrals", f"/people/{anna}", "coordinator")
    assert (gone.status_code, gone.json()["code"]) == (410, "erased")
    await destroyed(house)
    for again in (planted.event, {**planted.event, "time": "2026-03-01T09:00:00Z"}):
        told = await board.submit(again)
        assert (told.status_code, told.json()["code"], told.json()["field"]) == (409, "first-destroyed", "id")

    found = b"\n".join(opened(house, before, await copied(house)))
    assert [word for word in planted.canaries if word.encode() in found] == []
    assert all(word.encode() in found for word in kept.canaries)
    places = list(await everywhere(house))
    for word in planted.canaries:
        assert [place for place, content in places if word.encode() in content] == []
    seen = await board.ask("referrals", f"/referrals/{bystander}/person")
    assert seen["identity"]["given"] == kept.canaries[0]


async def test_a_referral_by_the_public_form_is_erased_as_well(board: Board) -> None:
    house, planted = board.house, Planted(uuid4().hex[:8])
    answers = {
        "agreed": True,
        "parent_role": "father",
        "board_of_residence": "S08000030",
        "name": planted.canary("form"),
        "email": f"{planted.canary('form-mail')}@example.org",
        "ways": ["email"],
    }
    answer = await house.http.post(f"{house.url('gateway')}/forms/{board.form}", json=answers)
    referral_id = (await placed(board, answer.json()["receipt_id"]))["referral_id"]
    seen = await board.ask("referrals", f"/referrals/{referral_id}/person")
    assert seen["identity"]["given"] == planted.canaries[0]
    body = {"by": "client", "reason": "client-choice"}
    await board.tell("referrals", f"/referrals/{referral_id}/withdraw", body)
    before = await copied(house)
    await board.tell("referrals", f"/people/{seen['person_id']}/erase", DECISION, RIGHTS)
    await destroyed(house)
    found = b"\n".join(opened(house, before, await copied(house)))
    places = list(await everywhere(house))
    for word in planted.canaries:
        assert word.encode() not in found
        assert [place for place, content in places if word.encode() in content] == []


async def test_what_is_sent_again_under_the_id_of_somebody_erased_is_destroyed_by_itself(board: Board) -> None:
    house, planted, own = board.house, Planted(uuid4().hex[:8]), str(uuid4())
    first = await arrived(board, referral(person_id=own, person=planted.person("first")))
    person_id = (await board.ask("referrals", f"/referrals/{first['referral_id']}"))["person_id"]
    await end_all(board, person_id)
    await board.tell("referrals", f"/people/{person_id}/erase", DECISION, RIGHTS)
    await destroyed(house)

    today = house.now.date().isoformat()
    again = referral(person_id=own, person=planted.person("again"), referral_date=today)
    receipt = (await board.submit(board.event("referral-submitted", again))).json()["receipt_id"]
    seen = await board.seen(lambda rows: rows and rows[-1]["status"] == "refused")
    assert (seen[-1]["receipt_id"], seen[-1]["code"]) == (receipt, "person-erased")

    async def gone() -> bool:
        return not await house.sql("gateway", "select 1 from keys.data_key where about = $1", UUID(receipt))

    await until(gone, 20)
    named = await board.tell("referrals", f"/people/{person_id}/erase", {**DECISION, "receipts": [receipt]}, RIGHTS)
    assert [event["type"] for event in named["events"]] == ["kith.person-erased.v1"]
    await destroyed(house)
    found = b"\n".join(opened(house, await copied(house)))
    assert [word for word in planted.canaries if word.encode() in found] == []


@pytest.mark.parametrize("role", ["coordinator", "service-lead", "clinician", "peer"])
async def test_nobody_but_an_officer_decides_about_data(house: House, role: str) -> None:
    board = Board(house, "SC090000", "forms-0")
    for do, body in (("erase", DECISION), ("restrict", {}), ("hold", {}), ("lift-hold", {})):
        answer = await board.call("POST", "referrals", f"/people/{uuid4()}/{do}", role, json=body)
        assert answer.status_code == 403
    assert (await board.call("GET", "referrals", f"/people/{uuid4()}/copy", role)).status_code == 403
