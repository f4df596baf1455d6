"""What each organisation has decided for itself. Every number is a default; none is a rule of nature."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import ConfigDict, Field, model_validator

from services.supervision.domain.peers.requirements import TABLE, dropped
from shared.contracts import supervision as s
from shared.contracts.event import Value
from shared.contracts.supervision import AbsenceRules, Ceiling, PeerRules


def _peer_rules() -> PeerRules:
    return PeerRules(requirements=TABLE, ceilings=(Ceiling(setting="third-sector", level="moderate"),))


class Policy(Value):
    """One organisation's settings, frozen; what peers and supervisors are judged by is said in their own streams."""

    model_config = ConfigDict(extra="forbid")

    peer: PeerRules = Field(default_factory=_peer_rules)
    absence: AbsenceRules = AbsenceRules()
    recruitment_steps: tuple[s.RecruitmentStep, ...] = ("informal-visit", "job-description", "panel")
    """What is done before an offer; references and the rest are asked before first contact."""
    advice_hours: Annotated[int, Field(ge=1, le=72)] = 4
    """Within which somebody answers a peer who is unsure."""

    @model_validator(mode="after")
    def _asks_what_no_table_may_drop(self) -> "Policy":
        codes = [asked.code for asked in self.peer.requirements]
        if twice := sorted({code for code in codes if codes.count(code) > 1}):
            raise ValueError(f"The table asks for {', '.join(twice)} twice. Name each requirement once.")
        if lost := dropped(self.peer.requirements):
            raise ValueError(f"No table may drop {', '.join(lost)}. Ask it everywhere, of everybody.")
        return self


class Policies(Value):
    """The policy of each organisation, and the one for those not named."""

    default: Policy = Policy()
    organisations: Mapping[str, Policy] = Field(default_factory=dict)

    def of(self, organisation: str) -> Policy:
        """That organisation's policy."""
        return self.organisations.get(organisation, self.default)
