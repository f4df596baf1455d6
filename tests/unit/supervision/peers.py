"""Given what was said of a peer, a provider or a supervisor, when a command comes, then this is said, or refused."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.supervision.domain.peers.commands import Apply, TellPeer
from services.supervision.domain.peers.peer import PEER
from services.supervision.domain.peers.policy import Policy
from shared.contracts import peer_updates as p
from shared.contracts import supervision as s
from shared.contracts.registry import published
from shared.runtime.service import Aggregate, Refusal

ID = UUID("01954d11-0b20-7a8f-8d77-1f2e3d4c5b6a")
SUPERVISOR_ID, MANAGER, DEPUTY, FRESH = (UUID(int=number) for number in (101, 102, 103, 104))
MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
POLICY = Policy()


def day(number: float) -> datetime:
    """That many days after Monday 2 March 2026, nine o'clock."""
    return MONDAY + timedelta(days=number)


def on(number: int) -> date:
    """The day so many days after Monday 2 March 2026."""
    return day(number).date()


def one(number: int) -> UUID:
    """An id of the test's own."""
    return UUID(int=number)


@dataclass(frozen=True)
class Story:
    """A subject so far; each `when` is decided on it, and goes on. What was said is written and read in between."""

    aggregate: Aggregate
    subject: str
    state: Any
    said: tuple[Any, ...] = ()
    refused: Refusal | None = None
    journal: tuple[Any, ...] = ()

    def when(self, command: Any, now: float = 0, **how: Any) -> "Story":
        command = command if hasattr(command, "subject") else tell(command, now, **how)
        try:
            said = tuple(self.aggregate.decide(self.state, command))
        except Refusal as refusal:
            return Story(self.aggregate, self.subject, self.state, (), refusal, self.journal)
        read = tuple(written(event) for event in said)
        state = self.state
        for event in read:
            state = self.aggregate.evolve(state, event)
        return Story(self.aggregate, self.subject, state, read, None, (*self.journal, *read))

    def passing(self, now: float) -> "Story":
        """Everything that falls due until then has happened, each at its own moment."""
        story, said = self, []
        for _ in range(200):
            passed = sorted((at, name) for name, at in self.aggregate.deadlines(story.state).items() if at <= day(now))
            if not passed:
                return Story(self.aggregate, self.subject, story.state, tuple(said), None, story.journal)
            at, name = passed[0]
            for command in self.aggregate.due(self.subject, name, at):
                story = story.when(command)
                assert story.refused is None
                assert story.said, f"{name} fell due and said nothing"
                said += story.said
        raise AssertionError("deadlines never end")

    def then(self, *names: str, **fields: Any) -> "Story":
        """Exactly these events were said; the fields are those of the last."""
        assert self.refused is None, f"refused: {self.refused.code}: {self.refused}"
        assert tuple(event.name for event in self.said) == names
        if fields:
            body = json.loads(self.said[-1].model_dump_json())
            wanted = {name: json.loads(json.dumps(value, default=str)) for name, value in fields.items()}
            assert {name: body[name] for name in wanted} == wanted
        return self

    def then_refused(self, code: str) -> "Story":
        assert self.refused is not None, f"not refused, but said {[event.name for event in self.said]}"
        assert self.refused.code == code
        assert str(self.refused).endswith("."), "a refusal is a sentence"
        return self

    def of(self, kind: type) -> list[Any]:
        """What was said of that type, ever."""
        return [event for event in self.journal if isinstance(event, kind)]

    def due(self) -> dict[str, str]:
        """The deadlines, by name, as days."""
        return {name: at.date().isoformat() for name, at in self.aggregate.deadlines(self.state).items()}


def written(event: Any) -> Any:
    """The event as it is read again after it was written; what was to be sealed is sealed."""
    sealed = published().sealed(event, lambda _: "a.sealed.token")
    return type(event).model_validate_json(sealed.model_dump_json())


def tell(wish: Any, now: float = 0, *, policy: Policy = POLICY, fresh: UUID = FRESH) -> TellPeer:
    return TellPeer(ID, wish.at or day(now), wish, day(now), policy, fresh)


