"""What became of each thing that was sent, as the services themselves have it: receipts, dead letters, traces."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from demo.doors import submission_id
from demo.house import House, side_by_side
from demo.sending import Outcome, Sending
from shared.runtime.wire import HTTP

Place = tuple[str, int, int]
"""Topic, partition, offset."""
_STATUS: Mapping[str, Any] = {"received": "received", "held": "held", "rejected": "sent back", "refused": "refused"}


@dataclass
class Sent:
    """Something that was sent: how it was answered, or where Kafka put it, and what became of it."""

    sending: Sending
    place: Place | None = None
    found: Outcome | None = None
    event: str = ""
    """The event that the gateway made of it."""

    @property
    def id(self) -> str:
        """The id of its receipt, if it got one."""
        return submission_id(self.sending.sender, self.sending.event_id)


def answered(status: int, said: Mapping[str, Any], before: set[str]) -> Outcome:
    """What the gateway's answer to an event says became of it; `before` are the receipts given so far."""
    receipt = said if status == 202 else said.get("receipt")
    code = str(said.get("code") or "")
    if code == "impostor-id":
        return Outcome("parked", code, said["detail"])
    if receipt is None:
        return Outcome("turned away", code, said["detail"])
    if status == 202 and receipt["receipt_id"] in before:
        return Outcome("again")
    before.add(receipt["receipt_id"])
    return of_receipt(receipt)


def of_receipt(receipt: Mapping[str, Any]) -> Outcome:
    """What a receipt says."""
    said = receipt["problems"][0] if receipt["problems"] else receipt
    code, why = said["code"] or "", said["message"] or ""
    return Outcome("parked" if code == "parked" else _STATUS[receipt["status"]], code, why)


async def dead_letters(house: House, service: str) -> dict[Place, Mapping[str, Any]]:
    """Every dead letter of the service, by where it came from."""
    found: dict[Place, Mapping[str, Any]] = {}
    after = 0
    while True:
        page = await house.ask(service, "/ops/dead-letters", after=after, limit=1000)
        found |= {_place(row): row for row in page["rows"]}
        if page["next"] is None:
            return found
        after = page["next"]


def _place(row: Mapping[str, Any]) -> Place:
    """Where the letter came from; what came over HTTP stands in no log, so its own number keeps it apart."""
    return row["topic"], row["partition"], row["id"] if row["topic"] == HTTP else row["offset"]


async def find(house: House, sent: list[Sent]) -> None:
    """Finds what became of each, once everything is heard."""
    dead = await dead_letters(house, "gateway")
    await side_by_side(_find(house, one, dead) for one in sent)


async def _find(house: House, one: Sent, dead: Mapping[Place, Mapping[str, Any]]) -> None:
    if one.place and one.place in dead:
        letter = dead[one.place]
        one.found = Outcome(letter["fate"], letter["code"], letter["detail"] or "")
    elif one.place:
        one.found = await _heard(house, one, one.place)
    if one.found == Outcome("received"):
        one.found = await acted_on(house, one) or Outcome("parked", "not-heard-by-referrals")


async def _heard(house: House, one: Sent, place: Place) -> Outcome | None:
    """What became of a record that is no dead letter: the first under its id got a receipt, the rest were counted."""
    trace = await house.ask("gateway", f"/ops/events/{one.id}")
    if trace is None:
        return None
    rows = sorted(trace["inbox"], key=lambda row: row["id"])
    if (rows[0]["topic"], rows[0]["partition"], rows[0]["offset"]) != place:
        return Outcome("again")
    receipt = await house.ask("gateway", f"/receipts/{one.id}", one.sending.sender.name)
    return of_receipt(receipt) if receipt else None


async def acted_on(house: House, one: Sent) -> Outcome | None:
    """What referrals made of what the gateway received; None while it has not heard of it."""
    trace = await house.ask("gateway", f"/ops/events/{one.id}")
    if trace is None or not trace["led_to"]:
        return None
    one.event = trace["led_to"][-1]["event_id"]
    heard = await house.ask("referrals", f"/ops/events/{one.event}")
    if heard is None or not heard["inbox"]:
        return None
    row = heard["inbox"][0]
    return Outcome("received") if row["fate"] == "done" else Outcome(row["fate"], row["code"], row["detail"])


async def placed(house: House, one: Sent) -> Outcome | None:
    """What became of something that was held until its referral came; None while it is held or not yet heard of."""
    receipt = await house.ask("gateway", f"/receipts/{one.id}", one.sending.sender.name)
    if of_receipt(receipt).fate != "received" or (found := await acted_on(house, one)) is None:
        return None
    return Outcome(found.fate, found.code, "It was held until its referral came, then placed by itself")
