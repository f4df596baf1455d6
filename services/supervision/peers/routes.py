"""What the room of peers offers over HTTP: every wish under its own name, and the read models."""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, StringConstraints

from services.supervision.domain.peers.commands import Apply, SetRules
from services.supervision.domain.peers.policy import Policies
from services.supervision.peers.contents import (
    ADJUSTMENTS,
    CONTACT,
    GONE_WITH_THE_PEER,
    IDENTITY,
    STOP_REASON,
    secret,
)
from services.supervision.peers.providers import PROVIDER_ROUTES
from services.supervision.peers.questions import PEERS_QUESTIONS
from services.supervision.peers.supervisors import supervisor_routes
from services.supervision.peers.tags import TAG_ROUTES
from services.supervision.peers.telling import HERE, path_of, told
from services.supervision.peers.visits import visit_routes
from services.supervision.roles import AROUND, MANAGERS, STOPPERS, SUPERVISORS, TEAM
from shared.contracts import peer_updates as p
from shared.contracts import supervision as s
from shared.contracts.people import Contact, Identity
from shared.contracts.update import Update
from shared.runtime.engine import Engine
from shared.runtime.http import Call, Route, command, looked_up
from shared.runtime.parsing import strict

_Words = Annotated[str, StringConstraints(min_length=1, max_length=4000)]


class NewPeer(BaseModel):
    """Somebody who would like to be a peer; who they are, and what they ask to be arranged, is the vault's alone."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    post: s.Post
    at: AwareDatetime | None = None
    identity: Identity | None = None
    contact: Contact | None = None
    adjustments: _Words | None = None


class StopContactBody(p.StopContact):
    """A stop, and why; that is kept for the named officer, and said nowhere."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    reason: _Words | None = None


WISHES: Sequence[tuple[type[Update], Sequence[str], str]] = (
    (p.CompleteRecruitmentStep, MANAGERS, "A step of choosing somebody is done; a peer sits on the panel."),
    (p.EndApplication, MANAGERS, "The application does not go on."),
    (p.Recruit, MANAGERS, "The offer was accepted: the post, its hours, and how long it is paid for."),
    (p.Start, MANAGERS, "The peer's first day; the team was briefed before it."),
    (p.CompleteInductionStep, AROUND, "A part of getting to know the work is done."),
    (p.AcknowledgeRole, AROUND, "The peer, or the team, has taken note of what the role is and is not."),
    (p.AcknowledgePolicy, AROUND, "The peer has read the safeguarding policy."),
    (p.AgreeSupportLevel, (*SUPERVISORS, "line-manager"), "Up to which level this peer supports people in a setting."),
    (p.OfferTraining, MANAGERS, "The peer is offered a place on a course."),
    (p.NoteUnavailable, AROUND, "No such course is to be had: the provider's gap, never the peer's."),
    (p.CompleteTraining, AROUND, "The peer has done the course."),
    (p.RetractTraining, MANAGERS, "It was a mistake to record the course."),
    (p.Waive, MANAGERS, "A manager answers for the peer's doing without a course that nobody gives, for a while."),
    (p.ConfirmPvg, MANAGERS, "PVG membership is confirmed for this type of role."),
    (p.WithdrawPvg, MANAGERS, "What was confirmed of the membership does not hold any more."),
    (p.AssignSupervisor, SUPERVISORS, "This is the peer's one named supervisor; the peer says that they fit."),
    (p.PlanSupervision, AROUND, "Supervision of a kind is to take place then."),
    (p.HoldSupervision, AROUND, "Supervision took place; what was said stays there."),
    (p.MissSupervision, AROUND, "What was planned did not take place; nobody is asked why."),
    (p.RequestDebrief, TEAM, "Anybody of the team would like to talk something through."),
    (p.HoldDebrief, AROUND, "It was talked through."),
    (p.LiftStop, STOPPERS, "A person decides that the peer may meet people again."),
    (p.SetCapacity, AROUND, "When, where, how and in which languages the peer meets people."),
    (p.Rest, AROUND, "The peer rests; no reason is asked."),
    (p.ComeBack, AROUND, "The peer is back, at first with fewer people if they wish."),
    (p.RecordTeamWork, AROUND, "The peer did something for the team; it counts, and they are named where they wish."),
    (p.ChangeContract, MANAGERS, "The post is another from now on."),
)


def peers_routes(policies: Policies) -> Sequence[Route]:
    """Every route about peers, providers and supervisors, under the organisations' policies."""

    def apply(body: NewPeer, call: Call) -> Sequence[Any]:
        peer_id = call.new_id()
        said = {IDENTITY: body.identity, CONTACT: body.contact, ADJUSTMENTS: body.adjustments}
        secrets = tuple(each for name, content in said.items() for each in secret(peer_id, name, content))
        policy = policies.of(call.principal.organisation)
        return [Apply(peer_id, body.at or call.now, body.post, call.now, policy, secrets)]

    async def wished(engine: Engine, wish: Any, call: Call) -> Sequence[Any]:
        return await told(policies, engine, call, wish)

    async def stop(engine: Engine, wish: StopContactBody, call: Call) -> Sequence[Any]:
        kept = secret(call.path["peer_id"], STOP_REASON, wish.reason)
        return await told(policies, engine, call, wish, secrets=kept)

    async def leave(engine: Engine, wish: p.Leave, call: Call) -> Sequence[Any]:
        forgets = tuple((call.path["peer_id"], name) for name in GONE_WITH_THE_PEER)
        return await told(policies, engine, call, wish, forgets=forgets)

    def rule(_: None, call: Call) -> Sequence[Any]:
        return [SetRules(call.path["peer_id"], call.now, policies.of(call.principal.organisation), call.now)]

    return (
        command(
            "POST", "/peers", NewPeer, apply, roles=MANAGERS, summary="Somebody would like to be a peer.", status=201
        ),
        *(
            looked_up("POST", path_of(wish), strict(wish), wished, roles=roles, summary=summary)
            for wish, roles, summary in WISHES
        ),
        looked_up(
            "POST",
            path_of(p.StopContact),
            StopContactBody,
            stop,
            roles=STOPPERS,
            summary="A person decides that the peer meets nobody for now; others read only 'not available'.",
        ),
        looked_up(
            "POST",
            path_of(p.Leave),
            strict(p.Leave),
            leave,
            roles=AROUND,
            summary="The peer does not do this any more; what they agreed to be matched on goes with them.",
        ),
        command(
            "POST",
            f"{HERE}/set-rules",
            None,
            rule,
            roles=("service-lead", "workforce-lead"),
            summary="From now on the peer is judged by the rules that the organisation has set.",
        ),
        *TAG_ROUTES,
        *visit_routes(policies),
        *PEERS_QUESTIONS,
        *PROVIDER_ROUTES,
        *supervisor_routes(policies),
    )
