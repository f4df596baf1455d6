"""What hearing something means here: the service's own reactions, and the commands that passed deadlines become."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from shared.runtime.engine import Engine
from shared.runtime.envelope import Envelope
from shared.runtime.reading import Reading
from shared.runtime.service import Reaction
from shared.runtime.wire import CLOCK, HTTP, INTAKE


def named(engine: Engine, readings: Iterable[Reading]) -> set[str]:
    """The own subjects that hearing these may touch, to be locked in one sorted sweep."""
    subjects: set[str] = set()
    for reading in readings:
        if (envelope := reading.envelope) and (reaction := reaction_to(engine, reading)):
            if reading.record.topic == CLOCK:
                subjects.add(envelope.subject)
            try:
                subjects.update(reaction.targets(envelope))
            except Exception:  # noqa: S112 - the same fault comes again when it is taken, and parks it there
                continue
    return subjects


def reaction_to(engine: Engine, reading: Reading) -> Reaction | None:
    """What hearing this means here, if anything."""
    topic = reading.record.topic
    if topic == CLOCK:
        return Reaction(partial(_bound_by, engine), partial(_passed, engine))
    if topic == HTTP or topic.startswith(INTAKE):
        return engine.service.intake
    assert reading.type is not None
    return engine.service.reactions.get(reading.type)


def _now(engine: Engine, deadline: Envelope) -> datetime:
    """A deadline had passed for whoever read it as due, though the clock may have jumped back since."""
    return max(engine.clock.now(), deadline.time)


def _due(engine: Engine, deadline: Envelope) -> Sequence[Any]:
    return engine.mind.aggregate(deadline.subject).due(deadline.subject, deadline.data, _now(engine, deadline))


def _bound_by(engine: Engine, deadline: Envelope) -> Sequence[str]:
    """The subjects that the deadline's commands touch."""
    return [command.subject for command in _due(engine, deadline)]


def _passed(engine: Engine, deadline: Envelope, states: Mapping[str, Any]) -> Sequence[Any]:
    """The commands that a deadline becomes, if the state under the lock still has it in the past."""
    when = engine.mind.aggregate(deadline.subject).deadlines(states[deadline.subject]).get(deadline.data)
    return [] if when is None or when > _now(engine, deadline) else _due(engine, deadline)
