"""Referring oneself by a public form: open to all, once, and the same referral as any other."""

import asyncio
import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.rig.house import Board, House, referral
from tests.rig.referring import accept, known
from tests.rig.stage import until

pytestmark = pytest.mark.timeout(180)

RULE_0 = "If someone may come to harm now, phone 999. NHS 24 is 111, day and night. Do that first, then tell us here."
ANSWERS = {"agreed": True, "parent_role": "father", "board_of_residence": "S08000030", "formats_wanted": ["phone"]}
TICKED = {"agreed": "yes", "parent_role": "father", "board_of_residence": "S08000030", "formats_wanted": ["phone"]}


async def send(board: Board, *, form: str | None = None, **body: Any) -> httpx.Response:
    """Sends answers as anybody may: without a key."""
    return await board.house.http.post(f"{board.house.url('gateway')}/forms/{form or board.form}", **body)


def words(page: httpx.Response) -> list[str]:
    """What a page says, without its tags and head."""
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    body = page.text.partition("<body>")[2]
    return [line.strip() for line in re.sub(r"<[^>]*>", "\n", body).splitlines() if line.strip()]


async def test_a_self_referral_waits_in_the_organisation_of_the_form_and_its_receipt_tells_no_more(
    board: Board,
) -> None:
    answer = await send(board, json=ANSWERS)
    assert answer.status_code == 202, answer.text
    receipt = answer.json()
    assert receipt["status"] == "received"
    await known(board, receipt["referral_id"])
    stands = await board.ask("referrals", f"/referrals/{receipt['referral_id']}")
    assert (stands["referrer_role"], stands["parent_role"]) == ("self", "father")
    await accept(board, receipt["referral_id"])

    async def accepted_here() -> Any:
        query = "select 1 from referral_fate where submission_id = $1 and state = 'waiting'"
        return await board.house.sql("gateway", query, receipt["receipt_id"])

    await until(accepted_here)
    (seen,) = await board.receipts()
    assert seen["receipt_id"] == receipt["receipt_id"]
    assert (seen["became"]["state"], seen["became"]["feedback"]) == ("received", "none")


async def test_it_is_in_the_inbox_as_a_referral_by_the_form_before_the_answer(board: Board) -> None:
    receipt = (await send(board, json=ANSWERS)).json()
    ((kept, record),) = await board.house.raw("event_id = $1", receipt["receipt_id"])
    assert (kept["fate"], kept["organisation"]) == ("done", board.name)
    for said in (f'"sender":"local:{board.form}"', '"referrer_role":"self"', '"client_agreed":true'):
        assert said.encode() in (record.body or b"")


async def test_the_page_needs_no_script_and_says_first_what_to_do_when_somebody_may_come_to_harm(board: Board) -> None:
    page = await board.house.http.get(f"{board.house.url('gateway')}/forms/{board.form}")
    assert page.status_code == 200
    assert words(page)[0] == RULE_0
    assert "<script" not in page.text
    assert page.headers["content-security-policy"].startswith("default-src 'none'; ")
    assert "form-action 'self'" in page.headers["content-security-policy"]


async def test_a_posted_form_is_answered_with_a_page_that_shows_nothing_of_it(board: Board) -> None:
    page = await board.house.http.get(f"{board.house.url('gateway')}/forms/{board.form}")
    form_id = re.search(r'name="form_id" value="([0-9a-f-]{36})"', page.text)
    assert form_id
    answer = await send(board, data=TICKED | {"form_id": form_id[1], "board_of_treatment": ""})
    assert answer.status_code == 202
    (receipt,) = await board.receipts()
    assert receipt["receipt_id"] in words(answer)
    assert words(answer)[0] == RULE_0
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; ")
    for said in ("father", "S08000030", "Tayside", receipt["referral_id"], form_id[1]):
        assert said not in answer.text


@pytest.mark.parametrize("kind", ["json", "data"])
async def test_a_double_click_is_one_referral(board: Board, kind: str) -> None:
    answers = (ANSWERS if kind == "json" else TICKED) | {"form_id": str(uuid4())}
    told = await asyncio.gather(*(send(board, **{kind: answers}) for _ in range(8)))
    await board.house.turn_to(board.house.now + timedelta(minutes=2))
    told.append(await send(board, **{kind: answers}))
    assert {answer.status_code for answer in told} == {202}
    (receipt,) = await board.receipts()
    assert all(receipt["receipt_id"] in answer.text for answer in told)
    query = "select fate from inbox where organisation = $1 and topic = 'http'"
    kept = await board.house.sql("gateway", query, board.name)
    assert [row["fate"] for row in kept] == ["done"]


async def test_other_answers_under_the_id_of_a_form_are_refused(board: Board) -> None:
    answers = ANSWERS | {"form_id": str(uuid4())}
    assert (await send(board, json=answers)).status_code == 202
    other = await send(board, json=answers | {"parent_role": "carer"})
    assert (other.status_code, other.json()["code"], other.json()["field"]) == (409, "form-id-reused", "form_id")
    assert len(await board.receipts()) == 1


