"""Whatever is sent, the answer is 4xx problem+json with a code, and a field where one is at fault."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.runtime import http
from tests.unit.runtime.doors import KEY, REFERRAL, URL, Behind, app_over

JSON = (b"content-type", b"application/json")
AUTH = (b"x-api-key", KEY.encode())


async def ask(
    app: Any,
    method: str = "POST",
    path: str = URL,
    body: bytes | list[bytes] = b"",
    headers: tuple[tuple[bytes, bytes], ...] = (AUTH, JSON),
    query: bytes = b"",
) -> tuple[int, dict[bytes, bytes], bytes]:
    """One request past any client's own good manners."""
    chunks = [body] if isinstance(body, bytes) else body
    messages = [
        {"type": "http.request", "body": chunk, "more_body": index + 1 < len(chunks)}
        for index, chunk in enumerate(chunks)
    ]
    sent: list[Any] = []

    async def receive() -> Any:
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode("utf-8", "surrogatepass"),
        "root_path": "",
        "query_string": query,
        "headers": list(headers),
    }
    await app(scope, receive, send)
    return sent[0]["status"], dict(sent[0]["headers"]), sent[1]["body"]


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> Any:
    behind = Behind()
    monkeypatch.setattr(http, "execute", behind.execute)
    return app_over(behind)


def deep(levels: int) -> bytes:
    return b'{"text":"x","extra":' + b"[" * levels + b"]" * levels + b"}"


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        (b"", 400, "bad-json", None),
        (b"{", 400, "bad-json", None),
        (b"\xff\xfe", 400, "bad-json", None),
        (b'{"text": "\xff"}', 400, "bad-json", None),
        (b'{"text": "\x00"}', 400, "bad-json", None),
        (b'{"text": "\\ud800"}', 400, "bad-json", None),
        (b'{"text": "x",}', 400, "bad-json", None),
        (b"\xef\xbb\xbf{}", 400, "bad-json", None),
        (deep(100_000)[:1999], 400, "bad-json", None),
        (deep(900), 400, "bad-json", None),
        (b"null", 422, "invalid", "body"),
        (b"[]", 422, "invalid", "body"),
        (b'"text"', 422, "invalid", "body"),
        (b"{}", 422, "invalid", "text"),
        (b'{"text": null}', 422, "invalid", "text"),
        (b'{"text": ""}', 422, "invalid", "text"),
        (b'{"text": 5}', 422, "invalid", "text"),
        (b'{"text": "\\u0000"}', 422, "invalid", "text"),
        (b'{"text": "x", "tags": ["a", "b\\u0000"]}', 422, "invalid", "tags.1"),
        (b'{"text": "x", "extra": {"a": [{"b\\u0000": 1}]}}', 422, "invalid", "extra.a.0.key"),
        (b'{"text": "x", "extra": "\\u0000"}', 422, "invalid", "extra"),
        (b'{"text": "x", "score": NaN}', 422, "invalid", "score"),
        (b'{"text": "x", "score": -Infinity}', 422, "invalid", "score"),
        (b'{"text": "x", "score": 1e999}', 422, "invalid", "score"),
        (b'{"text": "x", "extra": [NaN]}', 422, "invalid", "extra.0"),
        (b'{"text": "x", "weight": 9223372036854775808}', 422, "invalid", "weight"),
        (b'{"text": "x", "weight": 1' + b"0" * 1500 + b"}", 422, "invalid", "weight"),
        (b'{"text": "x", "weight": 1.5}', 422, "invalid", "weight"),
        (b'{"text": "x", "agreed_at": "2026-03-02T09:00:00"}', 422, "invalid", "agreed_at"),
        (b'{"text": "x", "agreed_at": "9999-12-31T23:59:59-14:00"}', 422, "invalid", "agreed_at"),
        (b'{"text": "x", "agreed_at": 99999999999999999999}', 422, "invalid", "agreed_at"),
        (b'{"text": "x", "on": "2026-03-02T09:00:00"}', 422, "invalid", "on"),
        (b'{"text": "x", "on": "0001-01-01T00:00:00+14:00"}', 422, "invalid", "on"),
        (b'{"text": "x", "tags": {}}', 422, "invalid", "tags"),
        (b'{"text": "' + b"x" * 600 + b'"}', 422, "invalid", "text"),
        (b'{"text": "' + b"x" * 2000 + b'"}', 413, "too-large", None),
        ([b'{"text": "', b"x" * 1500, b"x" * 1500, b'"}'], 413, "too-large", None),
    ],
    ids=lambda value: repr(value)[:40],
)
async def test_a_body_that_cannot_be_taken_is_refused_by_field_and_code(
    app: Any, body: bytes | list[bytes], status: int, code: str, field: str | None
) -> None:
    answered, headers, said = await ask(app, body=body)
    problem = json.loads(said)
    assert (answered, problem["code"], problem.get("field")) == (status, code, field)
    assert headers[b"content-type"] == b"application/problem+json"
    if field:
        assert problem["errors"][0]["field"] == field
        assert problem["errors"][0]["message"]


