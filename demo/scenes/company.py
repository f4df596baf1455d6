"""A small group: spoken with first, up to its cap, led by two peers, never with two who are kept apart."""

from collections.abc import Sequence
from datetime import datetime, time

from demo.calendar import HERE
from demo.scenes.charity import Charity, Scene
from demo.sums import Sum

MEMBERS = ("Morag", "Ailsa", "Shona")


async def play(charity: Charity) -> Sequence[Scene]:
    """Opened with three seats; whoever was not spoken with is refused, and so is who is kept apart, and who is late."""
    apart = {"person_id": str(charity.people["Ailsa"]), "reason": "they asked for it"}
    await charity.tell(f"/people/{charity.people['Eilidh']}/keep-apart", apart)
    group = charity.id("group")
    leading = [str(charity.peers[letter]) for letter in ("J", "R")]
    opening = {"group_id": str(group), "cap": len(MEMBERS), "place": "invented-hall", "facilitators": leading}
    await charity.tell("/groups", opening | {"by_role": "coordinator"})
    done = {"done": ["venue-booked", "equipment-there"], "by_role": "coordinator"}
    await charity.tell(f"/groups/{group}/ready", done)
    charity.teller.say("a group of three seats opens, led by two peers; each is spoken with before the first class")

    async def asks(name: str) -> str:
        seat = {"referral_id": str(charity.clients[name]), "by_role": "coordinator"}
        return await charity.refused(f"/groups/{group}/join", seat)

    too_early = await asks("Morag")
    rows = [("Morag", too_early, "nobody had spoken with her yet")]
    for name in (*MEMBERS, "Eilidh", "Niamh"):
        call = {"channel": "phone", "outcome": "spoke", "purpose": "first", "by_role": "coordinator"}
        await charity.wish(name, "record-contact", call)
    for name in MEMBERS[:2]:
        rows.append((name, await asks(name), "spoken with"))
    rows.append(("Eilidh", (kept := await asks("Eilidh")), "she and one of the group are kept apart; why is not said"))
    rows.append((MEMBERS[2], await asks(MEMBERS[2]), "spoken with; the last seat"))
    rows.append(("Niamh", (full := await asks("Niamh")), "every seat is taken"))
    start = datetime.combine(charity.day(2), time(10), HERE)
    session = {"session_id": str(charity.id("group-session")), "planned_start": start.isoformat()}
    await charity.tell(f"/groups/{group}/plan-session", session | {"by_role": "coordinator"})
    seats = (await charity.ask(f"/groups/{group}"))["members"]
    refusals = sum(code != "done" for code in (too_early, kept, full))
    return [
        Scene(
            "A group of three seats",
            ("client", "asked for a seat", "because"),
            rows,
            "A seat too many, a seat too early and two who are kept apart are each refused; nobody keeps a mark.",
            [
                Sum("seats taken", len(MEMBERS), len(seats)),
                Sum("refused, each with its reason", 3, refusals),
                Sum("two who are kept apart meet in the group", 0, int(str(charity.clients["Eilidh"]) in seats)),
            ],
        )
    ]
