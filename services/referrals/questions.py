"""What can be asked: one referral, its timeline, the waiting list, what is due, a peer's places, and eligibility."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from asyncpg import Connection
from pydantic import BaseModel

from services.referrals.answers import (
    CaseloadView,
    Count,
    Due,
    DueList,
    PageAsked,
    Proposal,
    ReferralView,
    Said,
    Task,
    TaskList,
    Timeline,
    TimelineAsked,
    Waiting,
    WaitingList,
    WaitingListAsked,
)
from services.referrals.domain.days import rest_of, waited
from services.referrals.domain.eligibility import Facts, assess
from services.referrals.domain.policy import Policies
from services.referrals.domain.tasks import TASKS
from services.referrals.life_events import facts_with_days
from services.referrals.roles import TEAM
from services.referrals.rows import rests_of
from shared.contracts.days import day_of
from shared.runtime.database import queries
from shared.runtime.engine import Engine
from shared.runtime.http import JSON, Asked, Call, Reply, Route, query
from shared.runtime.parsing import parse_body
from shared.runtime.problems import Problem

SQL = queries(Path(__file__).parent / "queries.sql")


async def _one(connection: Connection, call: Call, _: Any) -> BaseModel | None:
    found = await connection.fetchrow(SQL["one_referral"], call.path["referral_id"], day_of(call.now))
    if found is None:
        return None
    row = dict(found)
    days = waiting_days(row, day_of(call.now)) if _is_listed(row) else None
    return ReferralView.model_validate({**row, "waiting_days": days})


async def _timeline(connection: Connection, call: Call, asked: TimelineAsked) -> Timeline | None:
    subject = f"referral/{call.path['referral_id']}"
    found = await connection.fetch(SQL["timeline"], subject, asked.after, asked.limit + 1)
    if not found and not asked.after:
        return None
    rows = [Said.model_validate({**row, "data": json.loads(row["body"])}) for row in found]
    more = len(rows) > asked.limit
    return Timeline(rows=rows[: asked.limit], next=rows[asked.limit - 1].sequence if more else None)


async def _waiting(connection: Connection, call: Call, asked: WaitingListAsked) -> WaitingList:
    today = day_of(call.now)
    day, listed = _cursor(asked.after)
    found = await connection.fetch(SQL["waiting_list"], today, asked.stage, asked.colour, day, listed, asked.limit + 1)
    rows = [Waiting.model_validate({**row, "waiting_days": waiting_days(row, today)}) for row in map(dict, found)]
    counts = [Count.model_validate(dict(row)) for row in await connection.fetch(SQL["waiting_counts"], today)]
    last = rows[asked.limit - 1] if len(rows) > asked.limit else None
    after = f"{last.listed_on}~{last.id}" if last else None
    return WaitingList(rows=rows[: asked.limit], counts=counts, next=after)


async def _due(connection: Connection, _: Call, asked: PageAsked) -> DueList:
    day, identity = _cursor(asked.after)
    found = await connection.fetch(SQL["reviews"], day, identity, asked.limit + 1)
    rows = [Due.model_validate(dict(row)) for row in found]
    last = rows[asked.limit - 1] if len(rows) > asked.limit else None
    return DueList(rows=rows[: asked.limit], next=f"{last.since}~{last.id}" if last else None)


async def _tasks(connection: Connection, _: Call, asked: PageAsked) -> TaskList:
    day, identity = _cursor(asked.after)
    found = await connection.fetch(SQL["tasks"], day, identity, asked.limit + 1)
    rows = [
        Task.model_validate({**row, "words": TASKS[row["kind"]].words, "choices": list(TASKS[row["kind"]].choices)})
        for row in map(dict, found)
    ]
    last = rows[asked.limit - 1] if len(rows) > asked.limit else None
    return TaskList(rows=rows[: asked.limit], next=f"{last.since}~{last.task_id}" if last else None)


def questions(policies: Policies) -> Sequence[Route]:
    """The routes that read."""

    async def places(connection: Connection, call: Call, _: Any) -> BaseModel | None:
        row = await connection.fetchrow(SQL["caseload"], call.path["peer_id"])
        if row is None:
            return None
        policy = policies.of(call.principal.organisation)
        all_places = row["places_hundredths"]
        if all_places is None:
            all_places = policy.places(policy.contracted_hours)
        free = max(0, all_places - row["used_hundredths"])
        return CaseloadView.model_validate({**row, "places_or_default_hundredths": all_places, "free_hundredths": free})

    async def eligibility(engine: Engine, call: Call, asked: Asked) -> Reply:
        facts = parse_body(Facts, asked.body)
        facts = await facts_with_days(engine, call, call.path["referral_id"], facts)
        policy = policies.of(call.principal.organisation)
        async with engine.database.read(call.principal.organisation) as connection:
            row = await connection.fetchrow(SQL["one_referral"], call.path["referral_id"], day_of(call.now))
        if row is None:
            raise Problem(404, "not-found", "There is nothing here with this id.")
        found = assess(
            policy,
            facts,
            referred_on=row["referred_on"],
            residence=row["board_of_residence"],
            setting=row["setting"],
        )
        answer = Proposal(
            proposed=found.proposed,
            against=list(found.against),
            not_known=list(found.not_known),
            ruleset_version=policy.ruleset_version,
        )
        return Reply(200, answer.model_dump_json().encode())

    here = "/referrals/{referral_id}"
    return (
        query(here, _one, roles=TEAM, summary="One referral as it stands.", answer=ReferralView),
        query(
            f"{here}/timeline",
            _timeline,
            roles=TEAM,
            summary="All that was said of it.",
            params=TimelineAsked,
            answer=Timeline,
        ),
        Route(
            "POST",
            f"{here}/eligibility",
            eligibility,
            "What the rules propose, given what a person knows; nothing is recorded.",
            TEAM,
            accepts=JSON,
            body=Facts,
            model=Proposal,
        ),
        query(
            "/waiting-list",
            _waiting,
            roles=TEAM,
            summary="Who waits, longest first.",
            params=WaitingListAsked,
            answer=WaitingList,
        ),
        query(
            "/reviews",
            _due,
            roles=TEAM,
            summary="What a person must look at again, longest ago first.",
            params=PageAsked,
            answer=DueList,
        ),
        query(
            "/tasks",
            _tasks,
            roles=TEAM,
            summary="What only a person can do, longest open first.",
            params=PageAsked,
            answer=TaskList,
        ),
        query("/caseloads/{peer_id}", places, roles=TEAM, summary="A peer's places.", answer=CaseloadView),
    )


def _is_listed(row: Mapping[str, Any]) -> bool:
    return (row["stage_before_pause"] if row["stage"] == "paused" else row["stage"]) in ("received", "waiting")


def waiting_days(row: Mapping[str, Any], today: date) -> int:
    """Days on the list, less those of rest, a rest that the client is in now among them."""
    rests = rests_of(row["rests"])
    if row["paused_at"] and row["paused_by_client"]:
        rests = (*rests, *rest_of(row["paused_at"], today))
    return waited(row["listed_on"], today, rests)


def _cursor(after: str | None) -> tuple[date | None, UUID | None]:
    if after is None:
        return None, None
    day, _, listed = after.partition("~")
    try:
        return date.fromisoformat(day), UUID(listed)
    except ValueError:
        raise Problem(422, "bad-cursor", "Take `after` from the `next` of an earlier page.", field="after") from None