GOOD = b'{"text": "x"}'


@pytest.mark.parametrize(
    ("extra", "status", "code", "field"),
    [
        ([(b"content-type", b"text/plain")], 415, "unsupported-media-type", "Content-Type"),
        ([(b"content-type", b"")], 415, "unsupported-media-type", "Content-Type"),
        ([(b"content-type", b"\xff\xfe")], 415, "unsupported-media-type", "Content-Type"),
        ([(b"content-type", b"application/json; charset=utf-16")], 415, "unsupported-media-type", "Content-Type"),
        ([JSON, JSON], 400, "doubled-header", "content-type"),
        ([], 415, "unsupported-media-type", "Content-Type"),
        ([JSON, (b"content-length", b"2001")], 413, "too-large", None),
        ([JSON, (b"content-length", b"9" * 5000)], 413, "too-large", None),
        ([JSON, (b"idempotency-key", b"")], 400, "bad-idempotency-key", "Idempotency-Key"),
        ([JSON, (b"idempotency-key", b"two words")], 400, "bad-idempotency-key", "Idempotency-Key"),
        ([JSON, (b"idempotency-key", "clé".encode())], 400, "bad-idempotency-key", "Idempotency-Key"),
        ([JSON, (b"idempotency-key", b"k\0")], 400, "bad-idempotency-key", "Idempotency-Key"),
        ([JSON, (b"idempotency-key", b"k" * 256)], 400, "bad-idempotency-key", "Idempotency-Key"),
        ([JSON, (b"idempotency-key", b"a"), (b"idempotency-key", b"b")], 400, "doubled-header", "idempotency-key"),
        ([JSON, (b"if-match", b"7")], 400, "bad-if-match", "If-Match"),
        ([JSON, (b"if-match", b"")], 400, "bad-if-match", "If-Match"),
        ([JSON, (b"if-match", b"*")], 400, "bad-if-match", "If-Match"),
        ([JSON, (b"if-match", b'W/"7"')], 400, "bad-if-match", "If-Match"),
        ([JSON, (b"if-match", b'"7", "8"')], 400, "bad-if-match", "If-Match"),
        ([JSON, (b"if-match", b'"-7"')], 400, "bad-if-match", "If-Match"),
        ([JSON, (b"if-match", b'"' + b"9" * 19 + b'"')], 400, "bad-if-match", "If-Match"),
        ([JSON, (b"if-match", '"٣"'.encode())], 400, "bad-if-match", "If-Match"),
    ],
    ids=lambda value: repr(value)[:60],
)
async def test_a_header_that_cannot_be_taken_is_refused_by_field_and_code(
    app: Any, extra: list[tuple[bytes, bytes]], status: int, code: str, field: str | None
) -> None:
    answered, _, said = await ask(app, body=GOOD, headers=(AUTH, *extra))
    problem = json.loads(said)
    assert (answered, problem["code"], problem.get("field")) == (status, code, field)


