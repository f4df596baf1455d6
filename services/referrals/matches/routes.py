"""What people do about matches over HTTP: what a client wishes, a proposal, its confirmation, its end, and places."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from services.referrals.domain.caseload import FreePlace, SetPlaces, TakePlace
from services.referrals.domain.policy import Policies
from services.referrals.matches.gathering import PREFERENCES, SQL
from services.referrals.matches.questions import ranking_of
from services.referrals.people.parting import looked_at_after
from services.referrals.roles import DECIDERS, TEAM
from services.referrals.telling import path_of, told
from shared.contracts import match_updates as m
from shared.contracts.preferences import RecordPreferences
from shared.runtime.decisions import NotFound
from shared.runtime.engine import Engine
from shared.runtime.http import Call, Route, command, looked_up
from shared.runtime.parsing import strict
from shared.runtime.service import Secret


def match_routes(policies: Policies) -> Sequence[Route]:
    """The routes; of a pair that supervision knows, the rules are asked again at that moment."""

    async def row_of(engine: Engine, call: Call) -> Any:
        async with engine.database.read(call.principal.organisation) as connection:
            row = await connection.fetchrow(SQL["matching_clients"], call.path["referral_id"])
        if row is None:
            raise NotFound(f"referral/{call.path['referral_id']}")
        return row

    async def record(engine: Engine, wish: RecordPreferences, call: Call) -> Sequence[Any]:
        person_id: UUID = (await row_of(engine, call))["person_id"]
        content = wish.preferences.model_dump_json(exclude_defaults=True).encode()
        return [told(policies, call, wish, secrets=(Secret(person_id, PREFERENCES, content),))]

    async def propose(engine: Engine, wish: m.ProposeMatch, call: Call) -> Sequence[Any]:
        policy, asked = policies.of(call.principal.organisation), wish.client_asked_for_this_peer
        ranking, _ = await ranking_of(engine, call, policy, call.path["referral_id"], wish.peer_id, asked_for=asked)
        return [told(policies, call, wish, ranking=ranking)]

    async def confirm(engine: Engine, wish: m.ConfirmMatch, call: Call) -> Sequence[Any]:
        policy, referral_id = policies.of(call.principal.organisation), call.path["referral_id"]
        row = await row_of(engine, call)
        # That the client asked was said when the peer was proposed.
        ranking, kept_from = await ranking_of(engine, call, policy, referral_id, wish.peer_id, asked_for=True)
        place = TakePlace(
            wish.peer_id,
            wish.at or call.now,
            match_id=wish.match_id,
            referral_id=referral_id,
            weight=policy.weight(wish.per_4_weeks_hundredths),
            places_if_unset=policy.places(policy.contracted_hours),
            setting=row["setting"],
            kept_from=kept_from,
        )
        return [told(policies, call, wish, ranking=ranking), place]

    def end(wish: m.EndMatch, call: Call) -> Sequence[Any]:
        return [told(policies, call, wish), FreePlace(wish.peer_id, wish.at or call.now, wish.match_id, wish.reason)]

    def set_places(wish: m.SetPlaces, call: Call) -> Sequence[Any]:
        places = policies.of(call.principal.organisation).places(wish.contracted_hours)
        return [SetPlaces(call.path["peer_id"], wish.at or call.now, wish.contracted_hours, places, wish.by_role)]

    return (
        looked_up(
            "POST",
            path_of(RecordPreferences),
            strict(RecordPreferences),
            record,
            roles=TEAM,
            summary="Record what the client wishes of a peer, in place of what was recorded before.",
        ),
        looked_at_after(
            looked_up(
                "POST",
                path_of(m.ProposeMatch),
                strict(m.ProposeMatch),
                propose,
                roles=DECIDERS,
                summary="Propose a peer; nothing is sent until somebody confirms.",
            )
        ),
        looked_at_after(
            looked_up(
                "POST",
                path_of(m.ConfirmMatch),
                strict(m.ConfirmMatch),
                confirm,
                roles=DECIDERS,
                summary="Confirm the proposed match; the last place of a peer has one winner.",
            )
        ),
        command(
            "POST",
            path_of(m.EndMatch),
            strict(m.EndMatch),
            end,
            roles=DECIDERS,
            summary="End a match that the peer or the service cannot go on with; the client keeps their date.",
        ),
        command(
            "POST",
            "/caseloads/{peer_id}/set-places",
            strict(m.SetPlaces),
            set_places,
            roles=DECIDERS,
            summary="Set a peer's places by contracted hours.",
        ),
    )
