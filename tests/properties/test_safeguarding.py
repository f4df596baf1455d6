"""Whatever is raised, answered, sent and changed in whatever order: no concern is lost or late, none closes itself.

Three concerns of one organisation and its duty rota, whose hours change meanwhile; the clock passes, and now and then
jumps over what was due.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, get_args
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from services.supervision.domain.safeguarding import notices
from services.supervision.domain.safeguarding.concern import CONCERN
from services.supervision.domain.safeguarding.concern_commands import NoteCorrection, NoteReceipt, Raise, Sign, Tell
from services.supervision.domain.safeguarding.concern_state import Concern
from services.supervision.domain.safeguarding.duty_policy import DutyPolicy
from services.supervision.domain.safeguarding.noticing import urgency_of_item
from services.supervision.domain.safeguarding.rota import ROTA, tell_rota
from shared.contracts import concern_updates as u
from shared.contracts import rota_updates as r
from shared.contracts import supervision as c
from shared.contracts.supervision import OnDuty, OutOfHours, WeeklyGap, WeeklyShift
from shared.runtime.service import Refusal

POLICY = DutyPolicy()
FRIDAY = datetime(2026, 3, 27, 15, tzinfo=UTC)
"""Two days before the clocks go forward, a week before Good Friday."""
ROTA_ID = UUID(int=1)
CONCERNS: Sequence[tuple[UUID, c.About]] = ((UUID(int=11), "adult"), (UUID(int=12), "child"), (UUID(int=13), "staff"))
ANSWERERS = get_args(u.Answerer)
WHO: dict[str, Any] = {"role": "duty-clinician", "person_id": UUID(int=5), "channels": ("phone", "text")}
INSTEAD: dict[str, Any] = {"route": "board-on-call", "channels": ("phone", "email")}
OFFICE, WEEKEND = ("mon", "tue", "wed", "thu", "fri"), ("sat", "sun")
SHIFTS = (
    (),
    (WeeklyShift(**WHO, days=OFFICE, start="09:00", end="17:00"),),
    (WeeklyShift(**WHO, days=(*OFFICE, *WEEKEND), start="22:00", end="07:00"),),
    (WeeklyShift(**WHO, days=(*OFFICE, *WEEKEND), start="00:00", end="00:00"),),
)
GAPS = (
    (),
    (WeeklyGap(**INSTEAD, days=(*OFFICE, *WEEKEND), start="00:00", end="00:00"),),
    (
        WeeklyGap(**INSTEAD, days=OFFICE, start="17:00", end="09:00"),
        WeeklyGap(**INSTEAD, days=(*WEEKEND, "public-holiday"), start="00:00", end="00:00"),
    ),
)
whichever = st.sampled_from(range(len(CONCERNS)))


class Safeguarding(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.now = FRIDAY
        self.ids = (UUID(int=number) for number in count(1000))
        self.rota: Any = ROTA.initial
        self.state: dict[int, Concern] = dict.fromkeys(range(len(CONCERNS)), CONCERN.initial)
        self.journal: dict[int, list[tuple[Any, str]]] = {number: [] for number in range(len(CONCERNS))}
        self.promised: dict[int, datetime] = {}
        """By when each concern that waits must be answered or alarmed, as soon as that was said once."""
        self.raised: dict[int, set[UUID]] = {number: set() for number in range(len(CONCERNS))}

    # -- doing -----------------------------------------------------------------------------------------------------

    def do(self, number: int, command: Any, by: str) -> list[Any] | Refusal:
        before = self.state[number]
        try:
            said = [type(e).model_validate_json(e.model_dump_json()) for e in CONCERN.decide(before, command)]
        except Refusal as refusal:
            return refusal
        state = before
        for event in said:
            state = CONCERN.evolve(state, event)
            self.journal[number].append((event, by))
        self.state[number] = state
        self._promise(number, before, said)
        return said

    def _promise(self, number: int, before: Concern, said: list[Any]) -> None:
        """What was promised is only ever brought forward, unless a clinician lowers it or somebody has it in hand."""
        state = self.state[number]
        if not state.waits or state.times is None:
            self.promised.pop(number, None)
        elif not before.waits or any(isinstance(event, c.ConcernUrgencyLowered) for event in said):
            self.promised[number] = state.times.alarm_at
        else:
            assert state.times.alarm_at <= self.promised[number], "a change put off what was promised"
            self.promised[number] = state.times.alarm_at

    def tell(self, number: int, wish: Any) -> list[Any] | Refusal:
        concern_id, _ = CONCERNS[number]
        return self.do(number, Tell(concern_id, self.now, wish, self.rota.calendar, POLICY, next(self.ids)), "person")

    def notice(self, number: int, sign: Sign) -> list[Any]:
        concern_id, _ = CONCERNS[number]
        said = self.do(number, Raise(concern_id, self.now, sign, self.rota.calendar, POLICY), "sign")
        assert isinstance(said, list), "nothing that is noticed is ever refused"
        assert said, "nor passed over in silence"
        self.raised[number].add(sign.sign_id)
        return said

    def tell_rota(self, wish: r.AnyRotaUpdate) -> None:
        for event in ROTA.decide(self.rota, tell_rota(ROTA_ID, wish, self.now, POLICY, next(self.ids))):
            self.rota = ROTA.evolve(self.rota, event)

    # -- what may happen -------------------------------------------------------------------------------------------

    @initialize(shifts=st.sampled_from(SHIFTS), gaps=st.sampled_from(GAPS))
    def start(self, shifts: Any, gaps: Any) -> None:
        self.tell_rota(r.SetDutyRota(shifts=shifts, gaps=gaps, by_role="service-lead"))

    @rule(shifts=st.sampled_from(SHIFTS), gaps=st.sampled_from(GAPS))
    def the_rota_changes(self, shifts: Any, gaps: Any) -> None:
        due = {number: CONCERN.deadlines(state) for number, state in self.state.items()}
        self.tell_rota(r.SetDutyRota(shifts=shifts, gaps=gaps, by_role="service-lead"))
        assert due == {number: CONCERN.deadlines(state) for number, state in self.state.items()}

    @rule(hours=st.integers(-3, 100), length=st.integers(1, 80), gap=st.booleans())
    def the_rota_changes_once(self, hours: int, length: int, gap: bool) -> None:
        start = self.now + timedelta(hours=hours)
        span: dict[str, Any] = {"starts_at": start, "ends_at": start + timedelta(hours=length)}
        if span["ends_at"] > self.now:
            said = {**span, "by_role": "service-lead"}
            self.tell_rota(r.DeclareDutyGap(**INSTEAD, **said) if gap else r.SetDutyShift(**WHO, **said))

    @rule(number=whichever, hours=st.sampled_from([0, 1, 23, 25, 80]), known=st.booleans())
    def a_measure_says_so(self, number: int, hours: int, known: bool) -> None:
        self._noticed(
            number, "measure", urgency_of_item(self.now - timedelta(hours=hours), self.now, None, None, POLICY)
        )

    @rule(number=whichever, urgency=st.sampled_from(["life", "today", "next-working-day"]))
    def somebody_says_so(self, number: int, urgency: Any) -> None:
        self._noticed(number, "person", urgency)

    def _noticed(self, number: int, source: Any, urgency: c.Urgency) -> None:
        person, about = CONCERNS[number]
        before = self.state[number]
        sign = Sign(next(self.ids), source, about, urgency, "peer", person)
        said = self.notice(number, sign)
        after = self.state[number]
        assert after.open
        assert c.URGENCIES.index(after.urgency) <= c.URGENCIES.index(urgency)
        assert before.waits or after.waits, "whatever is new waits for somebody"
        assert [event.name for event in said] == ["concern-joined" if before.open else "concern-opened"]

    @rule(number=whichever, data=st.data())
    def the_same_comes_again(self, number: int, data: st.DataObject) -> None:
        person, about = CONCERNS[number]
        before = self.state[number]
        if before.signs:
            sign_id = data.draw(st.sampled_from(sorted(before.signs)))
            sign = Sign(sign_id, "measure", about, before.signs[sign_id], "sender", person)
            assert [event.name for event in self.notice(number, sign)] == ["concern-annotated"]
            assert self.state[number] == before

    @rule(number=whichever)
    def a_score_is_corrected(self, number: int) -> None:
        concern_id, _ = CONCERNS[number]
        before = self.state[number]
        for sign_id in list(before.signs)[:1]:
            self.do(number, NoteCorrection(concern_id, self.now, sign_id), "sign")
        assert self.state[number] == before

    @rule(number=whichever, role=st.sampled_from(ANSWERERS))
    def somebody_acknowledges(self, number: int, role: Any) -> None:
        self.tell(number, u.AcknowledgeConcern(by_role=role))

    @rule(number=whichever, role=st.sampled_from(ANSWERERS), urgency=st.sampled_from(c.URGENCIES))
    def somebody_lowers_it(self, number: int, role: Any, urgency: Any) -> None:
        said = self.tell(number, u.LowerUrgency(urgency=urgency, by_role=role))
        assert role == "clinician" or isinstance(said, Refusal)

    @rule(number=whichever, urgency=st.sampled_from(c.URGENCIES))
    def somebody_raises_it(self, number: int, urgency: Any) -> None:
        self.tell(number, u.RaiseUrgency(urgency=urgency, by_role="peer"))

    @rule(number=whichever, role=st.sampled_from(ANSWERERS), accepted=st.booleans())
    def it_goes_elsewhere(self, number: int, role: Any, accepted: bool) -> None:
        before = CONCERN.deadlines(self.state[number])
        said = self.tell(number, u.ProposeConcernHandover(to_organisation="S08000032", by_role=role))
        if isinstance(said, Refusal):
            return
        assert CONCERN.deadlines(self.state[number]) == before, "asking stops no clock"
        if accepted:
            self.tell(number, u.NoteHandoverAccepted(handover_id=said[0].handover_id, by_role=role))

    @rule(number=whichever, role=st.sampled_from(ANSWERERS), what=st.sampled_from(["decide", "outcome", "close"]))
    def somebody_answers(self, number: int, role: Any, what: str) -> None:
        had = self.state[number].outcome
        wishes: dict[str, Any] = {
            "decide": lambda: u.DecideConcern(decision="support-here", by_role=role),
            "outcome": lambda: u.RecordConcernOutcome(outcome="safe-now", by_role=role),
            "close": lambda: u.CloseConcern(by_role=role),
        }
        said = self.tell(number, wishes[what]())
        if what == "close" and isinstance(said, list):
            assert had is not None

    @rule(number=whichever, arrives=st.sampled_from([True, False, None]), noted=st.booleans())
    def the_post_goes(self, number: int, arrives: bool | None, noted: bool) -> None:
        """Some arrive, some are refused, of some nobody hears; and some a crash forgets to note, to be sent again."""
        concern_id, _ = CONCERNS[number]
        state = self.state[number]
        wanted = notices.wanted(state)
        for each in wanted:
            who = notices.addressee(each.to, state.setting, self.rota.calendar, self.now, POLICY)
            assert isinstance(who, OnDuty | OutOfHours)
            if noted:
                self.do(number, notices.as_sent(concern_id, each, who, self.now), "post")
                if arrives is not None:
                    self.do(number, NoteReceipt(concern_id, self.now, each.notice_id, arrives), "post")
        left = {each.notice_id for each in notices.wanted(self.state[number])}
        assert not noted or not left & {each.notice_id for each in wanted}

    @rule(minutes=st.sampled_from([1, 5, 14, 16, 31, 60, 240, 600, 1440, 4000, 12000]), jumps=st.booleans())
    def time_passes(self, minutes: int, jumps: bool) -> None:
        """Every deadline at its time or, where the clock jumps, all of them when it has."""
        until = self.now + timedelta(minutes=minutes)
        for number, (concern_id, _) in enumerate(CONCERNS):
            for _ in range(60):
                due = CONCERN.deadlines(self.state[number])
                passed = [(when, name) for name, when in due.items() if when <= until]
                if not passed:
                    break
                when, name = min(passed)
                for command in CONCERN.due(f"concern/{concern_id}", name, until if jumps else max(when, self.now)):
                    assert isinstance(self.do(number, command, "clock"), list), "a deadline is never refused"
                assert name not in CONCERN.deadlines(self.state[number]), "and is met once"
            else:
                raise AssertionError("deadlines without end")
        self.now = until
        self._look_ahead(until)

    def _look_ahead(self, until: datetime) -> None:
        for _ in range(60):
            passed = [(when, name) for name, when in ROTA.deadlines(self.rota).items() if when <= until]
            if not passed:
                return
            when, name = min(passed)
            for command in ROTA.due(f"rota/{ROTA_ID}", name, when):
                for event in ROTA.decide(self.rota, command):
                    self.rota = ROTA.evolve(self.rota, event)
        raise AssertionError("one looks without end")

    # -- what always holds -----------------------------------------------------------------------------------------

    @invariant()
    def every_concern_is_acknowledged_or_alarmed_in_its_time(self) -> None:
        for number, state in self.state.items():
            # A round that begins when its alarm is due already has it raised at once.
            if state.waits and state.round_at != self.now > self.promised[number]:
                assert "not-acknowledged" in state.alarms
            if state.waits and state.urgency == "life":
                assert state.round_at
                assert self.promised[number] <= state.round_at + timedelta(minutes=45)

    @invariant()
    def none_is_lost(self) -> None:
        for number, state in self.state.items():
            assert self.raised[number] == state.signs.keys()
            if state.waits:
                assert CONCERN.deadlines(state) or "not-acknowledged" in state.alarms
                assert "first" in state.reached
                assert notices.wanted(state) or any(notice.round == state.round for notice in state.notices.values())
            if state.open and not state.handed_over and state.acknowledged_at and not state.outcome:
                assert state.outcome_by
                late = "late-outcome" in state.reached
                assert late or any(name.startswith("late:") for name in CONCERN.deadlines(state))

    @invariant()
    def none_closes_without_a_persons_outcome(self) -> None:
        for said in self.journal.values():
            outcome = None
            for event, by in said:
                if isinstance(event, c.ConcernOpened | c.ConcernJoined) and getattr(event, "times", None):
                    outcome = None
                if isinstance(event, c.ConcernUrgencyRaised):
                    outcome = None
                if isinstance(event, c.ConcernOutcomeRecorded):
                    outcome = event.outcome
                if isinstance(event, c.ConcernClosed):
                    assert event.outcome == outcome
                if isinstance(
                    event,
                    c.ConcernClosed | c.ConcernOutcomeRecorded | c.ConcernUrgencyLowered | c.ConcernDecided,
                ):
                    assert by == "person"

    @invariant()
    def each_step_and_each_alarm_comes_once_in_a_round(self) -> None:
        for said in self.journal.values():
            steps = Counter((event.round, event.step) for event, _ in said if isinstance(event, c.ConcernEscalated))
            alarms = Counter((event.round, event.because) for event, _ in said if isinstance(event, c.ConcernAlarmed))
            late = Counter((event.round, event.of) for event, _ in said if isinstance(event, c.ConcernOverdue))
            sent = Counter(event.notice_id for event, _ in said if isinstance(event, c.ConcernNotified))
            assert all(times == 1 for each in (steps, alarms, late, sent) for times in each.values())
            rounds = [event.times.round for event, _ in said if getattr(event, "times", None)]
            assert rounds == sorted(set(rounds)), "a round has one beginning"

    @invariant()
    def of_a_colleague_nobody_is_told_but_officers(self) -> None:
        for event, _ in self.journal[2]:
            if isinstance(event, c.ConcernNotified):
                assert event.to in ("named-officer", "deputy-officer")
            if isinstance(event, c.ConcernOpened):
                assert event.person_id is None

    @invariant()
    def a_journal_replays_to_the_same_state(self) -> None:
        for number, said in self.journal.items():
            state = CONCERN.initial
            for event, _ in said:
                state = CONCERN.evolve(state, event)
            assert state == self.state[number]


TestSafeguarding = Safeguarding.TestCase
TestSafeguarding.settings = settings(max_examples=50, stateful_step_count=40, deadline=None)
