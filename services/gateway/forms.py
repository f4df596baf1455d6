"""Referring oneself by a public form: open to all, and taken the same way as whatever a sender submits."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from string import Template
from uuid import UUID

from services.gateway.bounds import Turnstile, backlog
from services.gateway.receipts import Receipt
from services.gateway.self_referral import SelfReferral, parse_form, parse_json, producer_of, record_of
from services.gateway.taking import problem_in, recall, remember, take
from shared.runtime.auth import Principal
from shared.runtime.engine import Engine
from shared.runtime.http import JSON, URLENCODED, Asked, Call, Reply, Route
from shared.runtime.problems import Problem
from shared.web.page import answer_posted, page

LIMIT = 16 * 1024
"""The longest answers, in bytes."""

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_PAGES = Path(__file__).parent / "pages"
_PAGE, _BOARDS = Template((_PAGES / "form.html").read_text()), (_PAGES / "boards.html").read_text()
_TURNSTILE = Turnstile()


async def show(engine: Engine, call: Call, _: Asked) -> Reply:
    """The form as a page, which needs no script."""
    _organisation(engine, call.path["form"])
    return form_page(call.new_id())


def form_page(form_id: UUID) -> Reply:
    """The empty form, with an id of its own, so that a double click is one referral."""
    return page(200, "Ask for peer support", _PAGE.substitute(form_id=form_id, boards=_BOARDS))


async def refer_oneself(engine: Engine, call: Call, asked: Asked) -> Reply:
    """The referral is durable before this answers: JSON to who sent JSON, a page to who sent the form."""
    form = call.path["form"]
    organisation = _organisation(engine, form)

    async def answer(posted: bool) -> Reply:
        answers = parse_form(asked.body) if posted else parse_json(asked.body)
        receipt = await _referred(engine, call, form, organisation, answers)
        return (
            received_page(receipt.receipt_id, answers.is_reachable)
            if posted
            else Reply(202, receipt.model_dump_json().encode())
        )

    return await answer_posted(asked, answer)


def received_page(receipt_id: UUID, reachable: bool) -> Reply:
    """It is kept: what happens next, and the number to quote."""
    next_ = (
        "Somebody gets in touch with you, only in the ways that you chose. If you phone us, give this receipt number:"
        if reachable
        else "You did not say how to reach you, so the service cannot get in touch with you. Phone the service and "
        "give this receipt number:"
    )
    said = (
        "<p>What you sent is safely kept. Somebody from the service reads it and decides what can be offered.</p>\n"
        f"<p>{next_}</p>\n<p><strong>{receipt_id}</strong></p>\n"
        "<p>Write the number down: it is not shown again. You need not send the form once more.</p>\n"
    )
    return page(202, "Received", said)


async def _referred(engine: Engine, call: Call, form: str, organisation: str, answers: SelfReferral) -> Receipt:
    if not await _came_before(engine, organisation, form, answers):
        if late := backlog(engine):
            raise late
        _TURNSTILE.enter(form, call.now, engine.settings.form_rate)
    moment = await _moment(engine, organisation, form, answers, call.now)
    record = record_of(answers, form, str(answers.form_id or call.new_id()), moment)
    caller = replace(call, principal=Principal(producer_of(form), organisation, frozenset()))
    (taken,) = await take(engine, caller, [record])
    if isinstance(taken, Problem):
        raise taken
    if problem := problem_in(*taken):
        raise problem
    return taken[1]


async def _came_before(engine: Engine, organisation: str, form: str, answers: SelfReferral) -> bool:
    """A second click is answered as the first, however much there is to do: what is kept is not said to be refused."""
    return answers.form_id is not None and await recall(engine, organisation, _key(form, answers)) is not None


def _key(form: str, answers: SelfReferral) -> str:
    return f"form:{form}:{answers.form_id}"


async def _moment(engine: Engine, organisation: str, form: str, answers: SelfReferral, now: datetime) -> datetime:
    """When these answers first came: a second click says the same, to the byte. Raises Problem for other answers."""
    if answers.form_id is None:
        return now
    # What says who somebody is stays out: of it not even a digest is kept in clear, and the inbox compares the rest.
    content = hashlib.sha256(answers.coarse.encode()).digest()
    at = await remember(engine, organisation, _key(form, answers), content, now)
    if at is None:
        detail = "This form was sent before with other answers, and those stand. Open the form anew to send more."
        raise Problem(409, "form-id-reused", detail, field="form_id")
    return datetime.fromisoformat(at)


def _organisation(engine: Engine, form: str) -> str:
    organisation = engine.producers.get(producer_of(form)) if _NAME.fullmatch(form) else None
    if organisation is None:
        raise Problem(404, "not-found", "There is no form of this name.")
    return organisation


FORMS: Sequence[Route] = (
    Route("GET", "/forms/{form}", show, "A page on which a person refers themselves.", None, pages=True),
    Route(
        "POST",
        "/forms/{form}",
        refer_oneself,
        "Refer oneself, saying who one is or not; a form posted by a browser is answered with a page.",
        None,
        202,
        accepts=(*JSON, URLENCODED),
        body=SelfReferral,
        model=Receipt,
        pages=True,
        limit=LIMIT,
    ),
)
