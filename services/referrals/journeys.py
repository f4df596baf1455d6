"""One journey, part by part: each organisation reads its own, and of the others what the client agreed to.

A part is coarse: where it stands, since when, who was asked. Names and contacts are not in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from asyncpg import Connection
from pydantic import BaseModel

from services.referrals.domain.commands import AskPerson, Create, tell
from services.referrals.domain.handover import HANDED_ON, TakeOn
from services.referrals.domain.news import SCOPE
from services.referrals.domain.person import Refer
from services.referrals.domain.policy import Policies
from services.referrals.people.apart import kept_apart_pairs
from services.referrals.people.reading import person_of, referrals_of, standing_of
from services.referrals.roles import CLINICIANS, DECIDERS, TEAM
from services.referrals.rows import table_of
from services.referrals.telling import path_of, told
from services.referrals.vault_contents import FINDERS
from shared.contracts import handover_updates as h
from shared.contracts import referrals as e
from shared.contracts import updates as u
from shared.contracts import values as v
from shared.contracts.days import day_of
from shared.runtime import vault
from shared.runtime.database import queries
from shared.runtime.engine import Engine
from shared.runtime.envelope import Envelope
from shared.runtime.http import Call, Route, command, looked_up, query
from shared.runtime.parsing import strict
from shared.runtime.problems import Problem
from shared.runtime.service import Projection, Refusal, Secret

SQL = queries(Path(__file__).parent / "journeys.sql")
REFERRERS: dict[str, v.ReferrerRole] = {"mbu": "mbu", "cpmht": "community-team", "third-sector": "third-sector"}


@dataclass(frozen=True, slots=True)
class JourneyPartRow:
    """One referral as part of a journey; `granted_to` may read it besides its own organisation."""

    id: UUID
    organisation: str
    sequence: int
    granted_to: tuple[str, ...]
    journey_id: UUID
    person_id: UUID
    agreed: bool
    setting: str
    state: str
    since: datetime
    received_at: datetime
    parent_role: str
    board_of_treatment: str
    board_of_residence: str
    language: str
    interpreter_needed: bool
    formats_wanted: tuple[str, ...]
    restricted: bool = False
    partners: tuple[str, ...] = ()
    """The organisations before and after this one on the journey."""
    supported_from: date | None = None
    supported_until: date | None = None
    joint_sessions: int = 0
    handover_id: UUID | None = None
    handover_to: str | None = None
    handover_setting: str | None = None
    accept_by: date | None = None
    handover_status: str | None = None
    next_id: UUID | None = None
    """The referral that goes on from here."""
    previous_id: UUID | None = None
    consent_how: str = "spoken"
    consent_text: str = "not-known"
    consent_at: datetime | None = None


def apply(row: JourneyPartRow | None, event: Envelope) -> JourneyPartRow | None:
    """The part's row after the event."""
    d = event.data
    if isinstance(d, e.ReferralCreated):
        row = _first(event, d)
    if row is None:
        return None
    row = replace(_moved(row, d), sequence=event.sequence or 0)
    granted = row.partners if row.agreed and not row.restricted else ()
    return replace(row, granted_to=granted)


def _first(event: Envelope, d: e.ReferralCreated) -> JourneyPartRow:
    said = [consent for consent in sorted(d.consents, key=lambda consent: consent.at) if consent.scope == SCOPE]
    row = JourneyPartRow(
        id=UUID(event.subject.partition("/")[2]),
        organisation=event.organisation,
        sequence=0,
        granted_to=(),
        journey_id=d.journey_id,
        person_id=d.person_id,
        agreed=bool(said) and said[-1].given,
        setting=d.setting,
        state="received",
        since=d.received_at,
        received_at=d.received_at,
        parent_role=d.parent_role,
        board_of_treatment=d.board_of_treatment,
        board_of_residence=d.board_of_residence,
        language=d.language,
        interpreter_needed=d.interpreter_needed,
        formats_wanted=d.formats_wanted,
    )
    return (
        replace(row, consent_how=said[-1].how, consent_text=said[-1].text_version, consent_at=said[-1].at)
        if said
        else row
    )


def _moved(row: JourneyPartRow, d: Any) -> JourneyPartRow:
    match d:
        case e.ReferralAccepted(decided_at=at):
            return replace(row, state="waiting", since=at)
        case e.ReferralDeclined(decided_at=at):
            return replace(row, state="declined", since=at)
        case e.ReferralWithdrawn(withdrawn_at=at):
            return _closed(replace(row, state="withdrawn", since=at))
        case e.PersonDied(who="client"):
            return _closed(row)
        case e.PeerMatched(matched_at=at) | e.ServiceJoined(joined_at=at, support_began=True):
            begun = row.supported_from or day_of(at)
            return replace(row, state="started", since=at, supported_from=begun, supported_until=None)
        case e.MatchEnded(ended_at=at) | e.ServiceLeft(left_at=at, relisted=True):
            state = "waiting" if row.state == "started" else row.state
            return replace(row, state=state, since=at, supported_until=day_of(at))
        case e.SupportEnded(ended_at=at, ended_on=on):
            return _closed(replace(row, state="ended", since=at, supported_until=on if row.supported_from else None))
        case e.ReferralReopened(reopened_at=at):
            return replace(row, state="waiting", since=at)
        case e.SessionHeld(joint_with_roles=roles) if roles:
            return replace(row, joint_sessions=row.joint_sessions + 1)
        case e.ConsentChanged(scope=scope, given=given, how=how, text_version=text, changed_at=at) if scope == SCOPE:
            return replace(row, agreed=given, consent_how=how, consent_text=text, consent_at=at)
        case e.ReferralRestricted():
            return replace(row, restricted=True)
        case e.ReferralRestrictionLifted():
            return replace(row, restricted=False)
        case e.HandoverProposed():
            return _proposed(row, d)
        case e.HandoverEscalated():
            return replace(row, handover_status="escalated")
        case e.HandoverCompleted():
            return replace(row, handover_status="completed")
        case e.HandoverLapsed() if d.to_referral_id == row.id:
            left = tuple(name for name in row.partners if name != d.from_organisation)
            return replace(row, partners=left, previous_id=None)
        case e.HandoverAccepted() if d.from_referral_id == row.id:
            return replace(row, handover_status="accepted", next_id=d.to_referral_id)
        case e.HandoverAccepted():
            return replace(row, previous_id=d.from_referral_id, partners=_with(row.partners, d.from_organisation))
    return row


