"""The story of an event, put together from what each service knows: said, heard, and what it caused, as a tree."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Any

MOST, DEEPEST = 200, 12
"""How many events one story follows, and how far from the first."""

Part = Mapping[str, Any]
"""What one service knows of one event."""
Known = dict[str, Sequence[Part]]


def gather(ask: Callable[[str], Sequence[Part]], roots: Sequence[str]) -> Known:
    """What is known of the events and of what they caused, near ones first, within the bounds."""
    known: Known = {}
    level = list(roots)
    for _ in range(DEEPEST):
        following: list[str] = []
        for event in level:
            if event not in known and len(known) < MOST:
                known[event] = ask(event)
                following += [after["event_id"] for part in known[event] for after in part["led_to"]]
        level = following
    return known


def trees(roots: Sequence[str], known: Known, moved: AbstractSet[str] = frozenset()) -> list[dict[str, Any]]:
    """A tree for each root that is not already part of one before; no event stands twice.

    `moved` are the services whose clock is set by hand: between their moments and the database's nothing is measured.
    """
    seen: set[str] = set()
    return [_tree({"event_id": root}, known, {}, moved, seen) for root in roots if root not in seen]


def cut(given: Sequence[Mapping[str, Any]]) -> int:
    """How many events are named in the trees without having been followed."""
    return sum(1 if tree["steps"] is None else cut(tree["caused"]) for tree in given)


def _tree(
    named: Mapping[str, Any],
    known: Known,
    caused_at: Mapping[str, datetime],
    moved: AbstractSet[str],
    seen: set[str],
) -> dict[str, Any]:
    event = named["event_id"]
    seen.add(event)
    head = {"event": event, "type": named.get("type"), "subject": named.get("subject"), "sequence": None}
    parts = known.get(event)
    if parts is None:
        return {**head, "caused_by": None, "steps": None, "caused": []}
    said: Mapping[str, Any] = next((part["journal"] for part in parts if part["journal"]), {})
    heard: Mapping[str, Any] = next((row for part in parts for row in part["inbox"]), {})
    taken = {part["service"]: _moment(row["heard_at"]) for part in parts for row in part["inbox"]}
    taken |= {part["service"]: _moment(part["journal"]["recorded_at"]) for part in parts if part["journal"]}
    after = [row for part in parts for row in part["led_to"]]
    return {
        **head,
        "type": said.get("type") or heard.get("type"),
        "subject": said.get("subject"),
        "sequence": said.get("sequence"),
        "caused_by": said.get("causation_id"),
        "steps": list(_steps(parts, caused_at, moved)),
        "caused": [_tree(row, known, taken, moved, seen) for row in after if row["event_id"] not in seen],
    }


def _steps(
    parts: Sequence[Part], caused_at: Mapping[str, datetime], moved: AbstractSet[str]
) -> Iterator[dict[str, Any]]:
    """Decided, on Kafka, heard by each: every hop with the milliseconds since the one it follows from."""
    on_kafka = None
    for part in parts:
        service, said, sent = part["service"], part["journal"], part["sent"]
        if said is None:
            continue
        still = service not in moved
        decided = _moment(said["recorded_at"])
        since = _ms(caused_at.get(service), decided) if still else None
        yield _step(service, "decided", said["recorded_at"], since, f"by role {said['actor_role']}")
        if sent is None:
            yield _step(service, "waits to be sent", None, None, said["topic"])
            continue
        on_kafka = _moment(sent["at"])
        where = f"{said['topic']} {sent['partition']}:{sent['offset']}"
        yield _step(service, "on Kafka", sent["at"], _ms(decided, on_kafka) if still else None, where)
    heard = ((part["service"], row) for part in parts for row in part["inbox"])
    for service, row in sorted(heard, key=lambda pair: _moment(pair[1]["heard_at"])):
        became = " ".join(filter(None, (row["fate"], row.get("code"), row.get("detail"))))
        where = "" if on_kafka else f" (from {row['topic']} {row['partition']}:{row['offset']})"
        since = _ms(on_kafka, _moment(row["heard_at"]))
        yield _step(service, "heard", row["heard_at"], since, became + where)


def _step(service: str, what: str, at: str | None, ms: float | None, note: str) -> dict[str, Any]:
    return {"service": service, "what": what, "at": at, "ms": ms, "note": note}


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _ms(start: datetime | None, end: datetime) -> float | None:
    """What is heard before its sender has marked it as sent takes no time."""
    return None if start is None else max(0.0, round((end - start).total_seconds() * 1000, 1))
