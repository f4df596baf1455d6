"""Whether the numbers add up: each row says what must be and what is."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from demo import reckoning
from demo.case import Case
from demo.day import Day
from demo.fates import Sent, dead_letters
from demo.house import House, side_by_side
from demo.mishaps import Killed
from demo.places import SENDERS
from demo.sending import EARLY, REFERRAL, SESSION, UPDATE, Fate
from demo.weeks import Lived
from shared.cli.stack import SERVICES

MONTH = "2026-03"
MADE = {REFERRAL: "referral-received", SESSION: "session-report-received", UPDATE: "update-received"}
KEPT: tuple[Fate, ...] = ("received", "sent back", "held", "refused")
"""The fates that leave a receipt of their own."""


@dataclass(frozen=True, slots=True)
class Sum:
    """One thing that must be so."""

    what: str
    must: int
    found: int
    why: str = ""
    """Where it does not hold: what is different."""

    @property
    def holds(self) -> bool:
        return self.must == self.found


@dataclass(frozen=True, slots=True)
class Books:
    """What the services have, asked once at the end."""

    receipts: Sequence[Mapping[str, Any]]
    letters: Mapping[str, Sequence[Mapping[str, Any]]]
    funnels: Mapping[str, Counter[str]]
    topics: Mapping[str, int]
    """How many records stand on each topic."""
    behind: int
    unsent: int
    verified: Mapping[str, bool]
    """Each read model, and whether it equals what its logs fold to."""


async def read(house: House) -> Books:
    """Asks every service for what it has."""
    pages = await side_by_side(house.ask("gateway", "/receipts", s.name, limit=500) for s in SENDERS)
    funnels = await side_by_side(_funnel(house, s.organisation, f"evaluator@{s.name}") for s in SENDERS)
    letters = {service: list((await dead_letters(house, service)).values()) for service in SERVICES}
    lag = [row for service in SERVICES for row in (await house.ask(service, "/ops/lag"))["rows"]]
    unsent = [(await house.ask(service, "/ops/relay"))["unsent"] for service in SERVICES]
    ends = {(row["topic"], row["partition"]): row["end"] for row in lag}
    topics: Counter[str] = Counter()
    for (topic, _), end in ends.items():
        topics[topic] += end
    return Books(
        [row for page in pages for row in page["rows"]],
        letters,
        dict(funnels),
        topics,
        sum(row["behind"] for row in lag),
        sum(unsent),
        await _verified(house),
    )


async def _funnel(house: House, organisation: str, who: str) -> tuple[str, Counter[str]]:
    said = (await house.ask("evaluation", "/journey-funnel", who, **{"from": MONTH, "to": MONTH}))["total"]
    found = Counter({row["stage"]: row["n"] for row in said["stages"]})
    found.update({row["what"]: row["n"] for row in said["beside"]})
    sessions = {"held": "sessions held", "cancelled": "called off"}
    sessions |= {f"missed_by_{who}": f"missed by {who}" for who in ("client", "service")}
    found.update({name: said["sessions"][field] for field, name in sessions.items()})
    return organisation, +found


async def types(
    house: House, books: Books, sent: Sequence[Sent], day: Day, referrals: Mapping[int, str]
) -> dict[str, dict[str, int]]:
    """How often each type was said: by referrals as its timelines tell, by the gateway as its receipts do."""

    async def said(case: Case) -> Counter[str]:
        path = f"/referrals/{referrals[case.number]}/timeline"
        page = await house.ask("referrals", path, f"coordinator@{case.sender.name}", limit=500)
        return Counter(row["type"].split(".")[1] for row in page["rows"])

    of_referrals: Counter[str] = Counter()
    for one in await side_by_side(said(case) for case in day.cases):
        of_referrals.update(one)
    of_referrals["on caseloads or sent again"] = books.topics["kith.referrals"] - of_referrals.total()
    status = {"held": "submission-held", "rejected": "submission-rejected"}
    made = Counter(status.get(row["status"]) or MADE[row["submitted_type"]] for row in books.receipts)
    made["submission-held"] += sum(one.sending.kind == EARLY for one in sent)
    made["sent again"] = books.topics["kith.gateway"] - made.total()
    return {"kith.referrals": dict(+of_referrals), "kith.gateway": dict(+made)}


async def _verified(house: House) -> dict[str, bool]:
    found = {}
    for service in SERVICES:
        for row in (await house.ask(service, "/ops/projections"))["rows"]:
            answer = await house.tell(service, f"/ops/projections/{row['table']}/verify", "operator", {})
            found[f"{service}.{row['table']}"] = bool(answer.json()["equal"])
    return found


def sums(day: Day, sent: Sequence[Sent], lived: Lived, killed: Killed, restarts: int, books: Books) -> list[Sum]:
    """Every sum of the demonstration."""
    every = [*sent, *lived.reported]
    odd_ones = [one for one in every if one.found != one.sending.must]
    fates = Counter(one.found.fate for one in every if one.found)
    made = [row for row in books.receipts if row["submitted_type"] == REFERRAL and row["became"]]
    parked = Counter(one.sending.must.code for one in every if one.sending.must.fate == "parked")
    letters = Counter(row["code"] for row in books.letters["gateway"])
    expected, found = reckoning.funnels(day), books.funnels
    differ = [name for name in expected if expected[name] != found[name]]
    refused = reckoning.refusals(day)
    return [
        Sum("sent by HTTP and Kafka, and each with exactly one fate", len(every), sum(fates.values())),
        Sum("each fate as it must be", len(every), len(every) - len(odd_ones), _odd(odd_ones)),
        Sum(
            "receipts: all received, sent back, held and refused",
            sum(fates[fate] for fate in KEPT),
            len(books.receipts),
        ),
        Sum("referrals made, one for each client", len(day.cases), len({row["referral_id"] for row in made})),
        Sum("dead letters at the gateway: all parked", parked.total(), letters.total(), f"{letters - parked}"),
        Sum("dead letters elsewhere", 0, sum(len(rows) for name, rows in books.letters.items() if name != "gateway")),
        Sum("a rule said no where one must", refused.total(), lived.refused.total(), f"{lived.refused - refused}"),
        Sum("organisations whose funnel equals the journeys run", len(found), len(found) - len(differ), f"{differ}"),
        Sum("journeys received, over all organisations", len(day.cases), sum(f["received"] for f in found.values())),
        Sum("events still in a journal, not on Kafka", 0, books.unsent),
        Sum("records on Kafka that a reader has not heard", 0, books.behind),
        Sum("read models equal to what their logs fold to", len(books.verified), sum(books.verified.values())),
        Sum(f"restarts: the {killed.service} process that was killed", 1, restarts),
        Sum("wishes told to it from then on, each done once", killed.wishes, killed.done),
    ]


def _odd(sent: Sequence[Sent]) -> str:
    told = [f"{one.sending.kind} ({one.sending.event_id}): {one.found}, not {one.sending.must}" for one in sent[:3]]
    return "; ".join(told)
