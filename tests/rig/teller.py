"""A service that counts when told to, and is reminded of what it was told to remember."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from pydantic import AwareDatetime, BaseModel

from shared.runtime.envelope import Envelope
from shared.runtime.http import Call, command, query
from shared.runtime.service import Aggregate, Projection, Refusal, Service
from tests.rig.language import WORDS, Counted, Reminded


@dataclass(frozen=True, slots=True)
class Count:
    """Count one more; `remind` is when to say so again."""

    subject: str
    at: datetime
    number: int
    shared_with: UUID | None = None
    note: str = ""
    creates: bool = True


@dataclass(frozen=True, slots=True)
class Remind:
    subject: str
    at: datetime
    name: str


@dataclass(frozen=True, slots=True)
class Tally:
    counts: int = 0
    total: int = 0
    reminded: tuple[str, ...] = ()
    remind_at: tuple[tuple[str, datetime], ...] = ()


def decide(state: Tally, wish: Count | Remind) -> Sequence[Counted | Reminded]:
    match wish:
        case Count(number=number) if number < 0:
            raise Refusal("negative", "Only what is there can be counted.", "number")
        case Count():
            return [Counted(number=wish.number, shared_with=wish.shared_with, note=wish.note)]
        case Remind():
            return [Reminded(name_of_deadline=wish.name)]


def evolve(state: Tally, event: Counted | Reminded) -> Tally:
    match event:
        case Counted(note=note) if note.startswith("remind "):
            _, name, when = note.split()
            others = (pair for pair in state.remind_at if pair[0] != name)
            later = (*others, (name, datetime.fromisoformat(when)))
            return replace(state, counts=state.counts + 1, total=state.total + event.number, remind_at=later)
        case Counted():
            return replace(state, counts=state.counts + 1, total=state.total + event.number)
        case Reminded():
            left = tuple(pair for pair in state.remind_at if pair[0] != event.name_of_deadline)
            return replace(state, reminded=(*state.reminded, event.name_of_deadline), remind_at=left)


def deadlines(state: Tally) -> Mapping[str, datetime]:
    return dict(state.remind_at)


@dataclass(frozen=True, slots=True)
class TallyRow:
    id: UUID
    organisation: str
    sequence: int
    total: int
    reminded: tuple[str, ...]


def apply(row: TallyRow | None, event: Envelope) -> TallyRow:
    row = row or TallyRow(UUID(event.subject.partition("/")[2]), event.organisation, 0, 0, ())
    match event.data:
        case Counted(number=number):
            return replace(row, sequence=event.sequence, total=row.total + number)
        case Reminded(name_of_deadline=name):
            return replace(row, sequence=event.sequence, reminded=(*row.reminded, name))
    return row


TALLY = """create table {table} (
    id uuid primary key, organisation text not null, sequence bigint not null, total bigint not null,
    reminded text[] not null);
create index on {table} (organisation, total);"""


class CountBody(BaseModel, extra="forbid"):
    number: int
    shared_with: UUID | None = None
    note: str = ""


class TallyAnswer(BaseModel):
    id: UUID
    sequence: int
    total: int


class Since(BaseModel):
    since: AwareDatetime | None = None


async def one(connection, call: Call, _params) -> TallyAnswer | None:
    row = await connection.fetchrow("select * from tally where id = $1", call.path["id"])
    return None if row is None else TallyAnswer(id=row["id"], sequence=row["sequence"], total=row["total"])


def counting(body: CountBody, call: Call) -> Sequence[Count]:
    return [Count(f"tally/{call.path['id']}", call.now, body.number, body.shared_with, body.note)]


def teller(suffix: str) -> Service:
    """The service under a name of its own, so that tests share nothing."""
    return Service(
        name="teller" + suffix,
        registry=WORDS,
        aggregates=(Aggregate("tally", Tally(), decide, evolve, deadlines, lambda s, n, at: [Remind(s, at, n)]),),
        projections=(Projection("tally", f"kith.teller{suffix}", "tally", TallyRow, apply, TALLY),),
        routes=(
            command("POST", "/tallies/{id}/counts", CountBody, counting, roles=("counter",), summary="Count."),
            query("/tallies/{id}", one, roles=("counter",), summary="One tally.", answer=TallyAnswer),
        ),
    )


if __name__ == "__main__":
    import os

    from shared.runtime.run import run

    run(teller(os.environ["RIG"]))
