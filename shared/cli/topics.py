"""The topics of the house, made once, with the settings that the contracts give them."""

from collections.abc import Iterable

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError, for_code

from shared.contracts.topics import INTAKE, OWNED, Topic

_READY_MS = 15_000


async def make_topics(bootstrap: str, brokers: int, producers: Iterable[str]) -> list[str]:
    """Every owner's topic and one intake topic a producer exist; returns the names of those that were made now."""
    intake = [(INTAKE.name.format(producer=producer), INTAKE) for producer in sorted(set(producers))]
    wanted = [_new(name, topic.on(brokers)) for name, topic in [*((topic.name, topic) for topic in OWNED), *intake]]
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=_READY_MS)
    await admin.start()
    try:
        answer = await admin.create_topics(wanted, timeout_ms=_READY_MS)
    finally:
        await admin.close()
    made = []
    for name, code, *message in answer.topic_errors:
        error = for_code(code)
        if code == 0:
            made.append(name)
        elif error is not TopicAlreadyExistsError:
            raise error(f"{name}: {message[0] if message else ''}")
    return made


def _new(name: str, topic: Topic) -> NewTopic:
    return NewTopic(
        name, num_partitions=topic.partitions, replication_factor=topic.replicas, topic_configs=topic.config
    )
