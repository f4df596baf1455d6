"""Given what was said of a concern, when a command comes, or time passes, then this is said, or refused."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.supervision.domain.safeguarding import notices
from services.supervision.domain.safeguarding.concern import CONCERN
from services.supervision.domain.safeguarding.concern_commands import NoteReceipt, Raise, Sign, Tell
from services.supervision.domain.safeguarding.concern_state import NEW, Concern
from services.supervision.domain.safeguarding.duty_calendar import Calendar
from services.supervision.domain.safeguarding.duty_policy import DutyPolicy
from services.supervision.domain.safeguarding.noticing import sign_of_person, urgency_of_item
from shared.contracts import concern_updates as u
from shared.contracts.supervision import concern_about
from shared.runtime.service import Refusal
from tests.unit.supervision.duty import BOARD, POLICY, shown, wall

ANNA = UUID(int=100)
ID = concern_about(ANNA, "adult")
OPENED = wall("2026-03-06 16:52")
FRESH = UUID(int=200)

ACKNOWLEDGE = u.AcknowledgeConcern(by_role="clinician")
OUTCOME = u.RecordConcernOutcome(outcome="safety-plan", by_role="clinician")
CLOSE = u.CloseConcern(by_role="clinician")
DECIDE = u.DecideConcern(decision="support-here", by_role="clinician")
PROPOSE = u.ProposeConcernHandover(to_organisation="S08000032", by_role="clinician")


def lower(urgency: Any, by_role: Any = "clinician") -> u.LowerUrgency:
    return u.LowerUrgency(urgency=urgency, by_role=by_role)


def item(number: int = 1, hours_ago: float = 1, at: datetime = OPENED, **changes: Any) -> Sign:
    """A risk item that was endorsed so many hours before it came."""
    completed_at = at - timedelta(hours=hours_ago)
    urgency = urgency_of_item(completed_at, at, None, "cpmht", POLICY)
    said: dict[str, Any] = {
        "sign_id": UUID(int=number),
        "source": "measure",
        "about": "adult",
        "urgency": urgency,
        "raised_by_role": "sender",
        "person_id": ANNA,
        "setting": "cpmht",
        "completed_at": completed_at,
    }
    return Sign(**said | changes)


def worry(danger_now: Any = "no", number: int = 50, about: Any = "adult", **changes: Any) -> Sign:
    """What a peer says they noticed."""
    wish = u.RaiseConcern(about=about, danger_now=danger_now, by_role="peer", **changes)
    return sign_of_person(wish, UUID(int=number), ANNA, POLICY)


@dataclass(frozen=True)
class Story:
    """A concern so far; each `when` is decided on it, and what was wanted of the post is sent by `sending`."""

    state: Concern = NEW
    said: tuple[Any, ...] = ()
    refused: Refusal | None = None

    def when(
        self,
        what: Any,
        at: datetime | str = OPENED,
        calendar: Calendar = BOARD,
        policy: DutyPolicy = POLICY,
        fresh: UUID = FRESH,
    ) -> "Story":
        at = wall(at) if isinstance(at, str) else at
        if isinstance(what, Sign):
            what = Raise(ID, at, what, calendar, policy)
        elif not hasattr(what, "subject"):
            what = Tell(ID, at, what, calendar, policy, fresh)
        try:
            said = [type(e).model_validate_json(e.model_dump_json()) for e in CONCERN.decide(self.state, what)]
        except Refusal as refusal:
            return Story(self.state, (), refusal)
        state = self.state
        for event in said:
            state = CONCERN.evolve(state, event)
        return Story(state, tuple(said))

    def passing(self, until: datetime | str) -> "Story":
        """Every deadline until then has passed, each at its time; nothing is sent meanwhile."""
        until = wall(until) if isinstance(until, str) else until
        story, said = self, []
        while passed := [(when, name) for name, when in CONCERN.deadlines(story.state).items() if when <= until]:
            assert len(said) < 50, "deadlines without end"
            when, name = min(passed)
            for command in CONCERN.due(f"concern/{ID}", name, when):
                if command.subject == f"concern/{ID}":
                    story = story.when(command)
                    said += story.said
        return Story(story.state, tuple(said))

    def sending(self, at: datetime | str, *, arrives: bool | None = True, calendar: Calendar = BOARD) -> "Story":
        """The post takes all that is wanted; what arrives is said so at once, with None nothing is."""
        at = wall(at) if isinstance(at, str) else at
        story, said = self, []
        for wanted in notices.wanted(self.state):
            who = notices.addressee(wanted.to, self.state.setting, calendar, at, POLICY)
            story = story.when(notices.as_sent(ID, wanted, who, at))
            said += story.said
            if arrives is not None:
                story = story.when(NoteReceipt(ID, at, wanted.notice_id, arrives))
                said += story.said
        return Story(story.state, tuple(said))

    def then(self, *names: str, **fields: Any) -> "Story":
        """Exactly these events were said; the fields are those of the last."""
        assert self.refused is None, f"refused: {self.refused.code}: {self.refused}"
        assert tuple(event.name.removeprefix("concern-") for event in self.said) == names
        for name, value in fields.items():
            assert getattr(self.said[-1], name) == value
        return self

    def then_refused(self, code: str) -> "Story":
        assert self.refused is not None, f"not refused, but said {[event.name for event in self.said]}"
        assert self.refused.code == code
        assert str(self.refused).endswith("."), "a refusal is a sentence"
        return self

    def due(self) -> dict[str, str | None]:
        """What the clock has yet to do, and when; a name without its round."""
        return {":".join(name.split(":")[::2]): shown(when) for name, when in CONCERN.deadlines(self.state).items()}

    def wanted(self) -> list[tuple[str, str, int]]:
        return [(each.step, each.to, each.attempt) for each in notices.wanted(self.state)]


def opened(sign: Sign | None = None, at: datetime | str = OPENED, calendar: Calendar = BOARD) -> Story:
    return Story().when(sign or item(), at, calendar).then("opened")
