"""How a peer stands with supervision, as far as places go: a fold of what supervision says, and what it allows."""

from dataclasses import dataclass, replace
from typing import Any, get_args

from shared.contracts import supervision as s
from shared.contracts import values as v
from shared.runtime.service import Refusal

NOT_AVAILABLE = "not available for this setting just now"
"""What is said of every private reason, and of plain lack of readiness, so that it reveals none."""
NO_PLACE = "This peer is not taking new people just now. Look for another peer, or wait with the client."


def not_available() -> Refusal:
    """The no that is the same for every private reason."""
    words = f"This peer is {NOT_AVAILABLE}. Look for another peer, or wait with the client."
    return Refusal("peer-not-available", words, "peer_id")


@dataclass(frozen=True, slots=True)
class Standing:
    """In which settings new people may come, in which nobody may meet the peer, and what else stands in the way."""

    ready: frozenset[v.Setting] = frozenset()
    stopped: frozenset[v.Setting] = frozenset()
    paused: bool = False
    left: bool = False
    overdue: bool = False
    places: int | None = None

    def ends(self, setting: v.Setting | None) -> bool:
        """Whether a running match in that setting may not go on; of one that says no setting, any stop counts."""
        return self.left or (bool(self.stopped) if setting is None else setting in self.stopped)

    def refuse_new(self, setting: v.Setting | None) -> None:
        """Raises Refusal where nobody new may come; a pause looks like full places."""
        ready = bool(self.ready) if setting is None else setting in self.ready
        if self.left or self.overdue or not ready or self.ends(setting):
            raise not_available()
        if self.paused:
            raise Refusal("no-place-left", NO_PLACE, "peer_id")


def after(standing: Standing, said: Any) -> Standing:
    """How the peer stands once supervision has said that."""
    match said:
        case s.PeerReady(setting=setting):
            return replace(standing, ready=standing.ready | {setting}, stopped=standing.stopped - {setting})
        case s.PeerNotReady(setting=setting, level=level):
            ready = standing.ready | {setting} if level == "expiring" else standing.ready - {setting}
            stopped = standing.stopped | {setting} if level == "stop-contact" else standing.stopped - {setting}
            return replace(standing, ready=ready, stopped=stopped)
        case s.CapacityChanged(places_hundredths=places):
            return replace(standing, places=places)
        case s.PeerPaused():
            return replace(standing, paused=True)
        case s.PeerReturned():
            return replace(standing, paused=False)
        case s.PeerLeft():
            return replace(standing, left=True)
        case s.SupervisionOverdue():
            return replace(standing, overdue=True)
        case s.SupervisionHeld():
            return replace(standing, overdue=False)
    return standing


def in_order(settings: frozenset[v.Setting]) -> tuple[v.Setting, ...]:
    """The settings as they are always written."""
    return tuple(each for each in get_args(v.Setting) if each in settings)
