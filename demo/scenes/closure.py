"""A service loses its room: everybody who was with it is back on the list once, at the date they came with."""

from collections.abc import Sequence

from demo.scenes.charity import BOARD, Charity, Scene
from demo.sums import Sum

MEMBERS = ("Eilidh", "Morag", "Ailsa", "Niamh")
TOGETHER = ("Eilidh", "Morag", "Ailsa")


async def play(charity: Charity) -> Sequence[Scene]:
    """Listed, joined, at risk, closed; two who are kept apart are not offered the same."""
    service = charity.id("service")
    facts = {
        "title": "Toddle and Talk", "formats": ["community"], "place": "Invented Hall", "area": BOARD,
        "by_role": "service-lead",
    }  # fmt: skip
    await charity.tell(f"/services/{service}/list", facts, "service-lead")
    before = {}
    for name in MEMBERS:
        before[name] = (await charity.ask(f"/referrals/{charity.clients[name]}"))["listed_on"]
        joined = {"service_id": str(service), "by_role": "coordinator", "stay_together": name in TOGETHER}
        await charity.wish(name, "join-service", joined)
    closing = {"by_role": "service-lead", "reason": "accommodation"}
    await charity.tell(f"/services/{service}/put-at-risk", closing, "service-lead")
    await charity.tell(f"/services/{service}/close", closing, "service-lead")
    charity.teller.say("Toddle and Talk has lost its hall and closes; whoever was with it goes back on the list")
    rows = []
    for name in MEMBERS:
        row = await charity.seen(name, "stage", "waiting")
        rows.append((name, str(row["listed_on"]), "yes" if row["listed_on"] == before[name] else "no"))
    listed = await charity.ask("/waiting-list")
    on_list = [row["id"] for row in listed["rows"]]
    once = all(on_list.count(str(charity.clients[name])) == 1 for name in MEMBERS)
    offers = (await charity.ask(f"/services/{service}/together"))["offers"]
    named = [sorted(charity.client_named(each) for each in offer) for offer in offers]
    met = any({"Eilidh", "Ailsa"} <= set(offer) for offer in named)
    status = (await charity.ask(f"/services/{service}"))["status"]
    words = " or ".join(", ".join(offer) for offer in named)
    return [
        Scene(
            "A closure: Toddle and Talk has lost its hall",
            ("client", "on the list since", "their own date"),
            rows,
            f"The directory says: {status}. Who wish to stay together, as offers for a person to make: {words}. Two "
            "who are kept apart are in no offer together.",
            [
                Sum("each of the closed service is on the list once", 1, int(once)),
                Sum("their dates are their own", len(MEMBERS), sum(row[2] == "yes" for row in rows)),
                Sum("two who are kept apart meet in an offer", 0, int(met)),
            ],
        )
    ]
