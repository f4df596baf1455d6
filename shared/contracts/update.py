"""What every wish about a referral has in common."""

from pydantic import AwareDatetime

from shared.contracts.event import Value


class Update(Value):
    """A wish about one referral; `at` is when it happened, and left out it is the moment of sending."""

    at: AwareDatetime | None = None
