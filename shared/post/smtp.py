"""A mail server: spoken to step by step, because each step tells whether a message can have been taken."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager, suppress
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from email.utils import formataddr
from pathlib import Path
from typing import TYPE_CHECKING

from shared.post.letters import Channel, Deliver, Letter, NotTaken, Refused

if TYPE_CHECKING:
    from aiosmtplib import SMTP

TLS = ("starttls", "implicit", "none")
TIMEOUT = 10.0
"""Seconds that the server may take for one answer."""


class Smtp:
    """Carries emails; with `starttls` a server that does not offer it is none."""

    def __init__(self, host: str, port: int, sender: str, tls: str, login: Path | None) -> None:
        self.carries: Collection[Channel] = ["email"]
        self._host, self._port, self._sender, self._tls, self._login = host, port, sender, tls, login

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Deliver]:
        """A conversation with the server; raises NotTaken when there is none to be had."""
        # Loaded at first use, so that a service at rest stays small.
        import aiosmtplib

        client = aiosmtplib.SMTP(
            hostname=self._host,
            port=self._port,
            timeout=TIMEOUT,
            use_tls=self._tls == "implicit",
            start_tls=self._tls == "starttls",
        )
        try:
            await client.connect()
            if self._login:
                user, password = self._login.read_text().split("\n")[:2]
                await client.login(user, password)
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            client.close()
            raise NotTaken(type(error).__name__) from None
        try:
            yield lambda letter: self._deliver(client, letter)
        finally:
            with suppress(aiosmtplib.SMTPException, OSError):
                await client.quit()
            client.close()

    async def _deliver(self, client: "SMTP", letter: Letter) -> None:
        from aiosmtplib import SMTPException, SMTPResponseException

        try:
            await client.mail(self._sender)
            await client.rcpt(letter.to)
        except SMTPResponseException as error:
            await _begin_anew(client)
            raise _judged(error.code) from None
        except (SMTPException, OSError) as error:
            # Before DATA nothing of the message was said.
            raise NotTaken(type(error).__name__) from None
        try:
            await client.data(self._written(letter))
        except SMTPResponseException as error:
            await _begin_anew(client)
            raise _judged(error.code) from None

    def _written(self, letter: Letter) -> bytes:
        message = EmailMessage(policy=WIRE)
        message["From"] = formataddr((letter.sender, self._sender))
        message["To"] = letter.to
        message["Subject"] = letter.subject
        message["Message-ID"] = f"<{letter.id}@{self._sender.rpartition('@')[2]}>"
        if letter.may_be_stopped:
            message["List-Unsubscribe"] = f"<mailto:{self._sender}?subject=STOP>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(letter.body, cte="quoted-printable")
        return message.as_bytes()


def _judged(code: int) -> Exception:
    return Refused(str(code)) if 500 <= code < 600 else NotTaken(str(code))


async def _begin_anew(client: "SMTP") -> None:
    from aiosmtplib import SMTPException

    with suppress(SMTPException, OSError):
        await client.rset()
