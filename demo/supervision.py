"""What supervision says of peers, put on its topic as its own relay would: the service itself is yet to come."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid5

from aiokafka import AIOKafkaConsumer

from demo.house import House
from shared.contracts import supervision as s
from shared.contracts.event import Event
from shared.contracts.referrals.keys import ReferralsKeyPublished
from shared.contracts.registry import published
from shared.runtime.envelope import Envelope
from shared.runtime.sealing import seal_to
from shared.runtime.service import Clear
from shared.runtime.wire import headers_of

TOPIC = "kith.supervision"


@dataclass
class Supervision:
    """One organisation's peers, as supervision tells of them."""

    house: House
    organisation: str
    _sequences: dict[str, int] = field(default_factory=dict)
    _key: ReferralsKeyPublished | None = None

    async def peer(self, peer_id: UUID, setting: Any, tags: s.MatchTags, **capacity: Any) -> None:
        """The peer is ready in this setting, has these hours and ways, and agreed to be matched on these tags."""
        now = self.house.now
        sealed = Clear(tags.model_dump_json().encode(), "referrals")
        await self.says(
            f"peer/{peer_id}",
            s.PeerReady(peer_id=peer_id, setting=setting, lone_visits=True, ready_at=now),
            s.CapacityChanged(peer_id=peer_id, changed_at=now, **capacity),
            s.MatchTagsConsented(peer_id=peer_id, tags=sealed, consented_at=now),
        )

    async def says(self, subject: str, *events: Event) -> None:
        """Says these of the subject, in order."""
        key = await self._transport_key()
        for event in events:
            self._sequences[subject] = sequence = self._sequences.get(subject, 0) + 1
            data = published().sealed(event, lambda clear: seal_to(key.key_id, key.public, clear.content))
            now, event_id = self.house.now, uuid5(UUID(subject.partition("/")[2]), f"said:{sequence}")
            said = Envelope(
                id=event_id,
                type=event.type(),
                source=TOPIC,
                subject=subject,
                time=now,
                recorded_at=now,
                organisation=self.organisation,
                sequence=sequence,
                actor_role="supervisor",
                correlation_id=event_id,
                causation_id=None,
                traceparent=None,
                data=data,
            )
            body = published().encode(data)
            await self.house.kafka.send_and_wait(TOPIC, body, key=subject.encode(), headers=headers_of(said))

    async def _transport_key(self) -> ReferralsKeyPublished:
        """The key that referrals published last, as anybody hears it who seals something to referrals."""
        if self._key is None:
            kafka = AIOKafkaConsumer(
                "kith.referrals", bootstrap_servers=self.house.up.cluster.bootstrap, auto_offset_reset="earliest"
            )
            await kafka.start()
            try:
                self._key = max([key async for key in _keys(kafka)], key=lambda key: key.ends_at)
            finally:
                await kafka.stop()
        return self._key


async def _keys(kafka: AIOKafkaConsumer) -> AsyncIterator[ReferralsKeyPublished]:
    """Every key on the topic until now."""
    ends = await kafka.end_offsets(kafka.assignment())
    while any([await kafka.position(partition) < end for partition, end in ends.items()]):
        for records in (await kafka.getmany(timeout_ms=500)).values():
            for record in records:
                if dict(record.headers).get("ce_type") == ReferralsKeyPublished.type().encode():
                    yield published().decode(ReferralsKeyPublished.type(), record.value)
