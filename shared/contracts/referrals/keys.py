"""The keys to which others seal what only referrals is to read (`key/<uuid>`)."""

from uuid import UUID

from shared.contracts import values as v
from shared.contracts.event import Event
from shared.contracts.sealed import TransportKey

_KEY = "019cae2c-1b0a-7d41-9a3e-5f0c2b7d9e10"


class ReferralsKeyPublished(
    TransportKey,
    Event,
    name="referrals-key-published",
    owner="referrals",
    subject="key",
    readers=("gateway", "supervision"),
):
    """What only referrals is to read may be sealed to this key, until it ends or is retired."""

    model_config = v.example(
        {
            "key_id": _KEY,
            "curve": "X25519",
            "public": "8d36eRnTbXnSsKhQMALk77qvGGOImZg9mdqbKet0tM0",
            "ends_at": "2026-03-05T21:00:00Z",
        }
    )


class ReferralsKeyRetired(
    Event, name="referrals-key-retired", owner="referrals", subject="key", readers=("gateway", "supervision")
):
    """Nothing more is to be sealed to this key; before long nothing opens what was."""

    key_id: UUID

    model_config = v.example({"key_id": _KEY})
