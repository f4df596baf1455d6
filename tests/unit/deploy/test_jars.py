"""Why a download failed is told by its cause, each with a code and what to do."""

import hashlib
import ssl
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from deploy.embedded import EmbeddedError, jars
from deploy.embedded.jars import Jar

JAR = Jar("org.example:thing:1.0", hashlib.sha256(b"right").hexdigest(), 5)


@pytest.fixture
def fetched(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[Exception], list[str]]:
    """Answers nothing but this failure from now on; the list given names what was asked for."""
    monkeypatch.setenv("KITH_CACHE", str(tmp_path))
    monkeypatch.setenv("KITH_MAVEN_REPOSITORY", "https://maven.example/repository")
    real = httpx.AsyncClient

    def failing(cause: Exception) -> list[str]:
        asked: list[str] = []

        def answer(request: httpx.Request) -> httpx.Response:
            asked.append(str(request.url))
            raise httpx.ConnectError(str(cause), request=request) from cause

        monkeypatch.setattr(httpx, "AsyncClient", lambda **_: real(transport=httpx.MockTransport(answer)))
        return asked

    return failing


async def test_a_certificate_that_is_not_trusted_says_so_at_once(fetched: Callable[[Exception], list[str]]) -> None:
    error = ssl.SSLCertVerificationError(1, "CERTIFICATE_VERIFY_FAILED")
    error.verify_message = "self-signed certificate in certificate chain"
    asked = fetched(error)
    with pytest.raises(EmbeddedError) as told:
        await jars.fetch(jars=(JAR,))
    assert told.value.code == "tls-not-trusted"
    for word in ("maven.example", "self-signed certificate in certificate chain", "SSL_CERT_FILE"):
        assert word in str(told.value)
    assert len(asked) == 1


async def test_a_network_that_is_away_is_another_thing(
    fetched: Callable[[Exception], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def at_once(_: float) -> None: ...

    monkeypatch.setattr(jars.asyncio, "sleep", at_once)
    asked = fetched(OSError("no route"))
    with pytest.raises(EmbeddedError) as told:
        await jars.fetch(jars=(JAR,))
    assert (told.value.code, len(asked)) == ("jar-unreachable", 4)
