"""A page: one shell, no script, readable on a phone, and nothing of what was answered is shown again."""

from base64 import b64encode
from collections.abc import Awaitable, Callable
from hashlib import sha256
from html import escape
from pathlib import Path
from string import Template

from shared.runtime.http import URLENCODED, Asked, Reply
from shared.runtime.problems import Headers, Problem, problem_of

_SHELL = (Path(__file__).parent / "shell.html").read_text()
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


def page(status: int, title: str, said: str) -> Reply:
    """The page that says this, which is HTML already; the first line is where to turn when someone may come to harm."""
    body = Template(_SHELL).substitute(title=escape(title), said=said)
    return Reply(status, body.encode(errors="replace"), _MEDIA, _HEADERS)


def problem_page(problem: Problem) -> Reply:
    """What happened and what to do, naming the fields at fault."""
    faults = "".join(
        f"<li><strong>{escape(_words(field))}</strong>: {escape(what)}</li>\n" for field, what in problem.errors[:_MOST]
    )
    said = f'<p role="alert">{escape(problem.detail)}</p>\n'
    if faults:
        said = f'<ul role="alert">\n{faults}</ul>\n<p>Go back, put it right, and send the form again.</p>\n'
    found = page(problem.status, "It was not sent", said)
    return Reply(found.status, found.body, found.media, (*found.headers, *problem.headers))


async def answer_posted(asked: Asked, answer: Callable[[bool], Awaitable[Reply]]) -> Reply:
    """The answer, which is told whether a browser posted a form; if so, a problem is answered with its page as well."""
    if not asked.headers.get(b"content-type", b"").lower().startswith(URLENCODED.encode()):
        return await answer(False)
    try:
        return await answer(True)
    except Exception as error:
        problem = problem_of(error)
        if problem is None:
            raise
        return problem_page(problem)


def _words(field: str) -> str:
    return field[:60].replace("_", " ")
