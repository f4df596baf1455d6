"""The pages around the public form."""

from pathlib import Path
from string import Template
from uuid import UUID

from shared.runtime.http import Reply
from shared.web.page import page

_FORM = (Path(__file__).parent / "form.html").read_text()


def form_page(form_id: UUID) -> Reply:
    """The empty form, with an id of its own, so that a double click is one referral."""
    return page(200, "Ask for peer support", Template(_FORM).substitute(form_id=form_id))


def received_page(receipt_id: UUID) -> Reply:
    """It is kept: what happens next, and the number to quote."""
    said = (
        "<p>What you sent is safely kept. Somebody from the service reads it and decides what can be offered.</p>\n"
        "<p>You did not say who you are, so the service cannot get in touch with you. Phone the service and give this "
        f"receipt number:</p>\n<p><strong>{receipt_id}</strong></p>\n"
        "<p>Write the number down: it is not shown again. You need not send the form once more.</p>\n"
    )
    return page(202, "Received", said)