@pytest.mark.parametrize(
    ("path", "query", "status", "code", "field"),
    [
        ("/referrals/waiting", b"stage=%00", 422, "invalid", "stage"),
        ("/referrals/waiting", b"stage=\x00", 422, "invalid", "stage"),
        ("/referrals/waiting", b"stage=%ff", 400, "bad-query", None),
        ("/referrals/waiting", b"stage=%ed%a0%80", 400, "bad-query", None),
        ("/referrals/waiting", b"stage=\xff", 400, "bad-query", None),
        ("/referrals/waiting", b"&".join([b"stage=a"] * 200), 400, "bad-query", None),
        ("/referrals/waiting", b"stage=a&stage=b", 422, "invalid", "stage"),
        ("/referrals/waiting", b"stgae=a", 422, "unknown-parameter", "stgae"),
        ("/referrals/waiting", b"limit=ten", 422, "invalid", "limit"),
        ("/referrals/waiting", b"limit=" + b"9" * 30, 422, "invalid", "limit"),
        ("/referrals/waiting", b"limit=" + b"9" * 5000, 422, "invalid", "limit"),
        (f"/referrals/{REFERRAL}", b"as=admin", 422, "unknown-parameter", "as"),
        ("/referrals/17", b"", 404, "not-found", None),
        ("/referrals/018f0000-0000-7000-8000-00000000000g", b"", 404, "not-found", None),
        ("/referrals/\0", b"", 404, "not-found", None),
        ("/referrals/\ud800", b"", 404, "not-found", None),
        ("/referrals/../etc", b"", 404, "not-found", None),
        ("//", b"", 404, "not-found", None),
        ("", b"", 404, "not-found", None),
        ("/referrals/waiting/", b"", 404, "not-found", None),
    ],
    ids=lambda value: repr(value)[:40],
)
async def test_a_path_or_query_that_cannot_be_read_is_refused_by_field_and_code(
    app: Any, path: str, query: bytes, status: int, code: str, field: str | None
) -> None:
    answered, _, said = await ask(app, "GET", path, query=query, headers=(AUTH,))
    problem = json.loads(said)
    assert (answered, problem["code"], problem.get("field")) == (status, code, field)


@pytest.mark.parametrize("name", ["a\0b", "x" * 201, "a\nb", "\ud800"])
async def test_a_named_part_of_a_path_is_short_and_printable(app: Any, name: str) -> None:
    answered, _, said = await ask(app, "PUT", f"/files/{name}", b"hello", (AUTH, (b"content-type", b"text/plain")))
    assert (answered, json.loads(said)["code"]) == (404, "not-found")


async def test_no_body_and_no_type_is_an_empty_object(app: Any) -> None:
    answered, _, said = await ask(app, headers=(AUTH,))
    assert (answered, json.loads(said)["field"]) == (422, "text")


async def test_a_caller_that_hangs_up_is_not_answered(app: Any) -> None:
    with pytest.raises(IndexError):
        await ask(app, body=[])


printable = st.binary(max_size=40)
header = st.tuples(
    st.sampled_from(
        [
            b"content-type",
            b"idempotency-key",
            b"if-match",
            b"authorization",
            b"content-length",
            b"traceparent",
            b"x-correlation-id",
        ]
    ),
    st.one_of(printable, st.sampled_from([b'"7"', b"application/json", b"5"])),
)
value = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
goal = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(("text", "weight", "score", "agreed_at", "on", "tags", "extra"), value),
)
body = st.one_of(
    st.binary(max_size=100),
    goal.map(lambda given: json.dumps(given).encode()),
    goal.map(lambda given: json.dumps({"text": "x", **given}, ensure_ascii=False).encode("utf-8", "surrogatepass")),
)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    method=st.sampled_from(["POST", "GET", "PUT", "HEAD", "OPTIONS", "TRACE", "weird"]),
    path=st.one_of(
        st.just(URL),
        st.just("/referrals/waiting"),
        st.just(f"/referrals/{REFERRAL}"),
        st.text().map("/referrals/".__add__),
    ),
    body=body,
    query=st.one_of(st.just(b""), st.binary(max_size=30), st.just(b"limit=1")),
    headers=st.lists(header, max_size=4),
)
async def test_nothing_that_is_sent_is_a_fault_of_ours(
    app: Any, method: str, path: str, body: bytes, query: bytes, headers: list[tuple[bytes, bytes]]
) -> None:
    status, answered, said = await ask(app, method, path, body, (AUTH, *headers), query)
    assert status < 500
    if status >= 400:
        assert answered[b"content-type"] == b"application/problem+json"
        if method != "HEAD":
            assert json.loads(said)["code"]


@pytest.mark.parametrize(("method", "path"), [("GET", "/openapi.json"), ("GET", "/nothing-here"), ("POST", URL)])
async def test_no_answer_may_be_kept_by_a_cache(app: Any, method: str, path: str) -> None:
    _, headers, _ = await ask(app, method, path)
    assert headers[b"cache-control"] == b"no-store"
