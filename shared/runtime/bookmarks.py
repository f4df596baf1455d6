"""Where reading of each partition goes on, and the proof that the log is still the one it was read from."""

from collections.abc import Iterable, Sequence

from aiokafka import AIOKafkaConsumer, TopicPartition
from asyncpg import Connection

from shared.runtime import log
from shared.runtime.database import SQL, queries
from shared.runtime.wire import Record, digest

_log = log.logger(__name__)
_SQL = queries(SQL / "bookmarks.sql")


class Bookmarks:
    """The positions of the partitions assigned now; a partition without one is unknown, and its records are dropped."""

    def __init__(self) -> None:
        self.known: dict[TopicPartition, int] = {}
        self._unproven: dict[TopicPartition, bytes] = {}
        self._asked: dict[TopicPartition, int] = {}

    def forget(self, partitions: Iterable[TopicPartition]) -> None:
        """From now on nothing is known of these."""
        for where in partitions:
            self.known.pop(where, None)
            self._asked.pop(where, None)
            self._unproven.pop(where, None)

    def unknown(self, kafka: AIOKafkaConsumer) -> list[TopicPartition]:
        """The assigned partitions of which nothing is known."""
        return sorted(kafka.assignment() - set(self.known))

    async def seek(self, kafka: AIOKafkaConsumer, connection: Connection) -> None:
        """Seeks every unknown partition to its stored position, one record early to prove the log by it."""
        unknown = self.unknown(kafka)
        topics, partitions = [p.topic for p in unknown], [p.partition for p in unknown]
        await connection.execute(_SQL["open"], topics, partitions)
        for topic, partition, offset, last in await connection.fetch(_SQL["stored"], topics, partitions):
            where = TopicPartition(topic, partition)
            if where in kafka.assignment() and where not in self.known:
                self.known[where] = offset
                if offset and last is not None:
                    self._unproven[where] = last
                self.again(kafka, where)

    def advance(self, where: TopicPartition, expected: int, following: int) -> None:
        """Moves a bookmark with the batch that was committed, unless a rebalance has taken it away meanwhile."""
        if self.known.get(where) == expected:
            self.known[where] = following

    def again(self, kafka: AIOKafkaConsumer, where: TopicPartition) -> None:
        """What was handed out of this partition beyond its bookmark will be handed out again."""
        if where in self.known and where in kafka.assignment():
            kafka.seek(where, self.known[where] - (where in self._unproven))

    async def fitting(
        self,
        kafka: AIOKafkaConsumer,
        connection: Connection,
        where: TopicPartition,
        records: Sequence[Record],
    ) -> Sequence[Record]:
        """Those of the records that follow the bookmark; none when the partition has to be asked again.

        A log that is shorter than the bookmark, or holds another record just before it, was made anew: it is read from
        its beginning, which the inbox makes harmless, and logged as an error.
        """
        known, first = self.known[where], records[0].offset
        if where in self._unproven and first == known - 1:
            if digest(records[0]) == self._unproven[where]:
                del self._unproven[where]
                self._asked.pop(where, None)
                return records[1:]
            await self.restart(kafka, connection, where)
            return ()
        if first == known and where not in self._unproven:
            self._asked.pop(where, None)
            return records
        # Either these were fetched before a seek, or the log does not go on here: asked twice, it says which.
        if self._asked.get(where) != known:
            self._asked[where] = known
            self.again(kafka, where)
            return ()
        if first < known:
            await self.restart(kafka, connection, where)
            return ()
        del self._asked[where]
        self._unproven.pop(where, None)
        return records

    async def restart(self, kafka: AIOKafkaConsumer, connection: Connection, where: TopicPartition) -> None:
        """Reads the partition from its beginning, because its log was made anew."""
        beginning = (await kafka.beginning_offsets([where]))[where]
        if (known := self.known.get(where)) is None:
            return
        _log.error("topic.recreated", topic=where.topic, partition=where.partition, stood_at=known, begins_at=beginning)
        await connection.execute(_SQL["restart"], where.topic, where.partition, known, beginning)
        self.known[where] = beginning
        self._unproven.pop(where, None)
        self._asked.pop(where, None)
        self.again(kafka, where)
