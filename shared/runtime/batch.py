"""A batch being heard: the memory of one transaction, in which each record finds its fate, without I/O."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shared.runtime import log
from shared.runtime.decisions import Cause, NotFound, Stream
from shared.runtime.engine import Engine
from shared.runtime.envelope import Envelope
from shared.runtime.inbox import SETTLED, HeardStream, Verdict, judge
from shared.runtime.journal import row_changes
from shared.runtime.keeping import NO_TOKENS, Errand, Tokens, came_of, errands_of
from shared.runtime.reacting import reaction_to
from shared.runtime.reading import Identity, Reading
from shared.runtime.sealing import CannotOpen, NoKeyYet
from shared.runtime.service import Refusal
from shared.runtime.wire import CLOCK, Record

_log = log.logger(__name__)


@dataclass
class Batch:
    """The memory of one hearing transaction: everything it locked and read, and what it is going to write."""

    engine: Engine
    spoilt: str | None
    streams: dict[tuple[str, str], HeardStream]
    known: dict[Identity, Record]
    waiting: dict[tuple[int, int], list[Reading]]
    rows: dict[int, dict[str, Any]]
    own: dict[str, Stream]
    named: set[str]
    tokens: Tokens = NO_TOKENS
    """What opens whatever came sealed with these."""
    overdue: set[int] = field(default_factory=set)
    """The inbox rows that have waited long enough for a subject not known yet."""
    verdicts: list[Verdict] = field(default_factory=list)
    said: list[Envelope] = field(default_factory=list)
    errands: list[Errand] = field(default_factory=list)
    passed: dict[str, dict[str, datetime]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.own_before = dict(self.own)
        self.states = {subject: stream.state for subject, stream in self.own.items()}
        self.rows_before = dict(self.rows)

    def take(self, reading: Reading) -> None:
        """Gives the reading its fate, and then every waiting one that it was the last obstacle to."""
        if reading.record.topic == CLOCK and reading.envelope:
            self.passed.setdefault(reading.envelope.subject, {})[reading.envelope.data] = reading.envelope.time
        following = [reading]
        while following:
            verdict = self._settled(following.pop(0))
            self.verdicts.append(verdict)
            if verdict.stream is None or not verdict.claims:
                continue
            stream = self.streams[verdict.reading.record.topic, verdict.reading.subject or ""]
            if verdict.fate in SETTLED:
                stream.sequence += 1
                if self.waiting:
                    following += self._freed(stream)
            else:
                self.waiting.setdefault((stream.id, verdict.reading.sequence or 0), []).append(verdict.reading)

    def _freed(self, stream: HeardStream) -> list[Reading]:
        """What waited for the stream to come this far, be it in the inbox or in this batch: it is judged once more."""
        freed = [
            reading
            for sequence in (stream.sequence + 1, stream.sequence)
            for reading in self.waiting.pop((stream.id, sequence), ())
        ]
        if any(reading.record.inbox_id is None for reading in freed):
            self.verdicts = [v for v in self.verdicts if not any(v.reading is reading for reading in freed)]
        for reading in freed:
            if reading.identity and self.known.get(reading.identity) is reading.record:
                del self.known[reading.identity]
        return freed

    def _settled(self, reading: Reading) -> Verdict:
        stream = None
        if reading.sequence is not None and reading.subject:
            stream = self.streams[reading.record.topic, reading.subject]
        verdict = judge(reading, stream, self.known)
        if verdict.claims and verdict.fate != "duplicate" and reading.identity:
            self.known[reading.identity] = reading.record
        if verdict.fate != "done":
            return verdict
        if self.spoilt:
            return verdict._replace(fate="parked", code=self.spoilt, detail="the database does not take it")
        try:
            rows = self._folded(reading, stream)
            verdict = self._reacted(reading, verdict)
        except NoKeyYet as error:
            return verdict._replace(fate="held", code="no-key-yet", detail=error.reader)
        except CannotOpen as error:
            return verdict._replace(fate="parked", code="cannot-open", detail=str(error))
        except Exception as error:
            _log.exception("handler failed", event_id=str(reading.event_id), type=reading.type)
            return verdict._replace(fate="parked", code="handler-failed", detail=type(error).__name__)
        if stream is not None and rows is not None and verdict.fate != "held":
            self.rows[stream.id] = rows
        return verdict

    def _folded(self, reading: Reading, stream: HeardStream | None) -> dict[str, Any] | None:
        if stream is None or (envelope := reading.envelope) is None:
            return None
        rows, projections = self.rows.get(stream.id, {}), self.engine.mind.projections(stream.topic, stream.subject)
        return {p.table: p.apply(rows.get(p.table), envelope) for p in projections} if projections else None

    def _reacted(self, reading: Reading, verdict: Verdict) -> Verdict:
        """Does what the event becomes here, or what is answered when a rule says no to it.

        Two subjects of another owner come in no order, so one that speaks of what is not known yet is waited with.
        """
        envelope, reaction = reading.envelope, reaction_to(self.engine, reading)
        if envelope is None or reaction is None:
            return verdict
        now = self.engine.clock.now()
        if envelope.producer is not None:
            # What an outsider sent is entered when it is heard, whatever time it claims.
            envelope = envelope._replace(recorded_at=now)
        cause = Cause(
            envelope.organisation,
            envelope.actor_role,
            envelope.correlation_id,
            envelope.id,
            envelope.traceparent,
            now,
        )
        commands: Sequence[Any] = ()
        try:
            commands = reaction.react(envelope, self.states)
            if (said := self.engine.retold.get(envelope.id)) is not None:
                self._keep_again(cause, [command for command in commands if command.subject in said])
                return verdict
            self._think(cause, commands)
        except Refusal as refusal:
            if isinstance(refusal, NotFound) and refusal.may_come and self._is_patient(reading):
                return verdict._replace(fate="held", code="not-known-yet", detail=refusal.subject)
            self._think(cause, reaction.refused(envelope, refusal))
            self.errands += came_of(cause.organisation, commands, self.tokens)
            return verdict._replace(fate="refused", code=refusal.code, detail=refusal.message)
        return verdict

    def _keep_again(self, cause: Cause, commands: Sequence[Any]) -> None:
        """What these said was taken back from the own topic; what they kept of a person, only this brings back."""
        for command in commands:
            try:
                self.errands += errands_of(cause.organisation, [command], self.tokens, self.engine.service.finders)
            except CannotOpen:
                _log.warning("vault.not_kept", subject=command.subject, why="its transport key was destroyed")

    def _is_patient(self, reading: Reading) -> bool:
        return reading.sequence is not None and reading.record.inbox_id not in self.overdue

    def _think(self, cause: Cause, commands: Sequence[Any]) -> None:
        for command in commands:
            # Its stream is not locked: the append would collide with what stands there, now and at every retry.
            if command.subject not in self.named:
                raise LookupError(f"a reaction touches {command.subject}, which its targets do not name")
        touched = {command.subject: self.own[command.subject] for command in commands if command.subject in self.own}
        after, said = self.engine.mind.think(touched, cause, commands, self.engine.new_id, self.engine.seal)
        errands = errands_of(cause.organisation, commands, self.tokens, self.engine.service.finders)
        self.own |= after
        self.states |= {subject: stream.state for subject, stream in after.items()}
        self.said += said
        self.errands += errands

    def row_changes(self) -> tuple[list[str], list[str], list[str]]:
        """The read-model rows of heard streams that are to be put or dropped, by table."""
        moved = (
            (self.rows_before.get(stream, {}), rows)
            for stream, rows in self.rows.items()
            if rows is not self.rows_before.get(stream)
        )
        return row_changes(self.engine.service.shape, moved)

    def misjudged(self) -> list[HeardStream]:
        """The streams whose rows do not say yet where they ended."""
        left = {stream for stream, _ in self.waiting}
        for stream in self.streams.values():
            stream.waiting = stream.waiting or stream.id in left
        return [s for s in self.streams.values() if (s.sequence, s.waiting) != s.stored]