def _closed(row: JourneyPartRow) -> JourneyPartRow:
    """Nobody is asked any more to take the client on."""
    if row.handover_status not in ("proposed", "escalated"):
        return row
    left = tuple(name for name in row.partners if name != row.handover_to)
    return replace(row, partners=left, handover_status="closed")


def _proposed(row: JourneyPartRow, d: e.HandoverProposed) -> JourneyPartRow:
    """Who was asked before, and did not accept, is no part of the journey any more."""
    partners = row.partners
    if row.handover_status in ("proposed", "escalated"):
        partners = tuple(name for name in partners if name != row.handover_to)
    return replace(
        row,
        partners=_with(partners, d.to_organisation),
        handover_id=d.handover_id,
        handover_to=d.to_organisation,
        handover_setting=d.to_setting,
        accept_by=d.accept_by,
        handover_status="proposed",
        next_id=None,
    )


def _with(names: tuple[str, ...], name: str) -> tuple[str, ...]:
    return names if name in names else (*names, name)


JOURNEY_PARTS = Projection(
    table="journey_part",
    topic="kith.referrals",
    kind="referral",
    row=JourneyPartRow,
    apply=apply,
    ddl=table_of(JourneyPartRow)
    + "create index on {table} (organisation); create index on {table} (journey_id);"
    + "create index on {table} using gin (granted_to); create index on {table} (handover_id);",
)


class Part(BaseModel):
    """One organisation's part of a journey, as the organisation that asks may see it."""

    id: UUID
    organisation: str
    own: bool
    setting: str
    state: str
    since: datetime
    received_at: datetime
    supported_from: date | None
    supported_until: date | None
    joint_sessions: int
    next_id: UUID | None
    previous_id: UUID | None
    gap_days: int | None
    """Whole days without support between the part before and this one; none while either is not known."""


class Journey(BaseModel):
    """A journey, from its first part on."""

    journey_id: UUID
    parts: list[Part]


class Proposed(BaseModel):
    """A hand-over that waits for an organisation to accept it, or did not get an answer by its day."""

    handover_id: UUID
    referral_id: UUID
    from_organisation: str
    to_organisation: str
    to_setting: str
    from_setting: str
    accept_by: date
    status: str
    parent_role: str
    language: str
    interpreter_needed: bool
    formats_wanted: list[str]


class Proposals(BaseModel):
    """What this organisation is asked to take on, and what it asked others."""

    asked_of_us: list[Proposed]
    asked_by_us: list[Proposed]


async def _journey(connection: Connection, call: Call, _: Any) -> Journey | None:
    rows = [dict(row) for row in await connection.fetch(SQL["journey"], call.path["journey_id"])]
    if not rows:
        return None
    by_id, today = {row["id"]: row for row in rows}, day_of(call.now)
    parts = [
        Part.model_validate(
            {**row, "own": row["organisation"] == call.principal.organisation, "gap_days": _gap(row, by_id, today)}
        )
        for row in rows
    ]
    return Journey(journey_id=call.path["journey_id"], parts=parts)


def _gap(row: dict[str, Any], by_id: dict[UUID, dict[str, Any]], today: date) -> int | None:
    before = by_id.get(row["previous_id"])
    if before is None or before["supported_from"] is None:
        return None
    if before["supported_until"] is None:
        return 0
    until: date = row["supported_from"] or today
    ended: date = before["supported_until"]
    return max(0, (until - ended).days)


async def _handovers(connection: Connection, call: Call, _: Any) -> Proposals:
    rows = [Proposed.model_validate(dict(row)) for row in await connection.fetch(SQL["handovers"])]
    us = call.principal.organisation
    return Proposals(
        asked_of_us=[row for row in rows if row.to_organisation == us],
        asked_by_us=[row for row in rows if row.from_organisation == us],
    )


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


def journeys(policies: Policies) -> Sequence[Route]:
    """The routes of journeys and hand-overs."""

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
        query("/journeys/{journey_id}", _journey, roles=TEAM, summary="A journey, part by part.", answer=Journey),
        query("/handovers", _handovers, roles=TEAM, summary="What waits to be accepted.", answer=Proposals),
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
