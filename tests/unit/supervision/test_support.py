"""When something happens to a client, whoever supports them is offered to talk: once, and nobody else is."""

from uuid import UUID

from services.supervision.domain.peers.commands import OfferDebrief
from services.supervision.domain.peers.support import SUPPORT, NoteNews, NoteSupporter
from shared.contracts import peer_updates as p
from tests.unit.supervision.peers import ID, Story, applied, day, in_order, one

REFERRAL, EVENT = one(501), one(502)


def supported(by: UUID = ID) -> Story:
    story = Story(SUPPORT, f"support/{REFERRAL}", SUPPORT.initial)
    return story.when(NoteSupporter(REFERRAL, day(0), by)).then("supporter-noted", peer_id=by)


def news(now: float = 2) -> NoteNews:
    return NoteNews(REFERRAL, day(now), EVENT)


def test_whoever_supports_the_client_is_offered_to_talk_at_once() -> None:
    story = supported().when(news()).then("hard-news-noted", peer_id=ID, event_id=EVENT)
    (name,) = SUPPORT.deadlines(story.state)
    assert SUPPORT.deadlines(story.state)[name] == day(2)
    assert SUPPORT.due(story.subject, name, day(2)) == [OfferDebrief(ID, day(2), EVENT, REFERRAL)]


def test_the_same_news_is_noted_once() -> None:
    supported().when(news()).when(news(3)).then()


def test_of_a_client_whom_nobody_supports_nothing_is_noted() -> None:
    Story(SUPPORT, f"support/{REFERRAL}", SUPPORT.initial).when(news()).then()
    supported().when(NoteSupporter(REFERRAL, day(1), None)).when(news()).then()


def test_the_end_of_an_earlier_match_does_not_end_the_next() -> None:
    story = supported().when(NoteSupporter(REFERRAL, day(1), one(7))).then("supporter-noted", peer_id=one(7))
    story.when(NoteSupporter(REFERRAL, day(2), None, was=ID)).then()
    story.when(NoteSupporter(REFERRAL, day(2), None, was=one(7))).then("supporter-noted", peer_id=None)


def test_a_debrief_is_offered_once_and_not_again_when_it_was_held() -> None:
    offer = OfferDebrief(ID, day(2), EVENT, REFERRAL)
    story = in_order().when(offer).then("debrief-offered", debrief_id=EVENT, referral_id=REFERRAL)
    story.when(offer).then()
    held = story.when(p.HoldDebrief(debrief_id=EVENT, held_at=day(3)), 3).then("debrief-held")
    held.when(offer).then()


def test_nobody_who_has_not_started_or_has_gone_is_offered_anything() -> None:
    offer = OfferDebrief(ID, day(2), EVENT, REFERRAL)
    applied().when(offer).then()
    in_order().when(p.Leave(), 1).when(offer).then()
