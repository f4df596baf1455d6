"""A client without an account says a wish by a link: over the real door, on a real PostgreSQL."""

import asyncio
from urllib.parse import urlencode

import httpx
import pytest

from tests.rig.desk import Desk, match

FORM = {"content-type": "application/x-www-form-urlencoded"}


async def given(desk: Desk) -> tuple[str, str]:
    """A referral in support, and a link for its client."""
    referral = await desk.refer()
    await match(desk, referral)
    link = await desk.post(f"/referrals/{referral}/give-link", {"by_role": "coordinator"}, 201)
    return referral, link["link"]


async def say(desk: Desk, link: str, **wish: object) -> httpx.Response:
    return await desk.client.post(link, json=wish)


async def test_less_by_link_changes_the_support_once_and_waits_to_be_confirmed(desks: tuple[Desk, Desk]) -> None:
    desk, _ = desks
    referral, link = await given(desk)
    shown = await desk.client.get(link)
    assert (shown.status_code, shown.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert shown.text.index("phone 999") < shown.text.index("<h1>")
    assert referral not in shown.text
    empty = {"format": "", "until": ""}
    body = urlencode({"wish": "less", "per_4_weeks_hundredths": "200", **empty})
    answer = await desk.client.post(link, content=body, headers=FORM)
    assert answer.status_code == 200, answer.text
    seen = await desk.get(f"/referrals/{referral}")
    assert (seen["per_4_weeks_hundredths"], seen["changes"], len(seen["changes_to_confirm"])) == (200, 1, 1)
    said = (await desk.get(f"/referrals/{referral}/timeline"))["rows"]
    assert [(row["type"], row["actor_role"]) for row in said[-2:]] == [
        ("kith.wish-link-used.v1", "client"),
        ("kith.support-changed.v1", "client"),
    ]
    again = await desk.client.post(link, content=body, headers=FORM)
    assert (again.status_code, "used before" in again.text) == (410, True)
    assert (await desk.client.get(link)).status_code == 410


async def test_of_many_clicks_at_once_one_counts(desks: tuple[Desk, Desk]) -> None:
    desk, _ = desks
    referral, link = await given(desk)
    answers = await asyncio.gather(*(say(desk, link, wish="other-peer") for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [200] + [410] * 5
    assert (await desk.get(f"/referrals/{referral}"))["changes"] == 1


async def test_a_link_that_has_run_out_is_gone(desks: tuple[Desk, Desk]) -> None:
    desk, _ = desks
    _, link = await given(desk)
    desk.wait(14)
    answer = await say(desk, link, wish="pause")
    assert (answer.status_code, answer.json()["code"]) == (410, "link-not-valid")


async def test_a_guess_and_a_referral_nobody_knows_are_answered_alike(desks: tuple[Desk, Desk]) -> None:
    desk, _ = desks
    _, link = await given(desk)
    guessed = link[:-6] + ("AAAAAA" if link[-6:] != "AAAAAA" else "BBBBBB")
    nobody = "/wishes/" + "A" * 64
    answers = [await say(desk, path, wish="pause") for path in (guessed, nobody, "/wishes/x", "/wishes/é")]
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(410, "link-not-valid")}
    assert (await say(desk, link, wish="pause")).status_code == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (urlencode({"wish": "less"}), 422),
        (urlencode({"wish": "escape", "per_4_weeks_hundredths": "200"}), 422),
        (urlencode({"wish": "other-format"}), 422),
        ("wish=less&wish=more", 422),
        ("wish=%ff", 400),
        (urlencode({"wish": "more", "per_4_weeks_hundredths": "100"}), 409),
        (urlencode({"wish": "pause", "note": "<b>x</b>"}), 422),
    ],
)
async def test_what_cannot_be_is_told_on_a_page_and_uses_nothing_up(
    desks: tuple[Desk, Desk], body: str, status: int
) -> None:
    desk, _ = desks
    _, link = await given(desk)
    answer = await desk.client.post(link, content=body, headers=FORM)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert "<b>x" not in answer.text
    assert "Value error" not in answer.text
    assert (await say(desk, link, wish="pause")).status_code == 200


async def test_only_the_referrals_own_team_gives_a_link(desks: tuple[Desk, Desk]) -> None:
    desk, theirs = desks
    referral, _ = await given(desk)
    await theirs.post(f"/referrals/{referral}/give-link", {"by_role": "coordinator"}, 404)


async def test_the_link_is_nowhere_in_the_database(desks: tuple[Desk, Desk]) -> None:
    desk, _ = desks
    _, link = await given(desk)
    async with desk.engine.database.worker() as connection:
        bodies = await connection.fetch("select convert_from(body, 'UTF8') as body from journal")
    secret = link.removeprefix("/wishes/")[-20:]
    assert len(bodies) > 3
    assert not [row for row in bodies if secret in row["body"]]
