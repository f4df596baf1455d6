"""What supervision would say of peers and providers, published on its topic as its relay would."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import orjson
from aiokafka import AIOKafkaProducer

from shared.contracts import supervision as s
from shared.contracts.event import Event
from shared.contracts.registry import published, sealed_fields
from shared.runtime.envelope import Envelope
from shared.runtime.sealing import seal_to
from shared.runtime.service import Clear
from shared.runtime.wire import headers_of
from tests.rig.house import Board
from tests.rig.stage import until

TOPIC = "kith.supervision"


@dataclass
class Supervision:
    """One organisation's peers, as supervision says them."""

    board: Board
    _sequences: dict[str, int] = field(default_factory=dict)

    async def says(self, subject: str, *events: Event) -> None:
        """Publishes these of the subject, in order."""
        for event in events:
            await send(self.board.house.kafka, await self._envelope(subject, event))

    async def peer(self, *settings: str, tags: s.MatchTags | None = None, **capacity: Any) -> UUID:
        """A peer who is ready in these settings (or the third sector), with capacity and what they share."""
        peer_id, now = uuid4(), self.board.house.now
        said: dict[str, Any] = {
            "contracted_hours": 15,
            "places_hundredths": 600,
            "formats": ("phone", "home"),
            "first_languages": ("en",),
        }
        ready = [
            s.PeerReady(peer_id=peer_id, setting=setting, lone_visits=True, ready_at=now)
            for setting in settings or ("third-sector",)
        ]
        await self.says(
            f"peer/{peer_id}", *ready, s.CapacityChanged(peer_id=peer_id, changed_at=now, **said | capacity)
        )
        if tags:
            await self.tags(peer_id, tags)
        return peer_id

    async def tags(self, peer_id: UUID, tags: s.MatchTags) -> None:
        """What the peer agrees to be matched on, sealed to referrals."""
        sealed = Clear(tags.model_dump_json().encode(), "referrals")
        said = s.MatchTagsConsented(peer_id=peer_id, tags=sealed, consented_at=self.board.house.now)
        await self.says(f"peer/{peer_id}", said)

    async def limits(self, peer_id: UUID, *codes: str) -> None:
        """The peer's care limits, sealed to referrals."""
        sealed = Clear(s.MatchLimits(codes=codes).model_dump_json().encode(), "referrals")
        await self.says(
            f"peer/{peer_id}", s.MatchLimitsSet(peer_id=peer_id, limits=sealed, set_at=self.board.house.now)
        )

    async def heard(self, peer_id: UUID) -> None:
        """Once referrals has heard all that was said of the peer."""
        subject = f"peer/{peer_id}"

        async def so() -> Any:
            query = "select sequence from stream where topic = $1 and subject = $2 and sequence >= $3"
            return await self.board.house.sql("referrals", query, TOPIC, subject, self._sequences[subject])

        await until(so)

    async def _envelope(self, subject: str, event: Event) -> Envelope:
        if sealed_fields(type(event)):
            event = published().sealed(event, await self._seal())
        self._sequences[subject] = sequence = self._sequences.get(subject, 0) + 1
        now = self.board.house.now
        return Envelope(
            id=uuid4(),
            type=event.type(),
            source=TOPIC,
            subject=subject,
            time=now,
            recorded_at=now,
            organisation=self.board.name,
            sequence=sequence,
            actor_role="supervisor",
            correlation_id=uuid4(),
            causation_id=None,
            traceparent=None,
            data=event,
        )

    async def _seal(self) -> Any:
        """Seals to the newest transport key of referrals that is not retired."""

        async def key() -> Any:
            query = (
                "select convert_from(body, 'UTF8') as body from journal p "
                "where type = 'kith.referrals-key-published.v1' and not exists (select from journal r "
                "where r.stream = p.stream and r.type = 'kith.referrals-key-retired.v1') "
                "order by recorded_at desc limit 1"
            )
            return await self.board.house.sql("referrals", query)

        (row,) = await until(key, 30)
        said = orjson.loads(row["body"])
        return lambda clear: seal_to(UUID(said["key_id"]), said["public"], clear.content)


async def send(kafka: AIOKafkaProducer, event: Envelope) -> None:
    """Writes the event as a relay would, on the partition of its subject."""
    body = published().encode(event.data)
    await kafka.send_and_wait(TOPIC, body, key=event.subject.encode(), headers=headers_of(event))
