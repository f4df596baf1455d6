"""Concerns from one end to the other on a real PostgreSQL, with nobody at Kafka's address."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest
from asyncpg import Connection

from deploy.embedded import Cluster
from services.supervision.domain.safeguarding.concern_commands import NoteCorrection, Raise, Sign
from services.supervision.domain.safeguarding.duty_calendar import Calendar
from services.supervision.domain.safeguarding.duty_policy import DutyPolicies
from services.supervision.safeguarding.gaps import telling_of_gaps
from services.supervision.safeguarding.unheard import raise_unheard
from shared.contracts.supervision import concern_about
from shared.runtime.commands import execute
from shared.runtime.decisions import Cause
from shared.runtime.health import Health
from shared.runtime.hearing import hear_all
from tests.rig.records import counted, with_header
from tests.rig.stage import until
from tests.rig.worried import DEPUTY, HOURS, LEAD, OURS, POLICY, WORDS, Worries, two_worries


@pytest.fixture
async def pair(ground: Cluster, tmp_path: Path) -> AsyncIterator[tuple[Worries, Worries]]:
    """Two organisations, of which one has a lead and a deputy on duty."""
    async with two_worries(ground, tmp_path) as (ours, theirs):
        await ours.rota()
        yield ours, theirs


@pytest.fixture
def us(pair: tuple[Worries, Worries]) -> Worries:
    return pair[0]


async def test_a_concern_is_told_to_whoever_is_on_duty_and_ends_with_whoever_takes_it_in_hand(us: Worries) -> None:
    async with us.sending():
        concern = await us.raised()
        [letter] = await us.letters(1)
        assert (letter.channel, letter.to) == ("text", "+447700900120")
        [notified] = await us.heard(concern, "concern-notified")
        assert (notified["step"], notified["person_id"]) == ("first", LEAD)
        receipt = {"reference": str(letter.id), "status": "delivered", "to": letter.to}
        await us.post("/notice-receipts", receipt, "message-carrier")
        assert (await us.get(f"/concerns/{concern}"))["told"][0]["status"] == "received"
        await us.tell(concern, "acknowledge-concern")
        us.turn(hours=1)
        await asyncio.sleep(1.5)
    assert len(await us.letters(1)) == 1
    seen = await us.get(f"/concerns/{concern}")
    assert (seen["stage"], seen["alarms"]) == ("in-hand", [])
    await us.tell(concern, "close-concern", status=409)
    await us.tell(concern, "record-concern-outcome", outcome="safety-plan")
    await us.tell(concern, "close-concern")
    assert (await us.get(f"/concerns/{concern}"))["stage"] == "closed"
    assert (await us.get("/concerns"))["rows"] == []


async def test_what_was_seen_is_the_vaults_and_in_no_event_row_or_notice(us: Worries) -> None:
    async with us.sending():
        concern = await us.raised()
        [letter] = await us.letters(1)
    assert "Canary" not in f"{letter.subject} {letter.body}"
    assert "Canary" not in str(await us.said(concern)) + str(await us.get(f"/concerns/{concern}"))
    async with us.engine.database.owner() as connection:
        rows = str(await connection.fetch("select * from concern"))
    assert "Canary" not in rows
    assert (await us.get(f"/concerns/{concern}/words"))["words"] == [WORDS]
    for role in ("peer", "coordinator", "service-lead"):
        await us.get(f"/concerns/{concern}/words", role, 403)


async def test_nobody_answers_and_each_next_one_is_told_until_operations_are_alarmed_in_time(us: Worries) -> None:
    async with us.sending():
        concern = await us.raised()
        await us.letters(1)
        await us.arrived(concern, 1)
        us.turn(minutes=15)
        escalated = await us.heard(concern, "concern-escalated")
        assert (escalated[0]["to"], escalated[0]["because"]) == ("deputy", "not-acknowledged")
        notified = await us.heard(concern, "concern-notified", 2)
        await us.arrived(concern, 2)
        assert {each["person_id"] for each in notified} >= {LEAD, DEPUTY}
        us.turn(minutes=15)
        escalated = await us.heard(concern, "concern-escalated", 2)
        assert escalated[1]["to"] == "out-of-hours"
        us.turn(minutes=15)
        await us.heard(concern, "concern-alarmed")
        metrics = us.engine.metrics

        async def shown() -> bool:
            return b"kith_concerns_alarmed 1.0" in metrics.render()

        await until(shown)
        await us.tell(concern, "acknowledge-concern", "safeguarding-lead")

        async def silent() -> bool:
            return b"kith_concerns_alarmed 0.0" in metrics.render()

        await until(silent)
    assert {each["because"] for each in await us.said(concern, "concern-alarmed")} >= {"not-acknowledged"}


async def test_a_way_that_is_down_is_answered_by_the_other_way_and_the_next_in_line_at_once(us: Worries) -> None:
    us.texts.mood = "away"
    async with us.sending():
        concern = await us.raised()
        letters = await us.letters(2)
    assert [letter.channel for letter in letters] == ["email", "email"]
    assert {letter.to for letter in letters} == {"canary0@peers.example", "canary1@peers.example"}
    [failed] = await us.said(concern, "concern-notice-failed")
    assert failed["because"] == "refused"
    [escalated] = await us.said(concern, "concern-escalated")
    assert (escalated["to"], escalated["because"]) == ("deputy", "not-reached")


async def test_without_a_receipt_in_a_minute_the_other_way_is_tried_and_the_next_in_line_told(us: Worries) -> None:
    async with us.sending():
        concern = await us.raised()
        await us.letters(1)
        await us.heard(concern, "concern-notified")
        us.turn(seconds=61)
        await us.heard(concern, "concern-notified", 3)
    [failed] = await us.said(concern, "concern-notice-failed")
    assert failed["because"] == "no-receipt"


async def test_while_nobody_at_all_is_reached_operations_are_alarmed(us: Worries) -> None:
    us.texts.mood = us.emails.mood = "refuses"
    async with us.sending():
        concern = await us.raised()
        alarmed = await us.heard(concern, "concern-alarmed")
    assert [each["because"] for each in alarmed] == ["nobody-reached"]
    assert await us.said(concern, "concern-acknowledged", "concern-closed") == []


async def test_an_empty_rota_is_alarmed_at_once_and_the_raiser_reads_that_nobody_will_see_it(
    pair: tuple[Worries, Worries],
) -> None:
    _, theirs = pair
    async with theirs.sending():
        body = {"about": "child", "danger_now": "yes", "by_role": "peer", "person_id": str(uuid4())}
        said = await theirs.post("/concerns", body, "peer", 201)
        alarmed = await theirs.heard(said["concern_id"], "concern-alarmed")
        [letter] = await theirs.letters(1)
    assert "Nobody from Tidal Peers will read this" in said["reads"]
    assert "phone 999" in said["first_line"]
    assert alarmed[0]["because"] == "nobody-on-duty"
    assert letter.to == "oncall@board.example"


async def test_a_declared_gap_is_read_at_once_and_the_agreed_route_is_told(pair: tuple[Worries, Worries]) -> None:
    _, theirs = pair
    gap = {"route": "board-on-call", "channels": ["email", "text"]}
    lead = {"role": "safeguarding-lead", "person_id": LEAD, "channels": ["text", "email"]}
    mondays = {**lead, "days": ["mon"], "start": "09:00", "end": "17:00"}
    week = {"shifts": [mondays], "gaps": [{**gap, **HOURS}], "by_role": "service-lead"}
    await theirs.post("/duty/set-duty-rota", week, "service-lead")
    async with theirs.sending():
        body = {"about": "adult", "danger_now": "no", "by_role": "peer", "person_id": str(uuid4())}
        said = await theirs.post("/concerns", body, "peer", 201)
        [letter] = await theirs.letters(1)
    assert "before Monday 09:00" in said["reads"]
    assert letter.to == "oncall@board.example"
    assert (await theirs.get("/duty"))["instead"]["route"] == "board-on-call"
    assert (await theirs.get("/duty/gaps", "service-lead"))["undeclared_from"] is None


async def test_the_same_item_by_two_doors_is_one_concern_and_a_corrected_score_leaves_it_open(us: Worries) -> None:
    person, item = uuid4(), uuid4()
    now, concern_id = us.now, concern_about(person, "adult")

    def raised(source: str) -> Raise:
        sign = Sign(item, source, "adult", "life", "sender", person, "cpmht", now)  # type: ignore[arg-type]
        return Raise(concern_id, now, sign, Calendar(), POLICY)

    cause = Cause(OURS, "sender", uuid4(), None, None, now)
    await asyncio.gather(*(execute(us.engine, cause, [raised(door)]) for door in ("measure", "risk-item")))
    by_hand = await us.raised(person_id=str(person))
    await execute(us.engine, cause, [NoteCorrection(concern_id, now, item)])
    assert UUID(by_hand) == concern_id
    kinds = [each["kind"] for each in await us.said(by_hand)]
    assert kinds.count("concern-opened") == 1
    assert kinds.count("concern-joined") == 1
    assert (await us.get(f"/concerns/{by_hand}"))["stage"] == "waiting"


async def test_two_instances_send_each_notice_once(us: Worries) -> None:
    async with us.sending(instances=3):
        concerns = [await us.raised() for _ in range(8)]
        for concern in concerns:
            await us.heard(concern, "concern-notified")
        await asyncio.sleep(1)
    assert len(await us.letters(8)) == 8


async def test_a_sender_killed_between_sending_and_saying_so_is_followed_by_one_that_sends_again(us: Worries) -> None:
    concern = await us.raised()
    process = await us.start("notice.taken:kill")
    assert await process.halted() == "notice.taken"
    assert await process.ended() == -signal.SIGKILL
    assert await us.said(concern, "concern-notified") == []
    [sent] = (us.folder / "letters").glob("*.txt")
    sent.unlink()
    await us.start()
    await us.heard(concern, "concern-notified", within=60)
    assert len([*(us.folder / "letters").glob("*.txt")]) == 1


async def test_acknowledging_while_it_escalates_ends_in_one_or_the_other_and_never_in_silence(us: Worries) -> None:
    async with us.sending():
        concerns = [await us.raised() for _ in range(6)]
        await us.letters(6)
        us.turn(minutes=15)
        done = [us.tell(c, "acknowledge-concern", role) for c in concerns for role in ("clinician", "charge-nurse")]
        await asyncio.gather(*done)
        us.turn(hours=1)
        await asyncio.sleep(1.5)
    for concern in concerns:
        kinds = [each["kind"] for each in await us.said(concern)]
        assert kinds.count("concern-acknowledged") == 1
        after = kinds[kinds.index("concern-acknowledged") :]
        assert "concern-escalated" not in after
        assert "concern-alarmed" not in kinds


async def test_what_is_in_hand_has_a_second_clock_and_the_service_lead_hears_when_it_runs_out(us: Worries) -> None:
    async with us.sending():
        concern = await us.raised()
        await us.letters(1)
        await us.tell(concern, "acknowledge-concern")
        us.turn(hours=25)
        [late] = await us.heard(concern, "concern-overdue")
    assert (late["of"], late["to"]) == ("outcome", "service-lead")
    assert (await us.get(f"/concerns/{concern}"))["stage"] == "in-hand"


async def test_a_concern_about_a_colleague_is_an_officers_alone(us: Worries) -> None:
    colleague = str(uuid4())
    concern = await us.raised(about="peer", person_id=None, colleague_id=colleague, danger_now="no")
    for role in ("clinician", "safeguarding-lead", "charge-nurse"):
        assert (await us.get("/concerns", role))["rows"] == []
        await us.get(f"/concerns/{concern}", role, 404)
        await us.tell(concern, "acknowledge-concern", role, 404)
    await us.get("/concerns", "coordinator", 403)
    assert (await us.get(f"/concerns/{concern}/words", "named-officer"))["colleague_id"] == colleague
    assert colleague not in str(await us.said(concern))
    await us.tell(concern, "acknowledge-concern", "named-officer")
    hidden = await us.raised(about="staff", person_id=None, about_named_officer=True, danger_now="no")
    await us.get(f"/concerns/{hidden}", "named-officer", 404)
    await us.get(f"/concerns/{hidden}", "deputy-officer")


async def test_nobody_speaks_in_a_role_that_is_not_theirs_or_sets_the_clock(us: Worries) -> None:
    concern = await us.raised()
    lowering = {"urgency": "today", "by_role": "clinician"}
    await us.post(f"/concerns/{concern}/lower-urgency", lowering, "safeguarding-lead", 403)
    await us.tell(concern, "lower-urgency", "safeguarding-lead", 409, urgency="today")
    await us.tell(concern, "acknowledge-concern", "clinician", 422, at="2026-03-07T00:00:00Z")
    await us.tell(concern, "lower-urgency", "clinician", urgency="today")
    assert (await us.get(f"/concerns/{concern}"))["urgency"] == "today"


async def test_another_organisation_takes_it_on_and_only_then_is_it_in_hand_there(
    pair: tuple[Worries, Worries],
) -> None:
    us, theirs = pair
    concern = await us.raised()
    await theirs.get(f"/concerns/{concern}", status=404)
    assert (await theirs.get("/concern-handovers"))["rows"] == []
    await us.tell(concern, "propose-concern-handover", to_organisation=theirs.organisation)
    [asked] = (await theirs.get("/concern-handovers"))["rows"]
    assert (await us.get(f"/concerns/{concern}"))["stage"] == "waiting"
    path = f"/concern-handovers/{asked['handover_id']}/accept-concern-handover"
    await us.post(path, {"by_role": "clinician"}, status=404)
    taken = await theirs.post(path, {"by_role": "clinician"})
    [handed] = await us.heard(concern, "concern-handed-over")
    theirs_id = taken["subject"].partition("/")[2]
    assert handed["to_concern_id"] == theirs_id
    assert (await us.get(f"/concerns/{concern}"))["stage"] == "handed-over"
    assert (await theirs.get(f"/concerns/{theirs_id}"))["stage"] == "in-hand"


async def test_a_person_of_another_organisation_costs_no_concern(pair: tuple[Worries, Worries]) -> None:
    us, theirs = pair
    person = str(uuid4())
    await theirs.raised(person_id=person)
    concern = await us.raised(person_id=person)
    assert UUID(concern) != concern_about(UUID(person), "adult")
    assert (await us.get(f"/concerns/{concern}"))["person_id"] is None
    assert (await us.get(f"/concerns/{concern}/words"))["words"] == [WORDS]


async def test_raised_twice_under_one_key_it_is_raised_once(us: Worries) -> None:
    body = {"about": "unborn", "danger_now": "yes", "by_role": "peer", "person_id": str(uuid4())}
    key = {"Idempotency-Key": "a-form-sent-twice"}
    first = await us.post("/concerns", body, "peer", 201, **key)
    second = await us.post("/concerns", body, "peer", 201, **key)
    assert first == second
    assert len(await us.said(first["concern_id"])) == 1


async def test_a_hundred_raised_at_once_are_each_told_within_two_seconds(us: Worries) -> None:
    async with us.sending(instances=2):
        await us.raised()
        await us.letters(1)
        took: list[float] = []

        async def one() -> None:
            began = asyncio.get_running_loop().time()
            concern = await us.raised()
            await us.heard(concern, "concern-notified")
            took.append(asyncio.get_running_loop().time() - began)

        for _ in range(10):
            await asyncio.gather(*(one() for _ in range(10)))
    assert sorted(took)[98] < 2, sorted(took)[-5:]


async def test_an_urgent_record_that_nobody_can_read_is_a_concern_once(us: Worries) -> None:
    record = with_header(counted("kith.referrals", uuid4(), 1, organisation=OURS), "ce_type", "kith.measure-taken.v9")
    connection = await us.engine.database.connect("worker")

    async def connected() -> Connection:
        return connection

    async for _, heard in hear_all(us.engine, connected, [record]):
        assert [verdict.fate for verdict in heard.verdicts] == ["parked"]
    await connection.close()
    duty = DutyPolicies(default=POLICY)
    await asyncio.gather(*(raise_unheard(us.engine, duty) for _ in range(3)))
    await raise_unheard(us.engine, duty)
    [concern] = (await us.get("/concerns"))["rows"]
    assert (concern["urgency"], concern["stage"], concern["person_id"]) == ("life", "waiting", None)
    kinds = [each["kind"] for each in await us.said(concern["id"])]
    assert kinds.count("concern-opened") == 1
    async with us.sending():
        await us.letters(1)


async def test_it_is_raised_over_http_and_told_while_nobody_is_at_kafkas_address(us: Worries) -> None:
    process = await us.start()
    body = {"about": "adult", "danger_now": "yes", "by_role": "peer", "person_id": str(uuid4()), "words": WORDS}

    async def raised() -> httpx.Response | None:
        with suppress(httpx.TransportError):
            answer = await client.post(f"{process.url}/concerns", json=body)
            return answer if answer.status_code != 503 else None
        return None

    async with httpx.AsyncClient(headers={"X-API-Key": us.keys["peer"]}) as client:
        answer = await until(raised)
        assert answer.status_code == 201, answer.text
        concern = answer.json()["concern_id"]
        await us.heard(concern, "concern-notified")
    [letter] = (us.folder / "letters").glob("*.txt")
    assert "Canary" not in letter.read_text()
    assert "Canary" not in process.log.read_text()


async def test_hours_that_nobody_covers_are_the_providers_to_close_before_anybody_new_comes(us: Worries) -> None:
    register = {"settings": ["third-sector"], "by_role": "service-lead"}
    await us.post("/provider/register", register, "service-lead")
    week = {"shifts": [], "by_role": "service-lead"}
    stopping = asyncio.Event()
    telling = asyncio.ensure_future(telling_of_gaps()(us.engine, Health(), stopping))
    await us.post("/duty/set-duty-rota", week, "service-lead")
    assert (await us.get("/duty/gaps", "service-lead"))["undeclared_from"] is not None

    async def missing() -> bool:
        return "duty-rota-gap" in str(await us.get("/provider", "service-lead"))

    await until(missing)
    await us.rota()

    async def covered() -> bool:
        return not await missing()

    await until(covered)
    stopping.set()
    await telling