def applied(post: s.Post = "paid", policy: Policy = POLICY) -> Story:
    story = Story(PEER, f"peer/{ID}", PEER.initial)
    return story.when(Apply(ID, day(-60), post, day(-60), policy)).then("peer-applied", "requirements-set")


STEPS: tuple[p.CompleteRecruitmentStep, ...] = (
    p.CompleteRecruitmentStep(by_role="line-manager", step="informal-visit", on=on(-50)),
    p.CompleteRecruitmentStep(by_role="line-manager", step="job-description", on=on(-49), text_version="psw-2"),
    p.CompleteRecruitmentStep(by_role="line-manager", step="panel", on=on(-45), with_peer=True),
    p.CompleteRecruitmentStep(by_role="line-manager", step="references", on=on(-40)),
    p.CompleteRecruitmentStep(by_role="line-manager", step="occupational-requirement", on=on(-40)),
)


def recruit(**changes: Any) -> p.Recruit:
    said: dict[str, Any] = {
        "by_role": "line-manager",
        "settings": ("third-sector",),
        "contract": "permanent",
        "contracted_hours": 15,
        "line_manager_id": MANAGER,
    }
    return p.Recruit(**said | changes)


def recruited(policy: Policy = POLICY, post: s.Post = "paid", **changes: Any) -> Story:
    story = applied(post, policy)
    for step in STEPS:
        story = story.when(step, -40)
    if post == "volunteer":
        changes = {"contract": "volunteer"} | changes
    return story.when(recruit(**changes), -30)


START = p.Start(by_role="line-manager", on=on(-20), team_briefed_on=on(-25))
ASSIGN = p.AssignSupervisor(supervisor_id=SUPERVISOR_ID, because="knows-the-setting", peer_says_fit=True)


def done(code: str, ago: int = -20, **changes: Any) -> p.CompleteTraining:
    return p.CompleteTraining(requirement=code, source="nes-turas", on=on(ago), **changes)


def held(number: float, with_id: UUID = SUPERVISOR_ID, **changes: Any) -> p.HoldSupervision:
    supervision_id = one(1_000_000 + int(number * 100))
    said = {"stream": "clinical", "held_at": day(number), "with_id": with_id, "supervision_id": supervision_id}
    return p.HoldSupervision.model_validate(said | changes)


def needs(policy: Policy = POLICY) -> dict[str, tuple[Any, ...]]:
    """What meets each requirement of the table, by its code."""
    courses = {each.code: (done(each.code),) for each in policy.peer.requirements if each.kind == "course"}
    steps = {
        each.code: (p.CompleteInductionStep(step=each.code.removeprefix("induction-"), on=on(-20)),)
        for each in policy.peer.requirements
        if each.kind == "induction"
    }
    return {
        "started": (START,),
        "pvg-children": (p.ConfirmPvg(role_type="children", on=on(-25)),),
        "pvg-protected-adults": (p.ConfirmPvg(role_type="protected-adults", on=on(-25)),),
        "safeguarding-policy": (p.AcknowledgePolicy(text_version="safeguarding-3", on=on(-20)),),
        "role-acknowledged-by-peer": (p.AcknowledgeRole(by="peer", text_version="role-1"),),
        "role-acknowledged-by-team": (p.AcknowledgeRole(by="team", text_version="role-1"),),
        "named-supervisor": (ASSIGN,),
        **courses,
        **steps,
    }


def in_order(*, without: Sequence[str] = (), seen: int | None = -1, policy: Policy = POLICY, **changes: Any) -> Story:
    """A peer who has everything that is asked but that; last supervised then."""
    story = recruited(policy, **changes)
    for code, wishes in needs(policy).items():
        for wish in () if code in without else wishes:
            story = story.when(wish, -20)
            assert story.refused is None, f"{code}: {story.refused}"
    if seen is not None and not {"started", "named-supervisor"} & set(without):
        story = story.when(held(seen, supervision_id=one(900)), 0)
    return story


def refusals(cases: Sequence[tuple[str, Story, Any, float, str]]) -> Any:
    """A table of refusals as a parametrised test: what it is, given, when, on which day, the code."""
    return pytest.mark.parametrize(
        ("given", "wish", "now", "code"), [pytest.param(*case[1:], id=case[0]) for case in cases]
    )
