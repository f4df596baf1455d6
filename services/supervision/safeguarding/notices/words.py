"""The words of a notice: that somebody waits, until when, and where to look; never of whom, nor what was seen."""

from typing import NamedTuple

from services.supervision.domain.safeguarding.concern_state import Concern
from services.supervision.domain.safeguarding.duty_policy import DutyPolicy
from services.supervision.domain.safeguarding.notices import Wanted
from shared.contracts.days import HERE


class Words(NamedTuple):
    """What a notice says."""

    subject: str
    body: str


def words(state: Concern, notice: Wanted, policy: DutyPolicy) -> Words:
    """What whoever is told reads on a locked screen, or hears read out."""
    assert state.times is not None
    name = policy.organisation_name
    if notice.step.startswith("late-"):
        said = "Something that was to be done by now is not done. Please sign in and look."
    else:
        by = state.times.acknowledge_by.astimezone(HERE)
        said = f"Somebody needs you to look now. Please sign in and answer by {by:%H:%M}; then others are told."
    return Words(f"Please look now: {name}", f"{name}: {said} Reference {state.concern_id}.")
