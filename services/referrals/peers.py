"""Peers and providers as supervision says: their read models, and what hearing of them means for a caseload."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from services.referrals.domain.caseload import Note
from services.referrals.rows import PeerRow, ProviderRow
from shared.contracts import supervision as s
from shared.contracts.days import day_of
from shared.runtime.envelope import Envelope, id_of
from shared.runtime.service import Projection, Reaction, Secret
from shared.runtime.tables import table_of

TAGS, LIMITS = "match-tags", "match-limits"


def apply_to_peer(row: PeerRow | None, event: Envelope) -> PeerRow:
    """The peer's row after the event."""
    row = row or PeerRow(id_of(event.subject), event.organisation, 0)
    row = replace(row, sequence=event.sequence or 0)
    match event.data:
        case s.PeerReady(setting=setting, ceiling=ceiling, lone_visits=lone):
            return _in(row, setting, "ready", ceiling, lone)
        case s.PeerNotReady(setting=setting, level=level):
            _, most, home = readiness_of(row).get(setting, ("", None, False))
            return _in(row, setting, level, most, home)
        case s.CapacityChanged() as d:
            return replace(
                row,
                contracted_hours=d.contracted_hours,
                places_hundredths=d.places_hundredths,
                formats=d.formats,
                slots=d.slots,
                first_languages=d.first_languages,
                fluent_languages=d.fluent_languages,
                boards=d.boards,
                area=d.area,
            )
        case s.PeerPaused():
            return replace(row, paused=True)
        case s.PeerReturned():
            return replace(row, paused=False)
        case s.PeerLeft(left_at=at):
            return replace(row, left_on=day_of(at))
        case s.SupervisionOverdue():
            return replace(row, overdue=True)
        case s.SupervisionHeld():
            return replace(row, overdue=False)
    return row


def readiness_of(row: PeerRow) -> Mapping[str, tuple[str, str | None, bool]]:
    """Per setting the level, the ceiling if there is one, and whether home visits are safe."""
    written = (each.split("|") for each in row.readiness)
    return {setting: (level, ceiling or None, lone == "lone") for setting, level, ceiling, lone in written}


def _in(row: PeerRow, setting: str, level: str, ceiling: str | None, lone: bool) -> PeerRow:
    others = (each for each in row.readiness if not each.startswith(f"{setting}|"))
    said = f"{setting}|{level}|{ceiling or ''}|{'lone' if lone else ''}"
    return replace(row, readiness=tuple(sorted((*others, said))))


def apply_to_provider(row: ProviderRow | None, event: Envelope) -> ProviderRow:
    """The provider's row after the event."""
    row = row or ProviderRow(id_of(event.subject), event.organisation, 0)
    row = replace(row, sequence=event.sequence or 0)
    match event.data:
        case s.ProviderReadinessChanged(ready=ready, settings=settings):
            others = {each for each in row.not_ready if each not in settings}
            return replace(row, not_ready=tuple(sorted(others if ready else others | set(settings))))
    return row


PEER_PROJECTIONS = (
    Projection(
        table="peer",
        topic="kith.supervision",
        kind="peer",
        row=PeerRow,
        apply=apply_to_peer,
        ddl=table_of(PeerRow) + "create index on {table} (organisation);",
    ),
    Projection(
        table="provider",
        topic="kith.supervision",
        kind="provider",
        row=ProviderRow,
        apply=apply_to_provider,
        ddl=table_of(ProviderRow) + "create index on {table} (organisation);",
    ),
)


def _caseload(event: Envelope) -> Sequence[str]:
    return [f"caseload/{id_of(event.subject)}"]


def _noted(event: Envelope, _: Mapping[str, Any]) -> Sequence[Note]:
    return [Note(id_of(event.subject), event.time, event.data)]


def _kept(event: Envelope, _: Mapping[str, Any]) -> Sequence[Note]:
    peer_id, said = id_of(event.subject), event.data
    match said:
        case s.MatchTagsConsented(tags=str() as token):
            return [Note(peer_id, event.time, said, secrets=[Secret(peer_id, TAGS, token)])]
        case s.MatchLimitsSet(limits=str() as token):
            return [Note(peer_id, event.time, said, secrets=[Secret(peer_id, LIMITS, token)])]
        case s.MatchTagsWithdrawn():
            return [Note(peer_id, event.time, said, forgets=[(peer_id, TAGS)])]
    return []


PEER_REACTIONS: Mapping[str, Reaction] = {
    **{
        event.type(): Reaction(_caseload, _noted)
        for event in (
            s.PeerReady,
            s.PeerNotReady,
            s.CapacityChanged,
            s.PeerPaused,
            s.PeerReturned,
            s.PeerLeft,
            s.SupervisionOverdue,
            s.SupervisionHeld,
        )
    },
    **{
        event.type(): Reaction(_caseload, _kept)
        for event in (s.MatchTagsConsented, s.MatchTagsWithdrawn, s.MatchLimitsSet)
    },
}
