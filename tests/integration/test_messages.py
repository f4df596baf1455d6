"""Messages on their way: a real mail server, a real PostgreSQL, real processes that are killed."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest

from deploy.embedded import Cluster
from shared.contracts import values as v
from shared.contracts.days import HERE
from shared.post.letters import Deliver, Letter
from shared.post.transports import read_transports
from tests.rig.desk import two_desks
from tests.rig.mailing import EMAIL, Mood, Office, mail_server
from tests.rig.stage import until


def here(text: str) -> datetime:
    """A time on the wall in Scotland."""
    return datetime.fromisoformat(text).replace(tzinfo=HERE)


SESSION, DUE = here("2026-03-05T19:00"), here("2026-03-04T19:00")


@pytest.fixture
async def office(ground: Cluster, tmp_path: Path) -> AsyncIterator[Office]:
    """An organisation that writes to its clients by a mail server of its own."""
    async with mail_server() as mail, two_desks(ground) as (desk, _):
        made = Office(desk, mail, tmp_path)
        yield made
        await made.close()


async def test_a_session_is_reminded_of_once_and_says_nothing_of_why(office: Office) -> None:
    referral, _ = await office.reminded(SESSION)
    async with office.sending():
        await asyncio.sleep(1)
        assert office.mail.taken == []
        office.turn_to(DUE)
        [sent] = await office.heard(referral, "reminder-sent")
        [message] = office.mail.taken
        assert message["To"] == EMAIL
        assert message["Message-ID"] == f"<{sent['data']['message_id']}@appointments.example>"
        text = message.get_content()
        assert "Thursday 5 March at 19:00" in text.replace("\n", " ")
        assert "Appointments" in message["From"]
        office.turn_to(SESSION)
        await asyncio.sleep(1)
    assert len(office.mail.taken) == 1
    timeline = await office.desk.get(f"/referrals/{referral}/timeline")
    assert EMAIL not in str(timeline)
    assert "Canary" not in str(timeline)


async def test_of_two_instances_one_sends(office: Office) -> None:
    clients = [await office.reminded(SESSION) for _ in range(4)]
    async with office.sending(instances=3):
        office.turn_to(DUE)
        for referral, _ in clients:
            await office.heard(referral, "reminder-sent")
    assert len(office.mail.ids) == len(set(office.mail.ids)) == 4


@pytest.mark.parametrize("step", ["message.claimed", "message.taken"])
async def test_a_sender_killed_in_the_act_never_sends_twice_and_a_person_is_asked(office: Office, step: str) -> None:
    referral, _ = await office.reminded(SESSION)
    office.turn_to(DUE)
    await office.heard(referral, "message-fell-due")
    process = await office.start(f"{step}:kill")
    assert await process.halted() == step
    assert await process.ended() == -signal.SIGKILL
    assert office.mail.seen == (step == "message.taken")
    await office.start()
    [failed] = await office.heard(referral, "reminder-failed", within=60)
    assert failed["data"]["because"] == "unknown"
    tasks = (await office.desk.get("/tasks"))["rows"]
    assert [(task["referral_id"], task["kind"]) for task in tasks] == [(referral, "message-unknown")]
    await asyncio.sleep(1.5)
    assert office.mail.seen == (step == "message.taken")


async def test_two_processes_of_which_one_is_killed_send_each_message_at_most_once(office: Office) -> None:
    clients = [(await office.reminded(SESSION))[0] for _ in range(6)]
    office.turn_to(DUE)
    for referral in clients:
        await office.heard(referral, "message-fell-due")
    first, _ = await office.start(), await office.start()
    await until(lambda: _any(office.mail.taken), 60)
    await first.kill()
    for referral in clients:

        async def settled(of: str = referral) -> bool:
            return len(await office.said(of, "reminder-sent", "reminder-failed")) == 1

        await until(settled, 60, pause=0.1)
    assert len(office.mail.ids) == len(set(office.mail.ids))


async def test_a_frozen_sender_that_wakes_sends_what_it_claimed_and_nobody_else_does(office: Office) -> None:
    referral, _ = await office.reminded(SESSION)
    office.turn_to(DUE)
    await office.heard(referral, "message-fell-due")
    frozen = await office.start("message.claimed:stop")
    assert await frozen.halted() == "message.claimed"
    await office.start()
    await office.heard(referral, "reminder-failed", within=60)
    assert office.mail.seen == 0
    await frozen.kill(signal.SIGCONT)
    await office.heard(referral, "reminder-sent", within=60)
    await asyncio.sleep(1)
    assert office.mail.seen == 1


async def _any(found: object) -> bool:
    return bool(found)


async def test_a_dead_server_loses_none(office: Office) -> None:
    clients = [(await office.reminded(SESSION))[0] for _ in range(3)]
    await office.mail.die()
    async with office.sending():
        office.turn_to(DUE)
        for referral in clients:
            await office.heard(referral, "message-fell-due")
        await asyncio.sleep(2)
        for referral in clients:
            assert await office.said(referral, "message-claimed", "reminder-sent", "reminder-failed") == []
        await office.mail.live()
        for referral in clients:
            await office.heard(referral, "reminder-sent", within=30)
    assert len(set(office.mail.ids)) == 3


async def test_a_server_that_stays_dead_leaves_it_to_a_person_when_the_session_begins(office: Office) -> None:
    referral, _ = await office.reminded(SESSION)
    await office.mail.die()
    async with office.sending():
        office.turn_to(DUE)
        await office.heard(referral, "message-fell-due")
        office.turn_to(SESSION)
        [failed] = await office.heard(referral, "reminder-failed")
    assert failed["data"]["because"] == "too-late"
    assert [task["kind"] for task in (await office.desk.get("/tasks"))["rows"]] == ["message-not-sent"]


@pytest.mark.parametrize(
    ("mood", "kind", "because"),
    [
        ("never", "reminder-failed", "refused"),
        ("busy", "message-put-off", "not-taken-yet"),
        ("drops-before", "reminder-failed", "unknown"),
        ("drops-after", "reminder-failed", "unknown"),
    ],
)
async def test_what_a_server_says_decides_what_is_said(office: Office, mood: Mood, kind: str, because: str) -> None:
    referral, _ = await office.reminded(SESSION)
    office.mail.mood = mood
    async with office.sending():
        office.turn_to(DUE)
        [said] = await office.heard(referral, kind)
        assert said["data"]["because"] == because
        handed = office.mail.seen
        office.mail.mood = "takes"
        if mood == "busy":
            office.turn_to(here("2026-03-04T19:02"))
            await office.heard(referral, "reminder-sent")
            return
        await asyncio.sleep(1.5)
    assert office.mail.seen == handed, "what was perhaps taken is not sent again"


@pytest.mark.parametrize("stop", ["opt-out", "record-loss", "change-consent", "pause", "cancel-session"])
async def test_nothing_is_sent_after_it_was_stopped(office: Office, stop: str) -> None:
    """The message is due and waits for a server; then the client's life changes, and the server comes back."""
    referral, session = await office.reminded(SESSION)
    wishes = {
        "opt-out": {"channel": "phone"},
        "record-loss": {"by_role": "clinician"},
        "change-consent": {"scopes": ["messages-email"], "given": False, "how": "spoken", "text_version": "c-1"},
        "pause": {"asked_by": "client", "channel": "phone"},
        "cancel-session": {
            "session_id": session,
            "planned_start": SESSION.isoformat(),
            "format": "phone",
            "cancelled_by": "client",
        },
    }
    await office.mail.die()
    async with office.sending():
        office.turn_to(DUE)
        await office.heard(referral, "message-fell-due")
        await office.desk.tell(referral, stop, **wishes[stop])
        await office.mail.live()
        await office.heard(referral, "message-dropped")
        await asyncio.sleep(1)
    assert office.mail.seen == 0
    assert await office.said(referral, "message-claimed", "reminder-failed") == []


