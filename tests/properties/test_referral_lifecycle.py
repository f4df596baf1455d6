"""Whatever is wished, in whatever order: what must hold of referrals and of the peers' places.

Two referrals and two peers, so that they meet over the same places.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, get_args
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from services.referrals.domain.caseload import CASELOAD, FreePlace, Note, SetPlaces, TakePlace
from services.referrals.domain.commands import Create, Tell, tell
from services.referrals.domain.news import HearAccepted
from services.referrals.domain.policy import Policy
from services.referrals.domain.referral import REFERRAL
from services.referrals.domain.services import DIRECTORY_SERVICE, CloseCase, OpenCase, PutInDirectory, SayOfService
from services.referrals.domain.stages import MOVES, STAYS
from services.referrals.domain.state import Referral
from services.referrals.domain.waiting import bounds, waiting_days
from services.referrals.projections import PROJECTIONS
from shared.contracts import attending_updates as attending
from shared.contracts import handover_updates as h
from shared.contracts import life_updates as life
from shared.contracts import match_updates as m
from shared.contracts import service_updates as s
from shared.contracts import session_reports as r
from shared.contracts import supervision as sup
from shared.contracts import updates as u
from shared.contracts import values as v
from shared.contracts.preferences import Preferences, RecordPreferences
from shared.runtime.envelope import Envelope
from shared.runtime.service import Refusal

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
POLICY = Policy()
REFERRALS = (UUID(int=1), UUID(int=2))
PEERS = (UUID(int=11), UUID(int=12))
SERVICES = (UUID(int=21), UUID(int=22))
EXPLAINED = u.ExplainRole(language="en", by_role="peer", text_version="role-1", points=get_args(v.ExplainedPoint))
AGGREGATES = {"referral": REFERRAL, "caseload": CASELOAD, "service": DIRECTORY_SERVICE}

moments = st.integers(min_value=-40, max_value=40).map(lambda hours: timedelta(hours=hours * 5))
past = st.integers(min_value=0, max_value=60).map(lambda hours: timedelta(hours=hours * 5))
formats = st.sampled_from(get_args(v.Format))
oftens = st.sampled_from([133, 200, 400, 800])
asked_by = st.sampled_from(get_args(v.AskedBy))
roles = st.just("coordinator")


def wishes(do: str, state: Referral, now: datetime, fresh: UUID) -> st.SearchStrategy[Any]:
    """Wishes of that name as they come in life: mostly sensible for this referral, now and then not."""
    days = st.integers(-3, 120).map(lambda number: now.date() + timedelta(days=number))
    at = st.one_of(st.none(), st.none(), st.none(), moments.map(lambda ago: now - ago))
    match = state.match or (state.past_matches[-1] if state.past_matches else None)
    match_id, peer_id = (match.match_id, match.peer_id) if match else (fresh, PEERS[0])
    proposal = state.proposal
    known = [key for key, session in state.sessions.items() if session.status == "planned"]
    session_id = st.none() | st.sampled_from(known) if known else st.none()
    began = past.map(lambda ago: max(now - ago, match.matched_at) if match else now - ago)
    ahead = past.map(lambda hence: now + hence)
    either = st.one_of(began, ahead)
    change = st.sets(st.sampled_from(get_args(v.Change)), min_size=1, max_size=3)
    goal_id, help_id = next(iter(state.goals), fresh), next(iter(state.help), fresh)
    change_id = next(iter(state.changes), fresh)
    table: dict[str, Callable[[], st.SearchStrategy[Any]]] = {
        "accept": lambda: st.builds(u.Accept, by_role=roles, at=at),
        "decline": lambda: st.builds(
            u.Decline,
            by_role=roles,
            grounds=st.just(("outside-area",)),
            actions=st.just(("client-told",)),
            review_on=st.none() | days,
            at=at,
        ),
        "defer-decision": lambda: st.builds(
            u.DeferDecision, by_role=roles, not_known=st.just(("window",)), asked=st.just("referrer"), ask_again_on=days
        ),
        "withdraw": lambda: st.builds(u.Withdraw, by=st.just("client"), reason=st.just("client-choice"), at=at),
        "record-contact": lambda: st.builds(
            u.RecordContact,
            channel=st.just("phone"),
            outcome=st.sampled_from(get_args(v.ContactOutcome)),
            purpose=st.sampled_from(get_args(v.ContactPurpose)),
            by_role=roles,
            at=at,
        ),
        "record-unavailability": lambda: st.builds(
            lambda start, length: u.RecordUnavailability(start=start, end=start + timedelta(length), reason="away"),
            days,
            st.integers(-1, 40),
        ),
        "explain-role": lambda: st.just(EXPLAINED),
        "limit-contact": lambda: st.builds(
            u.LimitContact, by_role=st.just("clinician"), offered=st.just(("phone",)), review_on=days
        ),
        "lift-limit": lambda: st.just(u.LiftLimit(by_role="clinician")),
        "propose-match": lambda: st.builds(
            m.ProposeMatch,
            match_id=st.just(fresh),
            peer_id=st.sampled_from(PEERS),
            format=formats,
            client_asked_for_this_peer=st.booleans(),
            by_role=roles,
        ),
        "choose-reminders": lambda: st.just(attending.ChooseReminders(channels=("text",))),
        "opt-out": lambda: st.just(attending.OptOut(channel="phone")),
        "agree-travel-support": lambda: st.builds(
            attending.AgreeTravelSupport, how=st.sampled_from(get_args(v.TravelSupport)), by_role=roles
        ),
        "book-interpreter": lambda: st.builds(
            attending.BookInterpreter,
            session_id=st.sampled_from(known or [fresh]),
            language=st.just("pl"),
            by_role=roles,
        ),
        "agree-attendance-support": lambda: st.builds(
            attending.AgreeAttendanceSupport, what=st.sampled_from(get_args(v.AttendanceSupport)), by_role=roles
        ),
        "change-safe-contact": lambda: st.just(u.ChangeSafeContact(by_role="coordinator")),
        "record-preferences": lambda: st.builds(
            lambda role: RecordPreferences(by_role="coordinator", preferences=Preferences(role=role)),
            st.sampled_from([None, "any", "father"]),
        ),
        "decline-match": lambda: st.builds(
            m.DeclineMatch,
            match_id=st.just(proposal.match_id if proposal else fresh),
            declined_by=st.sampled_from(get_args(v.DeclinedBy)),
        ),
        "confirm-match": lambda: st.builds(
            m.ConfirmMatch,
            match_id=st.just(proposal.match_id if proposal else fresh),
            peer_id=st.just(proposal.peer_id if proposal else PEERS[1]),
            per_4_weeks_hundredths=oftens,
            by_role=roles,
            at=at,
        ),
        "end-match": lambda: st.builds(
            m.EndMatch,
            match_id=st.just(match_id),
            peer_id=st.just(peer_id),
            reason=st.just("peer-not-available"),
            by_role=roles,
            at=at,
        ),
        "plan-session": lambda: st.builds(r.PlanSession, planned_start=ahead, format=formats),
        "hold-session": lambda: st.builds(
            r.HoldSession,
            session_id=session_id,
            started_at=began,
            minutes=st.just(45),
            format=formats,
            role_explained=st.none() | st.just(EXPLAINED),
        ),
        "miss-session": lambda: st.builds(
            r.MissSession, session_id=session_id, planned_start=began, format=formats, missed_by=st.just("client")
        ),
        "cancel-session": lambda: st.builds(
            r.CancelSession, session_id=session_id, planned_start=either, format=formats, cancelled_by=st.just("client")
        ),
        "retract-session": lambda: st.builds(
            r.RetractSession,
            session_id=st.sampled_from([*state.sessions, fresh]),
            because=st.sampled_from(get_args(v.RetractedBecause)),
        ),
        "change-support": lambda: st.builds(
            lambda what, often, how, by, on, when: u.ChangeSupport(
                asked_by=by,
                channel="phone",
                what=tuple(sorted(what)),
                per_4_weeks_hundredths=often if what & {"less", "more"} else None,
                format=how if "other-format" in what else None,
                effective_on=on,
                at=when,
            ),
            change,
            oftens,
            formats,
            asked_by,
            st.none() | days,
            at,
        ),
        "confirm-change": lambda: st.just(u.ConfirmChange(change_id=change_id, channel="phone")),
        "pause": lambda: st.builds(u.Pause, asked_by=asked_by, channel=st.just("text"), until=st.none() | days, at=at),
        "resume": lambda: st.builds(u.Resume, asked_by=asked_by, at=at),
        "plan-ending": lambda: st.builds(
            u.PlanEnding, ends_on=days, agreed_with_client=st.just(True), by_role=roles, at=at
        ),
        "end": lambda: st.builds(
            u.End,
            by=st.sampled_from(["client", "service"]),
            planned=st.booleans(),
            reasons=st.sampled_from([("goals-met",), ("lost-touch",), ("died",)]),
            future_contact_given=st.booleans(),
            at=at,
        ),
        "reopen": lambda: st.builds(
            u.Reopen, asked_by=asked_by, channel=st.just("phone"), same_peer_wanted=st.booleans(), at=at
        ),
        "set-goal": lambda: st.builds(u.SetGoal, area=st.just("rest"), score=st.integers(0, 10)),
        "review-goal": lambda: st.builds(u.ReviewGoal, goal_id=st.just(goal_id), score=st.integers(0, 10)),
        "hold-review": lambda: st.builds(u.HoldReview, by_role=roles, ground_rules_revisited=st.booleans(), at=at),
        "request-help": lambda: st.builds(u.RequestHelp, kind=st.just("clothes"), claim_by=st.none() | days),
        "refer-help": lambda: st.just(u.ReferHelp(help_id=help_id, to="clothes-bank")),
        "receive-help": lambda: st.just(u.ReceiveHelp(help_id=help_id)),
        "join-service": lambda: st.builds(
            s.JoinService,
            service_id=st.sampled_from(SERVICES),
            by_role=roles,
            with_peer=st.booleans(),
            stay_together=st.booleans(),
        ),
        "leave-service": lambda: st.just(
            s.LeaveService(
                service_id=state.service.service_id if state.service else SERVICES[0],
                by_role="coordinator",
                reason="client-choice",
            )
        ),
        "propose-handover": lambda: st.builds(
            h.ProposeHandover,
            to_organisation=st.sampled_from(["S08000031", "S08000032"]),
            to_setting=st.just("cpmht"),
            accept_by=days,
            by_role=roles,
        ),
        "complete-handover": lambda: st.just(
            h.CompleteHandover(
                handover_id=state.handover.handover_id if state.handover else fresh, by_role="coordinator"
            )
        ),
        "request-handback": lambda: st.builds(h.RequestHandback, accept_by=days, by_role=st.just("peer")),
        "accept-handback": lambda: st.just(
            h.AcceptHandback(handback_id=state.handback_id or fresh, by_role="clinician")
        ),
        "choose-company": lambda: st.builds(s.ChooseCompany, stay_together=st.booleans()),
        "answer-task": lambda: st.builds(
            u.AnswerTask,
            task_id=st.sampled_from([*state.tasks, fresh]),
            outcome=st.sampled_from(["done", "pause", "told", "goes-on"]),
            by_role=roles,
        ),
        "record-birth": lambda: st.just(life.RecordBirth(by_role="clinician")),
        "change-care-date": lambda: st.just(life.ChangeCareDate(by_role="clinician")),
        "record-loss": lambda: st.just(life.RecordLoss(by_role="clinician")),
        "record-death": lambda: st.builds(
            life.RecordDeath, who=st.sampled_from(["baby", "baby", "baby", "client"]), by_role=st.just("clinician")
        ),
        "record-baby-left-care": lambda: st.just(life.RecordBabyLeftCare(by_role="clinician")),
        "retract-life-event": lambda: st.builds(
            life.RetractLifeEvent,
            what=st.sampled_from(get_args(v.LifeEvent)),
            because=st.just("other-client"),
            by_role=roles,
        ),
        "resume-messages": lambda: st.just(life.ResumeMessages(by_role="coordinator", client_asked=True)),
        "change-consent": lambda: st.builds(
            lambda scopes, given: life.ChangeConsent(
                scopes=tuple(sorted(scopes)), given=given, how="spoken", text_version="consent-1"
            ),
            st.sets(st.sampled_from(get_args(v.ConsentScope)), min_size=1, max_size=3),
            st.booleans(),
        ),
    }
    return table[do]()


ONWARDS = ("accept", "propose-match", "confirm-match", "resume", "reopen")
ALL = sorted({do for _, do in MOVES if do != "settle-match"} | STAYS.keys())


class Lifecycle(RuleBasedStateMachine):
    """The journals of a few subjects, and their states, which are nothing but folds of them."""

    def __init__(self) -> None:
        super().__init__()
        self.now = MONDAY
        self.ids = (UUID(int=n) for n in count(1000))
        self.journal: dict[str, list[Any]] = {}
        self.state: dict[str, Any] = {}
        self.row: dict[str, Any] = {}

    # -- the runtime in small ------------------------------------------------------------------------------------

    def of(self, subject: str) -> Any:
        return self.state.get(subject, AGGREGATES[subject.partition("/")[0]].initial)

    def carry_out(self, commands: Sequence[Any]) -> list[Any] | Refusal:
        state, said = dict(self.state), []
        for command in commands:
            aggregate = AGGREGATES[command.subject.partition("/")[0]]
            before = state.get(command.subject, aggregate.initial)
            try:
                events = aggregate.decide(before, command)
            except Refusal as refusal:
                return refusal
            for event in events:
                assert type(event).model_validate_json(event.model_dump_json()) == event
                before = aggregate.evolve(before, event)
                said.append((command.subject, event))
            state[command.subject] = before
        self.state = state
        for subject, event in said:
            self.journal.setdefault(subject, []).append(event)
            self._project(subject, event)
        return said

    def _project(self, subject: str, event: Any) -> None:
        (projection,) = [p for p in PROJECTIONS if p.kind == p.table == subject.partition("/")[0]]
        sequence = len(self.journal[subject])
        said = Envelope(
            UUID(int=0),
            event.type(),
            "kith.referrals",
            subject,
            self.now,
            self.now,
            "SC012345",
            sequence,
            "coordinator",
            UUID(int=0),
            None,
            None,
            event,
        )
        self.row[subject] = projection.apply(self.row.get(subject), said)

    def wish(self, referral: UUID, what: Any) -> list[Any] | Refusal:
        command = tell(referral, what, self.now, POLICY, next(self.ids))
        before = self.of(command.subject).stage
        said = self.carry_out([command, *self._place(command)])
        if isinstance(said, list):
            after = self.of(command.subject).stage
            do = what.do
            assert after in MOVES.get((before, do), ()) or (after == before and before in STAYS.get(do, ())), do
        return said

    def _place(self, command: Tell) -> list[Any]:
        what = command.wish
        if isinstance(what, m.ConfirmMatch):
            weight = POLICY.weight(what.per_4_weeks_hundredths)
            places = POLICY.places(POLICY.contracted_hours)
            return [TakePlace(what.peer_id, command.at, what.match_id, command.referral_id, weight, places, "cpmht")]
        if isinstance(what, s.JoinService):
            return [OpenCase(what.service_id, command.at, command.referral_id)]
        if isinstance(what, s.LeaveService):
            return [CloseCase(what.service_id, command.at, command.referral_id)]
        if isinstance(what, m.EndMatch):
            return [FreePlace(what.peer_id, command.at, what.match_id, what.reason)]
        return []

    def referral(self, number: int) -> tuple[UUID, Any]:
        return REFERRALS[number], self.of(f"referral/{REFERRALS[number]}")

    # -- what may happen -------------------------------------------------------------------------------------------

    @initialize(hours=st.sampled_from([15, 4, 2]), far=st.tuples(*[st.sampled_from([3, 2, 0])] * 2))
    def start(self, hours: int, far: tuple[int, int]) -> None:
        """Stories begin anywhere: referred, on the list, with a peer and the role explained."""
        for peer in PEERS:
            self.carry_out([SetPlaces(peer, self.now, hours, POLICY.places(hours), "service-lead")])
        for referral in REFERRALS:
            facts = v.ReferralFacts(
                person_id=referral,
                journey_id=referral,
                board_of_treatment="S08000030",
                board_of_residence="S08000030",
                sender="SC099999",
                referrer_role="gp",
                client_agreed=True,
                referral_date=self.now.date(),
                received_at=self.now,
                parent_role="birth-parent",
                setting="cpmht",
            )
            create = Create(referral, self.now, facts, None, POLICY)
            assert isinstance(self.carry_out([create]), list)
            assert isinstance(self.carry_out([create]), Refusal)
        self.now += timedelta(days=1)
        for number, steps in enumerate(far):
            match_id, peer = next(self.ids), PEERS[number]
            begin: list[Any] = [
                u.Accept(by_role="coordinator"),
                m.ProposeMatch(match_id=match_id, peer_id=peer, format="phone", by_role="coordinator"),
                m.ConfirmMatch(match_id=match_id, peer_id=peer, per_4_weeks_hundredths=200, by_role="coordinator"),
            ]
            listing = s.ListService(
                title="Toddle", formats=("group",), place="Hall", area="S08000029", by_role="service-lead"
            )
            self.carry_out([PutInDirectory(SERVICES[number], self.now, listing)])
            for step in [*begin[:steps], EXPLAINED][: steps + 1]:
                self.wish(REFERRALS[number], step)

    @rule(days=st.integers(1, 60))
    def time_passes(self, days: int) -> None:
        self.now += timedelta(days=days)

    @rule()
    def deadlines_pass(self) -> None:
        subjects = [*(f"caseload/{peer}" for peer in PEERS), *(f"referral/{referral}" for referral in REFERRALS)]
        for subject in subjects:
            aggregate = AGGREGATES[subject.partition("/")[0]]
            for _ in range(40):
                passed = sorted(
                    (at, name) for name, at in aggregate.deadlines(self.of(subject)).items() if at <= self.now
                )
                if not passed:
                    break
                name = passed[0][1]
                assert isinstance(self.carry_out(aggregate.due(subject, name, self.now)), list)
                assert name not in aggregate.deadlines(self.of(subject)), "a deadline is met once"
            else:
                raise AssertionError("deadlines without end")

    @rule(number=st.integers(0, 1), said=st.sampled_from(["ready", "ready", "no-new-people", "stop-contact", "left"]))
    def supervision_speaks(self, number: int, said: Any) -> None:
        """Whoever may not go on comes back to the old place on the list; nobody else is moved."""
        peer, about = PEERS[number], {"peer_id": PEERS[number], "setting": "cpmht"}
        event: Any = sup.PeerReady(**about, ready_at=self.now)
        if said == "left":
            event = sup.PeerLeft(peer_id=peer, left_at=self.now)
        elif said != "ready":
            event = sup.PeerNotReady(**about, level=said, not_ready_at=self.now)
        before = {referral: self.of(f"referral/{referral}") for referral in REFERRALS}
        assert isinstance(self.carry_out([Note(peer, self.now, event)]), list)
        subject = f"caseload/{peer}"
        ended = CASELOAD.deadlines(self.of(subject))
        assert bool(ended) == (self.of(subject).standing.ends("cpmht") and bool(self.of(subject).taken))
        for name in ended:
            assert isinstance(self.carry_out(CASELOAD.due(subject, name, self.now)), list)
        for referral, was in before.items():
            now = self.of(f"referral/{referral}")
            barred = ended and was.match and was.match.peer_id == peer
            assert (now.match is None) if barred else (now == was)
            assert now.listed_on == was.listed_on

    @rule(number=st.integers(0, 1), data=st.data())
    def a_wish_that_fits(self, number: int, data: st.DataObject) -> None:
        _, state = self.referral(number)
        fitting = [do for do in ALL if (state.stage, do) in MOVES or state.stage in STAYS.get(do, ())]
        # Moving on is a fifth of what can be wished, and half of what is: otherwise no story gets far.
        onwards = [do for do in fitting if do in ONWARDS] or fitting or ALL
        staying = [do for do in fitting if do not in ("decline", "withdraw")] or onwards
        self._wish(number, data, data.draw(st.sampled_from(staying) | st.sampled_from(onwards)))

    @rule(number=st.integers(0, 1), data=st.data())
    def a_session(self, number: int, data: st.DataObject) -> None:
        do = data.draw(
            st.sampled_from(
                ["plan-session", "hold-session", "hold-session", "miss-session", "retract-session", "change-support"]
            )
        )
        self._wish(number, data, do)

    @rule(number=st.integers(0, 1), data=st.data())
    def a_wish_of_any_kind(self, number: int, data: st.DataObject) -> None:
        self._wish(number, data, data.draw(st.sampled_from(ALL)))

    def _wish(self, number: int, data: st.DataObject, do: str) -> None:
        referral, state = self.referral(number)
        wish = data.draw(wishes(do, state, self.now, next(self.ids)))
        said = self.wish(referral, wish)
        if not isinstance(said, list):
            return
        names = [event.name for _, event in said]
        if do == "propose-match":
            assert wish.client_asked_for_this_peer or wish.peer_id not in state.pairs_set_aside
        if do in ("change-support", "pause", "end", "limit-contact"):
            assert not {"session-cancelled", "session-missed"} & set(names)
        if do == "hold-session":
            matches = (*state.past_matches, *filter(None, [state.match]))
            moment = wish.started_at
            assert any(x.matched_at <= moment and (not x.ended_at or moment <= x.ended_at) for x in matches)
            assert wish.role_explained or state.role_explained_at or state.sessions_held

    @rule(number=st.integers(0, 1))
    def a_service_closes(self, number: int) -> None:
        """Each of its cases comes back once; those still in support without a peer wait since they always did."""
        service = SERVICES[number]
        before = {referral: self.of(f"referral/{referral}") for referral in REFERRALS}
        close = s.CloseService(by_role="service-lead", reason="funding")
        self.carry_out([SayOfService(service, self.now, close)])
        subject = f"service/{service}"
        for name in DIRECTORY_SERVICE.deadlines(self.of(subject)):
            assert isinstance(self.carry_out(DIRECTORY_SERVICE.due(subject, name, self.now)), list)
        assert self.of(subject).cases == {}
        for referral, was in before.items():
            now = self.of(f"referral/{referral}")
            assert now.service != was.service or not (was.service and was.service.service_id == service)
            assert now.listed_on == was.listed_on

    # -- what always holds -----------------------------------------------------------------------------------------

    @invariant()
    def places_are_those_of_the_matches(self) -> None:
        matches = [m_ for n in (0, 1) if (m_ := self.referral(n)[1].match)]
        for peer in PEERS:
            theirs = [match for match in matches if match.peer_id == peer]
            caseload = self.of(f"caseload/{peer}")
            assert caseload.used == sum(match.weight for match in theirs)
            assert caseload.taken.keys() == {match.match_id for match in theirs}

    @invariant()
    def stages_and_matches_agree(self) -> None:
        for number in (0, 1):
            _, state = self.referral(number)
            if state.stage == "supported":
                assert state.match or state.service
            if state.stage in ("received", "declined", "withdrawn"):
                assert not state.match
            if state.match and state.stage not in ("supported", "paused"):
                assert state.match.leaving, "a match outlives support only until its place is freed"
            if state.stage not in ("waiting", "paused"):
                assert not state.proposal
            if state.client_died:
                assert not state.proposal
                assert not state.link
                left = ("settle:", "weigh:", "task:", "depart:", "partner/")
                assert [name for name in REFERRAL.deadlines(state) if not name.startswith(left)] == []

    @invariant()
    def cases_are_those_of_the_services(self) -> None:
        with_one = {n: state.service.service_id for n in (0, 1) if (state := self.referral(n)[1]).service}
        for service in SERVICES:
            assert self.of(f"service/{service}").cases.keys() == {
                REFERRALS[n] for n, service_id in with_one.items() if service_id == service
            }

    @rule(number=st.integers(0, 1))
    def the_other_organisation_accepts(self, number: int) -> None:
        referral, state = self.referral(number)
        if state.handover:
            heard = HearAccepted(
                referral,
                self.now,
                "SC012345",
                state.handover.handover_id,
                state.handover.to_organisation,
                UUID(int=state.handover.handover_id.int + 10**6),
            )
            assert isinstance(self.carry_out([heard]), list)

    @invariant()
    def whatever_is_over_needs_no_thought(self) -> None:
        for number in (0, 1):
            _, state = self.referral(number)
            due = REFERRAL.deadlines(state)
            assert all(at.tzinfo for at in due.values())
            if state.stage in ("ended", "declined", "withdrawn"):
                left = (
                    "settle:",
                    "review:decline:",
                    "task:",
                    "depart:",
                    "partner/",
                    "message-late:",
                )
                assert all(name.startswith(left) for name in due), due
            for _, _, on in bounds(state):
                assert on >= state.listed_on
            assert waiting_days(state, self.now.date()) >= 0

    @invariant()
    def a_journal_replays_to_the_same_state(self) -> None:
        for subject, events in self.journal.items():
            aggregate = AGGREGATES[subject.partition("/")[0]]
            state = aggregate.initial
            for event in events:
                state = aggregate.evolve(state, event)
            assert state == self.of(subject)

    @invariant()
    def rows_say_what_the_states_say(self) -> None:
        for number in (0, 1):
            referral, state = self.referral(number)
            row = self.row.get(f"referral/{referral}")
            if row is None:
                continue
            match = state.match
            assert (row.stage, row.listed_on, row.sessions_held) == (state.stage, state.listed_on, state.sessions_held)
            assert (row.peer_id, row.weight_hundredths) == ((match.peer_id, match.weight) if match else (None, None))
            assert row.format == (match.format if match else None)
            assert (row.first_contact_at, row.decision_due_on) == (state.first_contact_at, state.decision_due_on)
            held = [session.start for session in state.sessions.values() if session.status == "held"]
            assert row.last_session_at == max(held, default=None)
            assert row.role_explained_at == state.role_explained_at
            assert row.sessions_missed == sum(session.status == "missed" for session in state.sessions.values())
            assert row.proposed_peer_id == (state.proposal.peer_id if state.proposal else None)
            assert (row.review_due_on, row.ending_on) == (state.review_due_on, state.ending_on)
            assert row.formats_wanted == state.formats_wanted
            assert (row.pathway, row.messages_stopped_at) == (state.pathway, state.messages_stopped_at)
            assert set(row.life_events) == state.life_events
            assert set(row.consents) == {scope for scope, given in state.consents.items() if given}
            assert [task.split("|")[2] for task in row.tasks] == [str(task_id) for task_id in state.tasks]
            said = {(wait, bound): on for wait, bound, on in bounds(state)}
            assert row.first_contact_amber_on == said.get(("first-contact", "amber"))
            assert row.match_red_on == said.get(("match", "red"))
        for peer in PEERS:
            if row := self.row.get(f"caseload/{peer}"):
                caseload = self.of(f"caseload/{peer}")
                assert (row.used_hundredths, row.clients) == (caseload.used, len(caseload.taken))


TestLifecycle = Lifecycle.TestCase
TestLifecycle.settings = settings(max_examples=50, stateful_step_count=40, deadline=None)
