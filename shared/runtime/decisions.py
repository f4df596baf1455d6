"""Thinking, without I/O: streams as they were, commands, and the events that follow."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from shared.runtime.envelope import Envelope
from shared.runtime.sealing import NoKeyYet
from shared.runtime.service import Aggregate, Clear, Projection, Refusal, Service


@dataclass(frozen=True, slots=True)
class Cause:
    """Why, by whom and when something is decided."""

    organisation: str
    actor_role: str
    correlation_id: UUID
    causation_id: UUID | None
    traceparent: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Stream:
    """An own subject as a decision sees it: its state and read-model rows are folds of its events."""

    subject: str
    organisation: str
    sequence: int
    state: Any
    rows: Mapping[str, Any]


class NotFound(Refusal):
    """There is no such subject, or it is another organisation's, which is not told apart; unless it `may_come` yet."""

    def __init__(self, subject: str, *, may_come: bool = False) -> None:
        super().__init__("not-found", f"There is no {subject.partition('/')[0]} with this id.")
        self.subject, self.may_come = subject, may_come


def unsealed(clear: Clear) -> str:
    """No key is known to which anything could be sealed."""
    raise NoKeyYet(clear.to)


class Mind:
    """What one service knows how to think: its aggregates, and its projections of its own streams."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self._aggregates = {aggregate.kind: aggregate for aggregate in service.aggregates}
        self._projections = {
            (p.topic, p.kind): tuple(q for q in service.projections if (q.topic, q.kind) == (p.topic, p.kind))
            for p in service.projections
        }

    def aggregate(self, subject: str) -> Aggregate:
        """The aggregate of that subject's kind; raises LookupError for a kind that is not this service's."""
        return self._aggregates[subject.partition("/")[0]]

    def projections(self, topic: str, subject: str) -> tuple[Projection, ...]:
        """The read models that fold streams of that topic and kind."""
        return self._projections.get((topic, subject.partition("/")[0]), ())

    def fresh(self, subject: str, organisation: str) -> Stream:
        """A subject of which nothing was said yet."""
        return Stream(subject, organisation, 0, self.aggregate(subject).initial, {})

    def after(self, stream: Stream, envelope: Envelope) -> Stream:
        """The stream once that event was said."""
        state = self.aggregate(stream.subject).evolve(stream.state, envelope.data)
        rows = stream.rows
        if projections := self.projections(self.service.topic, stream.subject):
            rows = {p.table: p.apply(rows.get(p.table), envelope) for p in projections}
        assert envelope.sequence is not None
        return replace(stream, sequence=envelope.sequence, state=state, rows=rows)

    def fold(self, envelopes: Iterable[Envelope]) -> dict[str, Stream]:
        """Every stream among the envelopes, which come in order of sequence."""
        streams: dict[str, Stream] = {}
        for envelope in envelopes:
            stream = streams.get(envelope.subject) or self.fresh(envelope.subject, envelope.organisation)
            streams[envelope.subject] = self.after(stream, envelope)
        return streams

    def think(
        self,
        streams: Mapping[str, Stream],
        cause: Cause,
        commands: Sequence[Any],
        new_id: Callable[[], UUID],
        seal: Callable[[Clear], str] = unsealed,
    ) -> tuple[dict[str, Stream], list[Envelope]]:
        """The streams after all the commands, and what was said; all of it or, when one is refused, none.

        Raises Refusal; NotFound when a command that creates nothing finds nothing of the cause's organisation. A
        command may name the `organisation` that the subject it creates is to belong to. What an event carries for one
        reader alone is sealed by `seal`, which raises NoKeyYet.
        """
        after = dict(streams)
        said: list[Envelope] = []
        for command in commands:
            subject = command.subject
            creates = getattr(command, "creates", False)
            organisation = getattr(command, "organisation", cause.organisation) if creates else cause.organisation
            stream = after.get(subject) or self.fresh(subject, organisation)
            if stream.organisation != organisation:
                raise NotFound(subject, may_come=not creates)
            try:
                events = self.aggregate(subject).decide(stream.state, command)
            except Refusal:
                if stream.sequence == 0 and not creates:
                    raise NotFound(subject, may_come=True) from None
                raise
            for event in events:
                envelope = Envelope(
                    id=new_id(),
                    type=event.type(),
                    source=self.service.topic,
                    subject=subject,
                    time=command.at,
                    recorded_at=cause.at,
                    organisation=stream.organisation,
                    sequence=stream.sequence + 1,
                    actor_role=cause.actor_role,
                    correlation_id=cause.correlation_id,
                    causation_id=cause.causation_id,
                    traceparent=cause.traceparent,
                    data=self.service.registry.sealed(event, seal),
                )
                stream = self.after(stream, envelope)
                said.append(envelope)
            after[subject] = stream
        return after, said

    def deadline_changes(
        self, before: Stream | None, after: Stream, passed: Mapping[str, datetime]
    ) -> dict[str, datetime | None]:
        """The deadlines that appeared, moved, or (None) fell away between two states of one subject.

        One that has `passed` falls away too, unless it was put off before it was heard.
        """
        deadlines = self.aggregate(after.subject).deadlines
        was = {} if before is None else deadlines(before.state)
        now = deadlines(after.state)
        heard = {name: None if now.get(name) == due else now.get(name) for name, due in passed.items()}
        return heard | {name: now.get(name) for name in {**was, **now} if was.get(name) != now.get(name)}
