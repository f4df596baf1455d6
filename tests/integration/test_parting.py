"""Kept apart and together all the same: a person is asked, whichever was said first and whoever is linked."""

from typing import Any
from uuid import uuid4

import pytest

from services.referrals.groups import routes as group_routes
from services.referrals.matches import routes
from services.referrals.people import apart
from tests.integration.test_duplicates import desk, listed
from tests.integration.test_groups import join, opened, spoken_with
from tests.integration.test_people import person_of
from tests.rig.desk import PEER, Desk, match

__all__ = ["desk"]

ABEBA = {"given": "Abeba", "family": "Tesfay", "birth_date": "1990-01-02"}


async def asked(desk: Desk) -> set[str]:
    """The referrals of which a person is asked to part them from somebody, each asked once."""
    tasks = [row for row in (await desk.get("/tasks"))["rows"] if row["kind"] == "kept-apart-and-together"]
    assert len({task["task_id"] for task in tasks}) == len(tasks)
    async with desk.engine.database.worker() as connection:
        said = await connection.fetchval("select count(*) from journal where type = 'kith.task-opened.v1'")
    assert said == len(tasks)
    return {task["referral_id"] for task in tasks}


async def keep_apart(desk: Desk, one: str, other: str) -> Any:
    apart_from = {"person_id": await person_of(desk, other)}
    return await desk.post(f"/people/{await person_of(desk, one)}/keep-apart", apart_from)


@pytest.mark.parametrize("linked_first", [True, False])
async def test_whoever_is_linked_with_one_who_is_kept_apart_and_is_there_now_is_parted(
    desk: Desk, linked_first: bool
) -> None:
    group, other = await opened(desk), await spoken_with(desk)
    seen, seen_again = [await spoken_with(desk, person=ABEBA) for _ in range(2)]
    for each in (other, seen_again):
        await join(desk, group, each)
    (row,) = await listed(desk)
    if not linked_first:
        await keep_apart(desk, other, seen)
        assert await asked(desk) == set()
    outcome = await desk.tell(row["referral_id"], "confirm-duplicate", other_person_id=row["other_person_id"])
    assert len(outcome["events"]) == (1 if linked_first else 3)
    if linked_first:
        assert await asked(desk) == set()
        assert len((await keep_apart(desk, other, seen))["events"]) == 4
    assert await asked(desk) == {other, seen_again}


@pytest.mark.parametrize("kept_apart_first", [True, False])
async def test_whoever_takes_a_seat_while_it_is_said_that_they_are_kept_apart_is_parted(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, kept_apart_first: bool
) -> None:
    group, one, other = await opened(desk), await spoken_with(desk), await spoken_with(desk)
    await join(desk, group, one)
    if kept_apart_first:
        meanwhile(monkeypatch, group_routes, "kept_apart_pairs", lambda: keep_apart(desk, one, other))
        await join(desk, group, other)
    else:
        meanwhile(monkeypatch, apart, "asked_to_part", lambda: join(desk, group, other))
        await keep_apart(desk, one, other)
    assert await asked(desk) == {one, other}


async def test_whoever_gets_a_peer_while_it_is_said_that_they_are_kept_apart_is_parted(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = await desk.refer(), await desk.refer()
    await match(desk, one)
    await desk.tell(other, "accept", by_role="coordinator")
    wish = {"match_id": str(uuid4()), "peer_id": PEER, "by_role": "coordinator"}
    await desk.tell(other, "propose-match", format="home", **wish)
    meanwhile(monkeypatch, routes, "ranking_of", lambda: keep_apart(desk, one, other))
    await desk.tell(other, "confirm-match", per_4_weeks_hundredths=100, **wish)
    assert await asked(desk) == {one, other}


async def test_whoever_is_proposed_a_peer_while_it_is_said_that_they_are_kept_apart_is_parted(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = await desk.refer(), await desk.refer()
    await match(desk, one)
    await desk.tell(other, "accept", by_role="coordinator")
    meanwhile(monkeypatch, routes, "ranking_of", lambda: keep_apart(desk, one, other))
    wish = {"match_id": str(uuid4()), "peer_id": PEER, "by_role": "coordinator"}
    await desk.tell(other, "propose-match", format="home", **wish)
    assert await asked(desk) == {one, other}


def meanwhile(patch: pytest.MonkeyPatch, where: Any, name: str, happens: Any) -> None:
    """Once that was read, and before anything is done with it, this happens."""
    reading = getattr(where, name)

    async def read(*arguments: Any, **more: Any) -> Any:
        found = await reading(*arguments, **more)
        patch.setattr(where, name, reading)
        await happens()
        return found

    patch.setattr(where, name, read)
