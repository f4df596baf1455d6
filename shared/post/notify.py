"""GOV.UK Notify: texts and emails by two templates that say what they are given, `((subject))` and `((body))`."""

import asyncio
import json
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from shared.post.letters import Channel, Deliver, Letter, NotTaken, Refused


class Notify:
    """Carries both; the key file is `{"api_key": ..., "text": <template id>, "email": <template id>}`."""

    carries: Collection[Channel] = ("text", "email")

    def __init__(self, key_file: Path) -> None:
        self._key_file = key_file

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Deliver]:
        """Asks for a template first: whoever answers that will take a message. Raises NotTaken."""
        # Loaded at first use, so that a service at rest stays small.
        from notifications_python_client.errors import APIError
        from notifications_python_client.notifications import NotificationsAPIClient

        try:
            told = json.loads(self._key_file.read_text())
            client = NotificationsAPIClient(told["api_key"])
            await asyncio.to_thread(client.get_template, told["text"])
        except (APIError, OSError, ValueError, KeyError, AssertionError) as error:
            raise NotTaken(type(error).__name__) from None

        async def deliver(letter: Letter) -> None:
            send: Any = partial(client.send_sms_notification, letter.to, told["text"])
            said = {"subject": letter.subject, "body": letter.body}
            if letter.channel == "email":
                send = partial(client.send_email_notification, letter.to, told["email"])
            try:
                await asyncio.to_thread(send, personalisation=said, reference=str(letter.id))
            except APIError as error:
                # A fault of theirs (5xx), or no answer, may come after the message was taken.
                if error.status_code == 429:
                    raise NotTaken("429") from None
                if 400 <= error.status_code < 500:
                    raise Refused(str(error.status_code)) from None
                raise

        yield deliver
