"""Hand-overs over HTTP: asked for, accepted with a referral of one's own, completed, and handed back."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid5

from services.referrals.domain.commands import AskPerson, Create, tell
from services.referrals.domain.handover import HANDED_ON, TakeOn
from services.referrals.domain.news import SCOPE
from services.referrals.domain.person import Refer
from services.referrals.domain.policy import Policies
from services.referrals.journeys.questions import SQL
from services.referrals.people.apart import kept_apart_pairs
from services.referrals.people.records import person_of, referrals_of, standing_of
from services.referrals.roles import CLINICIANS, DECIDERS, TEAM
from services.referrals.telling import path_of, told
from services.referrals.vault_contents import FINDERS
from shared.contracts import handover_updates as h
from shared.contracts import updates as u
from shared.contracts import values as v
from shared.contracts.days import day_of
from shared.runtime import vault
from shared.runtime.engine import Engine
from shared.runtime.http import Call, Route, command, looked_up
from shared.runtime.parsing import strict
from shared.runtime.problems import Problem
from shared.runtime.service import Refusal, Secret

REFERRERS: dict[str, v.ReferrerRole] = {"mbu": "mbu", "cpmht": "community-team", "third-sector": "third-sector"}


async def _handed_on(engine: Engine, call: Call, part: Any, person_id: UUID) -> Sequence[Secret]:
    """Who the client is goes on with them, into a record of whoever takes them on; the reading is kept with the other.

    From then on each puts right, restricts and erases its own; what stands in that record already stays.
    """
    wanted = [(part["person_id"], name) for name in HANDED_ON]
    read = await vault.read(engine, call.principal, part["organisation"], wanted, "handover")
    return [
        Secret(person_id, name, content, FINDERS[name](content) if name in FINDERS else {}, unless_kept=True)
        for (_, name), content in read.items()
    ]


def handovers(policies: Policies) -> Sequence[Route]:
    """The routes of hand-overs."""

    def wished(body: Any, call: Call) -> Sequence[Any]:
        return [told(policies, call, body)]

    async def propose(engine: Engine, body: h.ProposeHandover, call: Call) -> Sequence[Any]:
        """Whoever is kept apart from somebody is so here alone: what may be told there, a person asks the client."""
        us, referral_id = call.principal.organisation, call.path["referral_id"]
        if body.to_organisation == us:
            raise Refusal("to-ourselves", "A hand-over goes to another organisation.", "to_organisation")
        person_id = await person_of(engine, us, referral_id)
        async with engine.database.read(us) as connection:
            apart = any(person_id in pair for pair in await kept_apart_pairs(connection))
        wish = told(policies, call, body)
        kind: v.TaskKind = "kept-apart-and-handed-over"
        return [wish, AskPerson(referral_id, call.now, kind, wish.fresh_id)] if apart else [wish]

    async def accept(engine: Engine, body: h.AcceptHandover, call: Call) -> Sequence[Any]:
        us, handover_id = call.principal.organisation, call.path["handover_id"]
        async with engine.database.read(us) as connection:
            part = await connection.fetchrow(SQL["asked_of"], handover_id, us)
        if part is None:
            raise Problem(404, "not-found", "There is nothing here with this id.")
        if part["handover_status"] not in ("proposed", "escalated"):
            raise Refusal("not-asked-any-more", "This hand-over was accepted before, or is not asked any more.")
        policy, referral_id = policies.of(us), uuid5(part["id"], str(handover_id))
        known = part["known_person_id"]
        standing = await standing_of(engine, us, known) if known else None
        if standing == "erasure":
            known = standing = None
        person_id = known or call.new_id()
        agreed = v.Consent(
            scope=SCOPE, given=True, at=part["consent_at"], how=part["consent_how"], text_version=part["consent_text"]
        )
        facts = v.ReferralFacts(
            person_id=person_id,
            journey_id=part["journey_id"],
            board_of_treatment=body.board_of_treatment or part["board_of_treatment"],
            board_of_residence=part["board_of_residence"],
            sender=part["organisation"],
            referrer_role=REFERRERS[part["setting"]],
            client_agreed=True,
            referral_date=day_of(call.now),
            received_at=call.now,
            parent_role=part["parent_role"],
            setting=part["handover_setting"],
            formats_wanted=tuple(part["formats_wanted"]),
            language=part["language"],
            interpreter_needed=part["interpreter_needed"],
            consents=(agreed,),
        )
        accepted = u.Accept(by_role=body.by_role, override="agreed-with-referrer")
        secrets = await _handed_on(engine, call, part, person_id)
        others = await referrals_of(engine, us, known) if known else ()
        return [
            Create(referral_id, call.now, facts, None, policy, secrets, standing, others),
            *([Refer(known, call.now, call.role, referral_id, standing)] if known else ()),
            TakeOn(referral_id, call.now, handover_id, part["organisation"], part["id"], us),
            tell(referral_id, accepted, call.now, policy, call.new_id()),
        ]

    wishes = (
        (h.CompleteHandover, DECIDERS, "Say that the client has arrived."),
        (h.RequestHandback, TEAM, "Ask the clinical team to take on what goes beyond a peer's role."),
        (h.AcceptHandback, CLINICIANS, "The clinical team takes on what goes beyond a peer's role."),
    )
    return (
        looked_up(
            "POST",
            "/handovers/{handover_id}/accept",
            strict(h.AcceptHandover),
            accept,
            roles=DECIDERS,
            summary="Take the client on, with a referral of one's own.",
            status=201,
        ),
        looked_up(
            "POST",
            path_of(h.ProposeHandover),
            strict(h.ProposeHandover),
            propose,
            roles=DECIDERS,
            summary="Ask another organisation to take the client on by a day; until it has, the peer stays.",
        ),
        *(
            command("POST", path_of(wish), strict(wish), wished, roles=roles, summary=summary)
            for wish, roles, summary in wishes
        ),
    )