async def test_an_opt_out_that_races_the_sender_wins_or_comes_after_it(office: Office) -> None:
    clients = [(await office.reminded(SESSION))[0] for _ in range(12)]
    office.turn_to(DUE)
    for referral in clients:
        await office.heard(referral, "message-fell-due")
    async with office.sending():
        await asyncio.gather(*(office.desk.tell(referral, "opt-out", channel="text") for referral in clients))
        for referral in clients:

            async def settled(of: str = referral) -> bool:
                return len(await office.said(of, "reminder-sent", "message-dropped")) == 1

            await until(settled)
    sent = 0
    for referral in clients:
        order = [
            row["type"].split(".")[1] for row in await office.said(referral, "message-claimed", "reminder-opted-out")
        ]
        assert order in (["reminder-opted-out"], ["message-claimed", "reminder-opted-out"]), "nothing after an opt-out"
        sent += len(order) - 1
    assert office.mail.seen == sent


async def test_a_session_that_was_moved_is_reminded_of_at_its_new_time_alone(office: Office) -> None:
    referral, session = await office.reminded(SESSION)
    moved = {"session_id": session, "planned_start": SESSION.isoformat(), "format": "phone", "cancelled_by": "client"}
    await office.desk.tell(referral, "cancel-session", **moved)
    later = await office.plan(referral, here("2026-03-06T19:00"))
    async with office.sending():
        office.turn_to(DUE)
        await asyncio.sleep(1)
        assert office.mail.seen == 0
        office.turn_to(here("2026-03-05T19:00"))
        [sent] = await office.heard(referral, "reminder-sent")
    assert sent["data"]["about"] == later
    assert "Friday 6 March" in office.mail.taken[0].get_content()


