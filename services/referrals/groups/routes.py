"""Groups over HTTP: what is told of them, what is asked of them, and to whom they may be offered."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from asyncpg import Connection
from pydantic import BaseModel

from services.referrals.domain.group import FreeSeat, Group, Open, TakeSeat, TellGroup
from services.referrals.domain.in_group import BeginMembership, EndMembership, SetMeeting
from services.referrals.domain.keep_apart import apart_from_any
from services.referrals.people.apart import kept_apart_pairs
from services.referrals.people.parting import looked_at_after
from services.referrals.roles import DECIDERS, TEAM
from shared.contracts import group_updates as g
from shared.runtime import journal
from shared.runtime.database import queries
from shared.runtime.engine import Engine
from shared.runtime.http import Call, Route, command, looked_up, query
from shared.runtime.parsing import strict
from shared.runtime.service import Refusal

SQL = queries(Path(__file__).parent / "groups.sql")


class GroupView(BaseModel):
    """A group: its seats, its checklist, who leads it, when it meets."""

    id: UUID
    sequence: int
    cap: int
    free: int
    format: str
    place: str
    language: str
    facilitators: list[UUID]
    done: list[str]
    members: list[UUID]
    planned: list[str]
    sessions_held: int
    last_held_at: datetime | None
    opened_at: datetime
    closed_at: datetime | None


class GroupList(BaseModel):
    """The organisation's groups."""

    rows: list[GroupView]


class Suitable(BaseModel):
    """A client to whom the group may be offered."""

    id: UUID
    stage: str
    listed_on: date


class SuitableList(BaseModel):
    """To whom the group may be offered, longest waiting first."""

    rows: list[Suitable]


def _open(wish: g.OpenGroup, call: Call) -> Sequence[Any]:
    return [Open(wish.group_id or call.new_id(), wish.at or call.now, wish)]


async def _join(engine: Engine, wish: g.JoinGroup, call: Call) -> Sequence[Any]:
    group_id, at, referral_id = call.path["group_id"], wish.at or call.now, wish.referral_id
    async with engine.database.read(call.principal.organisation) as connection:
        person_id = await connection.fetchval(SQL["person_of"], referral_id)
        apart = await kept_apart_pairs(connection)
    if person_id is None:
        raise Refusal("unknown-referral", "No referral with this id is known.", "referral_id")
    group = await _group(engine, call)
    meetings = tuple((id, start) for id, start in group.planned.items() if start > at)
    return [
        TakeSeat(group_id, at, referral_id, UUID(str(person_id)), apart, meetings),
        BeginMembership(referral_id, at, group_id, group.format, meetings),
    ]


async def _leave(_: Engine, wish: g.LeaveGroup, call: Call) -> Sequence[Any]:
    group_id, at = call.path["group_id"], wish.at or call.now
    return [
        FreeSeat(group_id, at, wish.referral_id, wish.because),
        EndMembership(wish.referral_id, at, group_id, wish.because),
    ]


async def _tell(engine: Engine, wish: Any, call: Call) -> Sequence[Any]:
    """What is told of the group; each member's referral hears of it in the same transaction."""
    group_id, at = call.path["group_id"], wish.at or call.now
    members = (await _group(engine, call)).members
    # Closing frees each of their seats first.
    hear = frozenset[UUID]() if isinstance(wish, g.CloseGroup) else frozenset(members)
    heard = isinstance(wish, (g.PlanGroupSession, g.CallOffGroupSession, g.CloseGroup))
    told = TellGroup(group_id, at, wish, call.now, call.new_id(), hear if heard else None)
    match wish:
        case g.PlanGroupSession(planned_start=start):
            id = wish.session_id or told.fresh_id
            return [told, *(SetMeeting(member, at, group_id, id, start) for member in members)]
        case g.CallOffGroupSession(session_id=id):
            return [told, *(SetMeeting(member, at, group_id, id, None) for member in members)]
        case g.CloseGroup():
            leave = [FreeSeat(group_id, at, member, "group-closed") for member in members]
            return [*leave, told, *(EndMembership(member, at, group_id, "group-closed") for member in members)]
    return [told]


async def _group(engine: Engine, call: Call) -> Group:
    subject, organisation = f"group/{call.path['group_id']}", call.principal.organisation
    async with engine.database.read(organisation) as connection:
        streams = await journal.load(connection, engine.mind, organisation, [subject])
    group: Group = streams[subject].state if subject in streams else Group()
    return group


async def _list(connection: Connection, _: Call, __: Any) -> GroupList:
    return GroupList(rows=[_view(row) for row in await connection.fetch(SQL["groups"])])


async def _one(connection: Connection, call: Call, _: Any) -> GroupView | None:
    row = await connection.fetchrow(SQL["one"], call.path["group_id"])
    return _view(row) if row else None


async def _suitable(connection: Connection, call: Call, _: Any) -> SuitableList | None:
    """Nobody is offered a seat beside somebody they are never to meet."""
    group = await connection.fetchrow(SQL["one"], call.path["group_id"])
    if group is None or group["closed_at"]:
        return None
    found = await connection.fetch(SQL["suitable"], group["id"], group["format"], group["language"])
    apart = await kept_apart_pairs(connection)
    others = [UUID(id) for id in (*group["persons"], *group["facilitators"])]
    return SuitableList(
        rows=[
            Suitable.model_validate(dict(row))
            for row in found
            if not apart_from_any(apart, UUID(str(row["person_id"])), others)
        ]
    )


def _view(row: Any) -> GroupView:
    return GroupView.model_validate({**row, "free": row["cap"] - len(row["members"])})


def _path(do: str) -> str:
    return f"/groups/{{group_id}}/{do}"


GROUP_ROUTES: Sequence[Route] = (
    command("POST", "/groups", strict(g.OpenGroup), _open, roles=DECIDERS, summary="Open a group.", status=201),
    looked_up("POST", _path("ready"), strict(g.ReadyGroup), _tell, roles=TEAM, summary="Points that are done."),
    looked_at_after(
        looked_up("POST", _path("join"), strict(g.JoinGroup), _join, roles=TEAM, summary="A client takes a seat.")
    ),
    looked_up("POST", _path("leave"), strict(g.LeaveGroup), _leave, roles=TEAM, summary="A seat is given up."),
    looked_up("POST", _path("plan-session"), strict(g.PlanGroupSession), _tell, roles=TEAM, summary="Plan a session."),
    looked_up(
        "POST",
        _path("call-off-session"),
        strict(g.CallOffGroupSession),
        _tell,
        roles=TEAM,
        summary="Call a planned session off.",
    ),
    looked_up(
        "POST",
        _path("hold-session"),
        strict(g.HoldGroupSession),
        _tell,
        roles=TEAM,
        summary="Report a session: who came, who led, how it was closed.",
    ),
    looked_up("POST", _path("close"), strict(g.CloseGroup), _tell, roles=DECIDERS, summary="Close a group."),
    query("/groups", _list, roles=TEAM, summary="Every group.", answer=GroupList),
    query("/groups/{group_id}", _one, roles=TEAM, summary="One group as it stands.", answer=GroupView),
    query(
        "/groups/{group_id}/suitable",
        _suitable,
        roles=TEAM,
        summary="To whom the group may be offered.",
        answer=SuitableList,
    ),
)
