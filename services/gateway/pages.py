"""The pages around the public form: one template, no script, and nothing of what was answered is shown again."""

from base64 import b64encode
from hashlib import sha256
from html import escape
from pathlib import Path
from string import Template
from uuid import UUID

from shared.runtime.http import Reply
from shared.runtime.problems import Headers, Problem

_SHELL, _FORM, _END = (Path(__file__).parent / "form.html").read_text().split("<!-- the form -->\n")
_STYLE = _SHELL.partition("<style>")[2].partition("</style>")[0]
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_HEADERS: Headers = (
    (b"content-security-policy", _POLICY.encode()),
    (b"referrer-policy", b"no-referrer"),
)
_MEDIA = b"text/html; charset=utf-8"
_MOST = 20
"""Faults shown on one page."""


def form_page(form_id: UUID) -> Reply:
    """The empty form, with an id of its own, so that a double click is one referral."""
    return _page(200, "Ask for peer support", Template(_FORM).substitute(form_id=form_id))


def received_page(receipt_id: UUID) -> Reply:
    """It is kept: what happens next, and the number to quote."""
    said = (
        "<p>What you sent is safely kept. Somebody from the service reads it and decides what can be offered.</p>\n"
        "<p>You did not say who you are, so the service cannot get in touch with you. Phone the service and give this "
        f"receipt number:</p>\n<p><strong>{receipt_id}</strong></p>\n"
        "<p>Write the number down: it is not shown again. You need not send the form once more.</p>\n"
    )
    return _page(202, "Received", said)


def problem_page(problem: Problem) -> Reply:
    """What happened and what to do, naming the fields at fault."""
    faults = "".join(
        f"<li><strong>{escape(_words(field))}</strong>: {escape(what)}</li>\n" for field, what in problem.errors[:_MOST]
    )
    said = f'<p role="alert">{escape(problem.detail)}</p>\n'
    if faults:
        said = f'<ul role="alert">\n{faults}</ul>\n<p>Go back, put it right, and send the form again.</p>\n'
    page = _page(problem.status, "It was not sent", said)
    return Reply(page.status, page.body, page.media, (*page.headers, *problem.headers))


def _words(field: str) -> str:
    return field[:60].replace("_", " ")


def _page(status: int, title: str, said: str) -> Reply:
    body = Template(_SHELL).substitute(title=title) + said + _END
    return Reply(status, body.encode(errors="replace"), _MEDIA, _HEADERS)
