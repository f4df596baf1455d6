"""The concern: which rule answers a command, and what each event changes.

A person's word (`Tell`, `TakeOn`) and what the clock may do are two sets of rules; nothing leads from one to the other.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from services.supervision.domain.safeguarding import answering, escalating, noticing, posting
from services.supervision.domain.safeguarding.concern_commands import Tell
from services.supervision.domain.safeguarding.concern_state import NEW, Concern
from shared.contracts.event import Event
from shared.runtime.service import Aggregate, Refusal

DECIDE: Mapping[Any, Any] = {**noticing.DECIDE, **answering.DECIDE}
"""What people may say, by the wish."""
_NAMED: Mapping[str, Any] = {wish.model_fields["do"].default: rule for wish, rule in DECIDE.items()}
"""The same by its name, since over HTTP a wish is of a stricter type."""
COMMANDS: Mapping[type, Any] = {**noticing.COMMANDS, **answering.COMMANDS, **escalating.COMMANDS, **posting.COMMANDS}
EVOLVE: Mapping[type, Any] = {**noticing.EVOLVE, **answering.EVOLVE, **escalating.EVOLVE, **posting.EVOLVE}


def decide(state: Concern, command: Any) -> Sequence[Event]:
    """What follows from the command; raises Refusal with a stable code."""
    if isinstance(command, Tell):
        if state.times is None:
            raise Refusal("unknown-concern", "No concern with this id is known.")
        if not state.open:
            raise Refusal("concern-closed", "This concern is closed. Raise what you noticed since; that opens it anew.")
        said: Sequence[Event] = _NAMED[command.wish.do](state, command.wish, command)
        return said
    if rule := COMMANDS.get(type(command)):
        followed: Sequence[Event] = rule(state, command)
        return followed
    raise TypeError(f"no concern knows the command {type(command).__name__}")


def evolve(state: Concern, event: Any) -> Concern:
    """The state after the event; what only notes something changes nothing."""
    change = EVOLVE.get(type(event))
    after: Concern = change(state, event) if change else state
    return after


CONCERN = Aggregate("concern", NEW, decide, evolve, escalating.deadlines, escalating.due)