@pytest.mark.parametrize(
    ("session", "sent"), [("2026-03-29T10:00", "2026-03-28T10:00"), ("2026-10-25T10:00", "2026-10-24T10:00")]
)
async def test_when_the_clocks_change_a_day_before_is_the_same_hour_on_the_wall(
    office: Office, session: str, sent: str
) -> None:
    office.turn_to(here("2026-03-20T10:00" if "03-29" in session else "2026-10-20T10:00"))
    referral = await office.client(referral_date=session[:8] + "20")
    await office.desk.tell(referral, "choose-reminders", channels=["email"])
    await office.plan(referral, here(session))
    async with office.sending():
        office.turn_to(here(sent).replace(minute=0) - (here("2026-01-01T00:01") - here("2026-01-01T00:00")))
        await asyncio.sleep(0.7)
        assert office.mail.seen == 0
        office.turn_to(here(sent))
        await office.heard(referral, "reminder-sent")
    assert "10:00" in office.mail.taken[0].get_content()


async def test_a_change_before_a_public_holiday_is_confirmed_on_the_next_working_day(office: Office) -> None:
    """Thursday evening before Good Friday; the office answers again on Monday, which is no holiday in Scotland."""
    office.turn_to(here("2026-03-23T10:00"))
    referral = await office.client(referral_date="2026-03-23")
    await office.desk.tell(referral, "choose-reminders", channels=["email"])
    office.turn_to(here("2026-04-02T20:10"))
    less = {"asked_by": "client", "channel": "phone", "what": ["less"], "per_4_weeks_hundredths": 200}
    await office.desk.tell(referral, "change-support", **less)
    async with office.sending():
        for moment in ("2026-04-03T10:00", "2026-04-04T10:00", "2026-04-06T08:59"):
            office.turn_to(here(moment))
            await asyncio.sleep(0.7)
            assert office.mail.seen == 0, moment
        office.turn_to(here("2026-04-06T09:00"))
        await office.heard(referral, "change-confirmed")
    assert (await office.desk.get(f"/referrals/{referral}"))["changes_to_confirm"] == []
    assert "What you asked for is done." in office.mail.taken[0].get_content()


@pytest.mark.parametrize(
    ("safe", "kind"),
    [
        ({"channels": ["internet-call"], "shared_phone": True}, "message-dropped"),
        ({"channels": ["email"], "do_not_write": ["email"]}, "message-dropped"),
        ({"channels": ["email"], "hours": [{"start": "10:00", "end": "12:00"}]}, "message-put-off"),
    ],
)
async def test_the_safe_contact_governs_every_message(office: Office, safe: dict[str, object], kind: str) -> None:
    referral, _ = await office.reminded(SESSION, contact={"emails": [EMAIL], "safe": safe})
    async with office.sending():
        office.turn_to(DUE)
        await office.heard(referral, kind)
        assert office.mail.seen == 0
        if kind == "message-put-off":
            office.turn_to(here("2026-03-05T10:00"))
            await office.heard(referral, "reminder-sent")


