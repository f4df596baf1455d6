"""A wish told over HTTP: where it is told, and the command that it becomes."""

from dataclasses import replace
from typing import Any

from pydantic import BaseModel

from services.referrals.domain.commands import Tell, Wish, tell
from services.referrals.domain.policy import Policies
from shared.runtime.http import Call


def path_of(wish: type[BaseModel]) -> str:
    """`/referrals/{referral_id}/<wish>`."""
    return f"/referrals/{{referral_id}}/{wish.model_fields['do'].default}"


def told(policies: Policies, call: Call, wish: Wish, **beside: Any) -> Tell:
    """The command for a wish about the referral that the path names, with what is known or kept beside it."""
    policy = policies.of(call.principal.organisation)
    return replace(tell(call.path["referral_id"], wish, call.now, policy, call.new_id()), **beside)
