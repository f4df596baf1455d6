"""Given what was said, when a command comes, then this is said, or refused with this code."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.referrals.domain import referral
from services.referrals.domain.commands import Create, Tell, Wish
from services.referrals.domain.eligibility import NOTHING_KNOWN, Facts
from services.referrals.domain.policy import Policy
from services.referrals.domain.state import NEW, Referral
from shared.contracts import match_updates as m
from shared.contracts import session_reports as r
from shared.contracts import updates as u
from shared.contracts.values import ReferralFacts
from shared.runtime.service import Refusal

ID = UUID("0195557a-2f10-7c44-8a6e-3b1d2c4f5a60")
PEER = UUID("01954d11-0b20-7a8f-8d77-1f2e3d4c5b6a")
OTHER_PEER = UUID("01954d11-0b20-7a8f-8d77-00000000000b")
MATCH = UUID("01955c02-6a10-7e3b-9c54-d0a1b2c3d4e5")
FRESH = UUID("01956301-1c40-7b9a-a3de-77c6b5a4f3e2")
MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
POLICY = Policy()


def day(number: float) -> datetime:
    """That many days after Monday 2 March 2026, nine o'clock."""
    return MONDAY + timedelta(days=number)


def one(number: int) -> UUID:
    """An id of the test's own."""
    return UUID(int=number)


def facts(**changes: Any) -> ReferralFacts:
    said: dict[str, Any] = {
        "person_id": one(1),
        "journey_id": one(2),
        "board_of_treatment": "S08000030",
        "board_of_residence": "S08000030",
        "sender": "local:public-form",
        "referrer_role": "self",
        "client_agreed": True,
        "referral_date": date(2026, 3, 1),
        "received_at": MONDAY,
        "parent_role": "father",
        "setting": "third-sector",
    }
    return ReferralFacts(**said | changes)


def create(**changes: Any) -> Create:
    return Create(ID, MONDAY, facts(**changes), None, POLICY)


def tell(
    wish: Wish,
    now: datetime | float = MONDAY,
    *,
    policy: Policy = POLICY,
    knowing: Facts = NOTHING_KNOWN,
    fresh: UUID = FRESH,
) -> Tell:
    now = now if isinstance(now, datetime) else day(now)
    return Tell(ID, wish.at or now, wish, now, policy, fresh, knowing)


@dataclass(frozen=True)
class Story:
    """A referral so far; each `when` is decided on it, and `and_then` goes on."""

    state: Referral = NEW
    said: tuple[Any, ...] = ()
    refused: Refusal | None = None
    before: Referral = field(default=NEW)

    def when(self, command: Any, now: datetime | float = MONDAY, **how: Any) -> "Story":
        command = command if hasattr(command, "subject") else tell(command, now, **how)
        try:
            said = tuple(referral.decide(self.state, command))
        except Refusal as refusal:
            return Story(self.state, (), refusal, self.state)
        state = self.state
        for event in said:
            event = type(event).model_validate_json(event.model_dump_json())
            state = referral.evolve(state, event)
        return Story(state, said, None, self.state)

    def passing(self, now: datetime | float) -> "Story":
        """Everything that falls due until then has happened; places are left to the caseload's own tests."""
        now = now if isinstance(now, datetime) else day(now)
        story, said = self, []
        while passed := sorted((at, name) for name, at in referral.deadlines(story.state).items() if at <= now):
            for command in referral.due(f"referral/{ID}", passed[0][1], now):
                if command.subject == f"referral/{ID}":
                    story = story.when(command)
                    said += story.said
        return Story(story.state, tuple(said), None, self.state)

    def then(self, *names: str, **fields: Any) -> "Story":
        """Exactly these events were said; the fields are those of the first."""
        assert self.refused is None, f"refused: {self.refused.code}: {self.refused}"
        assert tuple(event.name for event in self.said) == names
        if fields:
            body = json.loads(self.said[0].model_dump_json())
            wanted = {name: json.loads(json.dumps(value, default=str)) for name, value in fields.items()}
            assert {name: body[name] for name in wanted} == wanted
        return self

    def then_refused(self, code: str, where: str | None = None) -> "Story":
        assert self.refused is not None, f"not refused, but said {[event.name for event in self.said]}"
        assert self.refused.code == code
        if where:
            assert self.refused.field == where
        assert str(self.refused).endswith("."), "a refusal is a sentence"
        return self

    def due(self) -> dict[str, str]:
        """The deadlines, by name, as days."""
        return {name: at.date().isoformat() for name, at in referral.deadlines(self.state).items()}


EXPLANATION = u.ExplainRole(
    language="en",
    by_role="peer",
    text_version="role-2026-01",
    points=(
        "what-a-peer-is-and-is-not",
        "limits-of-confidentiality",
        "how-to-change-or-stop",
        "whom-to-call-in-a-crisis",
    ),
)
ACCEPT = u.Accept(by_role="coordinator")
DECLINE = u.Decline(by_role="coordinator", grounds=("outside-area",), actions=("client-told",))
PROPOSE = m.ProposeMatch(match_id=MATCH, peer_id=PEER, format="phone", by_role="coordinator")
CONFIRM = m.ConfirmMatch(match_id=MATCH, peer_id=PEER, per_4_weeks_hundredths=400, by_role="coordinator")
SPOKE = u.RecordContact(channel="phone", outcome="spoke", purpose="first", by_role="coordinator")
TRIED = u.RecordContact(channel="phone", outcome="no-answer", purpose="re-engage", by_role="peer")
LIMIT = u.LimitContact(by_role="clinician", offered=("phone", "joint"), review_on=date(2026, 4, 1))
PAUSE = u.Pause(asked_by="client", channel="phone")
RESUME = u.Resume(asked_by="client")
END = u.End(by="client", planned=True, reasons=("goals-met",), future_contact_given=True)
REOPEN = u.Reopen(asked_by="client", channel="phone", same_peer_wanted=True)


def held(at: float, **changes: Any) -> r.HoldSession:
    said: dict[str, Any] = {"started_at": day(at), "minutes": 50, "format": "phone", "session_id": one(int(at * 100))}
    return r.HoldSession(**said | changes)


def planned(at: float, **changes: Any) -> r.PlanSession:
    said: dict[str, Any] = {"planned_start": day(at), "format": "phone", "session_id": one(int(at * 100))}
    return r.PlanSession(**said | changes)


def received(**changes: Any) -> Story:
    return Story().when(create(**changes)).then("referral-created")


def waiting(**changes: Any) -> Story:
    return received(**changes).when(ACCEPT, 1).then("referral-accepted")


def proposed(**changes: Any) -> Story:
    return waiting(**changes).when(PROPOSE, 2).then("match-proposed")


def supported(format: str = "phone", **changes: Any) -> Story:
    proposal = PROPOSE.model_copy(update={"format": format})
    story = waiting(**changes).when(proposal, 2).then("match-proposed")
    return story.when(CONFIRM, 3).then("peer-matched")


def explained(**changes: Any) -> Story:
    return supported(**changes).when(EXPLANATION, 4).then("role-explained")


def ended(**changes: Any) -> Story:
    return supported(**changes).when(END, 60).then("support-ended").passing(60)


def refusals(cases: Sequence[tuple[str, Story, Any, float, str]]) -> Any:
    """A table of refusals as a parametrised test: what it is, given, when, on which day, the code."""
    return pytest.mark.parametrize(
        ("given", "wish", "now", "code"), [pytest.param(*case[1:], id=case[0]) for case in cases]
    )