@dataclass(eq=False)
class SlowToOpen:
    """A transport whose conversation opens when it is told to."""

    carries: tuple[v.MessageChannel, ...] = ("email",)
    opening: asyncio.Event = field(default_factory=asyncio.Event)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    written_to: list[str] = field(default_factory=list)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Deliver]:
        async def deliver(letter: Letter) -> None:
            self.written_to.append(letter.to)

        self.opening.set()
        await self.go_on.wait()
        yield deliver


async def test_a_way_that_stops_being_safe_while_a_conversation_is_opened_is_not_used(office: Office) -> None:
    referral, _ = await office.reminded(SESSION)
    slow = SlowToOpen()
    async with office.sending(slow):
        office.turn_to(DUE)
        await asyncio.wait_for(slow.opening.wait(), 20)
        contact = {"emails": ["safe@example.org"], "safe": {"channels": ["email"]}}
        await office.desk.tell(referral, "change-safe-contact", by_role="coordinator", contact=contact)
        slow.go_on.set()
        await office.heard(referral, "reminder-sent")
    assert slow.written_to == ["safe@example.org"]


async def test_in_development_a_message_becomes_one_file(office: Office, tmp_path: Path) -> None:
    referral, _ = await office.reminded(SESSION)
    async with office.sending(*read_transports({"KITH_MESSAGES": f"file:{tmp_path / 'messages'}"})):
        office.turn_to(DUE)
        await office.heard(referral, "reminder-sent")
    [file] = (tmp_path / "messages").iterdir()
    assert "Thursday 5 March at 19:00" in file.read_text()


@pytest.mark.parametrize("source", ["07700 900123", "447700900123", "Canary.Reader@example.org"])
async def test_stop_in_a_reply_ends_all_messages(office: Office, source: str) -> None:
    referral, _ = await office.reminded(SESSION)
    other, _ = await office.reminded(SESSION, contact={"emails": ["other@example.org"]})
    desk, replies = office.desk, "/message-replies"
    headers = {"X-API-Key": office.desk.carrier}
    for words in ("Thank you, I will be there", " stop. please"):
        answer = await desk.client.post(
            replies, json={"source_number": source, "message": words, "id": "n-1"}, headers=headers
        )
        assert (answer.status_code, answer.json()) == (200, {"heard": True})
    assert len(await office.said(referral, "reminder-opted-out")) == 1
    assert await office.said(other, "reminder-opted-out") == []
    unknown = {"source_number": "+447700900999", "message": "STOP"}
    assert (await desk.client.post(replies, json=unknown, headers=headers)).json() == {"heard": True}
    assert (await desk.client.post(replies, json=unknown, headers={"X-API-Key": desk.key})).status_code == 403


async def test_one_stop_counts_for_everybody_who_is_reached_there_or_for_nobody(office: Office) -> None:
    desk, both = office.desk, [(await office.reminded(SESSION))[0] for _ in range(2)]
    reply = {"source_number": "07700 900123", "message": "STOP"}
    await desk.client.post("/message-replies", json=reply, headers={"X-API-Key": desk.carrier})
    async with desk.engine.database.owner() as connection:
        rows = await connection.fetch(
            "select s.subject, j.xmin::text as written_by from journal j join stream s on s.id = j.stream "
            "where j.type = 'kith.reminder-opted-out.v1'"
        )
    assert {row["subject"] for row in rows} == {f"referral/{each}" for each in both}
    assert len({row["written_by"] for row in rows}) == 1


async def test_a_client_stops_messages_by_their_link(office: Office) -> None:
    referral, _ = await office.reminded(SESSION)
    link = (await office.desk.post(f"/referrals/{referral}/give-link", {"by_role": "coordinator"}, 201))["link"]
    assert (await office.desk.client.post(link, json={"wish": "no-messages"})).status_code == 200
    [said] = await office.said(referral, "reminder-opted-out")
    assert (said["data"]["channel"], said["actor_role"]) == ("link", "client")
