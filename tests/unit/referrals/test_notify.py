"""GOV.UK Notify by its own client: what its answers mean for a message."""

import json
from pathlib import Path
from typing import Any

import pytest
from notifications_python_client.errors import HTTPError
from notifications_python_client.notifications import NotificationsAPIClient

from shared.post.letters import Letter, NotTaken, Refused
from shared.post.notify import Notify
from tests.unit.referrals.story import one

LETTER = Letter(one(1), "text", "+447700900123", "Appointments", "A reminder", "We meet on Thursday.")
KEY = "test-00000000-0000-4000-8000-000000000001-00000000-0000-4000-8000-000000000002"


class Answer:
    """What Notify answers with."""

    def __init__(self, status: int) -> None:
        self.status_code = status

    def json(self) -> Any:
        return {"message": "+447700900123 is not a number"}


@pytest.fixture
def notify(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Notify:
    """Notify as it is told of in a key file, there to take messages."""
    (tmp_path / "notify.json").write_text(json.dumps({"api_key": KEY, "text": "t-1", "email": "e-1"}))
    monkeypatch.setattr(NotificationsAPIClient, "get_template", lambda *_: {})
    return Notify(tmp_path / "notify.json")


def answering(monkeypatch: pytest.MonkeyPatch, status: int | None) -> list[Any]:
    asked: list[Any] = []

    def send(_: Any, to: str, template: str, **said: Any) -> None:
        asked.append((to, template, said))
        if status is not None:
            raise HTTPError(Answer(status))  # type: ignore[arg-type]

    monkeypatch.setattr(NotificationsAPIClient, "send_sms_notification", send)
    return asked


async def test_a_text_is_sent_by_its_template_under_its_own_reference(
    notify: Notify, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = answering(monkeypatch, None)
    async with notify.open() as deliver:
        await deliver(LETTER)
    said = {"subject": "A reminder", "body": "We meet on Thursday."}
    assert asked == [("+447700900123", "t-1", {"personalisation": said, "reference": str(one(1))})]


@pytest.mark.parametrize(
    ("status", "error"), [(429, NotTaken), (400, Refused), (403, Refused), (500, HTTPError), (503, HTTPError)]
)
async def test_what_notify_answers_decides_whether_it_was_taken(
    notify: Notify, monkeypatch: pytest.MonkeyPatch, status: int, error: type[Exception]
) -> None:
    answering(monkeypatch, status)
    async with notify.open() as deliver:
        with pytest.raises(error) as raised:
            await deliver(LETTER)
    assert error is HTTPError or "+447700900123" not in str(raised.value)


async def test_when_nobody_is_there_it_is_known_before_anything_is_claimed(
    notify: Notify, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any) -> None:
        raise HTTPError(None)

    monkeypatch.setattr(NotificationsAPIClient, "get_template", away)
    with pytest.raises(NotTaken):
        async with notify.open():
            pass
