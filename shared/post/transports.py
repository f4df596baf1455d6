"""Who carries a message: a mail server, GOV.UK Notify, or in development a folder; chosen by `KITH_MESSAGES`.

`smtp://host:port?from=address[&login=file][&tls=starttls|implicit|none]`, `notify:<key file>`, `file:<folder>`; several
are written one after the other as in a shell, and the first that carries a channel is used for it.
"""

import os
import shlex
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from shared.post.letters import Channel, Deliver, Letter, Transport
from shared.post.notify import Notify
from shared.post.smtp import TLS, Smtp


class Folder:
    """Each message becomes a file, for development; a file that is there already was the same message."""

    carries: Collection[Channel] = ("text", "email", "phone")

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Deliver]:
        """Makes the folder, which the service's user alone may look into."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)

        async def deliver(letter: Letter) -> None:
            part = self._folder / f".{letter.id}.{os.getpid()}"
            part.write_text(
                f"From: {letter.sender}\nTo: {letter.to}\nBy: {letter.channel}\n"
                f"Subject: {letter.subject}\n\n{letter.body}\n"
            )
            part.replace(self._folder / f"{letter.id}.txt")

        yield deliver


def read_transports(environment: Mapping[str, str]) -> Sequence[Transport]:
    """The transports that KITH_MESSAGES names; none without it, and then what is due waits until it helps no more.

    Raises ValueError, naming the setting.
    """
    return [_transport(told) for told in shlex.split(environment.get("KITH_MESSAGES", ""))]


def _transport(told: str) -> Transport:
    kind, _, rest = told.partition(":")
    if kind == "file" and rest:
        return Folder(Path(rest))
    if kind == "notify" and rest:
        return Notify(Path(rest))
    if kind == "smtp":
        url = urlsplit(told)
        given = {name: values[-1] for name, values in parse_qs(url.query).items()}
        tls = given.get("tls", "starttls")
        if url.hostname and "from" in given and tls in TLS:
            login = Path(given["login"]) if "login" in given else None
            return Smtp(url.hostname, url.port or 587, given["from"], tls, login)
    raise ValueError(
        "KITH_MESSAGES names what cannot carry a message: write smtp://host:port?from=address, notify:<key file> or "
        "file:<folder>."
    )
