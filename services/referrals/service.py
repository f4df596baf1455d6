"""Referrals, wired: what it hears, what it decides about, what it shows, what it answers."""

import os
from collections.abc import Sequence
from pathlib import Path

from services.referrals.api import routes
from services.referrals.domain.caseload import CASELOAD
from services.referrals.domain.group import GROUP
from services.referrals.domain.person import PERSON
from services.referrals.domain.policy import Policies
from services.referrals.domain.referral import REFERRAL
from services.referrals.domain.services import DIRECTORY_SERVICE
from services.referrals.domain.submission import SUBMISSION
from services.referrals.messages.leading import sending
from services.referrals.people.suspecting import suspect_duplicates
from services.referrals.projections import PROJECTIONS
from services.referrals.reactions import reactions
from services.referrals.vault_contents import FINDERS
from shared.contracts.referrals import PersonErased
from shared.contracts.referrals.keys import ReferralsKeyPublished, ReferralsKeyRetired
from shared.contracts.registry import published
from shared.post.letters import Transport
from shared.post.transports import read_transports
from shared.runtime.run import run
from shared.runtime.service import Service
from shared.runtime.settings import exit_at_bad_settings, read_setting
from shared.runtime.transport_keys import transport_keys

KEY = transport_keys(ReferralsKeyPublished, ReferralsKeyRetired)


def referrals(policies: Policies, transports: Sequence[Transport] = ()) -> Service:
    """The service under these policies, with those who carry its messages."""
    return Service(
        name="referrals",
        registry=published(),
        hears=("kith.gateway", "kith.supervision"),
        aggregates=(REFERRAL, CASELOAD, GROUP, PERSON, DIRECTORY_SERVICE, SUBMISSION, KEY),
        reactions=reactions(policies),
        projections=PROJECTIONS,
        routes=routes(policies),
        works=(sending(policies, transports), suspect_duplicates),
        home=Path(__file__).parent,
        vault=True,
        finders=FINDERS,
        erasing={PersonErased.type(): lambda said: (said.person_id,)},
    )


with exit_at_bad_settings():
    SERVICE = referrals(read_setting("KITH_POLICIES", Policies, os.environ), read_transports(os.environ))

if __name__ == "__main__":
    run(SERVICE)
