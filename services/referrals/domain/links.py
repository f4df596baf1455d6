"""A link that a client without an account is given, to say one wish with."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from services.referrals.domain.commands import GiveLink, UseLink
from services.referrals.domain.state import Link, Referral
from shared.contracts.referrals import WishLinkGiven, WishLinkUsed
from shared.runtime.service import Refusal

SECRET = 32
"""The bytes of a link's secret, of which only the hash is kept."""


def write(referral_id: UUID, secret: bytes) -> str:
    """The link, for the client alone to hold."""
    return urlsafe_b64encode(referral_id.bytes + secret).decode()


def read(link: str) -> tuple[UUID, bytes]:
    """The referral and the secret of a link; raises Refusal for what is none."""
    try:
        found = urlsafe_b64decode(link.encode("ascii"))
    except ValueError:
        raise not_valid() from None
    if len(found) != 16 + SECRET:
        raise not_valid()
    return UUID(bytes=found[:16]), found[16:]


def hash_of(secret: bytes) -> str:
    """What is kept of a secret."""
    return sha256(secret).hexdigest()


def not_valid() -> Refusal:
    """The same for every link that is none, so that nobody learns whose it was."""
    return Refusal("link-not-valid", "This link was used before or has run out. Ask the service for a new one.")


def give(state: Referral, command: GiveLink) -> Sequence[WishLinkGiven]:
    """A new link makes an earlier one worthless."""
    if not state.is_open:
        raise Refusal(f"not-while-{state.stage}", "A link is for whoever waits or is in support.")
    return [
        WishLinkGiven(
            link_id=command.link_id,
            secret_sha256=command.secret_sha256,
            given_at=command.at,
            by_role=command.by_role,
            expires_at=command.expires_at,
        )
    ]


def use(state: Referral, command: UseLink) -> WishLinkUsed:
    return WishLinkUsed(link_id=live(state, command.secret_sha256, command.at).link_id, used_at=command.at)


def live(state: Referral, secret_sha256: str, at: datetime) -> Link:
    """The link; raises Refusal for one that was used, replaced by a newer one, never given, or has run out."""
    link = state.link
    if link is None or link.secret_sha256 != secret_sha256 or at >= link.expires_at:
        raise not_valid()
    return link


def given(state: Referral, event: WishLinkGiven) -> Referral:
    return replace(state, link=Link(event.link_id, event.secret_sha256, event.expires_at))


def used(state: Referral, _: WishLinkUsed) -> Referral:
    return replace(state, link=None)


COMMANDS = {GiveLink: give}
EVOLVE = {WishLinkGiven: given, WishLinkUsed: used}
