"""What became of the notices: taken by the post, arrived, or not; and then who is told instead."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from services.supervision.domain.safeguarding.concern_commands import LapseNotice, NoteNotified, NoteReceipt, notice_id
from services.supervision.domain.safeguarding.concern_state import Concern, Notice
from services.supervision.domain.safeguarding.escalating import next_step, steps_of
from shared.contracts import supervision as c
from shared.contracts.event import Event


def lapse(state: Concern, command: LapseNotice) -> Sequence[Event]:
    return _failed(state, command.notice_id, "no-receipt", command.at)


def note_receipt(state: Concern, command: NoteReceipt) -> Sequence[Event]:
    """A receipt that comes late is believed."""
    notice = state.notices.get(command.notice_id)
    if not command.arrived:
        return _failed(state, command.notice_id, "refused", command.at)
    if notice is None or notice.status == "received":
        return []
    return [c.ConcernNoticeReceived(notice_id=command.notice_id, received_at=command.at)]


def note_notified(state: Concern, command: NoteNotified) -> Sequence[c.ConcernNotified]:
    """Told twice, it was told once."""
    id = notice_id(command.concern_id, command.round, command.step, command.attempt)
    if id in state.notices:
        return []
    return [
        c.ConcernNotified(
            notice_id=id,
            round=command.round,
            step=command.step,
            to=command.to,
            person_id=command.person_id,
            route=command.route,
            attempt=command.attempt,
            channel=command.channel,
            notified_at=command.at,
        )
    ]


def _failed(state: Concern, id: UUID, because: Any, at: datetime) -> Sequence[Event]:
    """The other way is tried, and the next in line is told; where nobody is left, the alarm is raised."""
    notice = state.notices.get(id)
    if notice is None or notice.status != "sent":
        return []
    failed = c.ConcernNoticeFailed(notice_id=id, because=because, failed_at=at)
    if notice.round != state.round or not state.open or state.handed_over:
        return [failed]
    alarmed = [c.ConcernAlarmed(round=state.round, because="nobody-reached", alarmed_at=at)]
    if "nobody-reached" in state.alarms:
        alarmed = []
    if notice.step.startswith("late-"):
        return [failed, *(alarmed if notice.attempt else ())]
    if not state.waits:
        return [failed]
    following = [step for step in steps_of(state) if step.step not in ("duty-begins", *state.reached)]
    if notice.attempt == 0 and following:
        return [failed, next_step(state, following[0], at, unreached=True)]
    if following or _anybody_yet(was_failed(state, failed)):
        return [failed]
    return [failed, *alarmed]


def _anybody_yet(state: Concern) -> bool:
    """Whether somebody whom this round tells was reached, or still may be."""
    tried = [notice for notice in state.notices.values() if notice.round == state.round]
    gone = {notice.step for notice in tried if notice.attempt == 1 and notice.status == "failed"}
    return any(notice.status == "received" for notice in tried) or bool(state.reached.keys() - gone)


def was_notified(state: Concern, event: c.ConcernNotified) -> Concern:
    notice = Notice(event.round, event.step, event.attempt, event.notified_at)
    return replace(state, notices={**state.notices, event.notice_id: notice})


def was_received(state: Concern, event: c.ConcernNoticeReceived) -> Concern:
    notice = replace(state.notices[event.notice_id], status="received")
    return replace(state, notices={**state.notices, event.notice_id: notice})


def was_failed(state: Concern, event: c.ConcernNoticeFailed) -> Concern:
    notice = replace(state.notices[event.notice_id], status="failed")
    return replace(state, notices={**state.notices, event.notice_id: notice})


COMMANDS: Mapping[type, Any] = {LapseNotice: lapse, NoteNotified: note_notified, NoteReceipt: note_receipt}
EVOLVE: Mapping[type, Any] = {
    c.ConcernNotified: was_notified,
    c.ConcernNoticeReceived: was_received,
    c.ConcernNoticeFailed: was_failed,
}
