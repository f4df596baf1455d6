"""A link that a client without an account is given, to say one wish with."""

from collections.abc import Sequence
from dataclasses import replace

from services.referrals.domain.commands import GiveLink, UseLink
from services.referrals.domain.state import Link, Referral
from shared.contracts.referrals import WishLinkGiven, WishLinkUsed
from shared.runtime.service import Refusal


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
    """Raises Refusal for a link that was used, replaced by a newer one, never given, or has run out."""
    link = state.link
    if link is None or link.secret_sha256 != command.secret_sha256 or command.at >= link.expires_at:
        raise Refusal("link-not-valid", "This link was used before or has run out. Ask the service for a new one.")
    return WishLinkUsed(link_id=link.link_id, used_at=command.at)


def given(state: Referral, event: WishLinkGiven) -> Referral:
    return replace(state, link=Link(event.link_id, event.secret_sha256, event.expires_at))


def used(state: Referral, _: WishLinkUsed) -> Referral:
    return replace(state, link=None)


EVOLVE = {WishLinkGiven: given, WishLinkUsed: used}
