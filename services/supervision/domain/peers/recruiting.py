"""From an application to the first day, and what the post is: each step by people, and the team briefed before."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, get_args
from uuid import UUID

from services.supervision.domain.peers.commands import Apply, TellPeer, refuse_future_day
from services.supervision.domain.peers.readiness import Fact
from services.supervision.domain.peers.state import Peer
from shared.contracts import peer_updates as p
from shared.contracts import supervision as s
from shared.contracts import values as v
from shared.contracts.days import day_of
from shared.contracts.event import Event
from shared.runtime.service import Refusal


def apply(state: Peer, command: Apply) -> Sequence[Event]:
    """The application, and the rules that it is under."""
    if state.stage is not None:
        raise Refusal("already-known", "This person's application is known already.", "peer_id")
    return [
        s.PeerApplied(peer_id=command.peer_id, post=command.post, applied_on=day_of(command.at)),
        s.RequirementsSet(peer_id=command.peer_id, recorded_at=command.now, **dict(command.policy.peer)),
    ]


def complete_step(state: Peer, wish: p.CompleteRecruitmentStep, command: TellPeer) -> Sequence[Event]:
    refuse_future_day(wish.on, command, "on")
    if wish.step == "panel" and not wish.with_peer:
        raise Refusal("panel-without-peer", "Somebody who does this work sits on the panel. Ask a peer.", "with_peer")
    if wish.step == "job-description" and wish.text_version is None:
        raise Refusal("which-version", "Say which version of the job description it was.", "text_version")
    return [
        s.RecruitmentStepCompleted(
            peer_id=command.peer_id,
            step=wish.step,
            completed_on=wish.on,
            with_peer=wish.with_peer if wish.step == "panel" else None,
            text_version=wish.text_version,
        )
    ]


def end_application(state: Peer, wish: p.EndApplication, command: TellPeer) -> Sequence[Event]:
    return [s.ApplicationEnded(peer_id=command.peer_id, by=wish.by, ended_at=command.at)]


def recruit(state: Peer, wish: p.Recruit, command: TellPeer) -> Sequence[Event]:
    """Only after every step that comes before an offer."""
    if missing := [step for step in command.policy.recruitment_steps if step not in state.facts.held]:
        raise Refusal("steps-missing", f"Before an offer, see to: {', '.join(missing)}.", "do")
    return [s.PeerRecruited(peer_id=command.peer_id, recorded_at=command.now, **_terms(state, wish, command))]


def change_contract(state: Peer, wish: p.ChangeContract, command: TellPeer) -> Sequence[Event]:
    return [s.ContractChanged(peer_id=command.peer_id, recorded_at=command.now, **_terms(state, wish, command))]


def _terms(state: Peer, wish: s.Terms, command: TellPeer) -> dict[str, Any]:
    if (wish.contract == "volunteer") != (state.facts.post == "volunteer"):
        raise Refusal("contract-does-not-fit", "A volunteer's post is a volunteer's, and no other.", "contract")
    if wish.contract == "fixed-term" and wish.funding_ends_on is None:
        raise Refusal("when-does-it-end", "Say until when the post is paid for.", "funding_ends_on")
    if wish.line_manager_id is not None and wish.line_manager_id in (command.peer_id, state.supervisor_id):
        raise Refusal(
            "manager-not-appropriate",
            "Whoever supervises the peer is not their line manager as well. Name somebody else.",
            "line_manager_id",
        )
    settings = tuple(each for each in get_args(v.Setting) if each in wish.settings)
    return {name: getattr(wish, name) for name in s.Terms.model_fields} | {"settings": settings}


def start(state: Peer, wish: p.Start, command: TellPeer) -> Sequence[Event]:
    refuse_future_day(wish.on, command, "on")
    if wish.team_briefed_on > wish.on:
        raise Refusal("team-not-briefed", "The team is briefed before the peer starts.", "team_briefed_on")
    return [
        s.PeerStarted(
            peer_id=command.peer_id,
            started_on=wish.on,
            team_briefed_on=wish.team_briefed_on,
            recorded_at=command.now,
        )
    ]


def agree_level(state: Peer, wish: p.AgreeSupportLevel, command: TellPeer) -> Sequence[Event]:
    said = s.SupportLevelAgreed(
        peer_id=command.peer_id, setting=wish.setting, ceiling=wish.ceiling, recorded_at=command.now
    )
    return [said]


def applied(state: Peer, event: s.PeerApplied) -> Peer:
    return replace(state, peer_id=event.peer_id, stage="applied", facts=replace(state.facts, post=event.post))


def step_completed(state: Peer, event: s.RecruitmentStepCompleted) -> Peer:
    held = {**state.facts.held, event.step: Fact(event.completed_on, text_version=event.text_version)}
    return replace(state, facts=replace(state.facts, held=held))


def ended(state: Peer, _: s.ApplicationEnded) -> Peer:
    return replace(state, stage="ended")


def recruited(state: Peer, event: s.PeerRecruited) -> Peer:
    return contract_changed(replace(state, stage="recruited"), event)


def contract_changed(state: Peer, event: s.PeerRecruited | s.ContractChanged) -> Peer:
    return replace(state, terms=event, facts=replace(state.facts, settings=event.settings))


def started(state: Peer, event: s.PeerStarted) -> Peer:
    return replace(state, stage="started", facts=replace(state.facts, started_on=event.started_on))


def level_agreed(state: Peer, event: s.SupportLevelAgreed) -> Peer:
    others = {setting: level for setting, level in state.facts.ceilings.items() if setting != event.setting}
    ceilings = {**others, event.setting: event.ceiling} if event.ceiling else others
    return replace(state, facts=replace(state.facts, ceilings=ceilings))


def line_manager(state: Peer) -> UUID | None:
    """Who manages the post, if it was said."""
    return state.terms.line_manager_id if state.terms else None


DECIDE = {
    p.CompleteRecruitmentStep: complete_step,
    p.EndApplication: end_application,
    p.Recruit: recruit,
    p.ChangeContract: change_contract,
    p.Start: start,
    p.AgreeSupportLevel: agree_level,
}
EVOLVE = {
    s.PeerApplied: applied,
    s.RecruitmentStepCompleted: step_completed,
    s.ApplicationEnded: ended,
    s.PeerRecruited: recruited,
    s.ContractChanged: contract_changed,
    s.PeerStarted: started,
    s.SupportLevelAgreed: level_agreed,
}