async def test_no_sender_can_take_the_key_of_a_form(board: Board) -> None:
    form_id = str(uuid4())
    taken = {"Idempotency-Key": f"form:{board.form}:{form_id}"}
    assert (await board.submit(board.event("referral-submitted", referral()), **taken)).status_code == 202
    assert (await send(board, json=ANSWERS | {"form_id": form_id})).status_code == 202


async def test_two_who_answer_the_same_are_two(board: Board) -> None:
    told = [(await send(board, json=ANSWERS)).json()["receipt_id"] for _ in range(2)]
    assert len({*told}) == 2


BAD = {
    "nothing": ({}, ["agreed", "parent_role"]),
    "no agreement": (TICKED | {"agreed": "no"}, ["agreed"]),
    "a board that is none": (TICKED | {"board_of_residence": "S08secret"}, ["board_of_residence"]),
    "no board at all": (TICKED | {"board_of_residence": ""}, ["board_of_residence"]),
    "a role that is none": (TICKED | {"parent_role": "secret"}, ["parent_role"]),
    "what is not asked": (TICKED | {"first_name": "secret"}, ["first_name"]),
    "markup for a name": (TICKED | {"<b>": "secret"}, ["<b>"]),
    "twice": (TICKED | {"parent_role": ["father", "secret"]}, ["parent_role"]),
    "a way that was given no number": (TICKED | {"ways": ["text"]}, ["ways"]),
    "a phone that is none": (TICKED | {"phone": "secret", "ways": ["text"]}, ["phone"]),
    "a form id of one's own making": (TICKED | {"form_id": "secret"}, ["form_id"]),
}


@pytest.mark.parametrize(("answers", "fields"), BAD.values(), ids=BAD.keys())
async def test_what_cannot_be_taken_names_its_fields_and_never_what_stood_there(
    house: House, answers: dict[str, Any], fields: list[str]
) -> None:
    board = Board(house, "SC090000", "forms-0")
    before = await house.sql("gateway", "select count(*) from inbox where topic = 'http'")
    told = [await send(board, json=answers)]
    assert [error["field"] for error in told[0].json()["errors"]] == fields
    if answers:
        told.append(await send(board, data=answers))
        shown = words(told[1])
        assert all(field.replace("_", " ").replace("<b>", "&lt;b&gt;") in shown for field in fields)
        assert shown[0] == RULE_0
    for answer in told:
        assert answer.status_code == 422
        assert "secret" not in answer.text
    assert await house.sql("gateway", "select count(*) from inbox where topic = 'http'") == before


@pytest.mark.parametrize("form", ["forms-0", "no-such-form", "Forms-0-public", "%00", "a" * 300])
async def test_a_form_that_is_none_is_not_found(house: House, form: str) -> None:
    """Not even by the name of a sender."""
    board = Board(house, "SC090000", "forms-0")
    assert (await send(board, form=form, json=ANSWERS)).status_code == 404
    assert (await house.http.get(f"{house.url('gateway')}/forms/{form}")).status_code == 404


async def test_a_form_that_is_too_long_or_unreadable_is_refused(house: House) -> None:
    board = Board(house, "SC090000", "forms-0")
    urlencoded = {"content-type": "application/x-www-form-urlencoded"}
    assert (await send(board, json={"first_name": "a" * 20_000})).status_code == 413
    for body in (b"\xff", b"a=%ff", b"&".join(b"a%d=1" % n for n in range(200))):
        answer = await send(board, content=body, headers=urlencoded)
        assert (answer.status_code, words(answer)[0]) == (400, RULE_0)
    assert (await send(board, content=b"{", headers={"content-type": "application/json"})).status_code == 400


async def test_whoever_says_how_to_be_reached_is_known_to_referrals_alone_and_shown_on_no_page(board: Board) -> None:
    said = TICKED | {"name": "Canaria", "phone": "07700 900777", "ways": ["text"], "who_may_answer": "client-only"}
    answer = await send(board, data=said)
    assert answer.status_code == 202
    assert any("only in the ways that you chose" in line for line in words(answer))
    (receipt,) = await board.receipts()
    await known(board, receipt["referral_id"])
    seen = await board.ask("referrals", f"/referrals/{receipt['referral_id']}/person")
    assert seen["identity"] == {"given": "Canaria"}
    assert (seen["contact"]["phones"], seen["contact"]["safe"]["channels"]) == (["+447700900777"], ["text"])
    for secret in ("Canaria", "900777"):
        assert secret not in answer.text
        assert secret not in str(receipt)
        query = "select 1 from journal where position($1 in convert_from(body, 'UTF8')) > 0"
        assert not await board.house.sql("gateway", query, secret)
