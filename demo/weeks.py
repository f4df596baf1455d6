"""The weeks after: each case's steps on their days, as people at desks and senders' systems do them."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from demo import posting
from demo.calendar import on
from demo.case import Case, Step
from demo.day import Day, early_id
from demo.doors import submission_id
from demo.fates import Sent, acted_on
from demo.house import House, side_by_side, until
from demo.sending import SESSION, TOLD, UPDATE, Outcome, written
from demo.stories import CHANGE, EARLY
from demo.telling import Teller
from shared.cli.terminal import Fault

QUESTIONS = ("eligibility", "see")
OF_SESSIONS = ("plan-session", "hold-session", "miss-session", "cancel-session")


@dataclass
class Lived:
    """What was done in the weeks."""

    told: Counter[str] = field(default_factory=Counter)
    """Wishes at desks that were carried out, by what they ask."""
    refused: Counter[str] = field(default_factory=Counter)
    """Answers of a rule that said no, by code."""
    reported: list[Sent] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    """The first event that each wish led to."""


@dataclass
class Weeks:
    """The cases with the ids that the services gave them, on their way."""

    house: House
    day: Day
    referrals: Mapping[int, str]
    teller: Teller
    lived: Lived = field(default_factory=Lived)

    async def live(self, meanwhile: Mapping[int, Callable[[], Awaitable[None]]]) -> Lived:
        """Every step on its day; beside the steps of a day goes what is to happen meanwhile."""
        by_day: dict[int, dict[int, list[Step]]] = defaultdict(lambda: defaultdict(list))
        for number, steps in self.day.steps.items():
            for step in steps:
                by_day[step.day][number].append(step)
        cases = {case.number: case for case in self.day.cases}
        for number in sorted(by_day):
            await self.house.turn(on(number))
            self.teller.day(number, self.lived.told, self.lived.reported)
            steps_of = by_day[number]
            work = side_by_side(self._case(cases[case], steps) for case, steps in steps_of.items())
            await asyncio.gather(work, meanwhile[number]() if number in meanwhile else asyncio.sleep(0))
            self.teller.hush()
        self.teller.over(self.lived.told, self.lived.reported)
        return self.lived

    async def _case(self, case: Case, steps: Sequence[Step]) -> None:
        for step in steps:
            if step.do == "see":
                await self._see(case, step)
            elif step.by == "event":
                await self._report(case, step)
            elif step.by == "link":
                await self._say_by_link(case, step)
            else:
                await self._tell(case, step)

    async def _tell(self, case: Case, step: Step) -> None:
        referral = self.referrals[case.number]
        wish = {name: await self._known(case, value) for name, value in step.wish.items()}
        who = f"{step.role}@{case.sender.name}"
        answer = await self.house.tell("referrals", f"/referrals/{referral}/{step.do}", who, wish)
        said = answer.json()
        if answer.is_success:
            if step.do not in QUESTIONS:
                self.lived.told[step.do] += 1
                self.lived.events += [event["id"] for event in said["events"][:1]]
            if step.aloud and not step.unless:
                self.teller.aloud(case.sender.title, step.aloud)
        elif said.get("code") == step.unless:
            self.lived.refused[step.unless] += 1
            self.teller.aloud(case.sender.title, step.aloud)
            for instead in step.instead:
                await self._tell(case, instead)
        else:
            raise Fault(
                "unexpected-no",
                f"“{case.story}”, {step.do} on {on(step.day):%a %d %b}: {said.get('detail')} [{said.get('code')}]",
            )

    async def _say_by_link(self, case: Case, step: Step) -> None:
        who, referral = f"{step.role}@{case.sender.name}", self.referrals[case.number]
        given = await self.house.tell("referrals", f"/referrals/{referral}/give-link", who, {"by_role": step.role})
        said = await self.house.tell("referrals", given.json()["link"], "", step.wish)
        if not said.is_success:
            raise Fault("unexpected-no", f"“{case.story}”, {step.do} by link: {said.text}")
        self.lived.told["give-link"] += 1
        self.lived.told[step.do] += 1
        self.teller.aloud(case.sender.title, step.aloud)

    async def _known(self, case: Case, value: Any) -> Any:
        """The value, or the id in its place that a service chose."""
        if value == CHANGE:
            seen = await self._referral(case)
            return seen["changes_to_confirm"][-1]
        return submission_id(case.sender, early_id(case)) if value == EARLY else value

    async def _referral(self, case: Case) -> Any:
        return await self.house.ask(
            "referrals", f"/referrals/{self.referrals[case.number]}", f"coordinator@{case.sender.name}"
        )

    async def _see(self, case: Case, step: Step) -> None:
        async def seen() -> bool:
            value = (await self._referral(case))[step.wish["field"]]
            if "is" in step.wish:
                return bool(value == step.wish["is"])
            return any(str(each).startswith(step.wish["has"]) for each in value)

        await until(f"“{case.story}”: {dict(step.wish)}", seen)
        if step.aloud:
            self.teller.aloud(case.sender.title, step.aloud)

    async def _report(self, case: Case, step: Step) -> None:
        """Tells it by an event, and waits until it is heard, as the next may follow from it."""
        about, type_ = ("report", SESSION) if step.do in OF_SESSIONS else ("update", UPDATE)
        data = {"referral_event_id": case.event_id, about: {"do": step.do, **step.wish}}
        event_id = f"{case.event_id}-{step.day}-{step.do}"
        sent = await posting.one(self.house, written(self.house.now, case.sender, event_id, type_, data, TOLD), set())
        self.lived.reported.append(sent)
        self.teller.sent(sent)

        async def heard() -> Outcome | None:
            return await acted_on(self.house, sent)

        sent.found = await until(f"“{case.story}”: {step.do} is heard", heard)
