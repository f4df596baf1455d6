"""What can be asked about peers: one of them, the matrix, supervision, room, gaps in training, and what falls away."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from asyncpg import Connection

from services.supervision.domain.peers.places import runway
from services.supervision.domain.peers.provider import Provider, provider_of
from services.supervision.domain.peers.state import Peer
from services.supervision.peers import views
from services.supervision.peers.rows import peer_of, supervisor_of
from services.supervision.peers.telling import HERE, themselves
from services.supervision.roles import AROUND, LEADS, MANAGERS, ON_CALL
from shared.contracts.days import day_of
from shared.runtime import journal
from shared.runtime.database import queries
from shared.runtime.engine import Engine
from shared.runtime.http import Asked, Call, Reply, Route, query

SQL = queries(Path(__file__).parent / "peers.sql")
_LOOKING_AFTER = ("supervisor", *MANAGERS)


async def _one(connection: Connection, call: Call, _: Any) -> views.PeerView | None:
    row = await connection.fetchrow(SQL["one_peer"], themselves(call))
    if row is None:
        return None
    return views.peer_view(row["id"], row["sequence"], peer_of(row["state"]), day_of(call.now))


async def _peers(connection: Connection) -> list[tuple[Any, Peer]]:
    return [(row, peer_of(row["state"])) for row in await connection.fetch(SQL["peers"])]


async def _matrix(connection: Connection, call: Call, _: Any) -> views.ReadinessMatrix:
    rows = [
        views.PeerReadiness(
            peer_id=row["id"], started=peer.stage == "started", settings=views.in_settings(peer, day_of(call.now))
        )
        for row, peer in await _peers(connection)
    ]
    return views.ReadinessMatrix(rows=rows)


async def _due(connection: Connection, call: Call, _: Any) -> views.SupervisionDueList:
    found = [
        views.supervision_due(
            row["id"], peer, supervisor_of(row["supervisor"]) if row["supervisor"] else None, day_of(call.now)
        )
        for row, peer in await _peers(connection)
    ]
    rows = sorted(filter(None, found), key=lambda row: (row.due_on, row.peer_id))
    return views.SupervisionDueList(rows=rows)


async def _supervisors(connection: Connection, call: Call, _: Any) -> views.Supervisors:
    rows = [
        views.supervisor_view(row["id"], row["sequence"], supervisor_of(row["state"]), day_of(call.now))
        for row in await connection.fetch(SQL["supervisors"])
    ]
    return views.Supervisors(rows=sorted(rows, key=lambda row: (row.away_since is None, row.supervisor_id)))


async def _places(connection: Connection, _: Call, __: Any) -> views.Places:
    rows = []
    for row, peer in await _peers(connection):
        if (said := peer.said_capacity) is None:
            continue
        room = 0 if peer.resting else max(0, said.places_hundredths - row["used_hundredths"])
        rows.append(
            views.PlacesView(
                peer_id=row["id"],
                contracted_hours=said.contracted_hours,
                places_hundredths=said.places_hundredths,
                used_hundredths=row["used_hundredths"],
                free_hundredths=room,
                clients=row["clients"],
            )
        )
    return views.Places(rows=rows, free_hundredths=sum(row.free_hundredths for row in rows))


async def _debriefs(connection: Connection, _: Call, __: Any) -> views.Debriefs:
    rows = [each for row, peer in await _peers(connection) for each in views.to_talk(row["id"], peer)]
    return views.Debriefs(rows=sorted(rows, key=lambda row: (row.since, row.debrief_id)))


async def _visits(connection: Connection, _: Call, __: Any) -> views.Visits:
    rows = [each for row, peer in await _peers(connection) for each in views.visits(row["id"], peer)]
    return views.Visits(rows=sorted(rows, key=lambda row: (row.expected_back_by, row.visit_id)))


async def _asked(connection: Connection, _: Call, __: Any) -> views.AdviceList:
    rows = [each for row, peer in await _peers(connection) for each in views.asked(row["id"], peer)]
    return views.AdviceList(rows=sorted(rows, key=lambda row: (row.answer_by, row.advice_id)))


async def _team_work(connection: Connection, _: Call, __: Any) -> views.TeamWorkView:
    return views.team_work([peer for _, peer in await _peers(connection)])


async def _gaps(connection: Connection, call: Call, _: Any) -> views.TrainingGaps:
    return views.course_gaps([peer for _, peer in await _peers(connection)], day_of(call.now))


async def _runway(connection: Connection, call: Call, _: Any) -> views.Runway:
    found = await connection.fetch(SQL["funded"], day_of(call.now))
    posts = [(row["funding_ends_on"], _hours(row["state"]), row["clients"]) for row in found]
    return views.Runway(
        rows=[
            views.MonthView(month=f"{year:04}-{month:02}", **falls._asdict())
            for (year, month), falls in runway(posts).items()
        ]
    )


def _hours(state: str) -> int:
    terms = peer_of(state).terms
    return terms.contracted_hours if terms else 0


async def _provider(engine: Engine, call: Call, _: Asked) -> Reply:
    organisation = call.principal.organisation
    subject = f"provider/{provider_of(organisation)}"
    async with engine.database.read(organisation) as connection:
        streams = await journal.load(connection, engine.mind, organisation, [subject])
    stream = streams.get(subject)
    provider: Provider = stream.state if stream else Provider()
    view = views.provider_view(stream.sequence if stream else 0, provider, day_of(call.now))
    return Reply(200, view.model_dump_json().encode())


PEERS_QUESTIONS: Sequence[Route] = (
    query(HERE, _one, roles=AROUND, summary="One peer as they stand.", answer=views.PeerView),
    query(
        "/readiness",
        _matrix,
        roles=_LOOKING_AFTER,
        summary="Who is ready where, what is missing, and whose gap that is.",
        answer=views.ReadinessMatrix,
    ),
    query(
        "/supervision-due",
        _due,
        roles=_LOOKING_AFTER,
        summary="Whose clinical supervision is due when, and who is there for it.",
        answer=views.SupervisionDueList,
    ),
    query(
        "/supervisors",
        _supervisors,
        roles=_LOOKING_AFTER,
        summary="Which supervisors are there, who stands in, and how often that changed.",
        answer=views.Supervisors,
    ),
    query(
        "/debriefs",
        _debriefs,
        roles=_LOOKING_AFTER,
        summary="What is still to be talked through.",
        answer=views.Debriefs,
    ),
    query(
        "/lone-visits",
        _visits,
        roles=(*ON_CALL, "coordinator"),
        summary="Who is out alone, and by when they are expected back.",
        answer=views.Visits,
    ),
    query(
        "/advice",
        _asked,
        roles=_LOOKING_AFTER,
        summary="Which peers are unsure, and by when somebody is to answer.",
        answer=views.AdviceList,
    ),
    query(
        "/team-work",
        _team_work,
        roles=(*_LOOKING_AFTER, "coordinator"),
        summary="What peers did for the team, all together.",
        answer=views.TeamWorkView,
    ),
    query(
        "/places",
        _places,
        roles=(*_LOOKING_AFTER, "coordinator"),
        summary="How much room there is; rest looks like full places.",
        answer=views.Places,
    ),
    query(
        "/training-gaps",
        _gaps,
        roles=(*MANAGERS, "information-governance"),
        summary="Which courses peers lack, and what of it only the provider can close; nobody is named.",
        answer=views.TrainingGaps,
    ),
    query(
        "/runway",
        _runway,
        roles=MANAGERS,
        summary="Which posts, hours and clients fall away with the funding, month by month.",
        answer=views.Runway,
    ),
    Route("GET", "/provider", _provider, "What the provider has in place.", LEADS, model=views.ProviderView),
)
