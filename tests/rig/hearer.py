"""A service that hears counts, keeps what it heard in order, and answers each with an echo, or with its opposite."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from shared.runtime.envelope import Envelope
from shared.runtime.service import Aggregate, Projection, Reaction, Refusal, Service
from tests.rig.language import WORDS, Counted, Echoed

REFUSED = 13
BROKEN = 666


@dataclass(frozen=True, slots=True)
class Echo:
    subject: str
    at: datetime
    tally: UUID
    number: int
    creates: bool = True


def decide(state: int, wish: Echo) -> Sequence[Echoed]:
    if wish.number == REFUSED:
        raise Refusal("unlucky", "There is no echo of thirteen.")
    return [Echoed(tally=wish.tally, number=wish.number)]


def evolve(state: int, event: Echoed) -> int:
    return state + 1


@dataclass(frozen=True, slots=True)
class HeardRow:
    """Everything heard of one tally: its sequences in the order taken, and their sum."""

    id: UUID
    organisation: str
    sequences: tuple[int, ...]
    total: int


def hear_count(row: HeardRow | None, event: Envelope) -> HeardRow | None:
    row = row or HeardRow(UUID(event.subject.partition("/")[2]), event.organisation, (), 0)
    number = event.data.number if isinstance(event.data, Counted) else 0
    # A long history would make each write longer; the last few prove the order as well as all would.
    return HeardRow(row.id, row.organisation, (*row.sequences[-49:], event.sequence or 0), row.total + number)


HEARD = """create table {table} (
    id uuid primary key, organisation text not null, sequences bigint[] not null, total bigint not null);
create index on {table} (organisation, total);"""


@dataclass(frozen=True, slots=True)
class EchoRow:
    id: UUID
    organisation: str
    echoes: int
    total: int


def apply(row: EchoRow | None, event: Envelope) -> EchoRow:
    row = row or EchoRow(UUID(event.subject.partition("/")[2]), event.organisation, 0, 0)
    return replace(row, echoes=row.echoes + 1, total=row.total + event.data.number)


ECHO = """create table {table} (
    id uuid primary key, organisation text not null, echoes bigint not null, total bigint not null);"""


def targets(event: Envelope) -> Sequence[str]:
    """A tally echoes on the subject it shares with others, or else on its own, where refusals are told."""
    tally = event.subject.partition("/")[2]
    return [f"echo/{event.data.shared_with or tally}", f"echo/{tally}"]


def react(event: Envelope, states: Mapping[str, Any]) -> Sequence[Echo]:
    if event.data.number == BROKEN:
        raise RuntimeError("a handler with a fault in it")
    tally = UUID(event.subject.partition("/")[2])
    return [Echo(targets(event)[0], event.time, tally, event.data.number)]


def refused(event: Envelope, _: Refusal) -> Sequence[Echo]:
    """What has no echo is answered with its opposite."""
    tally = UUID(event.subject.partition("/")[2])
    return [Echo(targets(event)[1], event.time, tally, -event.data.number)]


def hearer(suffix: str) -> Service:
    """The service under a name of its own, so that tests share nothing."""
    return Service(
        name="hearer" + suffix,
        registry=WORDS,
        hears=(f"kith.teller{suffix}",),
        aggregates=(Aggregate("echo", 0, decide, evolve),),
        reactions={Counted.type(): Reaction(targets, react, refused)},
        projections=(
            Projection("heard", f"kith.teller{suffix}", "tally", HeardRow, hear_count, HEARD),
            Projection("echo", f"kith.hearer{suffix}", "echo", EchoRow, apply, ECHO),
        ),
    )


if __name__ == "__main__":
    import os

    from shared.runtime.run import run

    run(hearer(os.environ["RIG"]))
