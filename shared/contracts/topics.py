"""The topics of the house, who may do what on each, and how long they keep what was said."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from shared.contracts.event import Event

FOR_EVER = -1
DAY_MS = 24 * 60 * 60 * 1000


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic as it is provisioned; its partition count never changes, growth is a new topic."""

    name: str
    owner: str
    partitions: int
    retention_ms: int
    min_insync_replicas: int = 2
    replicas: int = 3

    @property
    def config(self) -> dict[str, str]:
        """The settings that the topic is made with."""
        return {
            "cleanup.policy": "delete",
            "retention.ms": str(self.retention_ms),
            "retention.bytes": "-1",
            "min.insync.replicas": str(self.min_insync_replicas),
        }

    def on(self, brokers: int) -> "Topic":
        """The same where there may be fewer brokers than it wants replicas."""
        replicas = min(self.replicas, brokers)
        return replace(self, replicas=replicas, min_insync_replicas=min(self.min_insync_replicas, replicas))


OWNED = tuple(
    Topic(f"kith.{owner}", owner, partitions=12, retention_ms=FOR_EVER)
    for owner in ("gateway", "referrals", "supervision", "evaluation")
)
"""One topic per owner, so that a subject keeps its order across types; kept for ever."""

INTAKE = Topic("kith.intake.{producer}", "{producer}", partitions=3, retention_ms=14 * DAY_MS)
"""One topic per outside producer, made when the producer is let in."""

SERVICES = tuple(topic.owner for topic in OWNED)


def readers(topic: Topic, events: Iterable[type[Event]]) -> list[str]:
    """The services that read the topic: its owner, which converges from it, and every declared reader of its types."""
    owner = "intake" if topic is INTAKE else topic.owner
    declared = {reader for event in events if event.owner == owner for reader in event.readers}
    return sorted(declared if topic is INTAKE else declared | {owner})


def document(events: Iterable[type[Event]]) -> dict[str, Any]:
    """`topics.json`: every topic with its settings, and the rights of every principal."""
    events = tuple(events)
    return {
        "topics": [
            {
                "name": topic.name,
                "owner": topic.owner,
                "readers": readers(topic, events),
                "partitions": topic.partitions,
                "replicas": topic.replicas,
                "config": topic.config,
            }
            for topic in (*OWNED, INTAKE)
        ],
        "acls": [right for topic in (*OWNED, INTAKE) for right in _rights(topic, events)]
        + [_right(service, "group", f"kith.{service}", "literal", "Read") for service in SERVICES],
    }


def _rights(topic: Topic, events: tuple[type[Event], ...]) -> list[dict[str, Any]]:
    may_read = readers(topic, events)
    if topic is INTAKE:
        prefix = topic.name.removesuffix("{producer}")
        return [
            _right(topic.owner, "topic", topic.name, "literal", "Describe", "Write"),
            *(_right(reader, "topic", prefix, "prefixed", "Describe", "Read") for reader in may_read),
        ]
    return [
        _right(topic.owner, "topic", topic.name, "literal", "Describe", "Read", "Write"),
        *(_right(r, "topic", topic.name, "literal", "Describe", "Read") for r in may_read if r != topic.owner),
    ]


def _right(principal: str, resource: str, name: str, pattern: str, *operations: str) -> dict[str, Any]:
    return {
        "principal": f"User:{principal}",
        "resource": resource,
        "name": name,
        "pattern": pattern,
        "operations": list(operations),
    }
