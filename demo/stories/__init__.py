"""The stories of clients, each a table of what is done on which day. People decide every step; nothing is scored."""

from collections.abc import Callable, Mapping

from demo.case import Case
from demo.stories import otherwise, supported
from demo.stories.parts import CHANGE, EARLY, Steps

__all__ = ["CHANGE", "EARLY", "STORIES"]

STORIES: Mapping[str, Callable[[Case], Steps]] = {
    "supported to a planned ending": supported.steady,
    "less, and another way of meeting": supported.dial_down,
    "another peer, as wished": supported.another_peer,
    "practical help that arrived": supported.practical_help,
    "a rest, then on": supported.pause,
    "ended, and came back": supported.comes_back,
    "lost touch, after trying again": supported.lost_touch,
    "told by events from a charity": otherwise.reported,
    "help asked before the referral": otherwise.early_help,
    "raced for a peer's last place": otherwise.race,
    "another peer than first proposed": otherwise.pair_declined,
    "declined: outside the window": otherwise.out_of_window,
    "declined: another service fits": otherwise.elsewhere,
    "accepted against the rules": otherwise.against_the_rules,
    "by phone, as the team asked": otherwise.limited,
    "withdrawn before support": otherwise.withdrawn,
    "still waiting for a peer": otherwise.waits,
}
