"""Supervision, wired: two rooms, peers and safeguarding, in one service with one vault."""

import os
from collections.abc import Sequence
from pathlib import Path

from services.supervision.api import routes
from services.supervision.domain.peers.peer import PEER
from services.supervision.domain.peers.policy import Policies
from services.supervision.domain.peers.provider import PROVIDER
from services.supervision.domain.peers.supervisor import SUPERVISOR
from services.supervision.domain.peers.support import SUPPORT
from services.supervision.domain.safeguarding.duty_policy import DutyPolicies
from services.supervision.peers.not_back import minding_visits
from services.supervision.projections import PROJECTIONS
from services.supervision.reactions import HEARS, REACTIONS
from services.supervision.safeguarding.work import SAFEGUARDING_AGGREGATES, safeguarding_works
from shared.contracts.registry import published
from shared.post.letters import Transport
from shared.post.transports import read_transports
from shared.runtime.run import run
from shared.runtime.service import Service
from shared.runtime.settings import exit_at_bad_settings, read_setting

DEFAULTS = DutyPolicies()


def supervision(policies: Policies, duty: DutyPolicies = DEFAULTS, transports: Sequence[Transport] = ()) -> Service:
    """The service under these policies, with those who carry its notices."""
    return Service(
        name="supervision",
        registry=published(),
        hears=HEARS,
        aggregates=(PEER, PROVIDER, SUPERVISOR, SUPPORT, *SAFEGUARDING_AGGREGATES),
        reactions=REACTIONS,
        projections=PROJECTIONS,
        routes=routes(policies, duty),
        works=(*safeguarding_works(duty, transports), minding_visits(duty)),
        home=Path(__file__).parent,
        vault=True,
    )


with exit_at_bad_settings():
    SERVICE = supervision(
        read_setting("KITH_PEER_POLICIES", Policies, os.environ),
        read_setting("KITH_DUTY_POLICIES", DutyPolicies, os.environ),
        read_transports(os.environ),
    )

if __name__ == "__main__":
    run(SERVICE)
