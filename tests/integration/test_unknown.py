"""An event that speaks of a subject which is not known yet: two subjects come in no order, and neither is lost."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.contracts.gateway import ReferralReceived, UpdateReceived
from shared.contracts.updates import Pause, Withdraw
from shared.runtime.dead_letters import release
from shared.runtime.envelope import Envelope
from shared.runtime.hearing import hear
from shared.runtime.wire import Record, headers_of
from tests.rig.desk import Desk

PAUSE = Pause(asked_by="client", channel="text")
WITHDRAW = Withdraw(by="client", reason="client-choice")


class Gateway:
    """What the gateway says, as its records come to referrals, partition by partition."""

    def __init__(self, desk: Desk, organisation: str = "SC012345") -> None:
        self.desk, self.organisation = desk, organisation
        self.referral_id, self.offset = uuid4(), 0

    def referral(self) -> Record:
        example = ReferralReceived.model_config["json_schema_extra"]["examples"][0]  # type: ignore[index,call-overload]
        known = {"referral_id": self.referral_id, "submission_id": uuid4(), "received_at": self.desk.engine.clock.now()}
        today = {"referral_date": self.desk.engine.clock.now().date()}
        said = ReferralReceived.model_validate({**example, **known, **today})
        return self.record(said, said.submission_id, 1)

    def update(self, wish: Any, submission_id: UUID | None = None, sequence: int = 1) -> Record:
        submission_id = submission_id or uuid4()
        now = self.desk.engine.clock.now()
        said = UpdateReceived(submission_id=submission_id, referral_id=self.referral_id, received_at=now, update=wish)
        return self.record(said, submission_id, sequence)

    def record(self, said: Any, submission_id: UUID, sequence: int) -> Record:
        now, subject = self.desk.engine.clock.now(), f"submission/{submission_id}"
        event = Envelope(
            uuid4(), said.type(), "kith.gateway", subject, now, now, self.organisation, sequence, "sender", uuid4(),
            None, None, said,
        )  # fmt: skip
        self.offset += 1
        body = said.model_dump_json().encode()
        return Record("kith.gateway", 0, self.offset, subject.encode(), tuple(headers_of(event)), body)


async def heard(desk: Desk, *records: Record) -> list[tuple[str, str | None]]:
    async with desk.engine.database.worker() as connection:
        return [(v.fate, v.code) for v in (await hear(desk.engine, connection, records)).verdicts]


async def released(desk: Desk) -> int:
    return sum([taken async for taken in release(desk.engine)])


async def long_ago(desk: Desk) -> None:
    async with desk.engine.database.owner() as connection:
        await connection.execute("update inbox set heard_at = heard_at - interval '11 minutes'")


async def stage(desk: Desk, gateway: Gateway) -> str:
    return str((await desk.get(f"/referrals/{gateway.referral_id}"))["stage"])


async def test_a_wish_that_comes_before_its_referral_takes_effect_when_that_has_come(desks: tuple[Desk, Desk]) -> None:
    desk, _ = desks
    gateway = Gateway(desk)
    assert await heard(desk, gateway.update(PAUSE)) == [("held", "not-known-yet")]
    assert await released(desk) == 0, "it is not known yet"
    assert await heard(desk, gateway.referral()) == [("done", None)]
    assert await released(desk) == 1
    assert await stage(desk, gateway) == "paused"
    assert await released(desk) == 0


async def test_a_wish_before_its_referral_in_one_batch_takes_effect_too(desks: tuple[Desk, Desk]) -> None:
    desk, _ = desks
    gateway = Gateway(desk)
    fates = await heard(desk, gateway.update(PAUSE), gateway.referral())
    assert fates == [("held", "not-known-yet"), ("done", None)]
    await released(desk)
    assert await stage(desk, gateway) == "paused"


async def test_what_follows_on_the_same_subject_waits_behind_it(desks: tuple[Desk, Desk]) -> None:
    desk, _ = desks
    gateway, submission = Gateway(desk), uuid4()
    first, second = gateway.update(PAUSE, submission), gateway.update(WITHDRAW, submission, 2)
    assert await heard(desk, first, second) == [("held", "not-known-yet"), ("held", "gap")]
    await heard(desk, gateway.referral())
    assert await released(desk) == 2
    assert await stage(desk, gateway) == "withdrawn"


@pytest.mark.parametrize("elsewhere", [False, True], ids=["nowhere", "another organisation's"])
async def test_after_long_enough_the_sender_is_told_that_there_is_none(
    desks: tuple[Desk, Desk], elsewhere: bool
) -> None:
    desk, _ = desks
    theirs, ours = Gateway(desk, "SC054321"), Gateway(desk)
    if elsewhere:
        await heard(desk, theirs.referral())
        ours.referral_id = theirs.referral_id
    assert await heard(desk, ours.update(PAUSE)) == [("held", "not-known-yet")]
    assert await released(desk) == 0
    await long_ago(desk)
    assert await released(desk) == 1
    async with desk.engine.database.owner() as connection:
        told = await connection.fetch(
            "select convert_from(body, 'UTF8') as body from journal where type like '%refused%'"
        )
    assert ['"not-found"' in row["body"] for row in told] == [True]
    if elsewhere:
        async with desk.engine.database.owner() as connection:
            streams = await connection.fetch("select sequence from stream where subject like 'referral/%'")
        assert [row["sequence"] for row in streams] == [1], "nothing was changed"


async def test_a_wish_heard_again_after_its_referral_is_not_done_twice(desks: tuple[Desk, Desk]) -> None:
    desk, _ = desks
    gateway = Gateway(desk)
    wish = gateway.update(PAUSE)
    await heard(desk, wish)
    await heard(desk, gateway.referral())
    await released(desk)
    assert await heard(desk, wish) == [("duplicate", None)]
    said = (await desk.get(f"/referrals/{gateway.referral_id}/timeline"))["rows"]
    assert [row["type"] for row in said] == ["kith.referral-created.v1", "kith.support-paused.v1"]
