"""What referrals offers over HTTP: every wish under its own name, and the read models."""

from collections.abc import Sequence
from typing import Any

from pydantic import ConfigDict

from services.referrals.directory import directory
from services.referrals.domain.commands import AskPerson, Create, Wish
from services.referrals.domain.eligibility import NOTHING_KNOWN, Facts
from services.referrals.domain.person import Refer
from services.referrals.domain.policy import Policies
from services.referrals.groups.routes import GROUP_ROUTES
from services.referrals.journeys.handovers import handovers
from services.referrals.journeys.questions import JOURNEY_ROUTES
from services.referrals.life_events import life_events
from services.referrals.matches.monitor import MONITOR_ROUTES
from services.referrals.matches.questions import match_questions
from services.referrals.matches.routes import match_routes
from services.referrals.people.apart import APART_ROUTES
from services.referrals.people.duplicates import DUPLICATE_ROUTES
from services.referrals.people.reading import people
from services.referrals.people.records import no_person, referrals_of, standing_of
from services.referrals.people.rights import rights
from services.referrals.questions import questions
from services.referrals.replies import reply_routes
from services.referrals.roles import CLINICIANS, DECIDERS, TEAM
from services.referrals.telling import path_of, told
from services.referrals.vault_contents import beside, secrets_of
from services.referrals.wishes import wishes
from shared.contracts import attending_updates as a
from shared.contracts import life_updates as life
from shared.contracts import match_updates as m
from shared.contracts import session_reports as r
from shared.contracts import updates as u
from shared.contracts.intake import NewReferral
from shared.contracts.values import ReferralFacts
from shared.runtime.engine import Engine
from shared.runtime.http import Call, Route, command, looked_up
from shared.runtime.parsing import strict


class AcceptBody(u.Accept):
    """An acceptance, with what the person deciding knows; that is thought with and not kept."""

    model_config = ConfigDict(extra="forbid")

    facts: Facts = NOTHING_KNOWN


class DeclineBody(u.Decline):
    """A decline, with what the person deciding knows; that is thought with and not kept."""

    model_config = ConfigDict(extra="forbid")

    facts: Facts = NOTHING_KNOWN


WISHES: Sequence[tuple[type[u.Update], Sequence[str], str]] = (
    (AcceptBody, DECIDERS, "Accept: a person decides; against the rules only with a reason."),
    (DeclineBody, DECIDERS, "Decline: with reasons, and what was done instead."),
    (u.DeferDecision, DECIDERS, "Not yet: what is not known, who was asked, and when somebody looks again."),
    (u.Withdraw, DECIDERS, "Withdraw before support began."),
    (u.RecordContact, TEAM, "Record that somebody tried to reach the client."),
    (u.RecordUnavailability, TEAM, "Record days on which the client is not to be seen."),
    (u.ExplainRole, TEAM, "Record that the client was told what a peer is and is not."),
    (u.LimitContact, CLINICIANS, "The treating team asks for no lone or no in-person contact for now."),
    (u.LiftLimit, CLINICIANS, "The treating team no longer asks for the limit."),
    (m.DeclineMatch, TEAM, "The proposal is not taken up; it says something about this pair only."),
    (r.PlanSession, TEAM, "Agree a session."),
    (r.MissSession, TEAM, "Report an agreed session that did not happen, and who could not be there."),
    (r.CancelSession, TEAM, "Call off a session before it begins."),
    (r.RetractSession, TEAM, "Take back what was recorded of a session and is not so."),
    (u.ChangeSupport, TEAM, "Less, more, another peer, another format: at any time, as the client wishes."),
    (u.ConfirmChange, TEAM, "Record that the client was told of the change by their safe channel."),
    (u.Pause, TEAM, "Let support, or waiting for it, rest."),
    (u.Resume, TEAM, "Go on after a pause."),
    (u.PlanEnding, TEAM, "Agree a day for the ending."),
    (u.End, TEAM, "End support; a planned ending gives contact details for later."),
    (u.Reopen, TEAM, "Come back inside the return window, without a new referral."),
    (u.SetGoal, TEAM, "Set a goal with the client."),
    (u.ReviewGoal, TEAM, "Look at a goal with the client again."),
    (u.HoldReview, TEAM, "Record a review held with the client."),
    (a.ChooseReminders, TEAM, "How the client wishes to be reminded of sessions, and how long before."),
    (a.OptOut, TEAM, "The client wishes no more messages; it counts at once."),
    (a.AgreeTravelSupport, TEAM, "Agree how the client gets there."),
    (a.BookInterpreter, TEAM, "Record that an interpreter is booked for a planned session."),
    (a.AgreeAttendanceSupport, TEAM, "Agree childcare, credit for the phone, or more contact."),
    (u.RequestHelp, TEAM, "Ask for practical help."),
    (u.ReferHelp, TEAM, "Pass the request to whoever gives the help."),
    (u.ReceiveHelp, TEAM, "Record that the help has arrived."),
    (life.RecordBabyLeftCare, TEAM, "Record that the baby is not in the parents' care now; messages rest."),
    (life.RetractLifeEvent, TEAM, "Take back a loss, a death or a leaving that was recorded wrongly."),
    (life.ResumeMessages, DECIDERS, "Let messages go on, after asking the client."),
    (life.ChangeConsent, TEAM, "The client agrees, or takes an agreement back; sharing stops at once."),
    (u.AnswerTask, TEAM, "Say that what a person was asked to do is done, and what came of it."),
)


def routes(policies: Policies) -> Sequence[Route]:
    """Every route of the service under the organisations' policies."""

    async def create(engine: Engine, body: NewReferral, call: Call) -> Sequence[Any]:
        said = body.model_dump(exclude={"person_id", "journey_id", "person", "needs"})
        organisation, referral_id = call.principal.organisation, call.new_id()
        known = body.person_id
        others = await referrals_of(engine, organisation, known) if known else ()
        if known and not others:
            raise no_person()
        person_id, journey_id = known or call.new_id(), body.journey_id or call.new_id()
        facts = ReferralFacts(**said, person_id=person_id, journey_id=journey_id, received_at=call.now)
        secrets, policy = beside(secrets_of(person_id, body.person, body.needs)), policies.of(organisation)
        if not known:
            return [Create(referral_id, call.now, facts, None, policy, secrets)]
        standing = await standing_of(engine, organisation, known)
        create = Create(referral_id, call.now, facts, None, policy, secrets, standing, others)
        refer = Refer(known, call.now, call.role, referral_id, standing)
        if not secrets:
            return [create, refer]
        return [create, refer, AskPerson(referral_id, call.now, "known-person-referred-again", referral_id)]

    def wished(body: Wish, call: Call) -> Sequence[Any]:
        return [told(policies, call, body, facts=getattr(body, "facts", NOTHING_KNOWN))]

    return (
        looked_up("POST", "/referrals", strict(NewReferral), create, roles=TEAM, summary="Refer a client.", status=201),
        *(
            command("POST", path_of(wish), strict(wish), wished, roles=roles, summary=summary)
            for wish, roles, summary in WISHES
        ),
        *match_routes(policies),
        *match_questions(policies),
        *MONITOR_ROUTES,
        *directory(policies),
        *JOURNEY_ROUTES,
        *handovers(policies),
        *life_events(policies),
        *people(policies),
        *APART_ROUTES,
        *DUPLICATE_ROUTES,
        *rights(policies),
        *wishes(policies),
        *GROUP_ROUTES,
        *reply_routes(policies),
        *questions(policies),
    )
