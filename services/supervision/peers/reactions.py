"""What it means for peers that something was said elsewhere, and on which topics that is."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.supervision.domain.peers.support import NoteNews, NoteSupporter
from shared.contracts import referrals as r
from shared.runtime.envelope import Envelope, id_of
from shared.runtime.service import Reaction

PEERS_HEARS: Sequence[str] = ("kith.referrals",)


def _support(event: Envelope) -> Sequence[str]:
    return [f"support/{id_of(event.subject)}"]


def _began(event: Envelope, _: Mapping[str, Any]) -> Sequence[NoteSupporter]:
    matched: r.PeerMatched = event.data
    return [NoteSupporter(id_of(event.subject), event.time, matched.peer_id)]


def _ended(event: Envelope, _: Mapping[str, Any]) -> Sequence[NoteSupporter]:
    ended: r.MatchEnded = event.data
    return [NoteSupporter(id_of(event.subject), event.time, None, was=ended.peer_id)]


def _over(event: Envelope, _: Mapping[str, Any]) -> Sequence[NoteSupporter]:
    return [NoteSupporter(id_of(event.subject), event.time, None)]


def _happened(event: Envelope, _: Mapping[str, Any]) -> Sequence[NoteNews]:
    return [NoteNews(id_of(event.subject), event.recorded_at, event.id)]


PEERS_REACTIONS: Mapping[str, Reaction] = {
    r.PeerMatched.type(): Reaction(_support, _began),
    r.MatchEnded.type(): Reaction(_support, _ended),
    r.SupportEnded.type(): Reaction(_support, _over),
    **{hard.type(): Reaction(_support, _happened) for hard in (r.LossRecorded, r.PersonDied, r.BabyLeftParentsCare)},
}
