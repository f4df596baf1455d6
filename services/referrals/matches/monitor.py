"""Looking back at matching: who found a peer, and after how long. A monitor for people; no rule or score reads it."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from asyncpg import Connection
from pydantic import BaseModel, Field

from services.referrals.matches.gathering import SQL
from services.referrals.roles import DECIDERS
from shared.contracts.days import day_of
from shared.runtime.http import Call, Route, query

LEAST = 10
"""Of fewer nothing is told but that they are few."""


class Asked(BaseModel):
    days: Annotated[int, Field(ge=28, le=1096)] = 365


class Group(BaseModel):
    """Those who have one thing in common; of a group of fewer than ten only that."""

    by: Literal["parent-role", "setting", "language"]
    value: str
    few: bool
    n: int | None
    matched_percent: int | None
    median_wait_days: float | None


class Monitor(BaseModel):
    """How matching turned out, by what is known of those who were accepted; peers are not in it."""

    since_days: int
    groups: list[Group]


async def _monitor(connection: Connection, call: Call, asked: Asked) -> Monitor:
    rows = await connection.fetch(SQL["matching_monitor"], day_of(call.now), asked.days)
    return Monitor(since_days=asked.days, groups=[_group(row) for row in rows])


def _group(row: Any) -> Group:
    n, matched = row["n"], row["matched"]
    few = n < LEAST
    return Group(
        by=row["by"],
        value=row["value"],
        few=few,
        n=None if few else n,
        matched_percent=None if few else round(100 * matched / n),
        median_wait_days=None if few or matched < LEAST else row["median"],
    )


MONITOR_ROUTES: Sequence[Route] = (
    query(
        "/matching/monitor",
        _monitor,
        roles=DECIDERS,
        summary="Who found a peer and after how long, looking back; of fewer than ten nothing is told.",
        params=Asked,
        answer=Monitor,
    ),
)
