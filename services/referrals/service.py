"""Referrals, wired: what it hears, what it decides about, what it shows, what it answers."""

import os
from collections.abc import Mapping
from pathlib import Path

from services.referrals.api import routes
from services.referrals.domain.caseload import CASELOAD
from services.referrals.domain.policy import Policies
from services.referrals.domain.referral import REFERRAL
from services.referrals.domain.submission import SUBMISSION
from services.referrals.projections import PROJECTIONS
from services.referrals.reactions import reactions
from shared.contracts.registry import published
from shared.runtime.run import run
from shared.runtime.service import Service


def referrals(policies: Policies) -> Service:
    """The service under these policies."""
    return Service(
        name="referrals",
        registry=published(),
        hears=("kith.gateway", "kith.supervision"),
        aggregates=(REFERRAL, CASELOAD, SUBMISSION),
        reactions=reactions(policies),
        projections=PROJECTIONS,
        routes=routes(policies),
        home=Path(__file__).parent,
    )


def read_policies(environment: Mapping[str, str]) -> Policies:
    """The policies in the JSON file that KITH_POLICIES names, or the defaults: `{"default": {}, "organisations": {}}`.

    Raises pydantic's ValidationError, naming the setting, when the file says something that is no setting.
    """
    path = environment.get("KITH_POLICIES")
    return Policies.model_validate_json(Path(path).read_bytes()) if path else Policies()


SERVICE = referrals(read_policies(os.environ))

if __name__ == "__main__":
    run(SERVICE)
