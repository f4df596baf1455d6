"""A loss during support: what was to be sent is not, the pathway changes, and a person is asked to act."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from demo.calendar import HERE
from demo.house import until
from demo.scenes.charity import Charity, Scene
from demo.sums import Sum


async def play(charity: Charity) -> Sequence[Scene]:
    """Two clients have a session tomorrow and wish a reminder; one of them loses her baby today."""
    for name in ("Eilidh", "Morag"):
        await charity.matched(name, "R" if name == "Eilidh" else "J")
        await charity.wish(name, "choose-reminders", {"channels": ["text"]})
        start = datetime.combine(charity.day(3), time(14), HERE)
        planned = {"session_id": str(charity.id(f"session:{name}")), "planned_start": start.isoformat()}
        await charity.wish(name, "plan-session", {**planned, "format": "phone"}, "peer")
    charity.teller.say("two clients wish a text the day before; one of them loses her baby")
    await charity.wish("Eilidh", "record-loss", {"by_role": "clinician"}, "clinician")
    tasks = [
        row for row in (await charity.ask("/tasks"))["rows"] if row["referral_id"] == str(charity.clients["Eilidh"])
    ]
    await charity.house.turn(charity.house.now + timedelta(days=2, hours=2))
    sent = await until("the other client's reminder is sent", lambda: _sent(charity, "Morag"))
    none = await _sent(charity, "Eilidh")
    row = await charity.ask(f"/referrals/{charity.clients['Eilidh']}")
    charity.teller.say("the reminder of the one went out; to the other nothing was sent, and a person was asked to act")
    words = (await charity.ask(f"/referrals/{charity.clients['Morag']}/timeline"))["rows"]
    return [
        Scene(
            "A loss during support",
            ("client", "reminders sent", "pathway", "what a person is asked"),
            [
                ("Eilidh", str(len(none)), row["pathway"], tasks[0]["words"] if tasks else "-"),
                ("Morag", str(len(sent)), "usual", ""),
            ],
            "Nothing was sent after the loss was recorded, and nothing will be until a person has asked her.",
            [
                Sum("reminders sent after a loss", 0, len(none)),
                Sum("reminders sent to the other client", 1, len(sent)),
                Sum("tasks that the loss opened", 1, sum(task["kind"] == "loss-recorded" for task in tasks)),
                Sum("names on the timeline", 0, sum("Morag" in str(said) for said in words)),
            ],
        )
    ]


async def _sent(charity: Charity, name: str) -> list[str]:
    rows = (await charity.ask(f"/referrals/{charity.clients[name]}/timeline", limit=500))["rows"]
    return [row["event_id"] for row in rows if row["type"] == "kith.reminder-sent.v1"]
