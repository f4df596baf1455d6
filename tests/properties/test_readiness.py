"""Whatever is told of a peer, in whatever order and however late: what was said last is what the facts say today."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any, get_args

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from services.referrals.domain.standing import Standing
from services.referrals.domain.standing import after as standing_after
from services.supervision.domain.peers.commands import SetRules, SetTags
from services.supervision.domain.peers.peer import PEER
from services.supervision.domain.peers.places import places
from services.supervision.domain.peers.readiness import readiness
from services.supervision.domain.peers.state import Peer
from shared.contracts import peer_updates as p
from shared.contracts import supervision as s
from shared.contracts import values as v
from shared.contracts.days import day_of
from shared.runtime.service import Refusal
from tests.unit.supervision.peers import (
    ID,
    MANAGER,
    MONDAY,
    POLICY,
    SUPERVISOR_ID,
    in_order,
    one,
    recruit,
    recruited,
    tell,
    written,
)
from tests.unit.supervision.test_readiness import policy

COURSES = ("wrap", "statutory", "own-safety", "nes-follow-on")
SETTINGS: tuple[v.Setting, ...] = ("third-sector", "mbu")
READY, FRESH = in_order(settings=SETTINGS), recruited(settings=SETTINGS)
OTHERS = (
    POLICY,
    policy(expiring_days=60),
    policy(clinical_days=14),
    policy(requirements=tuple(each for each in POLICY.peer.requirements if each.code != "wrap")),
)
ago = st.sampled_from([0, 0, 1, 3, 20, 40, 400])
ahead = st.sampled_from([1, 2, 10, 28, 29, 60, 90, 200])
course = st.sampled_from(COURSES)


def wishes(now: datetime, number: int) -> st.SearchStrategy[Any]:
    """What may be told of a peer, mostly sensible."""
    today = day_of(now)
    past, later = ago.map(lambda n: today - timedelta(n)), ahead.map(lambda n: today + timedelta(n))
    step = st.builds(s.ReturnStep, until=later, places_hundredths=st.sampled_from([100, 300, 900]))
    terms = st.builds(
        lambda chosen, hours, ends: p.ChangeContract(
            **recruit(settings=tuple(sorted(chosen)), contracted_hours=hours, funding_ends_on=ends).model_dump(
                exclude={"do"}
            )
        ),
        st.sets(st.sampled_from(get_args(v.Setting)), min_size=1),
        st.sampled_from([0, 15, 30]),
        st.none() | later,
    )
    held = st.builds(
        p.HoldSupervision,
        stream=st.sampled_from(["clinical", "clinical", "clinical", "peer-group"]),
        held_at=ago.map(lambda n: now - timedelta(n)),
        with_id=st.sampled_from([SUPERVISOR_ID, MANAGER, one(8)]),
        supervision_id=st.just(one(number)),
    )
    office: Any = {"by_role": st.just("service-lead")}
    return st.one_of(
        held,
        held,
        st.builds(
            p.CompleteTraining, requirement=course, source=st.just("provider"), on=past, expires_on=st.none() | later
        ),
        st.builds(p.OfferTraining, requirement=course, on=past),
        st.builds(p.NoteUnavailable, requirement=course, since=past),
        st.builds(p.RetractTraining, requirement=course),
        st.builds(
            p.Waive,
            requirement=st.sampled_from([*COURSES, "pvg-children", "safeguarding-policy"]),
            manager_id=st.just(MANAGER),
            manager_role=st.just("line-manager"),
            mitigation=st.just("joint-work-only"),
            until=later,
        ),
        st.builds(p.ConfirmPvg, role_type=st.sampled_from(get_args(s.RoleType)), on=past, expires_on=st.none() | later),
        st.builds(p.WithdrawPvg, role_type=st.sampled_from(get_args(s.RoleType))),
        st.builds(p.AcknowledgePolicy, text_version=st.just("safeguarding-3"), on=past),
        st.builds(p.StopContact, **office),
        st.builds(p.LiftStop, **office),
        st.just(p.Rest()),
        st.builds(p.ComeBack, steps=st.lists(step, max_size=2).map(tuple)),
        terms,
        st.builds(
            p.AgreeSupportLevel,
            by_role=st.just("supervisor"),
            setting=st.sampled_from(SETTINGS),
            ceiling=st.none() | st.sampled_from(get_args(s.Level)),
        ),
        st.builds(p.Start, by_role=st.just("line-manager"), on=past, team_briefed_on=st.just(today - timedelta(500))),
        st.builds(p.AcknowledgeRole, by=st.sampled_from(["peer", "team"]), text_version=st.just("role-1")),
        st.builds(
            p.AssignSupervisor,
            supervisor_id=st.sampled_from([SUPERVISOR_ID, MANAGER]),
            because=st.just("took-over"),
            peer_says_fit=st.booleans(),
        ),
        st.builds(p.CompleteInductionStep, step=st.sampled_from(get_args(s.InductionStep)), on=past),
    )


class Readiness(RuleBasedStateMachine):
    """One peer, time that passes in days, deadlines that fire late, and referrals hearing all of it."""

    state: Peer = PEER.initial

    @initialize(ready=st.booleans())
    def somebody(self, ready: bool) -> None:
        self.now, self.number, self.journal = MONDAY, 10_000, []
        self.heard, self.contradicted = Standing(), False
        self.state = PEER.initial
        self._said((READY if ready else FRESH).journal)

    def _said(self, events: Sequence[Any]) -> None:
        for event in events:
            read = written(event)
            self.journal.append(read)
            self.state = PEER.evolve(self.state, read)
            self.heard = standing_after(self.heard, read)

    def _decide(self, command: Any) -> bool:
        try:
            said = PEER.decide(self.state, command)
        except Refusal:
            return False
        self._said(said)
        return True

    @rule(hours=st.sampled_from([1, 23, 24, 49, 24 * 12, 24 * 29, 24 * 100]), late=st.booleans())
    def time_passes(self, hours: int, late: bool) -> None:
        until = self.now + timedelta(hours=hours)
        for _ in range(400):
            due = sorted((at, name) for name, at in PEER.deadlines(self.state).items() if at <= until)
            if not due:
                break
            at, name = due[0]
            self.now = until if late else max(at, self.now)
            before = len(self.journal)
            (command,) = PEER.due(f"peer/{ID}", name, self.now)
            assert self._decide(command)
            assert len(self.journal) > before, f"{name} fell due and said nothing"
        else:
            raise AssertionError("deadlines never end")
        self.now = until

    @rule(data=st.data())
    def something_is_told(self, data: st.DataObject) -> None:
        self.number += 1
        wish = data.draw(wishes(self.now, self.number))
        days = (self.now - MONDAY) / timedelta(days=1)
        self._decide(tell(wish, days, fresh=one(self.number)))

    @rule(data=st.data())
    def other_rules_are_set(self, data: st.DataObject) -> None:
        self._decide(SetRules(ID, self.now, data.draw(st.sampled_from(OTHERS)), self.now))

    @rule(some=st.booleans())
    def tags_change(self, some: bool) -> None:
        tags = s.MatchTags(experiences=("neonatal-unit",)) if some else s.MatchTags()
        self._decide(SetTags(ID, self.now, tags, self.state.tags))

    @rule(surely=st.sampled_from([False, False, False, True]))
    def the_peer_leaves(self, surely: bool) -> None:
        if surely:
            self._decide(tell(p.Leave(), (self.now - MONDAY) / timedelta(days=1)))

    @invariant()
    def what_was_said_last_is_what_the_facts_say(self) -> None:
        if self.state.rules is None:
            return
        on = day_of(self.now)
        for setting in {*self.state.facts.settings, *self.state.said}:
            found = readiness(self.state.facts, setting, self.state.rules, on)
            assert self.state.said[setting] == found, setting
            last = [e for e in self.journal if isinstance(e, s.PeerReady | s.PeerNotReady) and e.setting == setting][-1]
            level = "ready" if isinstance(last, s.PeerReady) else last.level
            assert (level, getattr(last, "missing", ())) == (found.level, found.missing)
        if self.state.stage == "started" or self.state.stage == "recruited":
            assert self.state.said_capacity is not None
            assert self.state.said_capacity.places_hundredths == places(self.state, on)

    @invariant()
    def nobody_unready_or_overdue_is_ready_to_whoever_hears_of_them(self) -> None:
        """Held against the journal itself, not against the function that decided."""
        if not self.heard.ready:
            return
        on = day_of(self.now)
        assert self.state.rules is not None
        assert not self.heard.overdue
        assert not self.heard.left
        assert not self.heard.stopped
        clinical = [day_of(e.held_at) for e in self.journal if isinstance(e, s.SupervisionHeld)]
        started = [e.started_on for e in self.journal if isinstance(e, s.PeerStarted)]
        assert on <= max(*clinical, *started, date.min) + timedelta(days=self.state.rules.clinical_days)
        stops = Counter(type(e) for e in self.journal if isinstance(e, s.ContactStopped | s.ContactStopLifted))
        assert stops[s.ContactStopped] == stops[s.ContactStopLifted]
        for role in get_args(s.RoleType):
            of_role = [
                e for e in self.journal if isinstance(e, s.PvgConfirmed | s.PvgWithdrawn) and e.role_type == role
            ]
            assert any(isinstance(e, s.PvgConfirmed) and (e.expires_on is None or on <= e.expires_on) for e in of_role)
            assert not isinstance(of_role[-1], s.PvgWithdrawn)
        assert any(isinstance(e, s.PolicyAcknowledged) and on <= e.expires_on for e in self.journal)
        assert any(isinstance(e, s.SupervisorAssigned) for e in self.journal)

    @invariant()
    def a_stop_is_heard_as_one_and_nothing_is_said_of_what_is_missing(self) -> None:
        if self.state.facts.stopped:
            assert self.heard.stopped >= set(self.state.facts.settings)
            assert not self.heard.ready
        for event in self.journal:
            if isinstance(event, s.PeerNotReady) and event.level == "stop-contact":
                assert (event.missing, event.gap_owner) == ((), None)

    @invariant()
    def expiry_days_pass_once(self) -> None:
        done = Counter(e.requirement for e in self.journal if isinstance(e, s.TrainingCompleted))
        over = Counter(e.requirement for e in self.journal if isinstance(e, s.TrainingExpired))
        assert all(over[code] <= done[code] for code in over)
        for at in PEER.deadlines(self.state).values():
            assert at > self.now, "what is due is thought of"

    @invariant()
    def a_journal_replays_to_the_same_state(self) -> None:
        state = PEER.initial
        for event in self.journal:
            state = PEER.evolve(state, event)
        assert state == self.state

    @invariant()
    def nothing_is_said_twice_in_a_row(self) -> None:
        for setting in self.state.said:
            said = [
                e.model_dump(exclude={"ready_at", "not_ready_at"})
                for e in self.journal
                if isinstance(e, s.PeerReady | s.PeerNotReady) and e.setting == setting
            ]
            assert all(first != then for first, then in pairwise(said))


TestReadiness = Readiness.TestCase
TestReadiness.settings = settings(max_examples=40, stateful_step_count=20, deadline=None)


def test_the_peer_to_begin_with_is_ready() -> None:
    assert READY.state.said["mbu"].level == "ready"
