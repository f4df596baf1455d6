"""What a referral knows of its groups: that it has a seat, and when they meet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from services.referrals.domain.commands import OfReferral
from services.referrals.domain.contact import refuse_beyond_limit
from services.referrals.domain.state import GroupMeeting, Referral
from shared.contracts import values as v
from shared.contracts.event import Event
from shared.contracts.referrals import GroupMeetingSet, GroupMembershipBegan, GroupMembershipEnded
from shared.runtime.service import Refusal


@dataclass(frozen=True, slots=True)
class BeginMembership(OfReferral):
    """The client takes a seat, and is to be told of these meetings; goes together with the group."""

    group_id: UUID
    format: v.GroupFormat
    meetings: tuple[tuple[UUID, datetime], ...]


@dataclass(frozen=True, slots=True)
class EndMembership(OfReferral):
    """The client gives their seat up; goes together with the group."""

    group_id: UUID
    because: v.GroupLeftBecause


@dataclass(frozen=True, slots=True)
class SetMeeting(OfReferral):
    """The group is to meet then or, with no start, not after all."""

    group_id: UUID
    session_id: UUID
    start: datetime | None


def begin(state: Referral, command: BeginMembership) -> Sequence[Event]:
    """Nobody's first contact is a room full of people: somebody has spoken with the client before the first class."""
    if state.stage not in ("waiting", "supported"):
        raise Refusal(f"not-while-{state.stage}", "A seat is for whoever waits for support or has it.")
    if state.restricted:
        raise Refusal("processing-restricted", "What is kept of this person may not be used for now.")
    if state.first_contact_at is None:
        raise Refusal(
            "contact-first",
            "Somebody speaks with the client before the first class. Record that contact, then take the seat.",
            "referral_id",
        )
    refuse_beyond_limit(state, command.format, joint=True)
    began = GroupMembershipBegan(group_id=command.group_id, began_at=command.at)
    return [began, *(_meeting(command, id, start) for id, start in command.meetings)]


def end(state: Referral, command: EndMembership) -> Sequence[Event]:
    if command.group_id not in state.groups:
        return []
    return [GroupMembershipEnded(group_id=command.group_id, because=command.because, ended_at=command.at)]


def set_meeting(state: Referral, command: SetMeeting) -> Sequence[Event]:
    if command.group_id not in state.groups:
        return []
    return [_meeting(command, command.session_id, command.start)]


def _meeting(command: Any, session_id: UUID, start: datetime | None) -> GroupMeetingSet:
    return GroupMeetingSet(group_id=command.group_id, session_id=session_id, planned_start=start, set_at=command.at)


def seats_to_free(state: Referral) -> dict[str, datetime]:
    """Whoever is not in support any more gives their seats up, by themselves and at once."""
    if state.stage in ("waiting", "supported", "paused") and not state.client_died and state.restricted != "erasure":
        return {}
    return {f"leave-group:{group_id}": began_at for group_id, began_at in state.groups.items()}


def began(state: Referral, event: GroupMembershipBegan) -> Referral:
    return replace(state, groups={**state.groups, event.group_id: event.began_at})


def ended(state: Referral, event: GroupMembershipEnded) -> Referral:
    groups = {id: at for id, at in state.groups.items() if id != event.group_id}
    meetings = {id: meeting for id, meeting in state.meetings.items() if meeting.group_id != event.group_id}
    return replace(state, groups=groups, meetings=meetings)


def meeting_set(state: Referral, event: GroupMeetingSet) -> Referral:
    meetings = {id: meeting for id, meeting in state.meetings.items() if id != event.session_id}
    if event.planned_start is not None:
        meetings[event.session_id] = GroupMeeting(event.group_id, event.planned_start)
    return replace(state, meetings=meetings)


COMMANDS: Mapping[type, Any] = {BeginMembership: begin, EndMembership: end, SetMeeting: set_meeting}
EVOLVE = {
    GroupMembershipBegan: began,
    GroupMembershipEnded: ended,
    GroupMeetingSet: meeting_set,
}
